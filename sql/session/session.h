// sql/session/session.h
//
// One client's conversation in SQL, without the wire: its transaction, settings, prepared plans, cursors, and how each statement
// gets to the node.
//
//     statement                                   runs
//     a read outside of a transaction             on a snapshot at what is visible, resting now and then
//     one writing statement ("alone")             Backend::run: in one turn on the newest state, so it never conflicts
//     in a transaction (BEGIN, or several
//     statements before one Sync or in one Query) on the transaction's snapshot and own writes; COMMIT is Backend::commit (40001 when it lost)
//
// The protocol drives it with calls, and calls it again when it was woken. Nothing here blocks:
//
//     execute() -> kWaiting        the commit is in the log and waits for its promise; client.wake() comes when it is met
//     execute() -> kDone, tag() "INSERT 0 1"
//
// A session's own rung (synchronous_commit) may let its reply come before visibility; its next read then waits until its own write is
// visible (Backend::wait_for).
//
// Transaction status: I (none), T (in one), E (failed: only ROLLBACK and COMMIT are taken, 25P02 for the rest).
//
// Ownership: the session owns its transaction and its views; it must be closed (destroyed) before the backend. Threads: none. Time: passed in.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "node/backend.h"
#include "sql/parser/ast.h"
#include "sql/plan/plan.h"
#include "sql/sql_error.h"
#include "sql/types/type.h"
#include "sql/types/value.h"

namespace wallaby::sql {

/// What a session says to its client outside of results: the protocol's half.
class ClientChannel {
 public:
  virtual ~ClientChannel() = default;
  /// NOTICE and WARNING. May come from inside the backend, while the statement waits: only write it to the output.
  virtual void notice(const SqlError& notice) = 0;
  /// What kWaiting waited for has come: call execute(), finish(), ... again. Called from inside the backend: only make a note of it.
  virtual void wake() = 0;
};

/// Where rows go. Binary or text is the protocol's matter.
class RowSink {
 public:
  virtual ~RowSink() = default;
  virtual SqlResult<void> row(const std::vector<ResultColumn>& columns, std::span<const Value> values) = 0;
  /// COPY ... TO STDOUT: begins with the number of columns, then a line a row.
  virtual void copy_out(size_t columns) = 0;
  virtual void copy_line(std::string_view line) = 0;
  /// True when the client does not take what it was sent: the statement rests until it does.
  virtual bool full() const = 0;
};

/// A parsed and planned statement: what Parse makes. Replanned by itself when the catalog has moved on.
struct Prepared {
  ast::StatementPtr statement;  ///< null: the empty query
  PlanPtr plan;                 ///< null: a statement of the session itself (BEGIN, SET, COPY, ...)
  std::vector<TypeId> declared;
  std::vector<TypeId> parameters;
  std::vector<ResultColumn> columns;       ///< empty: no rows (NoData)
  std::shared_ptr<const Catalog> catalog;  ///< that the plan was made on
};
using PreparedPtr = std::shared_ptr<const Prepared>;

/// A prepared statement with its parameters and how far its rows were taken: what Bind makes. Opaque to the protocol.
/// It ends with its transaction: executing it later is 34000. Must go before the session.
class Portal {
 public:
  virtual ~Portal() = default;
  virtual const std::vector<ResultColumn>& columns() const = 0;
};

enum class Outcome : uint8_t {
  kDone,       ///< tag() tells of it
  kSuspended,  ///< max_rows were given, there may be more: execute the same portal again
  kWaiting,    ///< call again after wake()
  kResting,    ///< call again when others had their turn (or the client took what it was sent)
  kCopyIn,     ///< COPY FROM STDIN: feed copy_data(), then copy_end(); copy_columns() tells how many
  kFailed,     ///< error() tells why; the transaction, if there is one, has failed
};

enum class TransactionStatus : char { kIdle = 'I', kActive = 'T', kFailed = 'E' };

class
    SqlServices;  // sql/session/services.h: what all sessions of a node share (backend, caches, sequences, list of sessions)

struct SessionStart {
  std::string user, database;
  std::string client;  ///< its address, for pg_stat_activity
  int32_t pid = 0;     ///< as in BackendKeyData
  std::vector<std::pair<std::string, std::string>>
      settings;  ///< of the startup packet: application_name, options -c ...
};

class Session {
 public:
  virtual ~Session() = default;

