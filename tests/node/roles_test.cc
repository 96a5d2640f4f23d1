#include "node/roles.h"

#include <memory>

#include <gtest/gtest.h>

#include "engine/changes.h"
#include "engine/reserved.h"

namespace wallaby::node {
namespace {

/// A store whose catalog has one row.
std::unique_ptr<engine::Store> store_with(const std::string& key, const std::string& row) {
  auto store = std::make_unique<engine::Store>();
  engine::Changes changes = {{engine::ChangeKind::kCreateTable, std::string(engine::kSqlCatalog), {}, {}},
                             {engine::ChangeKind::kPut, std::string(engine::kSqlCatalog), key, row}};
  store->apply(store->applied() + 8, engine::views_of(changes));
  store->set_visible(store->applied());
  return store;
}

/// Field 4 of a role's row, behind "may log in".
std::string row_with(const std::string& verifier) {
  return std::string("\x10\x01\x22") + static_cast<char>(verifier.size()) + '\x01' + verifier;
}

TEST(Roles, a_role_with_a_password) {
  const uint8_t salt[16] = {1, 2, 3};
  std::string verifier = scram_verifier("s3cret", salt, 4096);  // 133 bytes: two for the length
  ASSERT_EQ(verifier.size(), 133u);
  auto store = store_with("role/alice", row_with(verifier));
  auto role = find_role(store->visible_view(), "alice");
  ASSERT_TRUE(role) << role.error();
  EXPECT_EQ(**role, (RoleLogin{.login = true, .keys = parse_scram_verifier(verifier)}));
  EXPECT_EQ(*find_role(store->visible_view(), "bob"), std::nullopt);
  EXPECT_TRUE(has_roles(store->visible_view()));
  EXPECT_TRUE(has_passwords(store->visible_view()));
}

TEST(Roles, a_role_without_one) {
  auto store = store_with("role/alice", "\x18\x01\x28\x01");
  EXPECT_EQ(**find_role(store->visible_view(), "alice"), (RoleLogin{.superuser = true, .replication = true}));
  EXPECT_TRUE(has_roles(store->visible_view()));
  EXPECT_FALSE(has_passwords(store->visible_view()));
}

TEST(Roles, there_are_none_where_no_catalog_is) {
  engine::Store store;
  EXPECT_EQ(*find_role(store.visible_view(), "alice"), std::nullopt);
  EXPECT_FALSE(has_roles(store.visible_view()) || has_passwords(store.visible_view()));
}

TEST(Roles, damaged_rows_let_nobody_in) {
  auto broken = store_with("role/alice", "\xff\xff");
  EXPECT_EQ(find_role(broken->visible_view(), "alice").error().code, ErrorCode::kCorrupt);
  EXPECT_TRUE(has_passwords(broken->visible_view()));
  auto keys = store_with("role/alice", "\x22\x03md5");
  EXPECT_EQ(find_role(keys->visible_view(), "alice").error().code, ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace wallaby::node
