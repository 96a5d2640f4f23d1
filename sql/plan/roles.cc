// CREATE, ALTER and DROP of roles. Passwords are kept as SCRAM-SHA-256 verifiers alone (node/scram.h).
#include <array>

#include "base/check.h"
#include "node/scram.h"
#include "sql/plan/defining.h"
#include "sql/types/system_functions.h"

namespace wallaby::sql {
namespace {

SqlResult<void> check_role_name(std::string_view name) {
  if (name == "public" || name == "none") return sql_error("42939", "role name \"{}\" is reserved", name);
  if (name.starts_with("pg_"))
    return sql_error("42939", "role name \"{}\" is reserved", name)
        .detail("Role names starting with \"pg_\" are reserved.");
  return {};
}

/// What is kept of a password. One that is a verifier already is taken as it is, as PostgreSQL does; an empty one means none.
SqlResult<std::string> verifier(Defining& defining, const std::string& password) {
  if (password.empty()) {
    defining.notice(sql_error("00000", "empty string is not a valid password, clearing password"));
    return std::string();
  }
  if (node::parse_scram_verifier(password)) return password;
  WALLABY_CHECK(defining.exec.entropy, "a password is to be stored without a source of chance");
  std::array<uint8_t, node::kScramSaltBytes> salt;
  defining.exec.entropy(salt);
  return node::scram_verifier(password, salt, node::kScramIterations);
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
  Role role{*oid, create.name, create.login.value_or(create.user), create.superuser.value_or(false), {}};
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

}  // namespace wallaby::sql
