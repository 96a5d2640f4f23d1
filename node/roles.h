// node/roles.h
//
// The login roles of a cluster, as far as a node has to know them: who may come in with which keys. `CREATE ROLE` makes them (SQL's
// catalog, engine table `sql.catalog`), so they are in the log and every replica has them.
//
//     find_role(view, "alice")  ->  RoleLogin{may log in, may replicate, keys of SCRAM-SHA-256}
//
// Only this much of the catalog is read here, so the native door needs nothing of sql/. Errors: kCorrupt when the row is not a role's.
#pragma once

#include <optional>
#include <string_view>

#include "base/error.h"
#include "engine/store.h"
#include "node/scram.h"

namespace wallaby::node {

struct RoleLogin {
  bool login = false, superuser = false, replication = false;
  std::optional<ScramKeys> keys;  ///< none: it has no password
  bool operator==(const RoleLogin&) const = default;
};

/// nullopt: there is no such role.
Result<std::optional<RoleLogin>> find_role(const engine::View& view, std::string_view name);
bool has_roles(const engine::View& view);
/// Some role has a password. A row that cannot be read counts as one: better to ask too much.
bool has_passwords(const engine::View& view);

}  // namespace wallaby::node
