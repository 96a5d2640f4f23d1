// Values to text and back, and in binary form. What PostgreSQL answers to many more inputs stands in golden/types_input.txt.
#include "sql/types/type_io.h"

#include <cmath>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "sql/types/date_time.h"
#include "sql/types/utf8.h"

namespace wallaby::sql {
namespace {

/// The text of the value that was read, or the error.
std::string through_text(Type type, std::string_view text) {
  auto value = parse_value(type, text);
  if (!value) return value.error().code() + " " + value.error().message();
  return print_value(type.id, *value);
}

std::string through_binary(TypeId type, std::string_view text) {
  auto value = parse_value({type}, text);
  EXPECT_TRUE(value.has_value()) << text;
  std::string bytes;
  EXPECT_TRUE(write_binary(type, *value, bytes).has_value()) << text;
  auto back = read_binary({type}, bytes);
  if (!back) return back.error().code() + " " + back.error().message();
  return print_value(type, *back);
}

std::string binary(TypeId type, std::string_view text) {
  auto value = parse_value({type}, text);
  std::string bytes, hex;
  EXPECT_TRUE(value && write_binary(type, *value, bytes));
  for (char c : bytes) hex += fmt::format("{:02x}", static_cast<uint8_t>(c));
  return hex;
}

TEST(TypeIo, float8_is_printed_with_the_fewest_digits_that_read_back) {
  EXPECT_EQ(through_text({TypeId::kFloat8}, "0.1"), "0.1");
  EXPECT_EQ(through_text({TypeId::kFloat8}, "1e14"), "100000000000000");
  EXPECT_EQ(through_text({TypeId::kFloat8}, "1e15"), "1e+15");
  EXPECT_EQ(through_text({TypeId::kFloat8}, "0.0001"), "0.0001");
  EXPECT_EQ(through_text({TypeId::kFloat8}, "-0.00001"), "-1e-05");
  EXPECT_EQ(through_text({TypeId::kFloat8}, "1e23"), "9.999999999999999e+22");  // not by a tie
  EXPECT_EQ(through_text({TypeId::kFloat8}, "9007199254740993"), "9.007199254740992e+15");
  EXPECT_EQ(through_text({TypeId::kFloat8}, "123456.789"), "123456.789");
}

TEST(TypeIo, every_float8_reads_back_the_same) {
  uint64_t bits = 1;
  for (int i = 0; i < 20000; ++i) {
    bits = bits * 6364136223846793005ULL + 1442695040888963407ULL;
    auto value = std::bit_cast<double>(bits);
    if (std::isnan(value)) continue;
    auto back = parse_value({TypeId::kFloat8}, print_value(TypeId::kFloat8, Value(value)));
    ASSERT_TRUE(back.has_value());
    ASSERT_EQ(back->real(), value);
  }
}

TEST(TypeIo, every_day_of_a_millennium_reads_back_the_same) {
  for (int64_t day = -400000; day < 100000; day += 7) {
    std::string text = print_value(TypeId::kDate, Value(day));
    auto back = parse_value({TypeId::kDate}, text);
    ASSERT_TRUE(back.has_value()) << text;
    ASSERT_EQ(back->integer(), day) << text;
  }
}

TEST(TypeIo, stored_text_must_fit_and_a_cast_cuts) {
  Type varchar3{TypeId::kVarchar, 7};
  EXPECT_EQ(through_text(varchar3, "äöü"), "äöü");  // characters, not bytes
  EXPECT_EQ(through_text(varchar3, "abc   "), "abc");
  EXPECT_EQ(through_text(varchar3, "abcd"), "22001 value too long for type character varying(3)");
  auto cut = fit_to(varchar3, Value(std::string("abcd")), true);
  EXPECT_EQ(cut->text(), "abc");
}

TEST(TypeIo, numeric_keeps_its_scale_and_fits_to_its_precision) {
  Type numeric_4_2{TypeId::kNumeric, ((4 << 16) | 2) + 4};
  EXPECT_EQ(through_text({TypeId::kNumeric}, "1.50"), "1.50");
  EXPECT_EQ(through_text(numeric_4_2, "12.345"), "12.35");
  EXPECT_EQ(through_text(numeric_4_2, "100"), "22003 numeric field overflow");
  EXPECT_EQ(through_text({TypeId::kNumeric}, std::string(39, '9')), "22003 value overflows numeric format");
}

TEST(TypeIo, text_that_is_not_utf8_is_refused) {
  EXPECT_EQ(through_text({TypeId::kText}, "a\xff"),
            "22021 invalid byte sequence for encoding \"UTF8\": 0xff");
  EXPECT_EQ(through_text({TypeId::kText}, "\xe4 b"),
            "22021 invalid byte sequence for encoding \"UTF8\": 0xe4 0x20 0x62");
  EXPECT_EQ(through_text({TypeId::kText}, std::string_view("a\0b", 3)),
            "22021 invalid byte sequence for encoding \"UTF8\": 0x00");
  EXPECT_EQ(through_text({TypeId::kText}, "\xc0\xaf"),
            "22021 invalid byte sequence for encoding \"UTF8\": 0xc0 0xaf");  // an overlong slash
}

TEST(TypeIo, now_needs_a_time_to_be_given) {
  EXPECT_EQ(through_text({TypeId::kTimestamptz}, "now"), "0A000 the input 'now' here is not supported");
  auto value = parse_value({TypeId::kDate}, "tomorrow", kMicrosecondsPerDay + 5);
  EXPECT_EQ(print_value(TypeId::kDate, *value), "2000-01-03");
}

TEST(TypeIo, arrays_have_one_dimension) {
  EXPECT_EQ(through_text({TypeId::kInt4Array}, "{1,NULL, 3}"), "{1,NULL,3}");
  EXPECT_EQ(through_text({TypeId::kTextArray}, R"({"a b",c\"d,"NULL",""})"), R"({"a b","c\"d","NULL",""})");
  EXPECT_EQ(through_text({TypeId::kInt4Array}, "{{1}}"),
            "0A000 an array of more than one dimension is not supported");
}

TEST(TypeIo, binary_numbers_are_in_network_byte_order) {
  EXPECT_EQ(binary(TypeId::kInt2, "258"), "0102");
  EXPECT_EQ(binary(TypeId::kInt4, "-2"), "fffffffe");
  EXPECT_EQ(binary(TypeId::kInt8, "1"), "0000000000000001");
  EXPECT_EQ(binary(TypeId::kFloat8, "1"), "3ff0000000000000");
  EXPECT_EQ(binary(TypeId::kBool, "t"), "01");
  EXPECT_EQ(binary(TypeId::kTimestamptz, "2000-01-01 00:00:01Z"), "00000000000f4240");
  EXPECT_EQ(binary(TypeId::kDate, "2000-01-02"), "00000001");
  EXPECT_EQ(binary(TypeId::kJsonb, "[1]"), "015b315d");
  // numeric_send('12345.67'): 3 digits of base 10000, weight 1, positive, 2 places: 1 2345 6700
  EXPECT_EQ(binary(TypeId::kNumeric, "12345.67"), "0003000100000002000109291a2c");
  EXPECT_EQ(binary(TypeId::kNumeric, "-0.0001"), "0001ffff400000040001");
  EXPECT_EQ(binary(TypeId::kNumeric, "0"), "0000000000000000");
}

TEST(TypeIo, binary_reads_what_it_writes) {
  struct Case {
    TypeId type;
    std::string_view text;
  };
  const std::vector<Case> cases{
      {TypeId::kBool, "f"},
      {TypeId::kInt2, "-32768"},
      {TypeId::kInt4, "2147483647"},
      {TypeId::kInt8, "-9223372036854775808"},
      {TypeId::kOid, "4294967295"},
      {TypeId::kFloat8, "-1.5e-300"},
      {TypeId::kFloat8, "Infinity"},
      {TypeId::kText, "ä"},
      {TypeId::kBytea, "\\x00ff"},
      {TypeId::kJsonb, "{\"a\": [1, null]}"},
      {TypeId::kDate, "infinity"},
      {TypeId::kTimestamptz, "2024-02-29 12:34:56.789+00"},
      {TypeId::kInterval, "1 year -2 days +00:00:03"},
      {TypeId::kPgLsn, "16/B374D848"},
      {TypeId::kNumeric, "-123456789.000100"},
      {TypeId::kNumeric, "100000000"},
      {TypeId::kNumeric, "0.00"},
      {TypeId::kNumeric, "0.00001234"},
      {TypeId::kNumeric, "NaN"},
      {TypeId::kTextArray, "{a,NULL,\"b c\"}"},
      {TypeId::kInt8Array, "{}"},
  };
  for (const Case& c : cases) EXPECT_EQ(through_binary(c.type, c.text), c.text) << to_string(c.type);
}

TEST(TypeIo, binary_of_the_wrong_size_is_refused) {
  auto code = [](TypeId type, std::string_view bytes) {
    auto value = read_binary({type}, bytes);
    return value ? "" : value.error().code();
  };
  EXPECT_EQ(code(TypeId::kInt4, "abc"), "08P01");
  EXPECT_EQ(code(TypeId::kInt4, "abcde"), "22P03");
  EXPECT_EQ(code(TypeId::kBool, ""), "08P01");
  EXPECT_EQ(code(TypeId::kText, "\xff"), "22021");
  EXPECT_EQ(code(TypeId::kJsonb, "\2[]"), "XX000");
  EXPECT_EQ(code(TypeId::kNumeric, std::string_view("\0\5\0\0\0\0\0\0", 8)), "08P01");
  EXPECT_EQ(code(TypeId::kInt4Array, std::string_view("\0\0\0\1\0\0\0\0\0\0\0\x17\x7f\0\0\0\0\0\0\1", 20)),
            "08P01");
}

TEST(TypeNames, are_those_that_people_write_and_read) {
  EXPECT_EQ(type_named("int"), TypeId::kInt4);
  EXPECT_EQ(type_named("character varying"), TypeId::kVarchar);
  EXPECT_EQ(type_named("timestamptz"), TypeId::kTimestamptz);
  EXPECT_EQ(type_named("_int4"), TypeId::kInt4Array);
  EXPECT_EQ(type_named("uuid"), TypeId::kInvalid);
  EXPECT_TRUE(is_type_left_out("uuid"));
  EXPECT_FALSE(is_type_left_out("nonsense"));
  EXPECT_EQ(to_string(Type{TypeId::kVarchar, 24}), "character varying(20)");
  EXPECT_EQ(to_string(Type{TypeId::kNumeric, ((10 << 16) | 2) + 4}), "numeric(10,2)");
  EXPECT_EQ(array_of(TypeId::kInt8), TypeId::kInt8Array);
  EXPECT_EQ(element_of(TypeId::kInt8Array), TypeId::kInt8);
  EXPECT_EQ(element_of(TypeId::kInt8), TypeId::kInvalid);
}

TEST(Utf8, text_is_told_from_other_bytes) {
  EXPECT_TRUE(is_text(""));
  EXPECT_TRUE(is_text("plain text that is longer than eight bytes \x7F"));
  EXPECT_TRUE(is_text("ä € \xF0\x9F\xA6\x98 \xF4\x8F\xBF\xBF"));
  for (std::string_view bad :
       {"\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80", "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80", "\x80", "\xC3", "\xE2\x82", "\xF0\x9F\xA6", "12345678\xFF", "1234567\xC3"})
    EXPECT_FALSE(is_text(bad)) << bad;
  for (size_t zero = 0; zero < 16; ++zero) {
    std::string text(16, 'x');
    text[zero] = '\0';
    EXPECT_FALSE(is_text(text)) << zero;
  }
}

}  // namespace
}  // namespace wallaby::sql
