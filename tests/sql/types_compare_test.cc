// The order of values, and exact decimals.
#include "sql/types/compare.h"

#include <vector>

#include <gtest/gtest.h>

#include "sql/types/numeric.h"
#include "sql/types/type_io.h"

namespace wallaby::sql {
namespace {

Value value_of(TypeId type, std::string_view text) {
  auto value = parse_value({type}, text);
  EXPECT_TRUE(value.has_value()) << text;
  return value ? *value : Value();
}

/// Each is less than all that follow.
void expect_ascending(TypeId type, const std::vector<std::string_view>& texts) {
  for (size_t i = 0; i < texts.size(); ++i) {
    for (size_t j = 0; j < texts.size(); ++j) {
      Value a = value_of(type, texts[i]), b = value_of(type, texts[j]);
      EXPECT_EQ(compare(type, a, b), i <=> j) << texts[i] << " and " << texts[j];
      if (i == j) {
        EXPECT_EQ(hash(type, a), hash(type, b));
      }
    }
  }
}

void expect_equal(TypeId type, std::string_view left, std::string_view right) {
  Value a = value_of(type, left), b = value_of(type, right);
  EXPECT_EQ(compare(type, a, b), std::strong_ordering::equal) << left << " and " << right;
  EXPECT_EQ(hash(type, a), hash(type, b)) << left << " and " << right;
}

TEST(Compare, orders_each_type) {
  expect_ascending(TypeId::kInt4, {"-5", "0", "7"});
  expect_ascending(TypeId::kBool, {"f", "t"});
  expect_ascending(TypeId::kText, {"", "B", "a", "aa", "ä"});  // by bytes
  expect_ascending(TypeId::kFloat8, {"-Infinity", "-1", "0", "1e300", "Infinity", "NaN"});
  expect_ascending(TypeId::kNumeric, {"-2.5", "-2.25", "0", "0.001", "12345678901234567890", "NaN"});
  expect_ascending(TypeId::kTimestamptz, {"-infinity", "1999-12-31", "2000-01-01", "infinity"});
  expect_ascending(TypeId::kInterval, {"-1 day", "0", "23:59:59", "25 hours", "1 mon", "31 days"});
  expect_ascending(TypeId::kPgLsn, {"0/0", "1/0", "FFFFFFFF/0"});
  expect_ascending(TypeId::kInt4Array, {"{}", "{1}", "{1,2}", "{1,NULL}", "{2}"});
  expect_ascending(TypeId::kBytea, {"\\x", "\\x00", "\\x7f", "\\xff"});
}

TEST(Compare, orders_jsonb_by_kind_size_and_content) {
  expect_ascending(TypeId::kJsonb, {"[]", "null", "\"a\"", "\"b\"", "-1", "2", "10", "false", "true", "[1]",
                                    "[2]", "[1,1]", "{}", "{\"a\":1}", "{\"a\":2}", "{\"b\":1}"});
}

TEST(Compare, knows_equal_values_of_different_looks) {
  expect_equal(TypeId::kFloat8, "0", "-0");
  expect_equal(TypeId::kFloat8, "NaN", "-NaN");
  expect_equal(TypeId::kNumeric, "1.0", "1.000");
  expect_equal(TypeId::kInterval, "1 mon", "30 days");
  expect_equal(TypeId::kInterval, "1 day", "24:00:00");
  expect_equal(TypeId::kJsonb, "{\"a\":1.0}", "{\"a\":1}");
  expect_equal(TypeId::kBpchar, "a", "a  ");
}

std::string text(const SqlResult<Numeric>& value) {
  return value ? to_string(*value) : value.error().code() + " " + value.error().message();
}
Numeric number(std::string_view text) {
  return *parse_numeric(text);
}

TEST(Numeric, adds_and_multiplies_exactly) {
  EXPECT_EQ(text(add(number("0.1"), number("0.20"))), "0.30");
  EXPECT_EQ(text(subtract(number("1"), number("0.001"))), "0.999");
  EXPECT_EQ(text(multiply(number("2.00"), number("3.000"))), "6.00000");
  EXPECT_EQ(text(modulo(number("-7.5"), number("2"))), "-1.5");
  EXPECT_EQ(text(add(number("99999999999999999999999999999999999999"), number("1"))),
            "22003 value overflows numeric format");
}

TEST(Numeric, divides_to_sixteen_significant_digits) {
  EXPECT_EQ(text(divide(number("1"), number("3"))), "0.33333333333333333333");
  EXPECT_EQ(text(divide(number("100000"), number("3"))), "33333.333333333333");
  EXPECT_EQ(text(divide(number("10.5"), number("0.003"))), "3500.0000000000000000");
  EXPECT_EQ(text(divide(number("1"), number("0"))), "22012 division by zero");
  EXPECT_EQ(text(average(number("7"), 2)), "3.5000000000000000");
}

TEST(Numeric, rounds_half_away_from_zero) {
  EXPECT_EQ(text(round_to(number("2.5"), 0)), "3");
  EXPECT_EQ(text(round_to(number("-2.5"), 0)), "-3");
  EXPECT_EQ(text(round_to(number("1.5"), 3)), "1.500");
  EXPECT_EQ(text(round_to(number("1250"), -2)), "1300");
  EXPECT_EQ(text(truncate_to(number("-2.59"), 1)), "-2.5");
  EXPECT_EQ(*to_int64(number("9.5")), 10);
  EXPECT_EQ(to_int64(number("9223372036854775808")).error().code(), "22003");
}

TEST(Numeric, converts_to_and_from_double) {
  EXPECT_EQ(text(numeric_from(0.1)), "0.1");
  EXPECT_EQ(text(numeric_from(1.0 / 3)), "0.333333333333333");
  EXPECT_EQ(to_double(number("1e-7")), 1e-7);
  EXPECT_EQ(text(square_root(number("2.0"))), "1.414213562373095");
  EXPECT_EQ(text(square_root(number("-1"))), "2201F cannot take square root of a negative number");
}

}  // namespace
}  // namespace wallaby::sql
