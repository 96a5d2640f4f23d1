// sql/session/conversation.h
//
// The session behind sql/session/session.h: what its statements share, and who runs them.
//
// Each statement on its way is a Task in its portal: step() is called until it is done, so that nothing here blocks.
//
//     SELECT                   QueryTask      (query_task.cc)      rests between pieces of a long scan
//     INSERT, alone            WriteTask      (write_task.cc)      asks the node to run it, waits for the promise
//     INSERT, in a transaction WriteTask too                       runs at once on the transaction
//     COMMIT, ROLLBACK, ...    transactions.cc                     COMMIT hands the transaction to the node and waits
//     SET, SHOW, ALTER SYSTEM  settings_statements.cc
//     FETCH, COPY, EXECUTE     cursors.cc, copy_*.cc, prepared_statements.cc
//
// What a transaction is here: a snapshot, taken when the first statement needs it; the write set on it; the settings it has changed; its
// savepoints; its cursors and portals, which end with it. Without BEGIN, several statements before one Sync share an implicit
// one, which finish() commits.
//
// Invariants:
//   1. No QueryRun reads a transaction that has ended: all are dropped before it goes.
//   2. A transaction that has failed holds a snapshot only if a savepoint can bring it back.
//   3. At most one request to the node is out (COPY has its own).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/transaction.h"
#include "sql/session/node_calls.h"
#include "sql/session/services.h"
#include "sql/session/session.h"
#include "sql/session/settings.h"
#include "sql/types/system_functions.h"
#include "sql/views/system_views.h"

namespace wallaby::sql {

class Conversation;
class Cursor;
class QueryRun;
struct WaitingCall;  // sql/plan/waits.h

/// What one call of execute() brings.
struct Turn {
  TimePoint now;
  uint64_t max_rows = 0;
  bool alone = false;
  RowSink* sink = nullptr;
};

/// A statement on its way.
class Task {
 public:
  virtual ~Task() = default;
  virtual SqlResult<Outcome> step(Turn& turn) = 0;
};
using TaskPtr = std::unique_ptr<Task>;

class SessionPortal final : public Portal {
 public:
  SessionPortal(Conversation& session, PreparedPtr prepared, Row parameters);
  ~SessionPortal() override;
  const std::vector<ResultColumn>& columns() const override { return prepared->columns; }

  Conversation& session;
  PreparedPtr prepared;
  Row parameters;
  std::string text;       ///< of the statement, when its literals have become parameters
  TaskPtr task;           ///< null before the first step and after the last
  bool finished = false;  ///< it ran to its end
  std::string tag;        ///< when it has finished
  bool ended = false;     ///< its transaction has ended
};

struct OpenTransaction {
  struct Savepoint {
    std::string name;
    engine::Transaction::Savepoint data = 0;
    Settings::Mark settings = 0;
    bool read_only = false;
  };

  bool implicit = false;
  bool failed = false;
  bool read_only = false;
  bool definitions = false;             ///< it has changed the catalog
  bool lost = false;                    ///< the node's tables were replaced: no savepoint brings it back
  std::optional<SqlError> lost_reason;  ///< not told yet
  std::optional<engine::Transaction> data;
  std::vector<Savepoint> savepoints;
  std::set<std::string> used_sequences;
  int64_t started = 0;        ///< microseconds since 2000: now()
  uint64_t checked_size = 0;  ///< of the write set, when it was last checked for conflicts
  struct Commit {
    bool asked = false, written = false;
  } commit;
};

class Conversation final : public Session, public SystemFunctions, public RowNumbers, public ViewSource {
 public:
  Conversation(TimePoint now, SqlServices& services, SessionStart start, Settings settings,
               ClientChannel& client);
  ~Conversation() override;

