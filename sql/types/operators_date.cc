// Arithmetic of dates, timestamps and intervals, and of log positions.
#include <cmath>

#include "sql/types/date_time.h"
#include "sql/types/function_tables.h"
#include "sql/types/interval.h"

namespace wallaby::sql {
namespace {

using enum TypeId;

SqlResult<Value> date_plus_days(int64_t date, int64_t days) {
  if (!is_finite_date(date)) return Value(date);
  if (!date_in_range(date + days)) return sql_error("22008", "date out of range");
  return Value(date + days);
}
SqlResult<Value> date_plus(Arguments a, EvalContext&) {
  return date_plus_days(a[0].integer(), a[1].integer());
}
SqlResult<Value> plus_date(Arguments a, EvalContext&) {
  return date_plus_days(a[1].integer(), a[0].integer());
}
SqlResult<Value> date_minus(Arguments a, EvalContext&) {
  return date_plus_days(a[0].integer(), -a[1].integer());
}
SqlResult<Value> date_difference(Arguments a, EvalContext&) {
  if (!is_finite_date(a[0].integer()) || !is_finite_date(a[1].integer())) {
    return sql_error("22008", "cannot subtract infinite dates");
  }
  return Value(a[0].integer() - a[1].integer());
}

SqlResult<int64_t> midnight(int64_t date) {
  if (!is_finite_date(date)) return date == kDateInfinity ? kTimestampInfinity : kTimestampMinusInfinity;
  if (date > 106751982) return sql_error("22008", "date out of range for timestamp");
  return date * kMicrosecondsPerDay;
}
SqlResult<Value> moved(SqlResult<int64_t> time, SqlResult<Interval> interval) {
  if (!time) return std::unexpected(time.error());
  if (!interval) return std::unexpected(interval.error());
  return wrap(add_to_timestamp(*time, *interval));
}
SqlResult<Value> timestamp_plus(Arguments a, EvalContext&) {
  return moved(a[0].integer(), a[1].interval());
}
SqlResult<Value> plus_timestamp(Arguments a, EvalContext&) {
  return moved(a[1].integer(), a[0].interval());
}
SqlResult<Value> timestamp_minus(Arguments a, EvalContext&) {
  return moved(a[0].integer(), negate(a[1].interval()));
}
SqlResult<Value> date_plus_interval(Arguments a, EvalContext&) {
  return moved(midnight(a[0].integer()), a[1].interval());
}
SqlResult<Value> interval_plus_date(Arguments a, EvalContext&) {
  return moved(midnight(a[1].integer()), a[0].interval());
}
SqlResult<Value> date_minus_interval(Arguments a, EvalContext&) {
  return moved(midnight(a[0].integer()), negate(a[1].interval()));
}

/// Whole days and the rest of a day, no months: how long, not how many pages of the calendar.
SqlResult<Value> timestamp_difference(Arguments a, EvalContext&) {
  int64_t left = a[0].integer(), right = a[1].integer();
  if (!is_finite_timestamp(left) || !is_finite_timestamp(right)) {
    return sql_error("22008", "cannot subtract infinite timestamps");
  }
  int64_t difference = 0;
  if (__builtin_sub_overflow(left, right, &difference)) return sql_error("22008", "interval out of range");
  return Value(Interval{.days = static_cast<int32_t>(difference / kMicrosecondsPerDay),
                        .microseconds = difference % kMicrosecondsPerDay});
}

SqlResult<Value> interval_plus(Arguments a, EvalContext&) {
  return wrap(add(a[0].interval(), a[1].interval()));
}
SqlResult<Value> interval_minus(Arguments a, EvalContext&) {
  Interval result;
  const Interval &left = a[0].interval(), &right = a[1].interval();
  if (__builtin_sub_overflow(left.months, right.months, &result.months) ||
      __builtin_sub_overflow(left.days, right.days, &result.days) ||
      __builtin_sub_overflow(left.microseconds, right.microseconds, &result.microseconds)) {
    return sql_error("22008", "interval out of range");
  }
  return Value(result);
}
SqlResult<Value> interval_negative(Arguments a, EvalContext&) {
  return wrap(negate(a[0].interval()));
}
SqlResult<Value> interval_times(Arguments a, EvalContext&) {
  return wrap(multiply(a[0].interval(), a[1].real()));
}
SqlResult<Value> times_interval(Arguments a, EvalContext&) {
  return wrap(multiply(a[1].interval(), a[0].real()));
}
SqlResult<Value> interval_divided(Arguments a, EvalContext&) {
  if (a[1].real() == 0) return sql_error("22012", "division by zero");
  return wrap(divide(a[0].interval(), a[1].real()));
}

SqlResult<Value> lsn_difference(Arguments a, EvalContext&) {
  Numeric left{.digits = static_cast<uint64_t>(a[0].integer())},
      right{.digits = static_cast<uint64_t>(a[1].integer())};
  return wrap(subtract(left, right));
}
SqlResult<Value> lsn_moved(const Value& lsn, const Numeric& bytes, int sign) {
  if (bytes.is_nan)
    return sql_error("0A000", "cannot {} NaN {} pg_lsn", sign > 0 ? "add" : "subtract",
                     sign > 0 ? "to" : "from");
  auto whole = round_to(bytes, 0);
  if (!whole) return std::unexpected(whole.error());
  Numeric::Digits position =
      static_cast<Numeric::Digits>(static_cast<uint64_t>(lsn.integer())) + sign * whole->digits;
  if (position < 0 || position > UINT64_MAX) return sql_error("22003", "pg_lsn out of range");
  return Value(static_cast<int64_t>(static_cast<uint64_t>(position)));
}
SqlResult<Value> lsn_plus(Arguments a, EvalContext&) {
  return lsn_moved(a[0], a[1].numeric(), 1);
}
SqlResult<Value> plus_lsn(Arguments a, EvalContext&) {
  return lsn_moved(a[1], a[0].numeric(), 1);
}
SqlResult<Value> lsn_minus(Arguments a, EvalContext&) {
  return lsn_moved(a[0], a[1].numeric(), -1);
}

}  // namespace

Functions date_operators() {
  Functions functions{
      {"+", {kDate, kInt4}, kDate, date_plus},
      {"+", {kInt4, kDate}, kDate, plus_date},
      {"-", {kDate, kInt4}, kDate, date_minus},
      {"-", {kDate, kDate}, kInt4, date_difference},
      {"+", {kDate, kInterval}, kTimestamp, date_plus_interval},
      {"+", {kInterval, kDate}, kTimestamp, interval_plus_date},
      {"-", {kDate, kInterval}, kTimestamp, date_minus_interval},
      {"+", {kInterval, kInterval}, kInterval, interval_plus},
      {"-", {kInterval, kInterval}, kInterval, interval_minus},
      {"-", {kInterval}, kInterval, interval_negative},
      {"*", {kInterval, kFloat8}, kInterval, interval_times},
      {"*", {kFloat8, kInterval}, kInterval, times_interval},
      {"/", {kInterval, kFloat8}, kInterval, interval_divided},
      {"-", {kPgLsn, kPgLsn}, kNumeric, lsn_difference},
      {"pg_wal_lsn_diff", {kPgLsn, kPgLsn}, kNumeric, lsn_difference},
      {"+", {kPgLsn, kNumeric}, kPgLsn, lsn_plus},
      {"+", {kNumeric, kPgLsn}, kPgLsn, plus_lsn},
      {"-", {kPgLsn, kNumeric}, kPgLsn, lsn_minus},
  };
  for (TypeId type : {kTimestamp, kTimestamptz}) {
    functions.push_back({"+", {type, kInterval}, type, timestamp_plus});
    functions.push_back({"+", {kInterval, type}, type, plus_timestamp});
    functions.push_back({"-", {type, kInterval}, type, timestamp_minus});
    functions.push_back({"-", {type, type}, kInterval, timestamp_difference});
  }
  return functions;
}

}  // namespace wallaby::sql
