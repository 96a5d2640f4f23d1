// Intervals to and from text.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <optional>

#include <fmt/format.h>

#include "sql/types/date_time.h"
#include "sql/types/interval.h"
#include "sql/types/utf8.h"

namespace wallaby::sql {
namespace {

enum class Unit : uint8_t {
  kMicrosecond,
  kMillisecond,
  kSecond,
  kMinute,
  kHour,
  kDay,
  kWeek,
  kMonth,
  kYear,
  kDecade,
  kCentury,
  kMillennium
};

struct UnitName {
  std::string_view name;
  Unit unit;
};
constexpr std::array kUnits{
    UnitName{"us", Unit::kMicrosecond},
    UnitName{"usec", Unit::kMicrosecond},
    UnitName{"usecs", Unit::kMicrosecond},
    UnitName{"microsecond", Unit::kMicrosecond},
    UnitName{"microseconds", Unit::kMicrosecond},
    UnitName{"ms", Unit::kMillisecond},
    UnitName{"msec", Unit::kMillisecond},
    UnitName{"msecs", Unit::kMillisecond},
    UnitName{"millisecond", Unit::kMillisecond},
    UnitName{"milliseconds", Unit::kMillisecond},
    UnitName{"s", Unit::kSecond},
    UnitName{"sec", Unit::kSecond},
    UnitName{"secs", Unit::kSecond},
    UnitName{"second", Unit::kSecond},
    UnitName{"seconds", Unit::kSecond},
    UnitName{"m", Unit::kMinute},
    UnitName{"min", Unit::kMinute},
    UnitName{"mins", Unit::kMinute},
    UnitName{"minute", Unit::kMinute},
    UnitName{"minutes", Unit::kMinute},
    UnitName{"h", Unit::kHour},
    UnitName{"hr", Unit::kHour},
    UnitName{"hrs", Unit::kHour},
    UnitName{"hour", Unit::kHour},
    UnitName{"hours", Unit::kHour},
    UnitName{"d", Unit::kDay},
    UnitName{"day", Unit::kDay},
    UnitName{"days", Unit::kDay},
    UnitName{"w", Unit::kWeek},
    UnitName{"week", Unit::kWeek},
    UnitName{"weeks", Unit::kWeek},
    UnitName{"mon", Unit::kMonth},
    UnitName{"mons", Unit::kMonth},
    UnitName{"month", Unit::kMonth},
    UnitName{"months", Unit::kMonth},
    UnitName{"y", Unit::kYear},
    UnitName{"yr", Unit::kYear},
    UnitName{"yrs", Unit::kYear},
    UnitName{"year", Unit::kYear},
    UnitName{"years", Unit::kYear},
    UnitName{"dec", Unit::kDecade},
    UnitName{"decs", Unit::kDecade},
    UnitName{"decade", Unit::kDecade},
    UnitName{"decades", Unit::kDecade},
    UnitName{"c", Unit::kCentury},
    UnitName{"cent", Unit::kCentury},
    UnitName{"century", Unit::kCentury},
    UnitName{"centuries", Unit::kCentury},
    UnitName{"mil", Unit::kMillennium},
    UnitName{"mils", Unit::kMillennium},
    UnitName{"millennium", Unit::kMillennium},
    UnitName{"millennia", Unit::kMillennium},
};

/// A sum of months, days and microseconds that may leave the range on its way; it is checked at the end.
class Sum {
 public:
  void add(Unit unit, int64_t whole, double fraction) {
    auto parts = static_cast<double>(whole);
    switch (unit) {
      case Unit::kMicrosecond: return add_time(1, whole, fraction);
      case Unit::kMillisecond: return add_time(1000, whole, fraction);
      case Unit::kSecond: return add_time(kMicrosecondsPerSecond, whole, fraction);
      case Unit::kMinute: return add_time(kMicrosecondsPerMinute, whole, fraction);
      case Unit::kHour: return add_time(kMicrosecondsPerHour, whole, fraction);
      case Unit::kDay: return add_days(parts, fraction);
      case Unit::kWeek: return add_days(parts * 7, fraction * 7);
      case Unit::kMonth: months_ += parts; return add_days(0, fraction * 30);
      case Unit::kYear: months_ += parts * 12 + std::rint(fraction * 12); return;
      case Unit::kDecade: months_ += parts * 120 + std::rint(fraction * 120); return;
      case Unit::kCentury: months_ += parts * 1200 + std::rint(fraction * 1200); return;
      case Unit::kMillennium: months_ += parts * 12000 + std::rint(fraction * 12000); return;
    }
  }
  void turn_around() {
    months_ = -months_;
    days_ = -days_;
    time_ = -time_;
  }
  std::optional<Interval> result() const {
    auto fits = [](double value) { return value >= -2147483648.0 && value <= 2147483647.0; };
    if (!fits(months_) || !fits(days_) || time_ > INT64_MAX || time_ < INT64_MIN) return std::nullopt;
    return Interval{static_cast<int32_t>(months_), static_cast<int32_t>(days_), static_cast<int64_t>(time_)};
  }

