// SET, RESET, SHOW, ALTER SYSTEM, DISCARD: parameters in SQL.
//
// Two of them are the cluster's switch: what commits wait for when a session has not said so itself. SET changes the session's own
// rung (its reply alone), ALTER SYSTEM throws the switch (for everybody, logged, governing all that is not yet acknowledged).
//
//     SHOW synchronous_commit                    on            the switch, in PostgreSQL's words
//     SET synchronous_commit = remote_apply      this session's replies wait longer
//     ALTER SYSTEM SET ack_mode = 'sync'         the switch
#include <algorithm>
#include <cctype>

#include "sql/session/cursors.h"
#include "sql/session/tasks.h"
#include "sql/types/quoting.h"

namespace wallaby::sql {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

std::string join(const std::vector<std::string>& values) {
  std::string all;
  for (const std::string& value : values) all += (all.empty() ? "" : ", ") + value;
  return all;
}

/// The value as the parameter takes it. search_path is a list of names, so those that need quotes have them.
std::string value_of(const ast::Set& set) {
  if (lower(set.name) != "search_path") return join(set.values);
  std::vector<std::string> names;
  for (const std::string& name : set.values) names.push_back(quote_identifier(name));
  return join(names);
}

/// Values that are another parameter's business, or the node's.
SqlResult<bool> set_special(Conversation& session, const ast::Set& set) {
  std::string name = lower(set.name);
  if (name == "transaction" || name == "session characteristics") {
    if (name != "transaction") {
      for (const auto& option : set.options) {
        std::string key = "default_" + option.name;
        std::string value = option.name == "transaction_isolation" ? option.value
                            : option.value == "1" || option.value == "true" || option.value == "on" ? "on"
                                                                                                    : "off";
        if (auto done = session.settings().set(key, value, false); !done)
          return std::unexpected(done.error());
      }
      return true;
    }
    if (!session.transaction() || session.transaction()->implicit) {
      session.warn("25P01", "SET TRANSACTION can only be used in transaction blocks");
      return true;
    }
    if (auto done = set_transaction(session, set.options); !done) return std::unexpected(done.error());
    return true;
  }
  if (name == "transaction_isolation" || name == "transaction_read_only" ||
      name == "transaction_deferrable") {
    if (set.reset) return sql_error("0A000", "parameter \"{}\" cannot be reset", name);
    if (set.to_default) return true;
    if (!session.transaction()) {
      session.warn("25P01", fmt::format("SET {} can only be used in transaction blocks", name));
      return true;
    }
    if (auto done = set_transaction(session, {{name, lower(join(set.values))}}); !done)
      return std::unexpected(done.error());
    return true;
  }
  if (name == "session_authorization" || name == "role") {
    std::string wanted = join(set.values);
    if (set.to_default || wanted == "none" || wanted == session.current_user()) return true;
    return not_supported(name == "role" ? "SET ROLE" : "SET SESSION AUTHORIZATION");
  }
  if (name == "synchronous_standby_names" || name == "on_missing")
    return sql_error("55P02", "parameter \"{}\" cannot be changed now", name)
        .hint("It belongs to the whole cluster: ALTER SYSTEM SET {} = ...", name);
  if (name == "in_hot_standby" || name == "is_superuser")
    return sql_error("55P02", "parameter \"{}\" cannot be changed", name);
  return false;
}

SqlResult<std::string> run_set(Conversation& session, const ast::Set& set) {
  std::string tag = set.reset ? "RESET" : "SET";
  if (set.all) {
    session.settings().reset_all();
    return "RESET";
  }
  auto special = set_special(session, set);
  if (!special) return std::unexpected(special.error());
  if (*special) return tag;
  if (set.local && (!session.transaction() || session.transaction()->implicit)) {
    session.warn("25P01", "SET LOCAL can only be used in transaction blocks");
    if (!find_setting(set.name) && set.name.find('.') == std::string::npos)
      return std::unexpected(unknown_setting(set.name));
    return tag;
  }
  auto done = set.to_default ? session.settings().reset(set.name, set.local)
                             : session.settings().set(set.name, value_of(set), set.local);
  if (!done) return std::unexpected(done.error());
  return tag;
}

ResultColumn text_column(std::string name) {
  return {std::move(name), {TypeId::kText, -1}, 0, 0};
}

/// SHOW prints the name as PostgreSQL writes it.
std::string shown_name(std::string_view name) {
  const SettingInfo* info = find_setting(name);
  return info ? std::string(info->name) : std::string(name);
}

class ShowTask final : public Task {
 public:
  ShowTask(Conversation& session, const ast::Show& statement) : session_(session), statement_(statement) {}

  SqlResult<Outcome> step(Turn& turn) override {
    if (!begun_) {
      auto columns = show_columns(statement_);
      if (!columns) return std::unexpected(columns.error());
      columns_ = std::move(*columns);
      if (statement_.name == "all") {
        for (const SettingInfo& info : all_settings())
          rows_.add({Value(std::string(info.name)), Value(session_.show(info)),
                     Value(std::string(info.description))});
      } else {
        auto value = session_.setting(statement_.name);
        if (!value) return std::unexpected(value.error());
        rows_.add({Value(std::move(*value))});
      }
      begun_ = true;
    }
    auto outcome = rows_.give(turn, columns_);
    if (outcome && *outcome == Outcome::kDone) session_.set_tag("SHOW");
    return outcome;
  }

