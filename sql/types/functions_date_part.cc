// extract(field from x), which gives a numeric, and date_part('field', x), which gives the same as a double.
#include <array>
#include <cmath>
#include <optional>

#include "sql/types/date_time.h"
#include "sql/types/function_tables.h"
#include "sql/types/interval.h"
#include "sql/types/utf8.h"

namespace wallaby::sql {
namespace {

using enum TypeId;

enum class Field : uint8_t {
  kMicroseconds,
  kMilliseconds,
  kSecond,
  kMinute,
  kHour,
  kDay,
  kWeek,
  kMonth,
  kQuarter,
  kYear,
  kDecade,
  kCentury,
  kMillennium,
  kJulian,
  kIsoYear,
  kDayOfWeek,
  kIsoDayOfWeek,
  kDayOfYear,
  kEpoch,
  kTimezone,
  kTimezoneHour,
  kTimezoneMinute
};

struct FieldName {
  std::string_view name;
  Field field;
};
constexpr std::array kFields{
    FieldName{"microseconds", Field::kMicroseconds},
    FieldName{"microsecond", Field::kMicroseconds},
    FieldName{"us", Field::kMicroseconds},
    FieldName{"milliseconds", Field::kMilliseconds},
    FieldName{"millisecond", Field::kMilliseconds},
    FieldName{"ms", Field::kMilliseconds},
    FieldName{"second", Field::kSecond},
    FieldName{"seconds", Field::kSecond},
    FieldName{"sec", Field::kSecond},
    FieldName{"s", Field::kSecond},
    FieldName{"minute", Field::kMinute},
    FieldName{"minutes", Field::kMinute},
    FieldName{"min", Field::kMinute},
    FieldName{"m", Field::kMinute},
    FieldName{"hour", Field::kHour},
    FieldName{"hours", Field::kHour},
    FieldName{"h", Field::kHour},
    FieldName{"day", Field::kDay},
    FieldName{"days", Field::kDay},
    FieldName{"d", Field::kDay},
    FieldName{"week", Field::kWeek},
    FieldName{"weeks", Field::kWeek},
    FieldName{"w", Field::kWeek},
    FieldName{"month", Field::kMonth},
    FieldName{"months", Field::kMonth},
    FieldName{"mon", Field::kMonth},
    FieldName{"quarter", Field::kQuarter},
    FieldName{"qtr", Field::kQuarter},
    FieldName{"year", Field::kYear},
    FieldName{"years", Field::kYear},
    FieldName{"y", Field::kYear},
    FieldName{"decade", Field::kDecade},
    FieldName{"decades", Field::kDecade},
    FieldName{"century", Field::kCentury},
    FieldName{"centuries", Field::kCentury},
    FieldName{"millennium", Field::kMillennium},
    FieldName{"millennia", Field::kMillennium},
    FieldName{"julian", Field::kJulian},
    FieldName{"isoyear", Field::kIsoYear},
    FieldName{"dow", Field::kDayOfWeek},
    FieldName{"isodow", Field::kIsoDayOfWeek},
    FieldName{"doy", Field::kDayOfYear},
    FieldName{"epoch", Field::kEpoch},
    FieldName{"timezone", Field::kTimezone},
    FieldName{"timezone_hour", Field::kTimezoneHour},
    FieldName{"timezone_minute", Field::kTimezoneMinute},
};

SqlResult<Field> field_named(const std::string& text, TypeId type) {
  std::string name = to_lower(text);
  for (const FieldName& field : kFields) {
    if (field.name == name) return field.field;
  }
  return sql_error("22023", "unit \"{}\" not recognized for type {}", name, to_string(type));
}
SqlError not_for(const std::string& name, TypeId type) {
  return sql_error("0A000", "unit \"{}\" not supported for type {}", to_lower(name), to_string(type));
}

/// A field's value in both forms. The double is computed as PostgreSQL does, rounding included.
struct Part {
  Numeric exact;
  double real = 0;
};
Part whole(int64_t value) {
  return {numeric_from(value), static_cast<double>(value)};
}
/// `units` of 10^-scale.
Part decimal(int64_t units, int32_t scale, double real) {
  return {Numeric{.digits = units, .scale = scale}, real};
}

constexpr int64_t kJulianOf2000 = 2451545;

/// Fields of a date alone; nullopt: it is none.
std::optional<Part> part_of_date(Field field, int64_t days) {
  Date date = date_from(days);
  int64_t year = date.year;
  switch (field) {
    case Field::kDay: return whole(date.day);
    case Field::kMonth: return whole(date.month);
    case Field::kQuarter: return whole((date.month - 1) / 3 + 1);
    case Field::kWeek: return whole(iso_week(days).week);
    case Field::kYear: return whole(year > 0 ? year : year - 1);  // there is no year 0
    case Field::kDecade: return whole(year >= 0 ? year / 10 : -((8 - (year - 1)) / 10));
    case Field::kCentury: return whole(year > 0 ? (year + 99) / 100 : -((99 - (year - 1)) / 100));
    case Field::kMillennium: return whole(year > 0 ? (year + 999) / 1000 : -((999 - (year - 1)) / 1000));
    case Field::kIsoYear: {
      int64_t iso = iso_week(days).year;
      return whole(iso > 0 ? iso : iso - 1);
    }
    case Field::kIsoDayOfWeek: return whole(iso_weekday(days));
    case Field::kDayOfWeek: return whole(iso_weekday(days) % 7);
    case Field::kDayOfYear: return whole(days - days_from({year, 1, 1}) + 1);
    default: return std::nullopt;
  }
}

/// Fields of the time within a day or an interval; `hours` may be more than a day has.
std::optional<Part> part_of_time(Field field, int64_t time) {
  int64_t below_minute = time % kMicrosecondsPerMinute;
  auto second = static_cast<double>(below_minute / kMicrosecondsPerSecond);
  auto fraction = static_cast<double>(below_minute % kMicrosecondsPerSecond);
  switch (field) {
    case Field::kMicroseconds: return whole(below_minute);
    case Field::kMilliseconds: return decimal(below_minute, 3, second * 1000.0 + fraction / 1000.0);
    case Field::kSecond: return decimal(below_minute, 6, second + fraction / 1000000.0);
    case Field::kMinute: return whole(time / kMicrosecondsPerMinute % 60);
    case Field::kHour: return whole(time / kMicrosecondsPerHour);
    default: return std::nullopt;
  }
}

SqlResult<Part> julian(int64_t timestamp) {
  int64_t day = day_of(timestamp) + kJulianOf2000, time = time_of_day(timestamp);
  auto fraction = divide(numeric_from(time), numeric_from(kMicrosecondsPerDay));
  if (!fraction) return std::unexpected(fraction.error());
  auto sum = add(numeric_from(day), *fraction);
  if (!sum) return std::unexpected(sum.error());
  double seconds = static_cast<double>(time / kMicrosecondsPerSecond) +
                   static_cast<double>(time % kMicrosecondsPerSecond) / 1000000.0;
  return Part{*sum, static_cast<double>(day) + seconds / 86400.0};
}

template <TypeId T>
SqlResult<Part> part_of_timestamp(const std::string& name, Field field, int64_t timestamp) {
  if (auto part = part_of_date(field, day_of(timestamp))) return *part;
  if (auto part = part_of_time(field, time_of_day(timestamp))) return *part;
  switch (field) {
    case Field::kJulian: return julian(timestamp);
    case Field::kEpoch: {
      int64_t time = 0;
      if (__builtin_add_overflow(timestamp, kUnixEpochDays * kMicrosecondsPerDay, &time)) {
        return sql_error("22008", "timestamp out of range");
      }
      return decimal(time, 6, static_cast<double>(time) / 1000000.0);
    }
    default: break;
  }
  if (T == kTimestamp) return not_for(name, T);
  return whole(0);  // timezone and its parts: UTC
}

SqlResult<Part> part_of_interval(const std::string& name, Field field, const Interval& interval) {
  if (auto part = part_of_time(field, interval.microseconds)) return *part;
  int64_t years = interval.months / 12, months = interval.months % 12;
  switch (field) {
    case Field::kDay: return whole(interval.days);
    case Field::kMonth: return whole(months);
    case Field::kQuarter: return whole(months / 3 + 1);
    case Field::kYear: return whole(years);
    case Field::kDecade: return whole(years / 10);
    case Field::kCentury: return whole(years / 100);
    case Field::kMillennium: return whole(years / 1000);
    case Field::kEpoch: {  // a year is 365.25 days, a month 30
      int64_t seconds = (years * 1461 + months * 120 + int64_t{interval.days} * 4) * 21600;
      Numeric::Digits units =
          static_cast<Numeric::Digits>(seconds) * kMicrosecondsPerSecond + interval.microseconds;
      double real = static_cast<double>(interval.microseconds) / 1000000.0;
      real += 365.25 * 86400.0 * static_cast<double>(years);
      real += 30.0 * 86400.0 * static_cast<double>(months);
      real += 86400.0 * interval.days;
      return Part{Numeric{.digits = units, .scale = 6}, real};
    }
    default: return not_for(name, kInterval);
  }
}

/// Of infinity: fields that grow with time are infinite, others have no value. nullopt: NULL.
std::optional<double> part_of_infinity(Field field, bool after_all) {
  switch (field) {
    case Field::kYear:
    case Field::kDecade:
    case Field::kCentury:
    case Field::kMillennium:
    case Field::kJulian:
    case Field::kIsoYear:
    case Field::kEpoch: return after_all ? INFINITY : -INFINITY;
    default: return std::nullopt;
  }
}

template <TypeId T>
SqlResult<Value> part(Arguments a, bool exact) {
  auto field = field_named(a[0].text(), T);
  if (!field) return std::unexpected(field.error());
  SqlResult<Part> part = Part{};
  if constexpr (T == kInterval) {
    part = part_of_interval(a[0].text(), *field, a[1].interval());
  } else {
    int64_t value = a[1].integer();
    if (T == kDate ? !is_finite_date(value) : !is_finite_timestamp(value)) {
      std::optional<double> infinite = part_of_infinity(*field, value > 0);
      if (!infinite) return Value();
      return exact ? wrap(numeric_from(*infinite)) : Value(*infinite);
    }
    if constexpr (T == kDate) {
      if (auto of_date = part_of_date(*field, value)) {
        part = *of_date;
      } else if (*field == Field::kJulian) {
        part = whole(value + kJulianOf2000);
      } else if (*field == Field::kEpoch) {
        part = whole((value + kUnixEpochDays) * 86400);
      } else {
        part = not_for(a[0].text(), T);
      }
    } else {
      part = part_of_timestamp<T>(a[0].text(), *field, value);
    }
  }
  if (!part) return std::unexpected(part.error());
  return exact ? Value(part->exact) : Value(part->real);
}

template <TypeId T>
SqlResult<Value> extract(Arguments a, EvalContext&) {
  return part<T>(a, true);
}
template <TypeId T>
SqlResult<Value> date_part(Arguments a, EvalContext&) {
  return part<T>(a, false);
}
/// date_part takes a date for its midnight, so it knows hours, too.
SqlResult<Value> date_part_of_date(Arguments a, EvalContext& context) {
  int64_t days = a[1].integer();
  int64_t time = days == kDateInfinity        ? kTimestampInfinity
                 : days == kDateMinusInfinity ? kTimestampMinusInfinity
                                              : days * kMicrosecondsPerDay;
  if (is_finite_date(days) && days > 106751982) return sql_error("22008", "date out of range for timestamp");
  Value arguments[] = {a[0], Value(time)};
  return date_part<kTimestamp>(arguments, context);
}

}  // namespace

Functions date_part_functions() {
  return {
      {"extract", {kText, kDate}, kNumeric, extract<kDate>},
      {"extract", {kText, kTimestamp}, kNumeric, extract<kTimestamp>},
      {"extract", {kText, kTimestamptz}, kNumeric, extract<kTimestamptz>},
      {"extract", {kText, kInterval}, kNumeric, extract<kInterval>},
      {"date_part", {kText, kDate}, kFloat8, date_part_of_date},
      {"date_part", {kText, kTimestamp}, kFloat8, date_part<kTimestamp>},
      {"date_part", {kText, kTimestamptz}, kFloat8, date_part<kTimestamptz>},
      {"date_part", {kText, kInterval}, kFloat8, date_part<kInterval>},
  };
}

}  // namespace wallaby::sql
