#include <string>

#include "engine/reserved.h"
#include "node/roles.h"
#include "proto/catalog.pb.h"

namespace wallaby::node {
namespace {

/// "role/alice" and all others.
const engine::KeyRange kRoles{"role/", "role0"};

}  // namespace

Result<std::optional<RoleLogin>> find_role(const engine::View& view, std::string_view name) {
  std::string key = "role/";
  key += name;
  auto row = view.get(engine::kSqlCatalog, key);
  if (!row) return std::nullopt;
  proto::catalog::Role role;
  if (!role.ParseFromArray(row->data(), static_cast<int>(row->size())))
    return error(ErrorCode::kCorrupt, "the row of role '{}' in {} cannot be read", name, engine::kSqlCatalog);
  RoleLogin found{role.login(), role.superuser(), role.replication(), std::nullopt};
  if (!role.scram().empty()) {
    found.keys = parse_scram_verifier(role.scram());
    if (!found.keys)
      return error(ErrorCode::kCorrupt, "the keys of role '{}' in {} cannot be read", name,
                   engine::kSqlCatalog);
  }
  return found;
}

bool has_roles(const engine::View& view) {
  bool any = false;
  view.scan(engine::kSqlCatalog, kRoles, [&any](const engine::Row&) {
    any = true;
    return false;
  });
  return any;
}

bool has_passwords(const engine::View& view) {
  bool any = false;
  view.scan(engine::kSqlCatalog, kRoles, [&any](const engine::Row& row) {
    proto::catalog::Role role;
    any = !role.ParseFromArray(row.value.data(), static_cast<int>(row.value.size())) || !role.scram().empty();
    return !any;
  });
  return any;
}

}  // namespace wallaby::node
