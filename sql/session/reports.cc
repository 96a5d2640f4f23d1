// What a client hears beside results: notices, and the settings that it follows (ParameterStatus).
#include <algorithm>
#include <utility>

#include "sql/session/conversation.h"

namespace wallaby::sql {

void Conversation::notice(SqlError notice) {
  constexpr std::string_view kLevels[] = {"debug5", "debug4", "debug3",  "debug2", "debug1",
                                          "log",    "notice", "warning", "error"};
  std::string least = *settings_.get("client_min_messages");
  std::string_view level = notice.fields().severity == "WARNING" ? "warning" : "notice";
  if (std::ranges::find(kLevels, level) < std::ranges::find(kLevels, least)) return;
  client_.notice(notice);
}

void Conversation::warn(std::string_view code, std::string_view text) {
  notice(sql_error(code, "{}", text).severity("WARNING"));
}

Session::Reports Conversation::reported() const {
  auto all = settings_.reported();
  const bool standby = is_standby();
  for (auto& [name, value] : all)
    if (name == "default_transaction_read_only" && standby) value = "on";
  all.emplace_back("in_hot_standby", standby ? "on" : "off");
  all.emplace_back("is_superuser", "on");
  all.emplace_back("session_authorization", start_.user);
  return all;
}

Session::Reports Conversation::take_changes() {
  Reports changes = settings_.take_changes();
  if (bool standby = is_standby(); standby != std::exchange(told_standby_, standby)) {
    changes.emplace_back("in_hot_standby", standby ? "on" : "off");
    std::erase_if(changes,
                  [](const auto& change) { return change.first == "default_transaction_read_only"; });
    changes.emplace_back("default_transaction_read_only",
                         standby ? "on" : *settings_.get("default_transaction_read_only"));
  }
  if (std::exchange(commit_untold_, false))
    changes.emplace_back("wallaby.commit_lsn", to_string(*last_commit_));
  return changes;
}

}  // namespace wallaby::sql
