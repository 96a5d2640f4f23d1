// sql/types/interval.h
//
// Intervals: "1 year 2 mons -3 days 04:05:06.789". Months, days and microseconds stay apart, because a month has no fixed
// number of days and a day (elsewhere) no fixed number of hours; only comparing takes a month for 30 days and a day for 24 hours.
#pragma once

#include <string>
#include <string_view>

#include "sql/sql_error.h"
#include "sql/types/value.h"

namespace wallaby::sql {

/// PostgreSQL's own form ("1 day 02:00"), words in any mix ("2 hours 30 min ago"), "1-2" (year-month), ISO 8601 ("P1DT2H").
SqlResult<Interval> parse_interval(std::string_view text);
void print_interval(const Interval& interval, std::string& out);
/// In microseconds, for comparing.
__extension__ typedef __int128 IntervalLength;
IntervalLength length_of(const Interval& interval);

/// 22008 `interval out of range`.
SqlResult<Interval> add(const Interval& a, const Interval& b);
SqlResult<Interval> negate(const Interval& interval);
SqlResult<Interval> multiply(const Interval& interval, double factor);
/// The divisor is not zero.
SqlResult<Interval> divide(const Interval& interval, double divisor);
/// Months first (a day that the month does not have becomes its last), then days, then the time. 22008 `timestamp out of range`.
SqlResult<int64_t> add_to_timestamp(int64_t timestamp, const Interval& interval);

}  // namespace wallaby::sql
