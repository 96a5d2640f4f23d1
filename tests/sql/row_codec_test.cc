#include "sql/storage/row_codec.h"

#include <algorithm>
#include <cstring>

#include <gtest/gtest.h>

#include "sql/storage/table_access.h"
#include "tests/sql/storage_values.h"

namespace wallaby::sql {
namespace {

using testing_values::below;
using testing_values::Random;
using testing_values::random_value;

Column column(std::string name, TypeId type) {
  Column made;
  made.name = std::move(name);
  made.type.id = type;
  return made;
}

Table users() {
  Table table;
  table.oid = 16384;
  table.name = "users";
  table.columns = {column("id", TypeId::kInt4), column("name", TypeId::kText),
                   column("admin", TypeId::kBool)};
  table.primary_key = {0};
  table.primary_key_name = "users_pkey";
  return table;
}

Table random_table(Random& random) {
  std::vector<TypeId> types = testing_values::kKeyTypes;
  types.push_back(TypeId::kJsonb);
  Table table;
  table.oid = 1;
  table.name = "t";
  for (size_t i = 1 + below(random, 12); i > 0; --i)
    table.columns.push_back(column(fmt::format("c{}", i), types[below(random, types.size())]));
  for (uint16_t i = 0; i < table.columns.size(); ++i)
    if (table.columns[i].type.id != TypeId::kJsonb && below(random, 3) == 0)
      table.primary_key.insert(
          table.primary_key.begin() + static_cast<long>(below(random, table.primary_key.size() + 1)), i);
  return table;
}

Row random_row(const Table& table, Random& random) {
  Row row;
  for (uint16_t i = 0; i < table.columns.size(); ++i) {
    bool in_key = std::ranges::find(table.primary_key, i) != table.primary_key.end();
    row.push_back(!in_key && below(random, 4) == 0 ? Value()
                                                   : random_value(table.columns[i].type.id, random));
  }
  return row;
}

bool same_bits(const Value& a, const Value& b) {
  if (const auto* x = std::get_if<double>(&a.data))
    if (const auto* y = std::get_if<double>(&b.data)) return std::memcmp(x, y, sizeof *x) == 0;
  return a == b;
}

bool same_bits(const Row& a, const Row& b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](const Value& x, const Value& y) { return same_bits(x, y); });
}

std::string key_of(const Table& table, const Row& row) {
  return table.primary_key.empty() ? row_number_key(1) : encode_key(table, row);
}

TEST(RowCodec, WritesTheBytesThatTheFormatPromises) {
  std::string value;
  encode_row(users(), {Value(int64_t{7}), Value(std::string("Alice")), Value()}, value);
  EXPECT_EQ(value, std::string("\x02\x02\x05", 3) + "Alice");
}

TEST(RowCodec, GivesBackEveryRow) {
  Random random(1);
  for (int i = 0; i < 3000; ++i) {
    Table table = random_table(random);
    Row row = random_row(table, random);
    std::string value;
    encode_row(table, row, value);
    auto read = decode_row(table, key_of(table, row), value);
    ASSERT_TRUE(read) << read.error();
    ASSERT_TRUE(same_bits(*read, row));
  }
}

TEST(RowCodec, RefusesEveryTruncatedRow) {
  Random random(2);
  for (int i = 0; i < 300; ++i) {
    Table table = random_table(random);
    Row row = random_row(table, random);
    std::string key = key_of(table, row), value;
    encode_row(table, row, value);
    for (size_t size = 0; size < value.size(); ++size) {
      auto read = decode_row(table, key, std::string_view(value).substr(0, size));
      ASSERT_FALSE(read);
      ASSERT_EQ(read.error().code(), "XX001");
    }
    for (size_t size = 0; size < key.size(); ++size) {
      std::string_view cut = std::string_view(key).substr(0, size);
      // Cut behind the 00 of an escape, it is the key of another row.
      if (auto read = decode_row(table, cut, value)) {
        ASSERT_EQ(key_of(table, *read), cut);
      }
    }
    ASSERT_FALSE(decode_row(table, key, value + "x"));
    ASSERT_FALSE(decode_row(table, key + "x", value));
  }
}

TEST(RowCodec, NeverCrashesOnGarbledRows) {
  Random random(3);
  for (int i = 0; i < 20000; ++i) {
    Table table = random_table(random);
    Row row = random_row(table, random);
    std::string key = key_of(table, row), value;
    encode_row(table, row, value);
    for (size_t flips = 1 + below(random, 3); flips > 0; --flips) {
      std::string& bytes = below(random, 3) == 0 ? key : value;
      if (!bytes.empty()) bytes[below(random, bytes.size())] = static_cast<char>(random());
    }
    // Whatever can still be read must be a row that can be written again.
    if (auto read = decode_row(table, key, value)) {
      std::string again;
      encode_row(table, *read, again);
      ASSERT_TRUE(decode_row(table, key, again));
    }
  }
}

TEST(RowCodec, OldRowsHaveWhatAColumnWasAddedWith) {
  Table table = users();
  Row row = {Value(int64_t{1}), Value(std::string("Bob")), Value(false)};
  std::string value;
  encode_row(table, row, value);
  table.columns.push_back(column("age", TypeId::kInt8));
  table.columns.push_back(column("city", TypeId::kText));
  table.columns.back().missing = Value(std::string("Perth"));
  Row expected = row;
  expected.emplace_back();
  expected.emplace_back(std::string("Perth"));
  EXPECT_EQ(decode_row(table, encode_key(table, row), value), expected);
}

TEST(RowCodec, ANativeTablesBytesAreItsTexts) {
  Table table;
  table.name = "greetings";
  table.origin = TableOrigin::kNative;
  table.columns = {column("key", TypeId::kText), column("value", TypeId::kText)};
  table.primary_key = {0};
  Row row = {Value(std::string("hello")), Value(std::string("world"))};
  std::string value;
  encode_row(table, row, value);
  EXPECT_EQ(encode_key(table, row), "hello");
  EXPECT_EQ(value, "world");
  EXPECT_EQ(decode_row(table, "hello", "world"), row);
  EXPECT_EQ(decode_row(table, "hello", "\xFF").error().code(), "22021");
  EXPECT_EQ(decode_row(table, std::string("a\0b", 3), "x").error().code(), "22021");
}

}  // namespace
}  // namespace wallaby::sql
