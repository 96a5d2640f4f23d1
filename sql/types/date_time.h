// sql/types/date_time.h
//
// The calendar: dates and moments as PostgreSQL counts them, and their text. The only time zone is UTC.
//
//     date                    days since 2000-01-01                    2024-01-02 is 8767
//     timestamp, timestamptz  microseconds since 2000-01-01 00:00      2024-01-02 03:04:05.6+00
//
// The Gregorian calendar is used for all times, also before it was made; the year before 1 is "1 BC", which is year 0 here.
// Accepted as input: ISO (2024-01-02, 20240102, with "T" or a blank before the time), month names, month/day/year;
// behind the time a zone as Z, UTC or +hh:mm. Zones by name ("Europe/Berlin") are refused with 0A000.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sql/sql_error.h"
#include "sql/types/type.h"

namespace wallaby::sql {

inline constexpr int64_t kMicrosecondsPerSecond = 1'000'000;
inline constexpr int64_t kMicrosecondsPerMinute = 60 * kMicrosecondsPerSecond;
inline constexpr int64_t kMicrosecondsPerHour = 60 * kMicrosecondsPerMinute;
inline constexpr int64_t kMicrosecondsPerDay = 24 * kMicrosecondsPerHour;
/// From 1970-01-01 to 2000-01-01.
inline constexpr int64_t kUnixEpochDays = 10957;

/// Moments before and after all others.
inline constexpr int64_t kTimestampInfinity = INT64_MAX, kTimestampMinusInfinity = INT64_MIN;
inline constexpr int64_t kDateInfinity = INT32_MAX, kDateMinusInfinity = INT32_MIN;
inline bool is_finite_timestamp(int64_t t) {
  return t != kTimestampInfinity && t != kTimestampMinusInfinity;
}
inline bool is_finite_date(int64_t d) {
  return d != kDateInfinity && d != kDateMinusInfinity;
}
/// PostgreSQL's range: from 4714-11-24 BC, to 294276 AD and 5874897 AD.
bool timestamp_in_range(int64_t microseconds);
bool date_in_range(int64_t days);

struct Date {
  int64_t year = 2000;  ///< 0 is 1 BC
  int32_t month = 1, day = 1;
};
struct Moment {
  Date date;
  int32_t hour = 0, minute = 0, second = 0, microsecond = 0;
};

int64_t days_from(const Date& date);
Date date_from(int64_t days);
int32_t days_in_month(int64_t year, int32_t month);
int64_t timestamp_from(const Moment& moment);
Moment moment_from(int64_t timestamp);
/// Days, rounded down, and what is left of the day.
int64_t day_of(int64_t timestamp);
int64_t time_of_day(int64_t timestamp);
/// 1 is Monday ... 7 is Sunday.
int32_t iso_weekday(int64_t days);
struct IsoWeek {
  int64_t year = 0;
  int32_t week = 0;
};
IsoWeek iso_week(int64_t days);
int64_t date_of_iso_week(int64_t year, int32_t week);  ///< its Monday, in days

/// `type`: kDate gives days, kTimestamp and kTimestamptz microseconds. `now`: see parse_value.
SqlResult<int64_t> parse_date_time(TypeId type, std::string_view text, std::optional<int64_t> now);
void print_date(int64_t days, std::string& out);
void print_timestamp(int64_t microseconds, bool with_zone, std::string& out);
/// Rounded to `precision` (0..6) places of a second.
int64_t round_timestamp(int64_t microseconds, int32_t precision);

}  // namespace wallaby::sql
