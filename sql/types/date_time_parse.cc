// The text of dates and times, in: a reader that takes one field after the other (date, time, zone, words) and
// puts them together at the end, because PostgreSQL lets them stand in nearly any order.
#include <algorithm>
#include <array>
#include <limits>

#include "sql/types/date_time.h"
#include "sql/types/utf8.h"

namespace wallaby::sql {
namespace {

constexpr std::array<std::string_view, 12> kMonths{"jan", "feb", "mar", "apr", "may", "jun",
                                                   "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 12> kLongMonths{"january",   "february", "march",    "april",
                                                       "may",       "june",     "july",     "august",
                                                       "september", "october",  "november", "december"};
constexpr std::array<std::string_view, 20> kWeekdays{
    "mon",      "tue",    "wed",      "thu",    "fri",  "sat",     "sun",  "monday", "tuesday", "wednesday",
    "thursday", "friday", "saturday", "sunday", "tues", "wednesd", "weds", "thur",   "thurs",   "thurs"};
constexpr std::array<std::string_view, 27> kZonesLeftOut{
    "est", "edt", "cst", "cdt", "mst", "mdt",  "pst",  "pdt",  "cet",  "cest", "eet",  "eest", "wet", "west",
    "bst", "ist", "jst", "kst", "msk", "aest", "aedt", "akst", "akdt", "hst",  "nzst", "nzdt", "sgt"};

int32_t month_named(std::string_view word) {
  for (size_t i = 0; i < kMonths.size(); ++i) {
    if (word == kMonths[i] || word == kLongMonths[i] || (word == "sept" && i == 8)) {
      return static_cast<int32_t>(i + 1);
    }
  }
  return 0;
}

class Reader {
 public:
  Reader(TypeId type, std::string_view text) : type_(type), whole_(text), rest_(trimmed(text)) {}

  SqlResult<int64_t> read() {
    bool any = false;
    while (!rest_.empty()) {
      if (is_space(rest_[0]) || rest_[0] == ',') {
        rest_.remove_prefix(1);
        continue;
      }
      any = true;
      if (auto field = read_field(); !field) return std::unexpected(field.error());
    }
    if (!any) return syntax();
    return together();
  }

 private:
  SqlError syntax() const {
    return sql_error("22007", "invalid input syntax for type {}: \"{}\"", to_string(type_), whole_);
  }
  SqlError out_of_range() const {
    return sql_error("22008", "date/time field value out of range: \"{}\"", whole_);
  }

  SqlResult<void> read_field() {
    char c = rest_[0];
    if (is_digit(c)) return read_number();
    if (is_letter(c)) return read_word();
    if ((c == '+' || c == '-') && has_time_ && !has_zone_) return read_zone();
    return syntax();
  }

  std::string_view take_digits() {
    size_t size = 0;
    while (size < rest_.size() && is_digit(rest_[size])) ++size;
    std::string_view digits = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return digits;
  }
  std::string_view take_letters() {
    size_t size = 0;
    while (size < rest_.size() && is_letter(rest_[size])) ++size;
    std::string_view letters = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return letters;
  }
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  static int64_t number(std::string_view digits) {
    int64_t value = 0;
    for (char c : digits)
      value = std::min<int64_t>(value * 10 + (c - '0'), std::numeric_limits<int32_t>::max());
    return value;
  }

  SqlResult<void> read_number() {
    std::string_view digits = take_digits();
    if (rest_.starts_with(':')) return read_time(digits);
    bool separated = !rest_.empty() && (rest_[0] == '-' || rest_[0] == '/' || rest_[0] == '.');
    if (separated && !has_date_) return read_separated_date(digits);
    if (has_date_ && !has_time_ && (digits.size() == 6 || (digits.size() == 4 && after_t_))) {
      return read_packed_time(digits);
    }
    if (!has_date_ && digits.size() == 8) {
      has_date_ = true;
      date_ = {number(digits.substr(0, 4)), static_cast<int32_t>(number(digits.substr(4, 2))),
               static_cast<int32_t>(number(digits.substr(6, 2)))};
      year_digits_ = 4;
      return {};
    }
    if (number_count_ == numbers_.size()) return syntax();
    numbers_[number_count_++] = digits;
    return {};
  }

