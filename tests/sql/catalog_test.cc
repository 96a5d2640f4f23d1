#include "sql/storage/catalog.h"

#include <random>

#include <gmock/gmock.h>

#include "sql/storage/catalog_codec.h"
#include "tests/sql/storage_fixture.h"

namespace wallaby::sql {
namespace {

class CatalogTest : public StorageTest {
 protected:
  std::shared_ptr<const Catalog> catalog() {
    engine::View view = store.visible_view();
    auto read = cache.of(DataSource(view));
    EXPECT_TRUE(read);
    return *read;
  }
  static Sequence sequence() {
    return {kFirstOid + 10, "users_id_seq", {TypeId::kInt4, -1}, 1, 1, "users", "id"};
  }
  CatalogCache cache;
};

TEST_F(CatalogTest, GivesBackEveryDefinition) {
  Table table = users();
  table.columns[0].sequence = "users_id_seq";
  table.columns[0].not_null = true;
  table.columns[0].default_text = "nextval('users_id_seq')";
  table.columns[1].type = {TypeId::kVarchar, 24};
  table.columns[1].identity = IdentityKind::kAlways;
  table.columns[2].missing = text("Perth");
  auto read = decode_relation("users", encode_relation(table));
  ASSERT_TRUE(read);
  EXPECT_EQ(std::get<Table>(*read), table);
  auto second = decode_relation("users_id_seq", encode_relation(sequence()));
  ASSERT_TRUE(second);
  EXPECT_EQ(std::get<Sequence>(*second), sequence());
  Role role{kFirstOid, "alice", true, false, "SCRAM-SHA-256$4096:c2FsdA==$a2V5:a2V5"};
  EXPECT_EQ(decode_role("alice", encode_role(role)), role);
}

TEST_F(CatalogTest, RefusesDefinitionsThatDoNotHoldTogether) {
  Table table = users();
  table.primary_key = {3};
  EXPECT_EQ(decode_relation("users", encode_relation(table)).error().code(), "XX001");
  table = users();
  table.indexes[0].columns = {7};
  EXPECT_FALSE(decode_relation("users", encode_relation(table)));
  table = users();
  table.columns[0].type.id = TypeId::kNumeric;
  EXPECT_FALSE(decode_relation("users", encode_relation(table)));
  EXPECT_FALSE(decode_relation("users", "no definition"));
  EXPECT_FALSE(decode_relation("users", ""));

  std::mt19937_64 random(1);
  std::string bytes = encode_relation(users());
  for (int i = 0; i < 20000; ++i) {
    std::string garbled = bytes.substr(0, random() % (bytes.size() + 1));
    if (!garbled.empty()) garbled[random() % garbled.size()] = static_cast<char>(random());
    static_cast<void>(decode_relation("users", garbled));
    static_cast<void>(decode_role("users", garbled));
  }
}

TEST_F(CatalogTest, FindsWhatWasDefined) {
  EXPECT_EQ(catalog()->version(), 0u);
  engine::Transaction tx = begin();
  CatalogWriter writer(tx);
  EXPECT_EQ(writer.take_oids(4), kFirstOid);
  EXPECT_EQ(writer.take_oids(1), kFirstOid + 4);
  ASSERT_TRUE(writer.put(users()));
  ASSERT_TRUE(writer.put(sequence()));
  ASSERT_TRUE(writer.put(Role{99, "alice", true, true, ""}));
  ASSERT_TRUE(commit(tx));

  auto now = catalog();
  EXPECT_NE(now->version(), 0u);
  ASSERT_TRUE(now->find_table("users"));
  EXPECT_EQ(*now->find_table("users"), users());
  EXPECT_EQ(now->table_of_oid(kFirstOid), now->find_table("users"));
  ASSERT_TRUE(now->find_index("users_city_idx"));
  EXPECT_FALSE(now->find_index("users_pkey")) << "the table's own order";
  for (const char* name : {"users", "users_pkey", "users_city_idx", "users_id_seq"})
    EXPECT_TRUE(now->has_relation(name)) << name;
  EXPECT_FALSE(now->has_relation("sql.catalog"));
  EXPECT_EQ(now->tables().size(), 1u) << "indexes and SQL's own are no tables";
  EXPECT_TRUE(now->find_role("alice")->superuser);
  EXPECT_EQ(*now->find_sequence("users_id_seq"), sequence());

  engine::Transaction drop = begin();
  ASSERT_TRUE(CatalogWriter(drop).drop(users()));
  ASSERT_TRUE(CatalogWriter(drop).drop(sequence()));
  ASSERT_TRUE(commit(drop));
  EXPECT_FALSE(catalog()->has_relation("users"));
  EXPECT_FALSE(catalog()->has_relation("users_city_idx"));
  EXPECT_TRUE(now->has_relation("users")) << "a catalog that was handed out never changes";
}

TEST_F(CatalogTest, TablesOfTheNativeDoorAreThere) {
  apply({{engine::ChangeKind::kCreateTable, "greetings", {}, {}}});
  auto table = catalog()->find_table("greetings");
  ASSERT_TRUE(table);
  EXPECT_EQ(table->origin, TableOrigin::kNative);
  EXPECT_EQ(table->columns[1].name, "value");
  EXPECT_EQ(catalog(), catalog()) << "read once";
  apply({{engine::ChangeKind::kPut, "greetings", "k", "v"}});
  auto before = catalog();
  apply({{engine::ChangeKind::kDropTable, "greetings", {}, {}}});
  EXPECT_FALSE(catalog()->find_table("greetings"));
  EXPECT_TRUE(before->find_table("greetings"));
}

TEST_F(CatalogTest, WhatTheNativeDoorDropsIsGone) {
  engine::Transaction tx = begin();
  ASSERT_TRUE(CatalogWriter(tx).put(users()));
  ASSERT_TRUE(commit(tx));
  ASSERT_TRUE(catalog()->find_index("users_city_idx"));
  apply({{engine::ChangeKind::kDropTable, "users_city_idx", {}, {}}});
  EXPECT_FALSE(catalog()->find_index("users_city_idx"));
  EXPECT_TRUE(catalog()->find_index("users_name_key"));
  apply({{engine::ChangeKind::kDropTable, "users", {}, {}}});
  EXPECT_FALSE(catalog()->find_table("users"));
}

TEST_F(CatalogTest, ATransactionSeesItsOwnDefinitionsAndNobodyElseDoes) {
  engine::Transaction tx = begin();
  ASSERT_TRUE(CatalogWriter(tx).put(users()));
  auto own = cache.of(DataSource(tx));
  ASSERT_TRUE(own);
  EXPECT_TRUE((*own)->find_table("users"));
  EXPECT_FALSE(catalog()->find_table("users"));
  EXPECT_NE(catalog()->version(), (*own)->version());
  ASSERT_TRUE(commit(tx));
  EXPECT_EQ(catalog()->version(), (*own)->version()) << "the same definitions, the same version";
}

TEST_F(CatalogTest, OfTwoThatDefineAtOnceOneLoses) {
  engine::Transaction first = begin(), second = begin();
  ASSERT_TRUE(CatalogWriter(first).put(users()));
  ASSERT_TRUE(CatalogWriter(second).put(sequence()));
  ASSERT_TRUE(commit(first));
  EXPECT_FALSE(commit(second));
}

TEST_F(CatalogTest, NamesMustBeEngineTables) {
  EXPECT_TRUE(check_relation_name("users"));
  for (const char* name : {"", "a b", "a/b", "sql.users", "größe"})
    EXPECT_EQ(check_relation_name(name).error().code(), "0A000") << name;
}

}  // namespace
}  // namespace wallaby::sql
