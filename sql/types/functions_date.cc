// Functions of dates and times: the clocks, making, cutting, ages.
#include <algorithm>
#include <cmath>

#include "sql/types/date_time.h"
#include "sql/types/function_tables.h"
#include "sql/types/interval.h"
#include "sql/types/type_io.h"
#include "sql/types/utf8.h"

namespace wallaby::sql {
namespace {

using enum TypeId;

SqlResult<Value> transaction_time(Arguments, EvalContext& context) {
  return Value(context.transaction_time);
}
SqlResult<Value> statement_time(Arguments, EvalContext& context) {
  return Value(context.statement_time);
}
SqlResult<Value> wall_time(Arguments, EvalContext& context) {
  return Value(context.wall_time);
}
SqlResult<Value> today(Arguments, EvalContext& context) {
  return Value(day_of(context.transaction_time));
}

// --- making ---

SqlResult<Value> make_date(Arguments a, EvalContext&) {
  int64_t year = a[0].integer(), month = a[1].integer(), day = a[2].integer();
  auto bad = [&] {
    return sql_error("22008", "date field value out of range: {}-{:02}-{:02}", year, month, day);
  };
  if (year == 0 || month < 1 || month > 12 || day < 1) return bad();
  int64_t astronomical = year < 0 ? year + 1 : year;  // -1 is 1 BC
  if (day > days_in_month(astronomical, static_cast<int32_t>(month))) return bad();
  int64_t days = days_from({astronomical, static_cast<int32_t>(month), static_cast<int32_t>(day)});
  if (!date_in_range(days)) return sql_error("22008", "date out of range: {}-{:02}-{:02}", year, month, day);
  return Value(days);
}
SqlResult<Value> make_timestamp(Arguments a, EvalContext& context) {
  auto date = make_date(a.first(3), context);
  if (!date) return date;
  int64_t hour = a[3].integer(), minute = a[4].integer();
  double second = a[5].real();
  bool end_of_day = hour == 24 && minute == 0 && second == 0;
  if (hour < 0 || minute < 0 || minute > 59 || (hour > 23 && !end_of_day) || !(second >= 0 && second <= 60)) {
    return sql_error("22008", "time field value out of range: {}:{:02}:{:02}", hour, minute, second);
  }
  int64_t time = hour * kMicrosecondsPerHour + minute * kMicrosecondsPerMinute + std::llrint(second * 1e6);
  __int128 wide = static_cast<__int128>(date->integer()) * kMicrosecondsPerDay + time;
  if (wide > INT64_MAX || wide < INT64_MIN || !timestamp_in_range(static_cast<int64_t>(wide))) {
    return sql_error("22008", "timestamp out of range: {}-{:02}-{:02} {}:{:02}:{:02}", a[0].integer(),
                     a[1].integer(), a[2].integer(), hour, minute, second);
  }
  return Value(static_cast<int64_t>(wide));
}
SqlResult<Value> from_unix_time(Arguments a, EvalContext&) {
  double seconds = a[0].real();
  if (std::isnan(seconds)) return sql_error("22008", "timestamp cannot be NaN");
  if (std::isinf(seconds)) return Value(seconds > 0 ? kTimestampInfinity : kTimestampMinusInfinity);
  if (seconds < -210866803200.0 || seconds >= 9224318016000.0) {
    return sql_error("22008", "timestamp out of range: \"{:g}\"", seconds);
  }
  return int_value(std::llrint((seconds - static_cast<double>(kUnixEpochDays) * 86400.0) * 1e6));
}

// --- cutting ---

SqlError unknown_unit(std::string_view unit, TypeId type) {
  return sql_error("22023", "unit \"{}\" not recognized for type {}", unit, to_string(type));
}

/// The length of a unit that divides the day; 0: it is none.
int64_t unit_of_time(std::string_view unit) {
  if (unit == "microseconds" || unit == "microsecond" || unit == "us" || unit == "usec") return 1;
  if (unit == "milliseconds" || unit == "millisecond" || unit == "ms" || unit == "msec") return 1000;
  if (unit == "second" || unit == "seconds" || unit == "sec" || unit == "s") return kMicrosecondsPerSecond;
  if (unit == "minute" || unit == "minutes" || unit == "min" || unit == "m") return kMicrosecondsPerMinute;
  if (unit == "hour" || unit == "hours" || unit == "hr" || unit == "h") return kMicrosecondsPerHour;
  return 0;
}
/// How many years, for those units that are years; 0: it is none.
int64_t unit_of_years(std::string_view unit) {
  if (unit == "year" || unit == "years" || unit == "yr" || unit == "y") return 1;
  if (unit == "decade" || unit == "decades" || unit == "dec") return 10;
  if (unit == "century" || unit == "centuries" || unit == "cent" || unit == "c") return 100;
  if (unit == "millennium" || unit == "millennia" || unit == "mil") return 1000;
  return 0;
}
bool is_unit(std::string_view unit, std::string_view name) {
  return unit == name || (unit.size() == name.size() + 1 && unit.starts_with(name) && unit.ends_with('s'));
}

/// The first year of the decade, century or millennium; the latter two begin with a year 1.
int64_t first_year(int64_t year, int64_t length) {
  if (length == 1) return year;
  if (length == 10) return year >= 0 ? year / 10 * 10 : -((9 - year) / 10) * 10;
  return year > 0 ? (year + length - 1) / length * length - length + 1
                  : -((length - 1 - (year - 1)) / length) * length + 1;
}

template <TypeId T>
SqlResult<Value> truncate(Arguments a, EvalContext&) {
  std::string unit = to_lower(a[0].text());
  int64_t time = a[1].integer();
  int64_t length = unit_of_time(unit), years = unit_of_years(unit);
  bool known = length > 0 || years > 0 || is_unit(unit, "day") || unit == "d" || is_unit(unit, "week") ||
               unit == "w" || is_unit(unit, "month") || is_unit(unit, "mon") || is_unit(unit, "quarter") ||
               unit == "qtr";
  if (!known) return unknown_unit(unit, T);
  if (!is_finite_timestamp(time)) return Value(time);
  if (length > 0) return Value(time - time_of_day(time) % length);
  int64_t days = day_of(time);
  Date date = date_from(days);
  date.day = 1;
  if (is_unit(unit, "day") || unit == "d") return Value(days * kMicrosecondsPerDay);
  if (is_unit(unit, "week") || unit == "w")
    return Value((days - iso_weekday(days) + 1) * kMicrosecondsPerDay);
  if (is_unit(unit, "quarter") || unit == "qtr") date.month = (date.month - 1) / 3 * 3 + 1;
  if (years > 0) date = {first_year(date.year, years), 1, 1};
  return Value(days_from(date) * kMicrosecondsPerDay);
}

SqlResult<Value> truncate_interval(Arguments a, EvalContext&) {
  std::string unit = to_lower(a[0].text());
  Interval interval = a[1].interval();
  if (int64_t length = unit_of_time(unit); length > 0) {
    interval.microseconds -= interval.microseconds % length;
    return Value(interval);
  }
  interval.microseconds = 0;
  if (is_unit(unit, "day") || unit == "d") return Value(interval);
  interval.days = 0;
  if (is_unit(unit, "week") || unit == "w") {
    return sql_error("0A000", "unit \"{}\" not supported for type interval", unit)
        .detail("Months usually have fractional weeks.");
  }
  if (is_unit(unit, "month") || is_unit(unit, "mon")) return Value(interval);
  if (is_unit(unit, "quarter") || unit == "qtr") {
    interval.months -= interval.months % 3;
    return Value(interval);
  }
  int64_t years = unit_of_years(unit);
  if (years == 0) return unknown_unit(unit, kInterval);
  interval.months -= static_cast<int32_t>(interval.months % (12 * years));
  return Value(interval);
}

// --- ages and other intervals ---

/// Years, months and days by the calendar, unlike "-", which counts days.
SqlResult<Value> age(int64_t end, int64_t start) {
  if (!is_finite_timestamp(end) || !is_finite_timestamp(start))
    return sql_error("22008", "timestamp out of range");
  bool negative = end < start;
  Moment late = moment_from(std::max(end, start)), early = moment_from(std::min(end, start));
  int64_t time = time_of_day(std::max(end, start)) - time_of_day(std::min(end, start));
  int64_t days = late.date.day - early.date.day;
  int64_t months = (late.date.year - early.date.year) * 12 + late.date.month - early.date.month;
  if (time < 0) {
    time += kMicrosecondsPerDay;
    --days;
  }
  // A month is borrowed: as long as the month of the earlier day, or, looking back, that of the later.
  const Date& month = negative ? late.date : early.date;
  while (days < 0) {
    days += days_in_month(month.year, month.month);
    --months;
  }
  Interval interval{static_cast<int32_t>(months), static_cast<int32_t>(days), time};
  if (negative) return wrap(negate(interval));
  return Value(interval);
}
SqlResult<Value> age_between(Arguments a, EvalContext&) {
  return age(a[0].integer(), a[1].integer());
}
SqlResult<Value> age_today(Arguments a, EvalContext& context) {
  return age(day_of(context.transaction_time) * kMicrosecondsPerDay, a[0].integer());
}

void move(int64_t& from, int64_t& to, int64_t size) {
  to += from / size;
  from %= size;
}
/// Makes the signs of the parts agree.
void agree(int64_t& large, int64_t& small, int64_t size) {
  if (large > 0 && small < 0) {
    small += size;
    --large;
  } else if (large < 0 && small > 0) {
    small -= size;
    ++large;
  }
}
template <bool Hours, bool Days>
SqlResult<Value> justify(Arguments a, EvalContext&) {
  int64_t months = a[0].interval().months, days = a[0].interval().days, time = a[0].interval().microseconds;
  if (Hours) move(time, days, kMicrosecondsPerDay);
  if (Days) move(days, months, 30);
  if (Days && Hours) {
    if (months > 0 && (days < 0 || (days == 0 && time < 0))) {
      days += 30;
      --months;
    } else if (months < 0 && (days > 0 || (days == 0 && time > 0))) {
      days -= 30;
      ++months;
    }
  } else if (Days) {
    agree(months, days, 30);
  }
  if (Hours) agree(days, time, kMicrosecondsPerDay);
  if (days > INT32_MAX || days < INT32_MIN || months > INT32_MAX || months < INT32_MIN) {
    return sql_error("22008", "interval out of range");
  }
  return Value(Interval{static_cast<int32_t>(months), static_cast<int32_t>(days), time});
}

template <bool (*F)(int64_t)>
SqlResult<Value> finite(Arguments a, EvalContext&) {
  return Value(F(a[0].integer()));
}
bool timestamp_is_finite(int64_t t) {
  return is_finite_timestamp(t);
}
bool date_is_finite(int64_t d) {
  return is_finite_date(d);
}

/// AT TIME ZONE: with UTC as the only zone, the number stays and the type changes.
SqlResult<Value> in_zone(Arguments a, EvalContext&) {
  std::string zone = to_lower(a[0].text());
  if (zone == "utc" || zone == "gmt" || zone == "z" || zone == "zulu") return a[1];
  return not_supported(fmt::format("the time zone \"{}\"", a[0].text()), "The time zone is UTC.");
}
SqlResult<Value> truncate_in_zone(Arguments a, EvalContext& context) {
  Value zone_and_time[] = {a[2], a[1]};
  if (auto ok = in_zone(zone_and_time, context); !ok) return ok;
  return truncate<kTimestamptz>(a.first(2), context);
}

}  // namespace

Functions date_functions() {
  constexpr Volatility kStable = Volatility::kStable;
  Functions functions{
      {.name = "now", .result = kTimestamptz, .evaluate = transaction_time, .volatility = kStable},
      {.name = "transaction_timestamp",
       .result = kTimestamptz,
       .evaluate = transaction_time,
       .volatility = kStable},
      {.name = "statement_timestamp",
       .result = kTimestamptz,
       .evaluate = statement_time,
       .volatility = kStable},
      {.name = "clock_timestamp",
       .result = kTimestamptz,
       .evaluate = wall_time,
       .volatility = Volatility::kVolatile},
      {.name = "current_timestamp",
       .result = kTimestamptz,
       .evaluate = transaction_time,
       .volatility = kStable},
      {.name = "localtimestamp", .result = kTimestamp, .evaluate = transaction_time, .volatility = kStable},
      {.name = "current_date", .result = kDate, .evaluate = today, .volatility = kStable},
      {"make_date", {kInt4, kInt4, kInt4}, kDate, make_date},
      {"make_timestamp", {kInt4, kInt4, kInt4, kInt4, kInt4, kFloat8}, kTimestamp, make_timestamp},
      {"make_timestamptz", {kInt4, kInt4, kInt4, kInt4, kInt4, kFloat8}, kTimestamptz, make_timestamp},
      {"to_timestamp", {kFloat8}, kTimestamptz, from_unix_time},
      {"date_trunc", {kText, kTimestamp}, kTimestamp, truncate<kTimestamp>},
      {"date_trunc", {kText, kTimestamptz}, kTimestamptz, truncate<kTimestamptz>},
      {"date_trunc", {kText, kTimestamptz, kText}, kTimestamptz, truncate_in_zone},
      {"date_trunc", {kText, kInterval}, kInterval, truncate_interval},
      {"age", {kTimestamp, kTimestamp}, kInterval, age_between},
      {"age", {kTimestamptz, kTimestamptz}, kInterval, age_between},
      {"justify_days", {kInterval}, kInterval, justify<false, true>},
      {"justify_hours", {kInterval}, kInterval, justify<true, false>},
      {"justify_interval", {kInterval}, kInterval, justify<true, true>},
      {"isfinite", {kTimestamp}, kBool, finite<timestamp_is_finite>},
      {"isfinite", {kTimestamptz}, kBool, finite<timestamp_is_finite>},
      {"isfinite", {kDate}, kBool, finite<date_is_finite>},
      {"isfinite",
       {kInterval},
       kBool,
       [](Arguments, EvalContext&) -> SqlResult<Value> { return Value(true); }},
      {"timezone", {kText, kTimestamptz}, kTimestamp, in_zone},
      {"timezone", {kText, kTimestamp}, kTimestamptz, in_zone},
  };
  for (TypeId type : {kTimestamp, kTimestamptz}) {
    functions.push_back({.name = "age",
                         .arguments = {type},
                         .result = kInterval,
                         .evaluate = age_today,
                         .volatility = kStable});
  }
  return functions;
}

}  // namespace wallaby::sql
