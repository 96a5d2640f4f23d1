#include <string>

#include "engine/reserved.h"
#include "node/roles.h"
#include "proto/catalog.pb.h"

namespace wallaby::node {

Result<std::optional<RoleLogin>> find_role(const engine::View& view, std::string_view name) {
  std::string key = "role/";
  key += name;
  auto row = view.get(engine::kSqlCatalog, key);
  if (!row) return std::nullopt;
  proto::catalog::Role role;
  if (!role.ParseFromArray(row->data(), static_cast<int>(row->size())))
    return error(ErrorCode::kCorrupt, "the row of role '{}' in {} cannot be read", name, engine::kSqlCatalog);
  RoleLogin found{role.login(), role.superuser(), std::nullopt};
  if (!role.scram().empty()) {
    found.keys = parse_scram_verifier(role.scram());
    if (!found.keys)
      return error(ErrorCode::kCorrupt, "the keys of role '{}' in {} cannot be read", name,
                   engine::kSqlCatalog);
  }
  return found;
}

}  // namespace wallaby::node
