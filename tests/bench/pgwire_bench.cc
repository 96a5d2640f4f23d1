// What the protocol takes for one statement, without the statement: a session that answers at once with one row, or none.
//
//     build/release/bin/bench/pgwire_bench
//
// Prepared: Bind, Describe, Execute, Sync, as pgbench -M prepared and most drivers send them.
#include <chrono>
#include <memory>
#include <string>

#include <benchmark/benchmark.h>

#include "base/check.h"
#include "sql/pgwire/connection.h"
#include "tests/sql/pgwire/frontend.h"

namespace wallaby::sql::pgwire {
namespace {

namespace frontend = testing::frontend;

struct InstantPortal final : Portal {
  explicit InstantPortal(PreparedPtr of) : prepared(std::move(of)) {}
  const std::vector<ResultColumn>& columns() const override { return prepared->columns; }
  PreparedPtr prepared;
};

/// One statement: SELECT k, v FROM t WHERE k = $1, or a write when it has no columns.
class InstantSession final : public Session {
 public:
  explicit InstantSession(std::vector<ResultColumn> columns) {
    Prepared prepared;
    prepared.statement = std::make_shared<ast::Statement>();
    prepared.parameters = {TypeId::kInt4};
    prepared.columns = std::move(columns);
    prepared_ = std::make_shared<const Prepared>(std::move(prepared));
    tag_ = prepared_->columns.empty() ? "INSERT 0 1" : "SELECT 1";
  }
  Reports reported() const override { return {}; }
  Reports take_changes() override { return {}; }
  SqlResult<std::vector<ast::StatementPtr>> parse(std::string_view) override {
    return std::vector{prepared_->statement};
  }
  SqlResult<PreparedPtr> prepare(TimePoint, const ast::StatementPtr&, std::vector<TypeId>) override {
    return prepared_;
  }
  SqlResult<std::unique_ptr<Portal>> bind(TimePoint, PreparedPtr prepared, Row) override {
    return std::make_unique<InstantPortal>(std::move(prepared));
  }
  Ready bind_literals(TimePoint, std::string_view) override { return {}; }
  SqlResult<void> store_statement(std::string_view, PreparedPtr) override { return {}; }
  SqlResult<PreparedPtr> find_statement(std::string_view) const override { return prepared_; }
  void close_statement(std::string_view) override {}
  Outcome execute(TimePoint, Portal& portal, uint64_t, bool, RowSink& sink) override {
    if (!portal.columns().empty()) WALLABY_CHECK(sink.row(portal.columns(), row_));
    return Outcome::kDone;
  }
  size_t copy_columns() const override { return 0; }
  void copy_data(TimePoint, std::string_view bytes) override { copied += bytes.size(); }
  Outcome copy_end(TimePoint, std::optional<SqlError>) override { return Outcome::kDone; }
  bool copy_failed() const override { return false; }
  bool copy_full() const override { return false; }
  Outcome finish(TimePoint) override { return Outcome::kDone; }
  void fail_transaction() override {}
  const std::string& tag() const override { return tag_; }
  const SqlError& error() const override { return *error_; }
  TransactionStatus status() const override { return TransactionStatus::kIdle; }
  void cancel(TimePoint) override {}
  void terminate(TimePoint) override {}
  TimePoint next_deadline() const override { return kNever; }
  std::optional<SqlError> tick(TimePoint) override { return std::nullopt; }

  uint64_t copied = 0;

 private:
  PreparedPtr prepared_;
  Row row_ = {Value(int64_t{123'456}), Value(std::string(100, 'v'))};
  std::string tag_;
  std::optional<SqlError> error_;
};

class BenchHost final : public ConnectionHost {
 public:
  explicit BenchHost(std::vector<ResultColumn> columns) : columns_(std::move(columns)) {}
  SqlResult<Login> admit(TimePoint, const Visitor&) override { return Login{.trusted = true}; }
  CancelKey enroll(Connection&) override { return {1, 1}; }
  SqlResult<std::unique_ptr<Session>> open_session(TimePoint, SessionStart, ClientChannel&) override {
    return std::make_unique<InstantSession>(columns_);
  }
  void cancel(TimePoint, CancelKey) override {}
  void fill_with_chance(std::span<uint8_t>) override {}
  void touched(Connection&) override {}
  void log(node::LogLevel, std::string) override {}

 private:
  std::vector<ResultColumn> columns_;
};

const std::vector<ResultColumn> kRow = {{"k", {TypeId::kInt4}}, {"v", {TypeId::kText}}};

/// Sends the same bytes again and again, and takes the answer as a socket would.
void converse(benchmark::State& state, std::vector<ResultColumn> columns, const std::string& bytes) {
  BenchHost host(std::move(columns));
  TimePoint now{std::chrono::hours(1)};
  DoorOptions options;
  Connection connection(1, "127.0.0.1:1", now, options, host);
  connection.received(frontend::startup({{"user", "u"}}) + frontend::parse("s", "SELECT 1") +
                      frontend::sync());
  connection.run(now);
  connection.sent(connection.take_output().size());
  for (auto _ : state) {
    connection.received(bytes);
    connection.run(now);
    std::string out = connection.take_output();
    benchmark::DoNotOptimize(out.data());
    connection.sent(out.size());
  }
}

std::string prepared_group(const std::vector<int>& formats) {
  return frontend::bind("", "s", {"123456"}, {}, formats) + frontend::describe('P', "") +
         frontend::execute("") + frontend::sync();
}

void PreparedSelect(benchmark::State& state) {
  converse(state, kRow, prepared_group({}));
}
BENCHMARK(PreparedSelect);

void PreparedSelectBinary(benchmark::State& state) {
  converse(state, kRow, prepared_group({1}));
}
BENCHMARK(PreparedSelectBinary);

void PreparedInsert(benchmark::State& state) {
  converse(state, {}, prepared_group({}));
}
BENCHMARK(PreparedInsert);

void UnnamedSelect(benchmark::State& state) {
  converse(state, kRow, frontend::extended("SELECT k, v FROM t WHERE k = $1", {"123456"}));
}
BENCHMARK(UnnamedSelect);

}  // namespace
}  // namespace wallaby::sql::pgwire