  /// 2024-01-02, 1/2/2024, 02-Jan-2024, 2024-Jan-02
  SqlResult<void> read_separated_date(std::string_view first) {
    char separator = rest_[0];
    rest_.remove_prefix(1);
    std::string_view second = take_digits();
    std::string month;
    if (second.empty()) {
      month = to_lower(take_letters());
      if (month_named(month) == 0) return syntax();
    }
    if (!take(separator)) {
      if (second.size() == 3) return not_supported("a date by the day of the year");
      return syntax();
    }
    std::string_view third = take_digits();
    if (third.empty()) return syntax();
    std::string_view year = third, day = second;
    if (!month.empty()) {
      date_.month = month_named(month);
      bool year_first = first.size() > 2;
      year = year_first ? first : third;
      day = year_first ? third : first;
    } else if (first.size() > 2) {
      year = first;
      date_.month = static_cast<int32_t>(number(second));
      day = third;
    } else {
      date_.month = static_cast<int32_t>(number(first));
    }
    date_.day = static_cast<int32_t>(number(day));
    set_year(year);
    has_date_ = true;
    return {};
  }

  void set_year(std::string_view digits) {
    date_.year = number(digits);
    year_digits_ = digits.size();
  }

  SqlResult<void> read_time(std::string_view hour) {
    if (has_time_) return syntax();
    has_time_ = true;
    hour_ = number(hour);
    take(':');
    std::string_view minute = take_digits();
    if (minute.empty()) return syntax();
    minute_ = number(minute);
    if (take(':')) {
      std::string_view second = take_digits();
      if (second.empty()) return syntax();
      second_ = number(second);
      read_fraction();
    }
    return {};
  }

  SqlResult<void> read_packed_time(std::string_view digits) {
    has_time_ = true;
    hour_ = number(digits.substr(0, 2));
    minute_ = number(digits.substr(2, 2));
    if (digits.size() == 6) second_ = number(digits.substr(4, 2));
    read_fraction();
    return {};
  }

  void read_fraction() {
    if (!take('.')) return;
    std::string_view digits = take_digits();
    int64_t scale = 100'000;
    for (size_t i = 0; i < std::min<size_t>(digits.size(), 6); ++i, scale /= 10) {
      microsecond_ += (digits[i] - '0') * scale;
    }
    if (digits.size() > 6 && digits[6] >= '5') ++microsecond_;
  }

  SqlResult<void> read_zone() {
    bool west = rest_[0] == '-';
    rest_.remove_prefix(1);
    std::string_view digits = take_digits();
    int64_t hours = 0, minutes = 0, seconds = 0;
    if (digits.empty() || digits.size() > 6) return syntax();
    if (digits.size() > 2) {  // +0530
      std::string_view tail = digits.substr(digits.size() - 2);
      hours = number(digits.substr(0, digits.size() - 2));
      minutes = number(tail);
    } else {
      hours = number(digits);
      if (take(':')) {
        minutes = number(take_digits());
        if (take(':')) seconds = number(take_digits());
      }
    }
    if (hours > 15 || minutes > 59 || seconds > 59) {
      return sql_error("22009", "time zone displacement out of range: \"{}\"", whole_);
    }
    int64_t offset =
        hours * kMicrosecondsPerHour + minutes * kMicrosecondsPerMinute + seconds * kMicrosecondsPerSecond;
    zone_ = west ? -offset : offset;
    has_zone_ = true;
    return {};
  }

  SqlResult<void> read_word() {
    std::string word = to_lower(take_letters());
    if (word == "t" && has_date_ && !has_time_ && !rest_.empty() && is_digit(rest_[0])) {
      after_t_ = true;
    } else if (int32_t month = month_named(word); month != 0 && !has_date_ && named_month_ == 0) {
      named_month_ = month;
    } else if (word == "z" || word == "utc" || word == "gmt" || word == "zulu") {
      if (has_zone_) return syntax();
      has_zone_ = true;
    } else if (word == "am" || word == "pm") {
      if (!has_time_ || hour_ > 12) return out_of_range();
      hour_ = hour_ % 12 + (word == "pm" ? 12 : 0);
    } else if (word == "bc" || word == "ad") {
      before_christ_ = word == "bc";
    } else if (rest_.starts_with('/') || std::ranges::find(kZonesLeftOut, word) != kZonesLeftOut.end()) {
      return not_supported("a time zone by its name",
                           "The time zone is UTC; write an offset such as +01:00.");
    } else if (std::ranges::find(kWeekdays, word) == kWeekdays.end()) {
      return syntax();
    }
    return {};
  }

