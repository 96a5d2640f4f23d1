// tests/sql/pgwire/fake_session.h
//
// A session whose statements are its script: their text says what they do, so a test of the protocol reads as a dialogue.
//
//     rows 3             three rows (id int4, name text): "1 n1", ...
//     param              one row of one parameter, an int4: what was bound
//     write NAME         tag INSERT 0 1; noted as done at once when alone, else with its transaction
//     wait NAME          like write, and kWaiting until release() is called (once for the statement, or for the commit)
//     rest N             kResting N times, then tag OK
//     endless            rows for ever, resting when the client is full
//     fail CODE          an error of this code
//     failcommit         succeeds; its transaction does not (40001), or, alone, it fails itself
//     begin, commit, rollback
//     copyin, copyout N  COPY of two columns; a line "bad" is an error
//     notice TEXT        a notice, then tag OK
//     set NAME=VALUE     a reported setting changes
//     syntax             does not parse
//     anything else      tag OK; "$2" in it makes two parameters
//
// `journal` tells what reached the session: "write a alone", "write b in transaction", "commit", "rollback", "cancel".
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sql/session/session.h"

namespace wallaby::sql::pgwire::testing {

class FakeSession final : public Session {
 public:
  FakeSession(SessionStart start, ClientChannel& client) : start(std::move(start)), client_(client) {}

  /// What a waiting statement or commit waits for has come.
  void release();

  Reports reported() const override;
  Reports take_changes() override { return std::exchange(changes_, {}); }
  SqlResult<std::vector<ast::StatementPtr>> parse(std::string_view text) override;
  SqlResult<PreparedPtr> prepare(TimePoint now, const ast::StatementPtr& statement,
                                 std::vector<TypeId> declared) override;
  SqlResult<std::unique_ptr<Portal>> bind(TimePoint now, PreparedPtr prepared, Row parameters) override;
  Ready bind_literals(TimePoint, std::string_view) override { return {}; }
  SqlResult<void> store_statement(std::string_view name, PreparedPtr prepared) override;
  SqlResult<PreparedPtr> find_statement(std::string_view name) const override;
  void close_statement(std::string_view name) override;
  Outcome execute(TimePoint now, Portal& portal, uint64_t max_rows, bool alone, RowSink& sink) override;
  size_t copy_columns() const override { return 2; }
  void copy_data(TimePoint now, std::string_view bytes) override;
  Outcome copy_end(TimePoint now, std::optional<SqlError> failure) override;
  bool copy_failed() const override { return copy_error_.has_value() || cancelled_; }
  bool copy_full() const override { return copy_full_now; }
  Outcome finish(TimePoint now) override;
  void fail_transaction() override;
  const std::string& tag() const override { return tag_; }
  const SqlError& error() const override { return *error_; }
  TransactionStatus status() const override { return status_; }
  void cancel(TimePoint now) override;
  void terminate(TimePoint now) override {
    terminated_ = cancelled_ = true;
    deadline = now;
    client_.wake();
  }
  TimePoint next_deadline() const override { return deadline; }
  std::optional<SqlError> tick(TimePoint now) override;

  SessionStart start;
  std::vector<std::string> journal;
  std::string copied;
  bool copy_full_now = false;
  TimePoint deadline = kNever;

 private:
  struct FakePortal;

  Outcome fail(SqlError error);
  Outcome done(std::string tag);
  Outcome rows(FakePortal& portal, uint64_t max_rows, RowSink& sink);
  Outcome write(FakePortal& portal, bool waits, bool alone);
  Outcome transaction(std::string_view command);

  ClientChannel& client_;
  std::map<std::string, PreparedPtr, std::less<>> named_;
  TransactionStatus status_ = TransactionStatus::kIdle;
  bool implicit_ = false;  ///< an implicit transaction is open
  bool commit_waits_ = false, commit_fails_ = false;
  bool released_ = false, cancelled_ = false, terminated_ = false;
  SqlError interrupted() const;
  Reports changes_;
  std::string tag_;
  std::optional<SqlError> error_, copy_error_;
};

}  // namespace wallaby::sql::pgwire::testing
