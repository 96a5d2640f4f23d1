#include "sql/types/interval.h"

#include <algorithm>
#include <cmath>

#include "sql/types/date_time.h"

namespace wallaby::sql {
namespace {

SqlError out_of_range() {
  return sql_error("22008", "interval out of range");
}
SqlError timestamp_out_of_range() {
  return sql_error("22008", "timestamp out of range");
}

/// PostgreSQL's TSROUND: what floating point makes of a millionth.
double to_millionths(double value) {
  return std::rint(value * 1e6) / 1e6;
}

template <typename Scale>
SqlResult<Interval> scaled(const Interval& interval, Scale scale) {
  double months = scale(interval.months), days = scale(interval.days);
  auto fits = [](double value) {
    return !std::isnan(value) && value >= -2147483648.0 && value <= 2147483647.0;
  };
  if (!fits(months) || !fits(days)) return out_of_range();
  Interval result;
  result.months = static_cast<int32_t>(months);
  result.days = static_cast<int32_t>(days);
  double month_days = to_millionths((months - result.months) * 30);
  double seconds =
      to_millionths((days - result.days + (month_days - static_cast<int32_t>(month_days))) * 86400);
  if (std::fabs(seconds) >= 86400) {
    auto more = static_cast<int32_t>(seconds / 86400);
    result.days += more;
    seconds -= more * 86400.0;
  }
  result.days += static_cast<int32_t>(month_days);
  double time = std::rint(scale(static_cast<double>(interval.microseconds)) + seconds * 1e6);
  if (std::isnan(time) || time < -9223372036854775808.0 || time >= 9223372036854775808.0)
    return out_of_range();
  result.microseconds = static_cast<int64_t>(time);
  return result;
}

}  // namespace

IntervalLength length_of(const Interval& interval) {
  IntervalLength days = static_cast<IntervalLength>(interval.months) * 30 + interval.days;
  return days * kMicrosecondsPerDay + interval.microseconds;
}

SqlResult<Interval> add(const Interval& a, const Interval& b) {
  Interval sum;
  if (__builtin_add_overflow(a.months, b.months, &sum.months) ||
      __builtin_add_overflow(a.days, b.days, &sum.days) ||
      __builtin_add_overflow(a.microseconds, b.microseconds, &sum.microseconds)) {
    return out_of_range();
  }
  return sum;
}

SqlResult<Interval> negate(const Interval& interval) {
  Interval zero, result;
  if (__builtin_sub_overflow(zero.months, interval.months, &result.months) ||
      __builtin_sub_overflow(zero.days, interval.days, &result.days) ||
      __builtin_sub_overflow(zero.microseconds, interval.microseconds, &result.microseconds)) {
    return out_of_range();
  }
  return result;
}

// Fractions go down: of a month into days (30), of a day into time. The order of the roundings is PostgreSQL's
// (interval_mul and interval_div), because the last digits depend on it.
SqlResult<Interval> multiply(const Interval& interval, double factor) {
  return scaled(interval, [factor](double value) { return value * factor; });
}

SqlResult<Interval> divide(const Interval& interval, double divisor) {
  return scaled(interval, [divisor](double value) { return value / divisor; });
}

SqlResult<int64_t> add_to_timestamp(int64_t timestamp, const Interval& interval) {
  if (!is_finite_timestamp(timestamp)) return timestamp;
  if (interval.months != 0) {
    Moment moment = moment_from(timestamp);
    int64_t months = moment.date.year * 12 + moment.date.month - 1 + interval.months;
    int64_t year = months >= 0 ? months / 12 : -((11 - months) / 12);
    moment.date.year = year;
    moment.date.month = static_cast<int32_t>(months - year * 12 + 1);
    if (year < -4800 || year > 294276) return timestamp_out_of_range();  // so that it fits
    moment.date.day = std::min(moment.date.day, days_in_month(year, moment.date.month));
    timestamp = timestamp_from(moment);
  }
  __int128 wide = static_cast<__int128>(timestamp) +
                  static_cast<__int128>(interval.days) * kMicrosecondsPerDay + interval.microseconds;
  if (wide > INT64_MAX || wide < INT64_MIN || !timestamp_in_range(static_cast<int64_t>(wide))) {
    return timestamp_out_of_range();
  }
  return static_cast<int64_t>(wide);
}

}  // namespace wallaby::sql