  /// "Jan 2 2024", "2 Jan 2024", "2024 Jan 2"
  SqlResult<void> date_by_name() {
    if (named_month_ == 0 || number_count_ != 2) return syntax();
    bool year_first = numbers_[0].size() > 2;
    date_.month = named_month_;
    date_.day = static_cast<int32_t>(number(numbers_[year_first ? 1 : 0]));
    set_year(numbers_[year_first ? 0 : 1]);
    has_date_ = true;
    number_count_ = 0;
    named_month_ = 0;
    return {};
  }

  SqlResult<int64_t> together() {
    if (!has_date_) {
      if (auto named = date_by_name(); !named) return std::unexpected(named.error());
    }
    if (number_count_ > 0 || named_month_ != 0) return syntax();
    if (before_christ_) {
      if (date_.year == 0) return out_of_range();
      date_.year = 1 - date_.year;
    } else if (year_digits_ <= 2) {
      date_.year += date_.year < 70 ? 2000 : 1900;
    } else if (date_.year == 0) {
      return out_of_range();
    }
    if (date_.month < 1 || date_.month > 12 || date_.day < 1 || date_.day > 31) {
      return out_of_range().hint("Perhaps you need a different \"datestyle\" setting.");
    }
    if (date_.day > days_in_month(date_.year, date_.month)) return out_of_range();
    bool midnight = hour_ == 24 && minute_ == 0 && second_ == 0 && microsecond_ == 0;
    if ((hour_ > 23 && !midnight) || minute_ > 59 || second_ > 60) return out_of_range();
    if (second_ == 60 && microsecond_ > 0) return out_of_range();

    int64_t days = days_from(date_);
    if (type_ == TypeId::kDate) {
      if (!date_in_range(days)) return sql_error("22008", "date out of range: \"{}\"", whole_);
      return days;
    }
    SqlError beyond = sql_error("22008", "timestamp out of range: \"{}\"", whole_);
    if (days < -2451546 || days > 106751991) return beyond;  // so that the product fits
    __int128 wide = static_cast<__int128>(days) * kMicrosecondsPerDay + hour_ * kMicrosecondsPerHour +
                    minute_ * kMicrosecondsPerMinute + second_ * kMicrosecondsPerSecond + microsecond_;
    if (type_ == TypeId::kTimestamptz) wide -= zone_;
    if (wide > std::numeric_limits<int64_t>::max() || !timestamp_in_range(static_cast<int64_t>(wide)))
      return beyond;
    return static_cast<int64_t>(wide);
  }

  TypeId type_;
  std::string_view whole_, rest_;
  Date date_;
  size_t year_digits_ = 4;
  int64_t hour_ = 0, minute_ = 0, second_ = 0, microsecond_ = 0, zone_ = 0;
  int32_t named_month_ = 0;
  std::array<std::string_view, 2> numbers_;  ///< those without separators, which a month's name explains
  size_t number_count_ = 0;
  bool has_date_ = false, has_time_ = false, has_zone_ = false, after_t_ = false, before_christ_ = false;
};

}  // namespace

SqlResult<int64_t> parse_date_time(TypeId type, std::string_view text, std::optional<int64_t> now) {
  std::string_view bare = trimmed(text);
  bool is_date = type == TypeId::kDate;
  if (!bare.empty() && !is_digit(bare[0]) && bare.size() <= 10) {
    std::string word = to_lower(bare);
    if (word == "infinity" || word == "+infinity") return is_date ? kDateInfinity : kTimestampInfinity;
    if (word == "-infinity") return is_date ? kDateMinusInfinity : kTimestampMinusInfinity;
    if (word == "epoch") return is_date ? -kUnixEpochDays : -kUnixEpochDays * kMicrosecondsPerDay;
    if (word == "now" || word == "today" || word == "tomorrow" || word == "yesterday") {
      if (!now) return not_supported(fmt::format("the input '{}' here", word), "Use now() or current_date.");
      int64_t day = day_of(*now) + (word == "tomorrow" ? 1 : word == "yesterday" ? -1 : 0);
      if (is_date) return day;
      return word == "now" ? *now : day * kMicrosecondsPerDay;
    }
  }
  return Reader(type, text).read();
}

}  // namespace wallaby::sql
