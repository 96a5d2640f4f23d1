#include "sql/storage/key_codec.h"

#include <bit>

#include <gtest/gtest.h>

#include "sql/types/compare.h"
#include "tests/sql/storage_values.h"

namespace wallaby::sql {
namespace {

using testing_values::kKeyTypes;
using testing_values::random_value;

std::string part(TypeId type, const Value& value) {
  std::string key;
  encode_key_part(type, value, key);
  return key;
}

std::string hex(std::string_view bytes) {
  std::string text;
  for (char byte : bytes) text += fmt::format("{:02X}", static_cast<uint8_t>(byte));
  return text;
}

int sign(std::strong_ordering order) {
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

int sign(const std::string& a, const std::string& b) {
  int order = a.compare(b);
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

/// The same bits, except where a key forgets some.
bool same(TypeId type, const Value& a, const Value& b) {
  if (type != TypeId::kFloat8) return a == b;
  return compare(type, a, b) == 0;
}

TEST(KeyCodec, WritesTheBytesThatTheFormatPromises) {
  EXPECT_EQ(hex(part(TypeId::kInt4, Value(int64_t{7}))), "0180000007");
  EXPECT_EQ(hex(part(TypeId::kInt8, Value(int64_t{-1}))), "017FFFFFFFFFFFFFFF");
  EXPECT_EQ(hex(part(TypeId::kInt2, Value(int64_t{0}))), "018000");
  EXPECT_EQ(hex(part(TypeId::kBool, Value(true))), "0101");
  EXPECT_EQ(hex(part(TypeId::kText, Value(std::string("ab")))), "01616200");
  EXPECT_EQ(hex(part(TypeId::kBytea, Value(std::string("a\0b", 3)))), "016100FF6200");
  EXPECT_EQ(hex(part(TypeId::kFloat8, Value(1.0))), "01BFF0000000000000");
  EXPECT_EQ(hex(part(TypeId::kFloat8, Value(-0.0))), "018000000000000000");
  EXPECT_EQ(hex(part(TypeId::kText, Value())), "02");
}

TEST(KeyCodec, SortsAsValuesDo) {
  testing_values::Random random(1);
  for (TypeId type : kKeyTypes)
    for (int i = 0; i < 3000; ++i) {
      Value a = random_value(type, random), b = random_value(type, random);
      ASSERT_EQ(sign(part(type, a), part(type, b)), sign(compare(type, a, b)))
          << to_string(type) << ' ' << hex(part(type, a)) << ' ' << hex(part(type, b));
      ASSERT_LT(part(type, a), part(type, Value())) << "NULL is last";
    }
}

TEST(KeyCodec, SortsByTheFirstPartsFirst) {
  testing_values::Random random(2);
  for (int i = 0; i < 5000; ++i) {
    TypeId first = kKeyTypes[testing_values::below(random, kKeyTypes.size())];
    Value a = random_value(first, random), b = random_value(first, random);
    Value x = random_value(TypeId::kBytea, random), y = random_value(TypeId::kBytea, random);
    std::string left = part(first, a) + part(TypeId::kBytea, x);
    std::string right = part(first, b) + part(TypeId::kBytea, y);
    int expected = sign(compare(first, a, b));
    if (expected == 0) expected = sign(compare(TypeId::kBytea, x, y));
    ASSERT_EQ(sign(left, right), expected) << hex(left) << ' ' << hex(right);
  }
}

TEST(KeyCodec, GivesBackWhatWasEncoded) {
  testing_values::Random random(3);
  for (TypeId type : kKeyTypes)
    for (int i = 0; i < 1000; ++i) {
      Value a = random_value(type, random), b = i % 7 == 0 ? Value() : random_value(type, random);
      std::string key = part(type, a) + part(type, b);
      std::string_view rest = key;
      Value first, second;
      ASSERT_TRUE(decode_key_part(type, rest, first) && decode_key_part(type, rest, second));
      EXPECT_TRUE(rest.empty());
      EXPECT_TRUE(same(type, first, a)) << to_string(type);
      EXPECT_TRUE(b.is_null() ? second.is_null() : same(type, second, b)) << to_string(type);
    }
}

TEST(KeyCodec, RefusesTruncatedAndForeignBytes) {
  testing_values::Random random(4);
  for (TypeId type : kKeyTypes)
    for (int i = 0; i < 300; ++i) {
      std::string key = part(type, random_value(type, random));
      Value value;
      for (size_t size = 0; size < key.size(); ++size) {
        std::string_view cut = std::string_view(key).substr(0, size), rest = cut;
        // Cut behind the 00 of an escape, it is the key of another value.
        if (decode_key_part(type, rest, value)) {
          ASSERT_EQ(part(type, value), cut) << to_string(type) << ' ' << hex(key);
        }
      }
      key[0] = static_cast<char>(3 + i % 200);
      std::string_view foreign = key;
      ASSERT_FALSE(decode_key_part(type, foreign, value));
    }
}

TEST(KeyCodec, EndsAPrefix) {
  EXPECT_EQ(prefix_end("ab"), "ac");
  EXPECT_EQ(prefix_end(std::string("a\xFF", 2)), "b");
  EXPECT_EQ(prefix_end("\xFF\xFF"), "");
  EXPECT_EQ(prefix_end(""), "");
}

TEST(KeyCodec, NumbersRowsInOrder) {
  EXPECT_LT(row_number_key(1), row_number_key(2));
  EXPECT_LT(row_number_key(255), row_number_key(256));
  int64_t number = 0;
  EXPECT_TRUE(decode_row_number(row_number_key(77), number));
  EXPECT_EQ(number, 77);
  EXPECT_FALSE(decode_row_number(row_number_key(77) + "x", number));
  EXPECT_FALSE(decode_row_number("77", number));
}

}  // namespace
}  // namespace wallaby::sql
