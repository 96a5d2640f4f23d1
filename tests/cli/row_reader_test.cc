#include "cli/row_reader.h"

#include <vector>

#include <gtest/gtest.h>

namespace wallaby::cli {
namespace {

struct Outcome {
  std::vector<FileRow> rows;
  std::string error;
  uint64_t line = 0;  ///< of the error
  bool operator==(const Outcome&) const = default;
};

/// Reads all rows of an input that arrives in these pieces.
Outcome read(RowFormat format, const std::vector<std::string_view>& pieces, bool header = false) {
  RowReader reader(format, header);
  Outcome outcome;
  for (size_t i = 0; i <= pieces.size(); ++i) {
    if (i < pieces.size()) {
      reader.feed(pieces[i]);
    } else {
      reader.finish();
    }
    FileRow row;
    while (true) {
      auto more = reader.next(row);
      if (!more) return Outcome{outcome.rows, more.error().message, reader.line()};
      if (!*more) break;
      outcome.rows.push_back(row);
    }
  }
  uint64_t all = 0;
  for (std::string_view piece : pieces) all += piece.size();
  EXPECT_EQ(reader.consumed(), all);
  return outcome;
}

/// The same whatever way the input is cut in two or three.
Outcome read_every_way(RowFormat format, std::string_view text, bool header = false) {
  Outcome whole = read(format, {text}, header);
  for (size_t first = 0; first <= text.size(); ++first) {
    for (size_t second = first; second <= text.size(); ++second) {
      std::vector<std::string_view> pieces{text.substr(0, first), text.substr(first, second - first),
                                           text.substr(second)};
      EXPECT_EQ(read(format, pieces, header), whole) << "cut at " << first << " and " << second;
    }
  }
  return whole;
}

using Rows = std::vector<FileRow>;

TEST(RowReader, ReadsTsvHoweverItIsCut) {
  EXPECT_EQ(read_every_way(RowFormat::kTsv, "a\t1\n\nb\\t\t\r\nc\tline 1\\nline 2").rows,
            (Rows{{"a", "1"}, {"b\t", ""}, {"c", "line 1\nline 2"}}));
}

TEST(RowReader, ReadsCsvHoweverItIsCut) {
  EXPECT_EQ(
      read_every_way(RowFormat::kCsv, "a,1\r\n\"b,\"\"x\"\"\",\"line 1\nline 2\"\n,\n\n\"\",\"q\"").rows,
      (Rows{{"a", "1"}, {"b,\"x\"", "line 1\nline 2"}, {"", ""}, {"", "q"}}));
}

TEST(RowReader, SkipsAHeader) {
  EXPECT_EQ(read_every_way(RowFormat::kCsv, "\"the\nkey\",value,more\na,1\n", true).rows, (Rows{{"a", "1"}}));
  EXPECT_EQ(read_every_way(RowFormat::kTsv, "one\na\t1\n", true).rows, (Rows{{"a", "1"}}));
}

TEST(RowReader, AnEmptyFileHasNoRows) {
  EXPECT_EQ(read_every_way(RowFormat::kTsv, "").rows, Rows{});
  EXPECT_EQ(read_every_way(RowFormat::kCsv, "\n\r\n").rows, Rows{});
}

TEST(RowReader, AnErrorKnowsTheLineWhereItsRowBegan) {
  Outcome tsv = read_every_way(RowFormat::kTsv, "a\t1\nb\t2\t3\n");
  EXPECT_EQ(tsv.error, "3 columns instead of two (key and value)");
  EXPECT_EQ(tsv.line, 2u);
  EXPECT_EQ(tsv.rows, (Rows{{"a", "1"}}));

  Outcome csv = read_every_way(RowFormat::kCsv, "a,\"1\n2\n3\"\nb\n");
  EXPECT_EQ(csv.error, "1 column instead of two (key and value)");
  EXPECT_EQ(csv.line, 4u);
}

TEST(RowReader, RefusesBrokenQuotes) {
  EXPECT_EQ(read_every_way(RowFormat::kCsv, "a,\"b\n").error, "a quote is not closed");
  EXPECT_EQ(read_every_way(RowFormat::kCsv, "a,\"b\"c\n").error,
            "a closing quote must be followed by a comma or the line's end");
  EXPECT_EQ(read_every_way(RowFormat::kCsv, "a,b\"c\"\n").error,
            "a quote inside a field: put the whole field in quotes, and double those inside");
  EXPECT_EQ(read_every_way(RowFormat::kTsv, "a\t\\q\n").error,
            "'\\q' is no escape; there are \\t \\n \\r \\\\ and \\xNN");
}

TEST(RowReader, AQuoteThatIsNeverClosedDoesNotEatTheMemory) {
  RowReader reader(RowFormat::kCsv);
  reader.feed("a,1\nb,\"");
  FileRow row;
  ASSERT_EQ(reader.next(row), true);
  std::string megabyte(1 << 20, 'x');
  Result<bool> more = false;
  for (int i = 0; i < 200 && more; ++i) {
    reader.feed(megabyte);
    more = reader.next(row);
  }
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().message, "a row of more than 80 MiB; is there a quote that is not closed?");
  EXPECT_EQ(reader.line(), 2u);
}

}  // namespace
}  // namespace wallaby::cli
