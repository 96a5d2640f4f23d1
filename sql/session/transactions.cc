// BEGIN, COMMIT, ROLLBACK, savepoints: how a transaction begins, fails and ends.
//
//     BEGIN                    no snapshot yet
//     SELECT / INSERT          takes it: from here on the transaction sees one state of the tables, and its own writes
//     INSERT ... conflicts     40001 at once, where that is cheap to see; else COMMIT says it
//     COMMIT                   the node checks, logs, and answers when the promise is met; a failed one answers ROLLBACK
#include <algorithm>

#include "sql/session/cursors.h"
#include "sql/session/query_run.h"
#include "sql/session/tasks.h"

namespace wallaby::sql {
namespace {

using ast::TransactionKind;
/// Write sets up to here are checked for conflicts after each statement; larger ones when they have doubled.
constexpr uint64_t kCheapCheck = 64 << 10;

bool is_on(std::string_view value) {
  return value == "on" || value == "true" || value == "1";
}

SqlResult<void> only_in_block(Conversation& session, std::string_view what) {
  if (session.transaction() && !session.transaction()->implicit) return {};
  return sql_error("25P01", "{} can only be used in transaction blocks", what);
}

SqlResult<size_t> find_savepoint(const OpenTransaction& transaction, const std::string& name) {
  for (size_t i = transaction.savepoints.size(); i-- > 0;)
    if (transaction.savepoints[i].name == name) return i;
  return sql_error("3B001", "savepoint \"{}\" does not exist", name);
}

SqlResult<std::string> begin(Conversation& session, const ast::Transaction& statement) {
  OpenTransaction* open = session.transaction();
  if (open && !open->implicit) {
    session.warn("25001", "there is already a transaction in progress");
  } else if (open) {
    open->implicit = false;
  } else {
    session.begin_transaction(false);
  }
  if (auto set = set_transaction(session, statement.options); !set) {
    if (!open) session.end_transaction(false);
    return std::unexpected(set.error());
  }
  return statement.kind == TransactionKind::kStart ? "START TRANSACTION" : "BEGIN";
}

SqlResult<std::string> rollback(Conversation& session, bool chain) {
  if (chain)
    if (auto block = only_in_block(session, "ROLLBACK AND CHAIN"); !block)
      return std::unexpected(block.error());
  OpenTransaction* open = session.transaction();
  if (!open || open->implicit) session.warn("25P01", "there is no transaction in progress");
  if (!open) return "ROLLBACK";
  bool read_only = open->read_only;
  session.end_transaction(false);
  if (chain) {
    session.begin_transaction(false);
    session.transaction()->read_only = read_only;
  }
  return "ROLLBACK";
}

SqlResult<std::string> savepoint(Conversation& session, const std::string& name) {
  if (auto block = only_in_block(session, "SAVEPOINT"); !block) return std::unexpected(block.error());
  OpenTransaction& open = *session.transaction();
  open.savepoints.push_back(
      {name, open.data ? open.data->savepoint() : 0, session.settings().mark(), open.read_only});
  return "SAVEPOINT";
}

SqlResult<std::string> release(Conversation& session, const std::string& name) {
  if (auto block = only_in_block(session, "RELEASE SAVEPOINT"); !block) return std::unexpected(block.error());
  OpenTransaction& open = *session.transaction();
  auto at = find_savepoint(open, name);
  if (!at) return std::unexpected(at.error());
  open.savepoints.resize(*at);
  for (auto& [cursor_name, cursor] : session.cursors()) cursor->depth = std::min(cursor->depth, *at);
  return "RELEASE";
}

SqlResult<std::string> rollback_to(Conversation& session, const std::string& name) {
  if (auto block = only_in_block(session, "ROLLBACK TO SAVEPOINT"); !block)
    return std::unexpected(block.error());
  OpenTransaction& open = *session.transaction();
  auto at = find_savepoint(open, name);
  if (!at) return std::unexpected(at.error());
  if (open.lost)
    return sql_error("25P02", "the transaction's snapshot is gone: this node's tables were replaced")
        .hint("ROLLBACK");
  const OpenTransaction::Savepoint& savepoint = open.savepoints[*at];
  std::erase_if(session.cursors(), [&](const auto& entry) { return entry.second->depth > *at; });
  if (auto kept = session.keep_open_reads(); !kept) return std::unexpected(kept.error());
  if (open.data) open.data->rollback_to(savepoint.data);
  open.checked_size = 0;
  session.settings().rollback_to(savepoint.settings);
  open.read_only = savepoint.read_only;
  open.failed = false;
  open.savepoints.resize(*at + 1);
  return "ROLLBACK";
}

class CommitTask final : public Task {
 public:
  CommitTask(Conversation& session, bool chain) : session_(session), chain_(chain) {}

  SqlResult<Outcome> step(Turn&) override {
    OpenTransaction* open = session_.transaction();
    if (!sent_) {
      if (chain_)
        if (auto block = only_in_block(session_, "COMMIT AND CHAIN"); !block)
          return std::unexpected(block.error());
      if (!open || open->implicit) session_.warn("25P01", "there is no transaction in progress");
      if (!open) return done("COMMIT");
      read_only_ = open->read_only;
      if (open->failed) {
        session_.end_transaction(false);
        return done("ROLLBACK");
      }
      sent_ = true;
      session_.send_commit();
    }
    if (session_.calls().waiting()) return Outcome::kWaiting;
    auto finished = session_.finish_commit();
    if (finished && !*finished) return Outcome::kWaiting;
    // With an unknown outcome the commit is in the log, so what it SET stays as well.
    session_.end_transaction(finished || finished.error().code() == "40003");
    if (!finished) return std::unexpected(finished.error());
    return done("COMMIT");
  }

