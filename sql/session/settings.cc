#include "sql/session/settings.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace wallaby::sql {
namespace {

constexpr std::string_view kRungSetting = "synchronous_commit";
constexpr std::string_view kRungAlias = "ack_mode";
/// A parameter of nobody's own ("myapp.user") is kept for the client, as in PostgreSQL; so many at most.
constexpr size_t kMaxCustom = 100;

bool is_custom(std::string_view name) {
  size_t dot = name.find('.');
  return dot != std::string_view::npos && dot > 0 && dot + 1 < name.size();
}

Duration duration_of(std::string_view printed) {
  int64_t number = 0;
  auto [end, error] = std::from_chars(printed.data(), printed.data() + printed.size(), number);
  std::string_view unit = printed.substr(static_cast<size_t>(end - printed.data()));
  if (error != std::errc()) return {};
  if (unit == "s") return std::chrono::seconds(number);
  if (unit == "min") return std::chrono::minutes(number);
  if (unit == "h") return std::chrono::hours(number);
  if (unit == "d") return std::chrono::hours(24 * number);
  return std::chrono::milliseconds(number);
}

}  // namespace

Settings::Settings() {
  refresh();
  for (const auto& [name, value] : reported()) told_[name] = value;
}

SqlResult<std::string> Settings::key_of(std::string_view name) const {
  if (const SettingInfo* info = find_setting(name))
    return std::string(info->name == kRungAlias ? kRungSetting : info->name);
  if (is_custom(name)) return std::string(name);
  return unknown_setting(name);
}

std::string Settings::value_of(const std::string& key) const {
  auto found = values_.find(key);
  if (found != values_.end()) {
    const Values& values = found->second;
    for (const auto* value : {&values.local, &values.session, &values.initial})
      if (*value) return **value;
  }
  const SettingInfo* info = find_setting(key);
  return info ? std::string(info->initial) : std::string();
}

SqlResult<std::string> Settings::get(std::string_view name) const {
  auto key = key_of(name);
  if (!key) return std::unexpected(key.error());
  const SettingInfo* info = find_setting(name);
  if (!info && !values_.contains(*key)) return unknown_setting(name);
  std::string value = value_of(*key);
  if (info && info->name == kRungAlias) {
    auto rung = rung_of_synchronous_commit(value);
    return std::string(rung ? to_string(*rung) : "");
  }
  return value;
}

SqlResult<void> Settings::set(std::string_view name, std::string_view value, bool local) {
  auto key = key_of(name);
  if (!key) return std::unexpected(key.error());
  std::string checked(value);
  if (const SettingInfo* info = find_setting(name)) {
    if (info->access == SettingAccess::kInternal)
      return sql_error("55P02", "parameter \"{}\" cannot be changed", info->name);
    if (info->access == SettingAccess::kStart)
      return sql_error("55P02", "parameter \"{}\" cannot be changed without restarting the server",
                       info->name);
    auto normal = check_setting(*info, value);
    if (!normal) return std::unexpected(normal.error());
    checked = *normal;
    if (info->name == kRungAlias) checked = synchronous_commit_of(*replication::parse_rung(checked));
  } else if (!values_.contains(*key) && values_.size() >= kMaxCustom + all_settings().size()) {
    return sql_error("53400", "too many parameters of your own (limit {})", kMaxCustom);
  }
  if (local)
    change(*key, values_[*key].session, std::move(checked));
  else
    change(*key, std::move(checked), std::nullopt);
  return {};
}

SqlResult<void> Settings::reset(std::string_view name, bool local) {
  auto key = key_of(name);
  if (!key) return std::unexpected(key.error());
  if (const SettingInfo* info = find_setting(name); info && info->access != SettingAccess::kUser)
    return sql_error("55P02", "parameter \"{}\" cannot be changed", info->name);
  auto found = values_.find(*key);
  if (found == values_.end()) return {};
  if (local) {
    const auto& initial = found->second.initial;
    const SettingInfo* info = find_setting(*key);
    change(*key, found->second.session, initial ? *initial : std::string(info ? info->initial : ""));
  } else {
    change(*key, std::nullopt, std::nullopt);
  }
  return {};
}

void Settings::reset_all() {
  std::vector<std::string> names;
  for (const auto& [name, values] : values_)
    if (values.session || values.local) names.push_back(name);
  for (const std::string& name : names) change(name, std::nullopt, std::nullopt);
}

SqlResult<void> Settings::start_with(std::string_view name, std::string_view value) {
  auto key = key_of(name);
  if (!key) return std::unexpected(std::move(key).error());
  std::string checked(value);
  if (const SettingInfo* info = find_setting(name)) {
    if (info->access != SettingAccess::kUser)
      return sql_error("55P02", "parameter \"{}\" cannot be changed{}", info->name,
                       info->access == SettingAccess::kStart ? " now" : "");
    auto normal = check_setting(*info, value);
    if (!normal && normal.error().code() == "0A000") return {};
    if (!normal) return std::unexpected(std::move(normal).error());
    checked = info->name == kRungAlias ? std::string(synchronous_commit_of(*replication::parse_rung(*normal)))
                                       : *normal;
  }
  values_[*key].initial = std::move(checked);
  refresh();
  for (const auto& [reported_name, reported_value] : reported()) told_[reported_name] = reported_value;
  return {};
}

void Settings::change(const std::string& key, std::optional<std::string> session,
                      std::optional<std::string> local) {
  Values& values = values_[key];
  undo_.push_back({key, std::exchange(values.session, std::move(session)),
                   std::exchange(values.local, std::move(local))});
  refresh();
}

void Settings::rollback_to(Mark mark) {
  if (undo_.size() == mark) return;
  while (undo_.size() > mark) {
    Undo& undo = undo_.back();
    Values& values = values_[undo.name];
    values.session = std::move(undo.session);
    values.local = std::move(undo.local);
    undo_.pop_back();
  }
  refresh();
}

void Settings::end_transaction() {
  if (undo_.empty()) return;
  undo_.clear();
  for (auto& [name, values] : values_) values.local.reset();
  refresh();
}

void Settings::refresh() {
  changed_ = true;
  effective_.rung = rung_of_synchronous_commit(value_of("synchronous_commit"));
  effective_.statement_timeout = duration_of(value_of("statement_timeout"));
  effective_.idle_in_transaction_timeout = duration_of(value_of("idle_in_transaction_session_timeout"));
  effective_.idle_session_timeout = duration_of(value_of("idle_session_timeout"));
  effective_.report_commit_lsn = value_of("report_commit_lsn") == "on";
  effective_.default_read_only = value_of("default_transaction_read_only") == "on";
}

std::vector<std::pair<std::string, std::string>> Settings::reported() const {
  std::vector<std::pair<std::string, std::string>> all;
  for (const SettingInfo& info : all_settings())
    if (info.reported) all.emplace_back(info.name, value_of(std::string(info.name)));
  return all;
}

std::vector<std::pair<std::string, std::string>> Settings::take_changes() {
  std::vector<std::pair<std::string, std::string>> changes;
  if (!std::exchange(changed_, false)) return changes;
  for (auto& [name, value] : reported()) {
    if (told_[name] == value) continue;
    told_[name] = value;
    changes.emplace_back(name, value);
  }
  return changes;
}

}  // namespace wallaby::sql
