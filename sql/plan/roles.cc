// CREATE, ALTER and DROP of roles. Passwords are kept as SCRAM-SHA-256 verifiers alone (node/scram.h).
#include <array>

#include "base/check.h"
#include "node/login_message.h"
#include "node/scram.h"
#include "sql/plan/defining.h"
#include "sql/plan/first_role.h"
#include "sql/types/system_functions.h"
#include "sql/types/utf8.h"

namespace wallaby::sql {
namespace {

SqlResult<void> check_role_name(std::string_view name) {
  if (name == "public" || name == "none") return sql_error("42939", "role name \"{}\" is reserved", name);
  if (name.starts_with("pg_"))
    return sql_error("42939", "role name \"{}\" is reserved", name)
        .detail("Role names starting with \"pg_\" are reserved.");
  return {};
}

std::string salted(const std::string& password, const Entropy& entropy) {
  std::array<uint8_t, node::kScramSaltBytes> salt;
  entropy(salt);
  return node::scram_verifier(password, salt, node::kScramIterations);
}

/// What is kept of a password. One that is a verifier already is taken as it is, as PostgreSQL does; an empty one means none.
SqlResult<std::string> verifier(Defining& defining, const std::string& password) {
  if (password.empty()) {
    defining.notice(sql_error("00000", "empty string is not a valid password, clearing password"));
    return std::string();
  }
  if (node::parse_scram_verifier(password)) return password;
  WALLABY_CHECK(defining.exec.entropy, "a password is to be stored without a source of chance");
  return salted(password, defining.exec.entropy);
}

SqlError no_role(std::string_view name) {
  return sql_error("42704", "role \"{}\" does not exist", name);
}

}  // namespace

SqlResult<void> run_definition(Defining& defining, const ast::CreateRole& create) {
  if (!create.unsupported.empty()) return std::unexpected(not_supported(create.unsupported));
  if (auto usable = check_role_name(create.name); !usable) return usable;
  if (defining.catalog->find_role(create.name))
    return sql_error("42710", "role \"{}\" already exists", create.name);
  auto oid = defining.writer.take_oids(1);
  if (!oid) return std::unexpected(oid.error());
  Role role{.oid = *oid,
            .name = create.name,
            .login = create.login.value_or(create.user),
            .superuser = create.superuser.value_or(false),
            .scram = {},
            .replication = create.replication.value_or(false)};
  if (create.password) {
    auto kept = verifier(defining, *create.password);
    if (!kept) return std::unexpected(kept.error());
    role.scram = std::move(*kept);
  }
  return defining.writer.put(role);
}

SqlResult<void> run_definition(Defining& defining, const ast::AlterRole& alter) {
  if (!alter.unsupported.empty()) return std::unexpected(not_supported(alter.unsupported));
  const Role* found = defining.catalog->find_role(alter.name);
  if (!found) return std::unexpected(no_role(alter.name));
  Role role = *found;
  if (alter.login) role.login = *alter.login;
  if (alter.superuser) role.superuser = *alter.superuser;
  if (alter.replication) role.replication = *alter.replication;
  if (alter.password_null) role.scram.clear();
  if (alter.password) {
    auto kept = verifier(defining, *alter.password);
    if (!kept) return std::unexpected(kept.error());
    role.scram = std::move(*kept);
  }
  return defining.writer.put(role);
}

SqlResult<void> run_definition(Defining& defining, const ast::DropRole& drop) {
  for (const std::string& name : drop.names) {
    const Role* role = defining.catalog->find_role(name);
    if (!role && drop.if_exists) {
      defining.notice(sql_error("00000", "role \"{}\" does not exist, skipping", name));
    } else if (!role) {
      return std::unexpected(no_role(name));
    } else if (defining.exec.eval.system && defining.exec.eval.system->current_user() == name) {
      return sql_error("55006", "current user cannot be dropped");
    } else if (auto done = defining.writer.drop(*role); !done) {
      return done;
    }
  }
  return {};
}

Result<node::Statement> first_role(const std::string& name, const std::string& password,
                                   const Entropy& entropy) {
  if (auto usable = check_role_name(name); !usable)
    return error(ErrorCode::kInvalidArgument, "{}", usable.error().message());
  if (name.empty() || name.size() > node::kMaxRoleName || !check_text(name))
    return error(ErrorCode::kInvalidArgument, "a role's name is UTF-8 of 1 to {} bytes", node::kMaxRoleName);
  if (password.empty()) return error(ErrorCode::kInvalidArgument, "the password is empty");
  Role role{.name = name, .login = true, .superuser = true, .scram = salted(password, entropy)};
  return [role](engine::Transaction& transaction) -> Result<void> {
    CatalogWriter writer(transaction);
    auto oid = writer.take_oids(1);
    Role made = role;
    if (oid) made.oid = *oid;
    auto done = oid ? writer.put(made) : std::unexpected(oid.error());
    if (!done) return error(ErrorCode::kRefused, "role \"{}\": {}", made.name, done.error().message());
    return {};
  };
}

}  // namespace wallaby::sql
