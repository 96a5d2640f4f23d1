#include "sim/sql_wire.h"

#include <gtest/gtest.h>

#include "sim/trace.h"
#include "sql/pgwire/backend_encoder.h"
#include "sql/pgwire/frontend_decoder.h"

namespace wallaby::sim {
namespace {

using sql::pgwire::BackendEncoder;

class SqlAnswerReaderTest : public testing::Test {
 protected:
  void row(const std::vector<std::optional<std::string>>& values) {
    size_t start = encoder.begin('D');
    encoder.int16(static_cast<int16_t>(values.size()));
    for (const auto& value : values) {
      encoder.int32(value ? static_cast<int32_t>(value->size()) : -1);
      if (value) encoder.bytes(*value);
    }
    encoder.end(start);
  }
  /// A description without the columns' names and types, which the reader passes over.
  void columns(int16_t count) {
    size_t start = encoder.begin('T');
    encoder.int16(count);
    encoder.end(start);
  }
  void expect_broken() { EXPECT_THROW(SqlAnswerReader().feed(bytes), BrokenPromise); }

  std::string bytes;
  BackendEncoder encoder{bytes};
};

TEST_F(SqlAnswerReaderTest, ReadsAnswersHoweverTheyAreSplit) {
  encoder.authentication_ok();
  encoder.backend_key_data(7, 4711);
  encoder.ready_for_query('I');
  columns(2);
  row({"1", std::nullopt});
  encoder.command_complete("UPDATE 1");
  encoder.parameter_status("wallaby.commit_lsn", "0/1A8@1");
  encoder.ready_for_query('T');
  encoder.notice(sql::sql_error("00000", "waits"));
  encoder.error(sql::sql_error("40003", "unknown").hint("SELECT commit_status('{}')", "0/1A8@1"));
  encoder.ready_for_query('E');
  for (size_t chunk = 1; chunk <= bytes.size(); ++chunk) {
    SqlAnswerReader reader;
    std::vector<SqlAnswer> answers;
    for (size_t at = 0; at < bytes.size(); at += chunk)
      for (SqlAnswer& answer : reader.feed(std::string_view(bytes).substr(at, chunk)))
        answers.push_back(std::move(answer));
    ASSERT_EQ(answers.size(), 3u) << chunk;
    EXPECT_EQ(reader.key()->pid, 7);
    EXPECT_EQ(answers[1].rows, (std::vector<SqlRow>{{"1", std::nullopt}}));
    EXPECT_EQ(answers[1].tags, std::vector<std::string>{"UPDATE 1"});
    EXPECT_EQ(answers[1].commit, *parse_token("0/1A8@1"));
    EXPECT_EQ(answers[1].status, 'T');
    ASSERT_TRUE(answers[2].failed);
    EXPECT_EQ(answers[2].failed->code, "40003");
    EXPECT_EQ(answers[2].failed->token(), *parse_token("0/1A8@1"));
    EXPECT_EQ(answers[2].notices, 1u);
    EXPECT_EQ(answers[2].status, 'E');
  }
}

TEST_F(SqlAnswerReaderTest, RowsComeAsAnnounced) {
  columns(1);
  row({"1", "2"});
  expect_broken();
}

TEST_F(SqlAnswerReaderTest, NothingComesBehindAnError) {
  encoder.error(sql::sql_error("40001", "lost"));
  encoder.command_complete("UPDATE 1");
  expect_broken();
}

TEST_F(SqlAnswerReaderTest, ButTheEndOfTheSession) {
  encoder.error(sql::sql_error("40003", "unknown"));
  encoder.error(sql::sql_error("57P01", "shutting down").severity("FATAL"));
  encoder.ready_for_query('I');
  auto answers = SqlAnswerReader().feed(bytes);
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].failed->code, "40003") << "what became of the statement";
}

TEST_F(SqlAnswerReaderTest, WhatIsNoMessageIsNotTaken) {
  bytes = std::string("D\0\0\0\3", 5);
  expect_broken();
}

TEST(Frontend, IsUnderstoodByTheDoor) {
  using namespace sql::pgwire;
  FrontendDecoder decoder;
  decoder.append(frontend::startup({{"user", "bank"}, {"ack_mode", "sync"}}));
  auto first = decoder.next();
  ASSERT_TRUE(first && *first);
  EXPECT_EQ(std::get<Startup>(**first).parameters.at(1).second, "sync");
  decoder.set_phase(FrontendDecoder::Phase::kOpen);
  std::string bytes = frontend::query("SELECT 1") + frontend::close_statement("s") +
                      frontend::parse("s", "SELECT $1") + frontend::bind("s", {"7"}) + frontend::describe() +
                      frontend::execute() + frontend::sync() + frontend::copy_data("1\n") +
                      frontend::copy_done() + frontend::copy_fail();
  decoder.append(bytes);
  std::vector<size_t> kinds;
  while (decoder.buffered() > 0) {
    auto message = decoder.next();
    ASSERT_TRUE(message && *message);
    ASSERT_FALSE(std::holds_alternative<Malformed>(**message)) << **message;
    kinds.push_back((*message)->index());
  }
  EXPECT_EQ(kinds.size(), 10u);

  FrontendDecoder other;
  other.append(frontend::cancel_request({7, 4711}));
  auto cancel = other.next();
  ASSERT_TRUE(cancel && *cancel);
  EXPECT_EQ(std::get<CancelRequest>(**cancel), (CancelRequest{7, 4711}));
}

}  // namespace
}  // namespace wallaby::sim
