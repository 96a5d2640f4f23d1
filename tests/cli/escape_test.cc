#include "cli/escape.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "cli/json.h"

namespace wallaby::cli {
namespace {

TEST(Escape, LeavesReadableTextAsItIs) {
  EXPECT_EQ(escape("hello, world"), "hello, world");
  EXPECT_EQ(escape("Gr\u00fc\u00dfe \u65e5\u672c \U0001F998"), "Gr\u00fc\u00dfe \u65e5\u672c \U0001F998");
}

TEST(Escape, ShowsWhatWouldBreakALineOrSteerATerminal) {
  EXPECT_EQ(escape("a\tb\nc\\d"), "a\\tb\\nc\\\\d");
  EXPECT_EQ(escape(std::string_view("\0\x1b\x7f\r", 4)), "\\x00\\x1B\\x7F\\x0D");
  EXPECT_EQ(escape("\xC2\x9B"), "\\xC2\\x9B");
}

TEST(Escape, ShowsBytesThatAreNoUtf8) {
  EXPECT_EQ(escape("\xff"), "\\xFF");
  EXPECT_EQ(escape("\xC3"), "\\xC3");                    // cut off
  EXPECT_EQ(escape("\xC0\x80"), "\\xC0\\x80");           // overlong
  EXPECT_EQ(escape("\xED\xA0\x80"), "\\xED\\xA0\\x80");  // a surrogate
  EXPECT_EQ(escape("\xF4\x90\x80\x80"), "\\xF4\\x90\\x80\\x80");
}

TEST(Escape, UnescapeTakesAnyBytesBack) {
  Random random(1);
  for (int i = 0; i < 5000; ++i) {
    std::string bytes(random.below(12), '\0');
    for (char& byte : bytes)
      byte = random.chance(30) ? "\t\n\\x41"[random.below(6)] : static_cast<char>(random.next());
    ASSERT_EQ(unescape(escape(bytes)), bytes);
    ASSERT_TRUE(is_utf8(escape(bytes)));
  }
}

TEST(Escape, UnescapeRefusesWhatNobodyWrote) {
  for (std::string_view text : {"\\", "\\q", "a\\x", "\\x1", "\\xg0", "\\x-1"})
    EXPECT_EQ(unescape(text).error().code, ErrorCode::kInvalidArgument) << text;
  EXPECT_EQ(unescape("\\r\\x41\\x0a"), "\rA\n");
}

TEST(Escape, FieldsLieBetweenTabs) {
  EXPECT_EQ(split_fields("a\t\tb\\tc"), (std::vector<std::string>{"a", "", "b\tc"}));
  EXPECT_EQ(split_fields(""), (std::vector<std::string>{""}));
  EXPECT_FALSE(split_fields("a\t\\"));
}

TEST(Escape, ShortenSaysHowLongItWas) {
  EXPECT_EQ(shorten("short", 5), "short");
  EXPECT_EQ(shorten("too long", 3), "too... (8 bytes)");
  EXPECT_EQ(shorten("\u00fc\u00fc\u00fc", 3), "\u00fc\u00fc... (6 bytes)");
}

TEST(Json, WritesFieldsInTheirOrder) {
  Json inner = Json::array();
  inner.push("a").push(Json::object().add("b", true));
  EXPECT_EQ(Json::object()
                .add("lsn", Lsn{0x1A8})
                .add("rows", 3)
                .add("part", 0.5)
                .add("list", inner)
                .add_null("no")
                .text(),
            R"({"lsn":"0/1A8","rows":3,"part":0.500,"list":["a",{"b":true}],"no":null})");
  EXPECT_EQ(Json::object().text(), "{}");
}

TEST(Json, StringsAreAlwaysValid) {
  EXPECT_EQ(json_string("a\"b\\c\n\t\x01"), R"("a\"b\\c\n\t\u0001")");
  EXPECT_EQ(json_string("\u00fc\xff"), "\"\u00fc\\ufffd\"");
  EXPECT_EQ(json_string("\xC2\x9B"), R"("\u009b")");
}

TEST(Json, BytesThatAreNoTextAreHex) {
  EXPECT_EQ(Json::object().add_bytes("key", "k").add_bytes("value", "\xff\x01").text(),
            R"({"key":"k","value_hex":"ff01"})");
}

}  // namespace
}  // namespace wallaby::cli