 private:
  Conversation& session_;
  const ast::Show& statement_;
  std::vector<ResultColumn> columns_;
  RowBuffer rows_;
  bool begun_ = false;
};

/// The policy that ALTER SYSTEM SET name = value asks for.
SqlResult<node::SetPolicy> policy_of(const ast::Set& set) {
  std::string name = lower(set.name), value = join(set.values);
  node::SetPolicy policy;
  if (set.all) {
    policy = {replication::Rung::kAsync, "DEFAULT", "block"};
  } else if (name == "ack_mode" || name == "synchronous_commit") {
    if (set.to_default) {
      policy.rung = replication::Rung::kAsync;
      return policy;
    }
    auto checked = check_setting(*find_setting(name), value);
    if (!checked) return std::unexpected(checked.error());
    policy.rung =
        name == "ack_mode" ? *replication::parse_rung(*checked) : *rung_of_synchronous_commit(*checked);
  } else if (name == "synchronous_standby_names") {
    if (value.empty() && !set.to_default)
      return not_supported(
          "an empty synchronous_standby_names",
          "ALTER SYSTEM SET ack_mode = 'async' makes commits wait for no replica; ALTER SYSTEM RESET "
          "synchronous_standby_names lets every replica count.");
    // PostgreSQL's short forms: '*' and 'a, b' mean the first one of the list.
    std::string upper = lower(value);
    bool whole = upper.starts_with("any") || upper.starts_with("first") || upper.starts_with("all");
    policy.sync_replicas = set.to_default ? "DEFAULT" : whole ? value : "FIRST 1 (" + value + ")";
  } else if (name == "on_missing") {
    policy.on_missing = set.to_default ? "block" : value;
  } else if (find_setting(name)) {
    return not_supported(fmt::format("ALTER SYSTEM SET {}", set.name), "SET changes it for a session.");
  } else {
    return std::unexpected(unknown_setting(set.name));
  }
  return policy;
}

class AlterSystemTask final : public Task {
 public:
  AlterSystemTask(Conversation& session, const ast::AlterSystem& statement)
      : session_(session), statement_(statement) {}

  SqlResult<Outcome> step(Turn& turn) override {
    NodeCalls& calls = session_.calls();
    if (!asked_) {
      if (auto free = refuse_in_transaction(session_, turn, "ALTER SYSTEM"); !free)
        return std::unexpected(free.error());
      auto policy = policy_of(statement_.set);
      if (!policy) return std::unexpected(policy.error());
      asked_ = true;
      session_.backend().admin(turn.now, calls, calls.begin(), *policy);
    }
    if (calls.waiting()) return Outcome::kWaiting;
    node::ReplyBody reply = calls.take();
    if (const auto* failed = std::get_if<node::Failed>(&reply))
      return std::unexpected(from_node(failed->error));
    session_.set_tag("ALTER SYSTEM");
    return Outcome::kDone;
  }

 private:
  Conversation& session_;
  const ast::AlterSystem& statement_;
  bool asked_ = false;
};

}  // namespace

SqlResult<std::vector<ResultColumn>> show_columns(const ast::Show& statement) {
  if (statement.name == "all")
    return std::vector{text_column("name"), text_column("setting"), text_column("description")};
  return std::vector{text_column(shown_name(statement.name))};
}

TaskPtr make_set_task(Conversation& session, const ast::Set& statement) {
  return immediate(session, [&](Turn&) { return run_set(session, statement); });
}

TaskPtr make_show_task(Conversation& session, const ast::Show& statement) {
  return std::make_unique<ShowTask>(session, statement);
}

TaskPtr make_alter_system_task(Conversation& session, const ast::AlterSystem& statement) {
  return std::make_unique<AlterSystemTask>(session, statement);
}

TaskPtr make_discard_task(Conversation& session, const ast::Discard& statement) {
  return immediate(session, [&session, &statement](Turn& turn) -> SqlResult<std::string> {
    if (statement.what == "PLANS" || statement.what == "TEMP") return "DISCARD " + statement.what;
    if (statement.what == "SEQUENCES") {
      session.reset_sequences();
      return "DISCARD SEQUENCES";
    }
    if (auto free = refuse_in_transaction(session, turn, "DISCARD ALL"); !free)
      return std::unexpected(free.error());
    session.cursors().clear();
    session.statements().clear();
    session.settings().reset_all();
    session.reset_sequences();
    return "DISCARD ALL";
  });
}

// --- what SHOW prints ---

std::string Conversation::show(const SettingInfo& info) const {
  std::string value = *settings_.get(info.name);
  if (!value.empty() && info.name != "default_transaction_read_only") return value;
  bool rung = info.name == "synchronous_commit" || info.name == "ack_mode";
  if (rung) {
    std::string governs = services_.backend.status(now_).rung;
    auto parsed = replication::parse_rung(governs);
    if (!parsed || info.name == "ack_mode") return governs;
    return std::string(synchronous_commit_of(*parsed));
  }
  return value;
}

SqlResult<std::string> Conversation::setting(std::string_view name) const {
  std::string key = lower(name);
  if (key == "transaction_isolation") return "repeatable read";
  if (key == "transaction_read_only") {
    bool standby = services_.backend.read_only().has_value();
    bool read_only = transaction_ ? transaction_->read_only : settings_.effective().default_read_only;
    return standby || read_only ? "on" : "off";
  }
  if (key == "transaction_deferrable") return "off";
  if (key == "in_hot_standby") return services_.backend.read_only() ? "on" : "off";
  if (key == "is_superuser") return "on";
  if (key == "session_authorization") return start_.user;
  if (key == "role") return "none";
  if (key == "synchronous_standby_names") return services_.backend.status(now_).sync_replicas;
  if (key == "on_missing") return services_.backend.status(now_).on_missing;
  if (key == "port" || key == "listen_addresses") return services_.backend.status(now_).address;
  if (const SettingInfo* info = find_setting(name)) return show(*info);
  return settings_.get(name);
}

std::string Conversation::view_setting(const SettingInfo& info) const {
  return show(info);
}

}  // namespace wallaby::sql