  // --- Session ---
  Reports reported() const override;
  Reports take_changes() override;
  SqlResult<std::vector<ast::StatementPtr>> parse(std::string_view text) override;
  SqlResult<PreparedPtr> prepare(TimePoint now, const ast::StatementPtr& statement,
                                 std::vector<TypeId> declared) override;
  SqlResult<std::unique_ptr<Portal>> bind(TimePoint now, PreparedPtr prepared, Row parameters) override;
  Ready bind_literals(TimePoint now, std::string_view text) override;
  SqlResult<void> store_statement(std::string_view name, PreparedPtr prepared) override;
  SqlResult<PreparedPtr> find_statement(std::string_view name) const override;
  void close_statement(std::string_view name) override;
  Outcome execute(TimePoint now, Portal& portal, uint64_t max_rows, bool alone, RowSink& sink) override;
  size_t copy_columns() const override;
  void copy_data(TimePoint now, std::string_view bytes) override;
  Outcome copy_end(TimePoint now, std::optional<SqlError> failure) override;
  bool copy_failed() const override;
  bool copy_full() const override;
  Outcome finish(TimePoint now) override;
  void fail_transaction() override;
  const std::string& tag() const override { return tag_; }
  const SqlError& error() const override { return *error_; }
  TransactionStatus status() const override;
  void cancel(TimePoint now) override;
  void terminate(TimePoint now) override;
  TimePoint next_deadline() const override;
  std::optional<SqlError> tick(TimePoint now) override;

  // --- SystemFunctions (system_calls.cc) ---
  std::string current_user() const override { return start_.user; }
  std::string session_user() const override { return start_.user; }
  std::string current_database() const override { return start_.database; }
  int32_t backend_pid() const override { return start_.pid; }
  SqlResult<std::string> setting(std::string_view name) const override;
  SqlResult<int64_t> nextval(std::string_view sequence) override;
  SqlResult<int64_t> currval(std::string_view sequence) override;
  SqlResult<int64_t> lastval() override;
  SqlResult<int64_t> setval(std::string_view sequence, int64_t value, bool is_called) override;
  bool in_recovery() const override;
  SqlResult<Lsn> current_lsn() const override;
  SqlResult<Value> wal_file_name(Lsn lsn) const;
  std::optional<Lsn> receive_lsn() const override;
  std::optional<Lsn> replay_lsn() const override;
  std::optional<int64_t> replay_timestamp() const override;
  SqlResult<Value> call(std::string_view name, std::span<const Value> arguments) override;
  SqlResult<Value> wait(std::string_view name, std::span<const Value> arguments) override;
  // --- RowNumbers ---
  int64_t next_row_number(const Table& table) override;
  // --- ViewSource: what the system views show ---
  SqlServices& view_services() override { return services_; }
  TimePoint view_time() const override { return now_; }
  int64_t view_wall_time() const override { return wall_time(); }
  const DataSource* view_data() const override { return evaluating ? &evaluating->source : nullptr; }
  std::string view_user() const override { return start_.user; }
  std::shared_ptr<const Catalog> view_catalog() const override;
  std::string view_database() const override { return start_.database; }
  std::string view_setting(const SettingInfo& info) const override;

  // --- for tasks ---
  SqlServices& services() { return services_; }
  node::Backend& backend() { return services_.backend; }
  NodeCalls& calls() { return calls_; }
  Settings& settings() { return settings_; }
  ClientChannel& client() { return client_; }
  VirtualTables& views() { return views_; }
  TimePoint now() const { return now_; }
  void set_tag(std::string tag) { tag_ = std::move(tag); }
  /// The reason why what runs must end: cancel, statement_timeout.
  const std::optional<SqlError>& interrupt() const { return interrupt_; }
  void notice(SqlError notice);
  void warn(std::string_view code, std::string_view text);
  /// Microseconds since 2000-01-01.
  int64_t wall_time() const;
  const SessionStart& start() const { return start_; }
  std::string show(const SettingInfo& info) const;

  /// False: the session's own newest commit is not visible yet; a wait for it is out (kWaiting).
  SqlResult<bool> may_read();
  /// The transaction's snapshot is there. As may_read().
  SqlResult<bool> need_snapshot();
  ExecContext exec_context(DataSource source, std::shared_ptr<const Catalog> catalog,
                           std::span<const Value> parameters);
  /// The statement's plan for the catalog as `source` sees it. `text`: the portal's; a new plan is made of it, when its literals have become
  /// parameters, and takes none.
  SqlResult<PreparedPtr> fresh(const PreparedPtr& prepared, const DataSource& source, std::string_view text,
                               Row& parameters);
  SqlResult<PreparedPtr> plan(const ast::StatementPtr& statement, const std::vector<TypeId>& declared,
                              const DataSource& source);
  SqlResult<PreparedPtr> plan_now(const ast::StatementPtr& statement, const std::vector<TypeId>& declared);
  /// 25006 in a read-only transaction and on a replica.
  SqlResult<void> check_writable(std::string_view command) const;
  /// What the node answered to a write: its token is noted; failures become errors.
  SqlResult<void> written(const node::ReplyBody& reply);
  /// After definitions were changed: false while the commit is not visible and a wait for it is out. The next statement is planned on
  /// what is visible, so it must know them.
  SqlResult<bool> see_definitions();
  const std::optional<Token>& last_commit() const { return last_commit_; }

