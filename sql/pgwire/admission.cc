// Who may come in at the PostgreSQL door, how sessions are numbered, and who may cancel whom. The rules are those of both doors
// (node/admission.h). Who is trusted may take any name; if a role has it, it must be one that may log in.
#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "sql/pgwire/door_core.h"

namespace wallaby::sql::pgwire {
namespace {

SqlError fatal(SqlError error) {
  return std::move(error).severity("FATAL");
}

bool has_passwords(const Catalog& catalog) {
  return std::ranges::any_of(catalog.roles(), [](const auto& role) { return !role.second.scram.empty(); });
}

}  // namespace

SqlResult<Login> DoorCore::admit(TimePoint, const Visitor& visitor) {
  if (stopping_) return fatal(sql_error("57P03", "the database system is shutting down"));
  if (by_pid_.size() >= options_.max_connections)
    return fatal(sql_error("53300", "sorry, too many clients already"));
  auto catalog = services_.catalog();
  const bool passwords = catalog && options_.rules.trust_everybody && has_passwords(**catalog);
  const auto admission = node::judge(options_.rules, visitor.peer, visitor.tls, passwords);
  if (admission == node::Admission::kNeedsTls)
    return fatal(sql_error("28000", "a connection from {} needs TLS", visitor.peer)
                     .hint("Use sslmode=require, and start the server with --tls-cert and --tls-key."));
  if (!catalog) return fatal(std::move(catalog).error());
  const Role* role = (*catalog)->find_role(visitor.user);

  if (admission == node::Admission::kTrusted) {
    if (role && !role->login)
      return fatal(sql_error("28000", "role \"{}\" is not permitted to log in", visitor.user));
    return Login{.trusted = true};
  }
  auto keys = role && role->login ? node::parse_scram_verifier(role->scram) : std::nullopt;
  if (keys) return Login{.keys = std::move(*keys)};
  return Login{.keys = node::mock_scram_keys(visitor.user, mock_secret_), .real = false};
}

CancelKey DoorCore::enroll(Connection& connection) {
  do {
    last_pid_ = last_pid_ == std::numeric_limits<int32_t>::max() ? 1 : last_pid_ + 1;
  } while (by_pid_.contains(last_pid_));
  CancelKey key{last_pid_, 0};
  std::array<uint8_t, 4> chance;
  entropy_(chance);
  for (uint8_t byte : chance) key.key = key.key << 8 | byte;
  by_pid_.emplace(key.pid, connection.id());
  all_.at(connection.id()).key = key;
  return key;
}

SqlResult<std::unique_ptr<Session>> DoorCore::open_session(TimePoint now, SessionStart start,
                                                           ClientChannel& client) {
  return services_.open_session(now, std::move(start), client);
}

void DoorCore::cancel(TimePoint now, CancelKey asked) {
  auto it = by_pid_.find(asked.pid);
  if (it == by_pid_.end()) return;
  Entry& entry = all_.at(it->second);
  if (entry.key->key != asked.key) return;
  entry.connection->cancel(now);
  make_runnable(entry);
}

void DoorCore::log(node::LogLevel level, std::string text) {
  logs_.emplace_back(node::LogLine{level, std::move(text)});
}

}  // namespace wallaby::sql::pgwire