 private:
  void add_time(int64_t unit, int64_t whole, double fraction) {
    time_ += static_cast<IntervalLength>(whole) * unit + std::llrint(fraction * static_cast<double>(unit));
  }
  void add_days(double whole, double fraction) {
    double more = std::trunc(fraction);
    days_ += whole + more;
    time_ += std::llrint((fraction - more) * static_cast<double>(kMicrosecondsPerDay));
  }

  double months_ = 0, days_ = 0;  // whole numbers
  IntervalLength time_ = 0;
};

class Reader {
 public:
  explicit Reader(std::string_view text) : whole_(text), rest_(trimmed(text)) {}

  SqlResult<Interval> read() {
    bool iso = rest_.starts_with('P');
    bool ok = iso ? read_iso() : read_words();
    if (!ok) return sql_error("22007", "invalid input syntax for type interval: \"{}\"", whole_);
    if (std::optional<Interval> interval = sum_.result(); interval && !overflow_) return *interval;
    return sql_error("22015", "interval field value out of range: \"{}\"", whole_);
  }

 private:
  struct Number {
    int64_t whole = 0;
    double fraction = 0;
    bool negative = false;
  };

  void skip_spaces() {
    while (!rest_.empty() && is_space(rest_[0])) rest_.remove_prefix(1);
  }
  int64_t take_integer() {
    int64_t value = 0;
    while (!rest_.empty() && is_digit(rest_[0])) {
      if (value > (INT64_MAX - 9) / 10) {
        overflow_ = true;
      } else {
        value = value * 10 + (rest_[0] - '0');
      }
      rest_.remove_prefix(1);
    }
    return value;
  }
  double take_fraction() {
    if (!rest_.starts_with('.')) return 0;
    size_t size = 1;
    while (size < rest_.size() && is_digit(rest_[size])) ++size;
    std::string digits = "0" + std::string(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return std::strtod(digits.c_str(), nullptr);
  }
  /// nullopt: no digit here.
  std::optional<Number> take_number() {
    Number number;
    if (!rest_.empty() && (rest_[0] == '-' || rest_[0] == '+')) {
      number.negative = rest_[0] == '-';
      rest_.remove_prefix(1);
    }
    bool point_first = rest_.size() > 1 && rest_[0] == '.' && is_digit(rest_[1]);
    if (rest_.empty() || (!is_digit(rest_[0]) && !point_first)) return std::nullopt;
    number.whole = take_integer();
    number.fraction = take_fraction();
    if (number.negative) {
      number.whole = -number.whole;
      number.fraction = -number.fraction;
    }
    return number;
  }
  bool add(Unit unit, const Number& number) {
    uint32_t bit = 1U << static_cast<uint32_t>(unit);
    if ((seen_ & bit) != 0) return false;  // "1 hour 1 hour"
    seen_ |= bit;
    sum_.add(unit, number.whole, number.fraction);
    return true;
  }

  bool read_words() {
    bool any = false;
    while (true) {
      skip_spaces();
      if (rest_.empty()) return any;
      if (rest_[0] == '@' && !any) {
        rest_.remove_prefix(1);
        continue;
      }
      if (any && to_lower(rest_) == "ago") {
        sum_.turn_around();
        return true;
      }
      std::optional<Number> number = take_number();
      if (!number || !read_after(*number)) return false;
      any = true;
    }
  }

  /// What the number was: by the unit behind it, or by its punctuation.
  bool read_after(const Number& number) {
    if (rest_.starts_with(':')) return read_time(number);
    if (rest_.size() > 1 && rest_[0] == '-' && is_digit(rest_[1]) && number.fraction == 0) {  // 1-2
      rest_.remove_prefix(1);
      int64_t months = take_integer();
      if (months > 11) overflow_ = true;
      return add(Unit::kYear, number) && add(Unit::kMonth, {number.negative ? -months : months, 0, false});
    }
    skip_spaces();
    if (rest_.empty()) return add(Unit::kSecond, number);
    if (!is_letter(rest_[0])) {  // "1 12:00": days before a time
      size_t end = rest_.find_first_of(" \t\n:");
      return end != std::string_view::npos && rest_[end] == ':' && add(Unit::kDay, number);
    }
    size_t size = 0;
    while (size < rest_.size() && is_letter(rest_[size])) ++size;
    std::string word = to_lower(rest_.substr(0, size));
    auto found = std::ranges::find(kUnits, word, &UnitName::name);
    if (found == kUnits.end()) return false;
    rest_.remove_prefix(size);
    return add(found->unit, number);
  }

  bool read_time(const Number& hours) {
    rest_.remove_prefix(1);
    if (rest_.empty() || !is_digit(rest_[0])) return false;
    int64_t sign = hours.negative ? -1 : 1;
    int64_t minutes = take_integer(), seconds = 0;
    double fraction = 0;
    if (rest_.starts_with(':')) {
      rest_.remove_prefix(1);
      if (rest_.empty() || !is_digit(rest_[0])) return false;
      seconds = take_integer();
      fraction = take_fraction();
    } else if (rest_.starts_with('.')) {
      return false;
    }
    if (minutes > 59 || seconds > 60) overflow_ = true;
    return add(Unit::kHour, hours) && add(Unit::kMinute, {minutes * sign, 0, false}) &&
           add(Unit::kSecond, {seconds * sign, fraction * static_cast<double>(sign), false});
  }

  /// P1Y2M3DT4H5M6S
  bool read_iso() {
    rest_.remove_prefix(1);
    bool time = false, any = false;
    while (!rest_.empty()) {
      if (rest_[0] == 'T' && !time) {
        time = true;
        rest_.remove_prefix(1);
        continue;
      }
      std::optional<Number> number = take_number();
      if (!number || rest_.empty()) return false;
      char unit = rest_[0];
      rest_.remove_prefix(1);
      bool ok = false;
      if (time) {
        ok = (unit == 'H' && add(Unit::kHour, *number)) || (unit == 'M' && add(Unit::kMinute, *number)) ||
             (unit == 'S' && add(Unit::kSecond, *number));
      } else {
        ok = (unit == 'Y' && add(Unit::kYear, *number)) || (unit == 'M' && add(Unit::kMonth, *number)) ||
             (unit == 'W' && add(Unit::kWeek, *number)) || (unit == 'D' && add(Unit::kDay, *number));
      }
      if (!ok) return false;
      any = true;
    }
    return any;
  }

  std::string_view whole_, rest_;
  Sum sum_;
  uint32_t seen_ = 0;
  bool overflow_ = false;
};

}  // namespace

SqlResult<Interval> parse_interval(std::string_view text) {
  return Reader(text).read();
}

void print_interval(const Interval& interval, std::string& out) {
  bool first = true, before = false;
  auto part = [&](int32_t value, std::string_view unit) {
    if (value == 0) return;
    fmt::format_to(std::back_inserter(out), "{}{}{} {}{}", first ? "" : " ", before && value > 0 ? "+" : "",
                   value, unit, value == 1 ? "" : "s");
    before = value < 0;
    first = false;
  };
  part(interval.months / 12, "year");
  part(interval.months % 12, "mon");
  part(interval.days, "day");
  if (interval.microseconds == 0 && !first) return;
  bool negative = interval.microseconds < 0;
  uint64_t time = negative ? 0 - static_cast<uint64_t>(interval.microseconds)
                           : static_cast<uint64_t>(interval.microseconds);
  constexpr auto kSecond = static_cast<uint64_t>(kMicrosecondsPerSecond);
  fmt::format_to(std::back_inserter(out), "{}{}{:02}:{:02}:{:02}", first ? "" : " ",
                 negative ? "-" : (before ? "+" : ""), time / kSecond / 3600, time / kSecond / 60 % 60,
                 time / kSecond % 60);
  if (time % kSecond != 0) {
    fmt::format_to(std::back_inserter(out), ".{:06}", time % kSecond);
    while (out.back() == '0') out.pop_back();
  }
}

}  // namespace wallaby::sql
