#include "sql/types/date_time.h"

#include <array>

#include <fmt/format.h>

namespace wallaby::sql {
namespace {

int64_t floor_divide(int64_t a, int64_t b) {
  int64_t quotient = a / b;
  return a % b < 0 ? quotient - 1 : quotient;
}

/// " BC" goes to the very end; years have at least four digits.
bool print_day(const Date& date, std::string& out) {
  bool before_christ = date.year <= 0;
  fmt::format_to(std::back_inserter(out), "{:04}-{:02}-{:02}", before_christ ? 1 - date.year : date.year,
                 date.month, date.day);
  return before_christ;
}

}  // namespace

bool timestamp_in_range(int64_t microseconds) {
  return microseconds >= -211813488000000000 && microseconds < 9223371331200000000;
}
bool date_in_range(int64_t days) {
  return days >= -2451545 && days <= 2145031948;
}

// Years that begin in March have their leap day at the end; 400 of them are an era of always 146097 days.
int64_t days_from(const Date& date) {
  int64_t year = date.year - (date.month <= 2 ? 1 : 0);
  int64_t era = floor_divide(year, 400);
  int64_t year_of_era = year - era * 400;
  int64_t day_of_year = (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1;
  int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468 - kUnixEpochDays;
}

Date date_from(int64_t days) {
  int64_t shifted = days + kUnixEpochDays + 719468;
  int64_t era = floor_divide(shifted, 146097);
  int64_t day_of_era = shifted - era * 146097;
  int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  int64_t month = (5 * day_of_year + 2) / 153;
  Date date;
  date.day = static_cast<int32_t>(day_of_year - (153 * month + 2) / 5 + 1);
  date.month = static_cast<int32_t>(month < 10 ? month + 3 : month - 9);
  date.year = year_of_era + era * 400 + (date.month <= 2 ? 1 : 0);
  return date;
}

int32_t days_in_month(int64_t year, int32_t month) {
  constexpr std::array<int32_t, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : kDays[static_cast<size_t>(month - 1)];
}

int64_t timestamp_from(const Moment& moment) {
  return days_from(moment.date) * kMicrosecondsPerDay + moment.hour * kMicrosecondsPerHour +
         moment.minute * kMicrosecondsPerMinute + moment.second * kMicrosecondsPerSecond + moment.microsecond;
}

int64_t day_of(int64_t timestamp) {
  return floor_divide(timestamp, kMicrosecondsPerDay);
}
int64_t time_of_day(int64_t timestamp) {
  return timestamp - day_of(timestamp) * kMicrosecondsPerDay;
}

Moment moment_from(int64_t timestamp) {
  int64_t time = time_of_day(timestamp);
  return {.date = date_from(day_of(timestamp)),
          .hour = static_cast<int32_t>(time / kMicrosecondsPerHour),
          .minute = static_cast<int32_t>(time / kMicrosecondsPerMinute % 60),
          .second = static_cast<int32_t>(time / kMicrosecondsPerSecond % 60),
          .microsecond = static_cast<int32_t>(time % kMicrosecondsPerSecond)};
}

int32_t iso_weekday(int64_t days) {
  int64_t since_saturday = days - floor_divide(days, 7) * 7;  // 2000-01-01 was a Saturday
  return static_cast<int32_t>((since_saturday + 5) % 7 + 1);
}

IsoWeek iso_week(int64_t days) {
  int64_t thursday = days + 4 - iso_weekday(days);  // a week belongs to the year of its Thursday
  Date date = date_from(thursday);
  int64_t first = days_from({date.year, 1, 1});
  return {date.year, static_cast<int32_t>((thursday - first) / 7 + 1)};
}

int64_t date_of_iso_week(int64_t year, int32_t week) {
  int64_t fourth = days_from({year, 1, 4});  // always in week 1
  return fourth - (iso_weekday(fourth) - 1) + (week - 1) * 7;
}

void print_date(int64_t days, std::string& out) {
  if (!is_finite_date(days)) {
    out += days == kDateInfinity ? "infinity" : "-infinity";
    return;
  }
  if (print_day(date_from(days), out)) out += " BC";
}

void print_timestamp(int64_t microseconds, bool with_zone, std::string& out) {
  if (!is_finite_timestamp(microseconds)) {
    out += microseconds == kTimestampInfinity ? "infinity" : "-infinity";
    return;
  }
  Moment moment = moment_from(microseconds);
  bool before_christ = print_day(moment.date, out);
  fmt::format_to(std::back_inserter(out), " {:02}:{:02}:{:02}", moment.hour, moment.minute, moment.second);
  if (moment.microsecond != 0) {
    fmt::format_to(std::back_inserter(out), ".{:06}", moment.microsecond);
    while (out.back() == '0') out.pop_back();
  }
  if (with_zone) out += "+00";
  if (before_christ) out += " BC";
}

int64_t round_timestamp(int64_t microseconds, int32_t precision) {
  if (!is_finite_timestamp(microseconds) || precision >= 6) return microseconds;
  int64_t unit = 1;
  for (int32_t i = precision; i < 6; ++i) unit *= 10;
  int64_t half = microseconds >= 0 ? unit / 2 : -unit / 2;
  return (microseconds + half) / unit * unit;
}

}  // namespace wallaby::sql
