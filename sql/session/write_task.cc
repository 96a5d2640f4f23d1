// INSERT, UPDATE, DELETE, CREATE TABLE, SELECT nextval(...): statements that change tables.
//
// Alone, the node runs it in one turn on the newest state, so that it cannot lose; in a transaction it runs at once on the
// transaction's snapshot and own writes. Either way all its work is done before the first row of RETURNING is given.
#include "sql/session/tasks.h"

namespace wallaby::sql {
namespace {

constexpr bool is_definition(std::string_view command) {
  return command != "INSERT" && command != "UPDATE" && command != "DELETE" && command != "SELECT" &&
         command != "TRUNCATE TABLE" && command != "EXPLAIN";
}

class WriteTask final : public Task {
 public:
  WriteTask(Conversation& session, SessionPortal& portal)
      : session_(session), prepared_(portal.prepared), parameters_(portal.parameters), text_(portal.text) {}

  SqlResult<Outcome> step(Turn& turn) override {
    if (session_.calls().waiting()) return Outcome::kWaiting;
    if (!done_) {
      auto done = session_.transaction() ? run_in_transaction() : run_alone(turn);
      if (!done) return std::unexpected(done.error());
      if (!*done) return Outcome::kWaiting;
      done_ = true;
      for (SqlError& notice : notices_) session_.notice(std::move(notice));
    }
    auto outcome = rows_.give(turn, prepared_->columns);
    // With RETURNING the tag counts what this Execute gave, which is all of it when it has no limit.
    bool gives_rows = !prepared_->columns.empty() || prepared_->plan->command() == "SELECT";
    if (outcome && *outcome == Outcome::kDone)
      session_.set_tag(command_tag(*prepared_->plan, gives_rows ? rows_.given() : affected_));
    return outcome;
  }

 private:
  SqlResult<bool> run_in_transaction() {
    auto ready = session_.need_snapshot();
    if (!ready || !*ready) return ready;
    OpenTransaction& transaction = *session_.transaction();
    if (auto writable = session_.check_writable(command()); !writable)
      return std::unexpected(writable.error());
    if (auto kept = session_.keep_open_reads(); !kept) return std::unexpected(kept.error());
    if (auto done = perform(*transaction.data, transaction.used_sequences); !done)
      return std::unexpected(done.error());
    if (is_definition(prepared_->plan->command())) transaction.definitions = true;
    if (auto safe = session_.check_conflict(); !safe) return std::unexpected(safe.error());
    return true;
  }

  SqlResult<bool> run_alone(Turn& turn) {
    NodeCalls& calls = session_.calls();
    if (!asked_) {
      if (auto writable = session_.check_writable(command()); !writable)
        return std::unexpected(writable.error());
      asked_ = true;
      session_.backend().run(
          turn.now, calls, calls.begin(), [this](engine::Transaction& data) { return perform_alone(data); },
          session_.settings().effective().rung);
      if (calls.waiting()) return false;
    }
    if (!written_) {
      node::ReplyBody reply = calls.take();
      bool refused = std::holds_alternative<node::Failed>(reply);
      if (refused && own_error_) return std::unexpected(*own_error_);
      if (auto done = session_.written(reply); !done) return std::unexpected(done.error());
      written_ = true;
      if (!is_definition(prepared_->plan->command())) return true;
    }
    return session_.see_definitions();
  }

  /// Called by the node, perhaps more than once: from the beginning each time.
  Result<void> perform_alone(engine::Transaction& data) {
    own_error_.reset();
    std::set<std::string> used;
    auto done = perform(data, used);
    if (done && !used.empty()) session_.services().sequences.store_used(used, data);
    if (done) return {};
    own_error_ = done.error();
    return error(ErrorCode::kRefused, "{}", done.error().message());
  }

  SqlResult<void> perform(engine::Transaction& data, std::set<std::string>& used_sequences) {
    rows_ = {};
    notices_.clear();
    DataSource source(data);
    auto fresh = session_.fresh(prepared_, source, text_, parameters_);
    if (!fresh) return std::unexpected(fresh.error());
    prepared_ = *fresh;
    ExecContext context = session_.exec_context(source, prepared_->catalog, parameters_);
    context.budget = INT64_MAX;
    context.used_sequences = &used_sequences;
    session_.evaluating = &context;
    auto done = run_plan(context);
    session_.evaluating = nullptr;
    notices_ = std::move(context.notices);
    return done;
  }

  SqlResult<void> run_plan(ExecContext& context) {
    std::unique_ptr<Execution> execution = prepared_->plan->start(context);
    for (;;) {
      Row row;
      auto step = execution->next(row);
      if (!step) return std::unexpected(step.error());
      if (*step == Step::kEnd) break;
      if (*step == Step::kRow) rows_.add(std::move(row));
    }
    affected_ = execution->affected();
    return {};
  }

  /// As PostgreSQL names what is refused in a read-only transaction.
  std::string command() const {
    const std::string& command = prepared_->plan->command();
    return command == "SELECT" ? "nextval()" : command;
  }

  Conversation& session_;
  PreparedPtr prepared_;
  Row parameters_;
  std::string_view text_;
  RowBuffer rows_;
  std::vector<SqlError> notices_;
  std::optional<SqlError> own_error_;  ///< of the statement, when it refused itself
  uint64_t affected_ = 0;
  bool asked_ = false, written_ = false, done_ = false;
};

}  // namespace

TaskPtr make_write_task(Conversation& session, SessionPortal& portal) {
  return std::make_unique<WriteTask>(session, portal);
}

}  // namespace wallaby::sql
