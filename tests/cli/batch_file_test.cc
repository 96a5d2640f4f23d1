#include "cli/batch_file.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "cli/escape.h"

namespace wallaby::cli {
namespace {

using engine::Change;
using engine::ChangeKind;

Change put(std::string table, std::string key, std::string value) {
  return {ChangeKind::kPut, table, key, value};
}
Change del(std::string table, std::string key) {
  return {ChangeKind::kDelete, table, key, {}};
}

TEST(BatchFile, WordsAreQuotedAsInAShell) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(split_words("put  a b\tc "), (Words{"put", "a", "b", "c"}));
  EXPECT_EQ(split_words(R"('to do' "it's" a'b'"c")"), (Words{"to do", "it's", "abc"}));
  EXPECT_EQ(split_words(R"('' "")"), (Words{"", ""}));
  EXPECT_EQ(split_words(R"(a\ b "q\"q" 'no \n here' "tab\there" \x41)"),
            (Words{"a b", "q\"q", "no \\n here", "tab\there", "A"}));
  EXPECT_EQ(split_words(""), Words{});
}

TEST(BatchFile, UnfinishedQuotesAndEscapesAreErrors) {
  for (const char* line : {"put 'a", "put \"a", "put a\\", "put \\xZZ"})
    EXPECT_FALSE(split_words(line)) << line;
}

TEST(BatchFile, ReadsPutsAndDeletes) {
  auto changes = parse_batch(
      "f", "# a transfer\n\nput accounts alice 90\n  put accounts 'bob b' \"1 10\"\r\ndel pending 17");
  EXPECT_EQ(changes, (engine::Changes{put("accounts", "alice", "90"), put("accounts", "bob b", "1 10"),
                                      del("pending", "17")}));
}

TEST(BatchFile, ATabBehindTheCommandMakesFields) {
  EXPECT_EQ(parse_batch("f", "put\tt\tkey one\tline 1\\nline 2\ndel\tt\t'k'\n"),
            (engine::Changes{put("t", "key one", "line 1\nline 2"), del("t", "'k'")}));
}

TEST(BatchFile, FieldsTakeAnyBytes) {
  Random random(7);
  for (int i = 0; i < 1000; ++i) {
    std::string key(random.below(9), '\0'), value(random.below(9), '\0');
    for (char& byte : key) byte = static_cast<char>(random.next());
    for (char& byte : value) byte = static_cast<char>(random.next());
    ASSERT_EQ(parse_batch("f", "put\tt\t" + escape(key) + "\t" + escape(value) + "\n"),
              engine::Changes{put("t", key, value)});
  }
}

TEST(BatchFile, AnErrorNamesFileAndLine) {
  auto message = [](std::string_view text) {
    auto changes = parse_batch("moves.txt", text);
    return changes ? "" : changes.error().message;
  };
  EXPECT_EQ(message("put t k v\nput t k\n"),
            "moves.txt:2: put takes TABLE KEY VALUE, here are 2 words; quote what holds blanks");
  EXPECT_EQ(message("\n\nget t k\n"), "moves.txt:3: 'get' is neither put nor del");
  EXPECT_EQ(message("del t 'k\n"), "moves.txt:1: the single quote is not closed");
  EXPECT_EQ(message("del t k more\n"),
            "moves.txt:1: del takes TABLE KEY, here are 3 words; quote what holds blanks");
  EXPECT_TRUE(message("put 'no table' k v").starts_with("moves.txt:1: "));
}

TEST(BatchFile, NothingInItIsNoError) {
  EXPECT_EQ(parse_batch("f", ""), engine::Changes{});
  EXPECT_EQ(parse_batch("f", "# only words\n\n"), engine::Changes{});
}

}  // namespace
}  // namespace wallaby::cli
