#include "sql/session/copy_format.h"
#include "tests/sql/session_fixture.h"

namespace wallaby::sql {
namespace {

/// All lines of `text`, fed in pieces of every size: "a|b;c|NULL;"
std::string read_all(const CopyOptions& options, std::string_view text, size_t chunk) {
  CopyReader reader(options);
  std::string buffer, out;
  size_t given = 0;
  for (;;) {
    bool last = given == text.size();
    size_t at = 0;
    for (;;) {
      auto found = reader.next(buffer, at, last);
      if (!found) return out + found.error().message();
      if (*found == CopyReader::Found::kMore) break;
      if (*found == CopyReader::Found::kEnd) return out + "end";
      for (size_t i = 0; i < reader.fields().size(); ++i) {
        if (i > 0) out += '|';
        out += reader.fields()[i].null ? "NULL" : std::string(reader.fields()[i].text);
      }
      out += ';';
    }
    buffer.erase(0, at);
    if (last) return out;
    buffer += text.substr(given, chunk);
    given = std::min(text.size(), given + chunk);
  }
}

TEST(CopyFormat, text_lines_come_out_whole_however_they_are_split) {
  CopyOptions options;
  std::string text = "1\tAl\\tice\t\\N\n2\ta\\\nb\tc\\\\\n3\t\\x41\\101\t\r\n\\.\nrest";
  for (size_t chunk = 1; chunk <= text.size(); ++chunk)
    ASSERT_EQ(read_all(options, text, chunk), "1|Al\tice|NULL;2|a\nb|c\\;3|AA|;end") << chunk;
}

TEST(CopyFormat, csv_lines_too) {
  CopyOptions options{.csv = true, .delimiter = ',', .null = ""};
  std::string text = "1,\"a \"\"b\"\",c\",\n2,\"\",x\n\"3\n4\",,5";
  for (size_t chunk = 1; chunk <= text.size(); ++chunk)
    ASSERT_EQ(read_all(options, text, chunk), "1|a \"b\",c|NULL;2||x;3\n4|NULL|5;") << chunk;
  EXPECT_EQ(read_all(options, "1,\"a\n", 99), "unterminated CSV quoted field");
}

class CopyTest : public SessionTest {
 protected:
  CopyTest() { one.run("CREATE TABLE t (id int PRIMARY KEY, v text)"); }
};

TEST_F(CopyTest, rows_go_in_and_come_out) {
  EXPECT_EQ(one.copy("COPY t FROM STDIN", "1\ta\n2\t\\N\n"), "COPY 2");
  EXPECT_EQ(one.run("COPY t TO STDOUT"), "1\ta\n2\t\\N\nCOPY 2");
  EXPECT_EQ(one.run("COPY (SELECT v FROM t WHERE id = 1) TO STDOUT CSV HEADER"), "v\na\nCOPY 1");
  EXPECT_EQ(one.copy("COPY t (v, id) FROM STDIN CSV", "\"x,y\",3\n"), "COPY 1");
  EXPECT_EQ(one.run("SELECT v FROM t WHERE id = 3"), "x,y | SELECT 1");
}

TEST_F(CopyTest, bad_rows_are_told_with_their_line) {
  EXPECT_EQ(one.copy("COPY t FROM STDIN", "1\ta\n2\n"),
            "ERROR 22P04 missing data for column \"v\" [COPY t, line 2: \"2\"]");
  EXPECT_EQ(one.copy("COPY t FROM STDIN", "1\ta\tb\n"),
            "ERROR 22P04 extra data after last expected column [COPY t, line 1: \"1\ta\tb\"]");
  EXPECT_EQ(one.copy("COPY t FROM STDIN", "x\ta\n"),
            "ERROR 22P02 invalid input syntax for type integer: \"x\" [COPY t, line 1, column id: \"x\"]");
  EXPECT_EQ(one.copy("COPY t FROM STDIN", "1\ta\n1\tb\n"),
            "ERROR 23505 duplicate key value violates unique constraint \"t_pkey\" [COPY t, line 2]");
  EXPECT_EQ(one.run("SELECT count(*) FROM t"), "0 | SELECT 1");
}

TEST_F(CopyTest, who_gives_up_hears_which_line_was_awaited) {
  auto give_up = [&](std::string_view data) {
    return one.copy("COPY t FROM STDIN", data, 7, sql_error("57014", "COPY from stdin failed: enough"));
  };
  EXPECT_EQ(give_up(""), "ERROR 57014 COPY from stdin failed: enough [COPY t, line 1]");
  EXPECT_EQ(give_up("1\ta\n2\tb\n"), "ERROR 57014 COPY from stdin failed: enough [COPY t, line 3]");
  EXPECT_EQ(give_up("1\ta\n2"), "ERROR 57014 COPY from stdin failed: enough [COPY t, line 2]");
  EXPECT_EQ(one.run("SELECT count(*) FROM t"), "0 | SELECT 1");
}

TEST_F(CopyTest, inside_a_transaction_it_goes_with_it) {
  one.run("BEGIN");
  EXPECT_EQ(one.copy("COPY t FROM STDIN", "1\ta\n"), "COPY 1");
  one.run("ROLLBACK");
  EXPECT_EQ(one.run("SELECT count(*) FROM t"), "0 | SELECT 1");
}

std::string many_lines(int count) {
  std::string data;
  for (int i = 0; i < count; ++i) data += std::to_string(i) + "\t" + std::string(100, 'x') + "\n";
  return data;
}

TEST_F(CopyTest, a_large_one_commits_in_pieces_and_says_so) {
  EXPECT_EQ(one.copy("COPY t FROM STDIN", many_lines(60'000), 65'536), "COPY 60000");
  EXPECT_EQ(one.notices.back(), "NOTICE 00000 COPY committed 60000 rows in 7 pieces");
  EXPECT_EQ(two.run("SELECT count(*) FROM t"), "60000 | SELECT 1");
}

/// What ran while the log had no room has written nothing: it must run again with the same lines, not with the next ones.
TEST_F(CopyTest, a_piece_that_finds_no_room_is_not_lost) {
  backend.room = 1;
  EXPECT_EQ(one.copy("COPY t FROM STDIN", many_lines(120'000), 65'536), "...");
  backend.make_room(one.now);
  EXPECT_EQ(one.resume(), "COPY 120000");
  EXPECT_EQ(one.notices.back(), "NOTICE 00000 COPY committed 120000 rows in 4 pieces");
  EXPECT_EQ(two.run("SELECT count(*), min(id), max(id) FROM t"), "120000,0,119999 | SELECT 1");
}

TEST_F(CopyTest, behind_a_piece_that_is_refused_nothing_goes_in) {
  backend.room = 1;
  EXPECT_EQ(one.copy("COPY t FROM STDIN", many_lines(120'000), 65'536), "...");
  backend.refuse_queued({ErrorCode::kDiskFull, "no room for a further segment"});
  backend.make_room(one.now);
  EXPECT_EQ(one.resume(), "ERROR 53100 no room for a further segment");
  std::string rows = two.run("SELECT count(*) FROM t WHERE id BETWEEN 0 AND 60000");
  EXPECT_NE(rows, "0 | SELECT 1");
  EXPECT_EQ(two.run("SELECT count(*) FROM t"), rows);
  EXPECT_EQ(two.run("SELECT max(id) + 1 FROM t"), rows) << "no hole";
}

TEST_F(CopyTest, cancelled_while_its_commit_waits_it_has_an_unknown_outcome) {
  backend.hold = true;
  EXPECT_EQ(one.copy("COPY t FROM STDIN", "1\ta\n"), "...");
  one.session->cancel(one.now);
  EXPECT_EQ(one.resume(), "ERROR 40003 the wait was ended");
}

TEST_F(CopyTest, a_cancel_may_come_too_late) {
  backend.hold = true;
  EXPECT_EQ(one.copy("COPY t FROM STDIN", "1\ta\n"), "...");
  backend.release(one.now);
  one.session->cancel(one.now);
  EXPECT_EQ(one.resume(), "COPY 1");
}

TEST_F(CopyTest, cancelled_between_its_lines_it_has_written_nothing) {
  ASSERT_EQ(one.run("COPY t FROM STDIN"), "copy");
  one.session->copy_data(one.now, "1\ta\n");
  one.session->cancel(one.now);
  EXPECT_TRUE(one.session->copy_failed());
  EXPECT_EQ(one.session->copy_end(one.now, std::nullopt), Outcome::kFailed);
  EXPECT_EQ(one.failure(), "ERROR 57014 canceling statement due to user request");
  EXPECT_EQ(two.run("SELECT count(*) FROM t"), "0 | SELECT 1");
}

TEST_F(CopyTest, files_of_the_server_are_refused) {
  EXPECT_EQ(one.run("COPY t FROM '/etc/passwd'").substr(0, 11), "ERROR 42501");
}

}  // namespace
}  // namespace wallaby::sql