 private:
  Outcome done(std::string_view tag) {
    session_.set_tag(std::string(tag));
    if (chain_) {
      session_.begin_transaction(false);
      session_.transaction()->read_only = read_only_;
    }
    return Outcome::kDone;
  }

  Conversation& session_;
  bool chain_, sent_ = false, read_only_ = false;
};

}  // namespace

SqlResult<void> set_transaction(Conversation& session, const std::vector<ast::TransactionOption>& options) {
  OpenTransaction& open = *session.transaction();
  for (const auto& [name, value] : options) {
    if (name == "transaction_isolation") {
      if (value == "serializable")
        return not_supported("SERIALIZABLE", "REPEATABLE READ is the strongest level here.");
    } else if (name == "transaction_read_only") {
      bool read_only = is_on(value);
      if (!read_only && session.in_recovery())
        return sql_error("0A000", "cannot set transaction read-write mode during recovery");
      if (!read_only && open.read_only && open.data)
        return sql_error("25001", "transaction read-write mode must be set before any query");
      open.read_only = read_only;
    }
  }
  return {};
}

TaskPtr make_transaction_task(Conversation& session, const ast::Transaction& statement) {
  if (statement.kind == TransactionKind::kCommit)
    return std::make_unique<CommitTask>(session, statement.chain);
  return immediate(session, [&session, &statement](Turn&) -> SqlResult<std::string> {
    switch (statement.kind) {
      case TransactionKind::kBegin:
      case TransactionKind::kStart: return begin(session, statement);
      case TransactionKind::kRollback: return rollback(session, statement.chain);
      case TransactionKind::kSavepoint: return savepoint(session, statement.savepoint);
      case TransactionKind::kRelease: return release(session, statement.savepoint);
      case TransactionKind::kRollbackTo: return rollback_to(session, statement.savepoint);
      default: return not_supported("two-phase commit (PREPARE TRANSACTION)");
    }
  });
}

SqlResult<void> refuse_in_transaction(Conversation& session, const Turn& turn, std::string_view command) {
  if (turn.alone && !session.transaction()) return {};
  return sql_error("25001", "{} cannot run inside a transaction block", command);
}

// --- the session's side ---

void Conversation::begin_transaction(bool implicit) {
  WALLABY_CHECK(!transaction_);
  transaction_ = std::make_unique<OpenTransaction>();
  transaction_->implicit = implicit;
  transaction_->read_only = settings_.effective().default_read_only;
  transaction_->started = statement_time_;
}

void Conversation::drop_reads() {
  for (QueryRun* run : runs_) run->drop(sql_error("34000", "the transaction that it read has ended"));
  cursors_.clear();
  for (SessionPortal* portal : portals_) {
    if (portal == busy_) continue;
    portal->task.reset();
    portal->ended = true;
  }
}

void Conversation::end_transaction(bool keep_settings) {
  drop_reads();
  if (!keep_settings) settings_.rollback_to(0);
  settings_.end_transaction();
  transaction_.reset();
}

void Conversation::fail_transaction() {
  if (!transaction_) return;
  if (transaction_->implicit) return end_transaction(false);
  transaction_->failed = true;
  if (!transaction_->savepoints.empty()) return;
  drop_reads();
  settings_.rollback_to(0);
  transaction_->data.reset();
}

SqlResult<void> Conversation::check_conflict() {
  OpenTransaction& open = *transaction_;
  uint64_t size = open.data->size();
  if (size > kCheapCheck && size < 2 * open.checked_size) return {};
  open.checked_size = size;
  if (!services_.backend.conflict(*open.data)) return {};
  return sql_error("40001", "could not serialize access due to concurrent update");
}

SqlResult<void> Conversation::keep_open_reads() {
  for (QueryRun* run : runs_)
    if (auto kept = run->keep_rest(); !kept) return kept;
  return {};
}

void Conversation::send_commit() {
  OpenTransaction& open = *transaction_;
  drop_reads();
  if (!open.data || (open.data->empty() && open.used_sequences.empty())) return;
  open.commit.asked = true;
  node::Finish finish;
  if (!open.used_sequences.empty())
    finish = [&services = services_, used = open.used_sequences](const engine::View& newest,
                                                                 engine::Changes& changes) {
      services.sequences.store_used(used, newest, changes);
    };
  services_.backend.commit(now_, calls_, calls_.begin(), std::move(*open.data), std::move(finish),
                           settings_.effective().rung);
  open.data.reset();
}

SqlResult<bool> Conversation::finish_commit() {
  OpenTransaction& open = *transaction_;
  if (!open.commit.asked) return true;
  if (!open.commit.written) {
    if (auto done = written(calls_.take()); !done) return std::unexpected(done.error());
    open.commit.written = true;
  }
  return open.definitions ? see_definitions() : SqlResult<bool>(true);
}

}  // namespace wallaby::sql