  OpenTransaction* transaction() { return transaction_.get(); }
  void begin_transaction(bool implicit);
  /// Portals, cursors and runs end; what it has SET is kept or taken back.
  void end_transaction(bool keep_settings);
  SqlResult<void> check_conflict();
  /// Hands the transaction's data to the node; calls().waiting() until it is answered.
  void send_commit();
  /// The end of it: false while more has to be waited for.
  SqlResult<bool> finish_commit();
  /// What is left of open cursors is read now, before the transaction changes under them.
  SqlResult<void> keep_open_reads();

  std::map<std::string, std::unique_ptr<Cursor>, std::less<>>& cursors() { return cursors_; }
  std::map<std::string, PreparedPtr, std::less<>>& statements() { return statements_; }
  void add_run(QueryRun& run) { runs_.insert(&run); }
  void remove_run(QueryRun& run) { runs_.erase(&run); }
  void add_portal(SessionPortal& portal) { portals_.insert(&portal); }
  void remove_portal(SessionPortal& portal);

  ExecContext* evaluating = nullptr;  ///< of the plan that runs: nextval() and the like look here
  class CopyIn* copy_in = nullptr;    ///< the COPY FROM STDIN that is being fed

  TaskPtr make_task(SessionPortal& portal, const Turn& turn);
  void wake_at(TimePoint when) { sleep_until_ = when; }
  /// Sends the call's request, or looks at its answer. True when `call.value` is there; false: wait.
  SqlResult<bool> finish_call(WaitingCall& call);
  /// What pg_stat_activity says of a statement that waits for something else than its commit's promise.
  void show_wait(std::string_view type, std::string_view event);
  void reset_sequences() { used_here_.clear(); }

 private:
  SqlResult<Outcome> run(SessionPortal& portal, Turn& turn);
  Outcome settle(SqlResult<Outcome> outcome, SessionPortal* portal);
  Outcome fail(SqlError error, SessionPortal* portal);
  void statement_begins(const SessionPortal& portal);
  void statement_ends();
  void show_state();
  void views_dropped(const std::string& reason);
  bool is_standby() const { return services_.backend.read_only().has_value(); }
  SqlResult<void> check_usable(const ast::StatementPtr& statement);
  void interrupt_with(SqlError reason);
  bool must_end() const;
  void drop_reads();
  SqlResult<void> ask(WaitingCall& call);

  SqlServices& services_;
  SessionStart start_;
  ClientChannel& client_;
  TimePoint now_;
  Settings settings_;
  SystemViews views_;
  SessionActivity activity_;
  std::map<std::string, PreparedPtr, std::less<>> statements_;
  std::unique_ptr<OpenTransaction> transaction_;
  std::map<std::string, std::unique_ptr<Cursor>, std::less<>> cursors_;
  std::set<QueryRun*> runs_;
  std::set<SessionPortal*> portals_;
  std::map<std::string, int64_t, std::less<>> used_here_;  ///< currval()
  std::optional<std::string> last_sequence_;
  std::optional<Token> last_commit_;  ///< committed, or of unknown outcome
  std::optional<Token> told_unseen_;  ///< a commit the client was told of; reads wait until it is visible
  bool told_standby_ = false;         ///< what the client knows of in_hot_standby
  bool commit_untold_ = false;        ///< last_commit_ is to be reported
  enum class Seeing : uint8_t { kNo, kWaits, kGivenUp } seeing_ = Seeing::kNo;  ///< of see_definitions()

  SessionPortal* busy_ = nullptr;  ///< the statement that runs, waits or is fed
  bool finishing_ = false;         ///< finish() has sent the commit
  bool stepping_ = false;          ///< inside a call: answers that come now need no wake()
  std::optional<SqlError> interrupt_;
  std::string tag_;
  std::optional<SqlError> error_;
  std::optional<SqlError> fatal_;
  TimePoint statement_deadline_ = kNever;
  TimePoint idle_since_;
  TimePoint sleep_until_ = kNever;
  int64_t statement_time_ = 0;
  NodeCalls calls_;  ///< last: its destructor is the end of what the node may say
};

}  // namespace wallaby::sql
