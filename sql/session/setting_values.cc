// Checks and normal forms of parameters' values: what SET accepts and SHOW prints.
#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>

#include "sql/session/settings.h"

namespace wallaby::sql {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

SqlError invalid(const SettingInfo& info, std::string_view value) {
  return sql_error("22023", "invalid value for parameter \"{}\": \"{}\"", info.name, value);
}

/// PostgreSQL's words for a Boolean: any unambiguous beginning of them.
std::optional<bool> parse_bool(std::string_view value) {
  std::string word = lower(trim(value));
  auto begins = [&](std::string_view whole, size_t least) {
    return word.size() >= least && whole.starts_with(word);
  };
  if (begins("true", 1) || begins("yes", 1) || word == "on" || word == "1") return true;
  if (begins("false", 1) || begins("no", 1) || begins("off", 2) || word == "0") return false;
  return std::nullopt;
}

struct Unit {
  std::string_view name;
  double factor;
};
constexpr std::array kTimeUnits{Unit{"us", 0.001},   Unit{"ms", 1},        Unit{"s", 1000},
                                Unit{"min", 60'000}, Unit{"h", 3'600'000}, Unit{"d", 86'400'000}};
constexpr std::array kMemoryUnits{Unit{"B", 1.0 / 1024}, Unit{"kB", 1}, Unit{"MB", 1024},
                                  Unit{"GB", 1024 * 1024}, Unit{"TB", 1024.0 * 1024 * 1024}};

/// A number with an optional unit, in the parameter's own one (ms, kB).
std::optional<double> parse_number(std::string_view value, std::span<const Unit> units) {
  value = trim(value);
  double number = 0;
  auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || !std::isfinite(number)) return std::nullopt;
  std::string_view rest = trim(value.substr(static_cast<size_t>(end - value.data())));
  if (rest.empty()) return number;
  auto unit = std::ranges::find(units, rest, &Unit::name);
  if (unit == units.end()) return std::nullopt;
  return number * unit->factor;
}

/// 5000 with ms: "5s": the largest unit that divides it.
std::string print_with_unit(int64_t number, std::span<const Unit> units) {
  if (number <= 0) return std::to_string(number);
  for (auto unit = units.rbegin(); unit != units.rend(); ++unit) {
    auto factor = static_cast<int64_t>(unit->factor);
    if (factor >= 1 && number % factor == 0) return std::to_string(number / factor) + std::string(unit->name);
  }
  return std::to_string(number);
}

SqlResult<std::string> check_number(const SettingInfo& info, std::string_view value) {
  std::span<const Unit> units;
  if (info.kind == SettingKind::kDuration) units = kTimeUnits;
  if (info.kind == SettingKind::kMemory) units = kMemoryUnits;
  auto number = parse_number(value, units);
  if (!number) {
    SqlError error = invalid(info, value);
    if (info.kind == SettingKind::kDuration)
      error.change().hint = R"(Valid units for this parameter are "us", "ms", "s", "min", "h", and "d".)";
    if (info.kind == SettingKind::kMemory)
      error.change().hint = R"(Valid units for this parameter are "B", "kB", "MB", "GB", and "TB".)";
    return std::unexpected(std::move(error));
  }
  bool real = info.kind == SettingKind::kReal;
  double rounded = real ? *number : std::nearbyint(*number);
  if (!info.choices.empty()) {
    size_t dots = info.choices.find("..");
    double low = std::stod(std::string(info.choices.substr(0, dots)));
    double high = std::stod(std::string(info.choices.substr(dots + 2)));
    if (rounded < low || rounded > high) {
      std::string_view unit = info.kind == SettingKind::kDuration ? " ms"
                              : info.kind == SettingKind::kMemory ? " kB"
                                                                  : "";
      return sql_error("22023", "{}{} is outside the valid range for parameter \"{}\" ({}{} .. {}{})",
                       rounded, unit, info.name, low, unit, static_cast<int64_t>(high), unit);
    }
  }
  if (real) return fmt::format("{}", rounded);
  return units.empty() ? std::to_string(static_cast<int64_t>(rounded))
                       : print_with_unit(static_cast<int64_t>(rounded), units);
}

SqlResult<std::string> check_enum(const SettingInfo& info, std::string_view value) {
  std::vector<std::string_view> choices = split(info.choices, '|');
  std::string word = lower(value);
  if (std::ranges::find(choices, word) != choices.end()) return word;
  bool has_switch = std::ranges::find(choices, "on") != choices.end();
  if (auto truth = has_switch ? parse_bool(value) : std::nullopt) return std::string(*truth ? "on" : "off");
  SqlError error = invalid(info, value);
  std::string& hint = error.change().hint;
  for (std::string_view choice : choices)
    hint += (hint.empty() ? "Available values: " : ", ") + std::string(choice);
  hint += '.';
  return std::unexpected(std::move(error));
}

SqlResult<std::string> check_encoding(const SettingInfo& info, std::string_view value) {
  std::string word;
  for (char c : lower(value))
    if (std::isalnum(static_cast<unsigned char>(c))) word += c;
  if (word == "utf8" || word == "unicode") return "UTF8";
  constexpr std::array kOthers{"sqlascii", "latin",   "iso8859", "win",   "koi8", "euc",      "big5",
                               "gbk",      "gb18030", "sjis",    "johab", "uhc",  "shiftjis", "mule"};
  if (std::ranges::any_of(kOthers, [&](std::string_view known) { return word.starts_with(known); }))
    return not_supported(fmt::format("client_encoding {}", value), "Everything is UTF8 here.");
  return invalid(info, value);
}

SqlResult<std::string> check_date_style(const SettingInfo& info, std::string_view value) {
  for (std::string_view part : split(value, ',')) {
    std::string word = lower(trim(part));
    if (word == "iso" || word == "mdy" || word == "us" || word == "noneuro" || word == "noneuropean")
      continue;
    constexpr std::array kOthers{"sql", "postgres", "german", "dmy", "ymd", "euro", "european"};
    if (std::ranges::find(kOthers, word) == kOthers.end()) return invalid(info, value);
    return not_supported(fmt::format("DateStyle {}", trim(part)), "Dates are read and printed as ISO, MDY.");
  }
  return "ISO, MDY";
}

SqlResult<std::string> check_time_zone(const SettingInfo& info, std::string_view value) {
  constexpr std::array kUtc{"utc", "etc/utc", "gmt", "etc/gmt", "zulu",  "universal",
                            "uct", "etc/uct", "0",   "+00",     "+00:00"};
  std::string word = lower(trim(value));
  if (std::ranges::find(kUtc, word) != kUtc.end()) return "UTC";
  bool plausible = !word.empty() && std::ranges::all_of(word, [](unsigned char c) {
    return std::isalnum(c) || c == '/' || c == '_' || c == '+' || c == '-' || c == ':';
  });
  if (!plausible) return invalid(info, value);
  return not_supported(fmt::format("TimeZone {}", value), "Times are read and printed in UTC.");
}

}  // namespace

SqlResult<std::string> check_setting(const SettingInfo& info, std::string_view value) {
  if (info.name == "client_encoding") return check_encoding(info, value);
  if (info.name == "DateStyle") return check_date_style(info, value);
  if (info.name == "TimeZone") return check_time_zone(info, value);
  SqlResult<std::string> checked = std::string(value);
  switch (info.kind) {
    case SettingKind::kText: break;
    case SettingKind::kBool: {
      auto truth = parse_bool(value);
      if (!truth) return sql_error("22023", "parameter \"{}\" requires a Boolean value", info.name);
      checked = *truth ? "on" : "off";
      break;
    }
    case SettingKind::kEnum: checked = check_enum(info, value); break;
    default: checked = check_number(info, value);
  }
  if (!checked || info.only.empty()) return checked;
  std::vector<std::string_view> only = split(info.only, '|');
  if (std::ranges::find(only, *checked) == only.end())
    return not_supported(fmt::format("{} = {}", info.name, value));
  return checked;
}

std::string_view synchronous_commit_of(replication::Rung rung) {
  using replication::Rung;
  switch (rung) {
    case Rung::kOff: return "off";
    case Rung::kAsync: return "local";
    case Rung::kSemiSync: return "remote_write";
    case Rung::kDurable: return "on";
    case Rung::kSync: return "remote_apply";
  }
  return "";
}

std::optional<replication::Rung> rung_of_synchronous_commit(std::string_view value) {
  for (replication::Rung rung : replication::kRungs)
    if (synchronous_commit_of(rung) == value) return rung;
  return std::nullopt;
}

}  // namespace wallaby::sql