  /// A setting and its value.
  using Reports = std::vector<std::pair<std::string, std::string>>;
  /// Reported settings after login, in order (ParameterStatus).
  virtual Reports reported() const = 0;
  /// Those whose value is another one than the client knows: told before each ReadyForQuery, as in PostgreSQL.
  virtual Reports take_changes() = 0;

  /// The statements of a query string; a syntax error anywhere means none runs. Counts as use of a failed transaction only when one is run.
  virtual SqlResult<std::vector<ast::StatementPtr>> parse(std::string_view text) = 0;
  /// Plans one statement. 25P02 in a failed transaction (except for statements that end it).
  virtual SqlResult<PreparedPtr> prepare(TimePoint now, const ast::StatementPtr& statement,
                                         std::vector<TypeId> declared) = 0;
  /// `parameters` are of the prepared statement's types.
  virtual SqlResult<std::unique_ptr<Portal>> bind(TimePoint now, PreparedPtr prepared, Row parameters) = 0;
  /// A statement ready to be run, whose literals have become the parameters of a plan that others like it share. Null `portal`: the text has
  /// to go through parse(), prepare() and bind(), which also say what is wrong with it.
  struct Ready {
    PreparedPtr prepared;
    std::unique_ptr<Portal> portal;
  };
  virtual Ready bind_literals(TimePoint now, std::string_view text) = 0;

  /// Prepared statements with a name: one namespace for Parse and for SQL's PREPARE, as in PostgreSQL. 42P05 when the name is taken.
  virtual SqlResult<void> store_statement(std::string_view name, PreparedPtr prepared) = 0;
  /// 26000: no such statement.
  virtual SqlResult<PreparedPtr> find_statement(std::string_view name) const = 0;
  /// Nothing when there is none.
  virtual void close_statement(std::string_view name) = 0;

  /// Runs (on) a portal. `max_rows` 0: all; else kSuspended as soon as so many are given, even when there are no more. `alone`: no other
  /// statement can join its implicit transaction (the next message is Sync, or the Query has this one statement), so it may commit by
  /// itself. After kWaiting, kResting, kSuspended: call again with the same portal.
  virtual Outcome execute(TimePoint now, Portal& portal, uint64_t max_rows, bool alone, RowSink& sink) = 0;
  virtual size_t copy_columns() const = 0;
  /// Errors are kept for copy_end().
  virtual void copy_data(TimePoint now, std::string_view bytes) = 0;
  /// `failure`: why it ends before its data does. kDone, kWaiting (then execute() again with the same portal), or kFailed.
  virtual Outcome copy_end(TimePoint now, std::optional<SqlError> failure) = 0;
  /// True when copy_data() found an error, or cancel() came: the protocol ends the copy at once.
  virtual bool copy_failed() const = 0;
  /// True while the node does not take more: read nothing from the client until wake().
  virtual bool copy_full() const = 0;
  /// Ends the implicit transaction, if there is one: at every Sync, and at the end of every Query (before the tag of its last statement is sent; also
  /// after an error). kDone, kWaiting (call again), kFailed.
  virtual Outcome finish(TimePoint now) = 0;
  /// Called after every error, the session's own and the protocol's (a parameter that does not parse), so once more does no harm: a
  /// transaction block has failed with it, an implicit transaction is rolled back.
  virtual void fail_transaction() = 0;

  virtual const std::string& tag() const = 0;
  virtual const SqlError& error() const = 0;
  virtual TransactionStatus status() const = 0;

  /// A CancelRequest, or statement_timeout: what runs or waits ends with 57014 (or 40003 with the token, when a commit was waiting).
  virtual void cancel(TimePoint now) = 0;
  /// pg_terminate_backend(), or the server stops: what runs or waits ends with 57P01 (or 40003, as above), and a tick() after it ends the
  /// session.
  virtual void terminate(TimePoint now) = 0;
  /// When something must be called again although nothing happened (timeouts): call tick() then.
  virtual TimePoint next_deadline() const = 0;
  /// idle_in_transaction_session_timeout and its like: an error that ends the session (FATAL).
  virtual std::optional<SqlError> tick(TimePoint now) = 0;
};

/// The session is registered with the services until it is destroyed. An error: a setting of `start` that there is not (42704), of a
/// value that it cannot have (22023), or that is not a client's to choose (55P02).
SqlResult<std::unique_ptr<Session>> make_session(TimePoint now, SqlServices& services, SessionStart start,
                                                 ClientChannel& client);

}  // namespace wallaby::sql
