// sql/pgwire/connection.h
//
// One client's connection: bytes in, messages, a session, messages, bytes out. It is a state machine without I/O; the door feeds it
// and runs it a slice at a time, so that a long scan of one client is interleaved with the short reads of others.
//
//     received("...startup packet...")   run() -> kIdle      take_output() = AuthenticationOk ... ReadyForQuery
//     received("Q SELECT 1")             run() -> kIdle      take_output() = RowDescription DataRow CommandComplete ReadyForQuery
//     received("Q INSERT ...")           run() -> kWaiting   the commit waits for its promise
//     wake()                             run() -> kIdle      take_output() = CommandComplete ReadyForQuery
//
// Chapters: startup.cc (from the first byte to ReadyForQuery), simple_query.cc, extended_query.cc, copy.cc; connection.cc has the
// loop that all share. What is being done is `doing_`; each turn of the loop moves it on:
//
//     kNothing --Query--> kNextStatement -> kExecuting -> ... -> kFinishing -> kNothing
//     kNothing --Execute--> kHeld -> kExecuting -> kNothing          kNothing --Sync--> kFinishing -> kNothing
//                                    kExecuting <-> kCopyIn
//
// Why an Execute is held. A writing statement that commits by itself is run in one turn on the newest state and cannot lose against
// another. But whether it commits by itself only the message behind it tells: a Sync ends the implicit transaction, anything else
// continues it. So an Execute is run when the type byte of the next message is there; until then no client can rightly
// expect an answer, because answers are due at Sync and Flush. Drivers send all of them in one segment.
//
// Invariants:
//   1. Messages are answered in the order in which they came, each as the protocol says; every Query and every Sync ends with one
//      ReadyForQuery.
//   2. After an error in the extended protocol everything up to the next Sync is skipped.
//   3. While more than kMaxUnsent bytes have not left, no statement is run, so a client that does not read costs bounded memory. While a
//      statement cannot go on and more than kMaxBuffered bytes of input wait, nothing is read.
//   4. FATAL is the last that a connection says.
//
// Ownership: owns the session and its portals. Threads: none. Time: passed in. wake() and notice() may come from inside the backend: they only
// append, make a note, and tell the host.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "node/events.h"
#include "node/scram.h"
#include "sql/pgwire/backend_encoder.h"
#include "sql/pgwire/connection_host.h"
#include "sql/pgwire/door_options.h"
#include "sql/pgwire/formats.h"
#include "sql/pgwire/frontend_decoder.h"
#include "sql/session/session.h"

namespace wallaby::sql::pgwire {

/// Why run() came back.
enum class Progress : uint8_t {
  kIdle,     ///< needs input
  kWaiting,  ///< needs wake()
  kResting,  ///< can go on when others had their turn
  kFull,     ///< needs sent(): the client does not take what it was sent
  kEnded,    ///< close it when its output has left
};

class Connection final : public ClientChannel, public RowSink {
 public:
  static constexpr uint64_t kMaxUnsent = 1 << 20;
  static constexpr size_t kMaxBuffered = 64 << 10;
  static constexpr size_t kMaxHeld = 8 << 10;
  /// Messages that one slice may handle.
  static constexpr int kSlice = 256;
  /// More than any driver keeps; PostgreSQL has no limit but memory.
  static constexpr size_t kMaxPortals = 1'000;

  Connection(node::ConnectionId id, std::string peer, TimePoint now, const DoorOptions& options,
             ConnectionHost& host);

  node::ConnectionId id() const { return id_; }
  const std::string& peer() const { return peer_; }

  void received(std::string_view bytes);
  void sent(uint64_t bytes) { sent_ += bytes; }
  /// One slice.
  Progress run(TimePoint now);
  /// A CancelRequest with our key: what runs ends; nothing when nothing runs.
  void cancel(TimePoint now);
  /// Says why, and ends: before it has said anything.
  void refuse(const SqlError& error) { fatal(error); }
  /// The server stops: what runs is cancelled, then the connection ends. Call run() after it.
  void stop(TimePoint now);
  /// When now >= deadline(): logins that take too long, timeouts of the session. Call run() after it.
  void tick(TimePoint now);
  TimePoint deadline() const;

  /// What is to be sent, encoded since the last call.
  std::string take_output();
  /// While a statement waits, small answers to the messages before it (BindComplete) stay, as in PostgreSQL: the client wakes up
  /// once. A Flush or a notice lets them go.
  bool has_output() const {
    return !out_.empty() && (!waiting_ || urgent_ || ended_ || out_.size() >= kMaxHeld);
  }
  bool ended() const { return ended_; }
  bool wants_reading() const;
  /// True once, after the answer that TLS may begin.
  bool take_tls_start() { return std::exchange(tls_start_, false); }

  // --- ClientChannel ---
  void notice(const SqlError& notice) override;
  void wake() override;

  // --- RowSink ---
  SqlResult<void> row(const std::vector<ResultColumn>& columns, std::span<const Value> values) override;
  void copy_out(size_t columns) override;
  void copy_line(std::string_view line) override;
  bool full() const override { return queued_ + out_.size() - sent_ >= kMaxUnsent; }

 private:
  enum class Doing : uint8_t {
    kNothing,        ///< the next message decides
    kNextStatement,  ///< of a Query
    kHeld,           ///< an Execute: until the next message's type is known
    kExecuting,
    kCopyIn,     ///< COPY FROM STDIN takes its data
    kFinishing,  ///< the implicit transaction ends: of a Query, or at Sync
  };

  struct BoundPortal {
    std::unique_ptr<Portal> portal;  ///< null: of the empty query
    PreparedPtr prepared;
    Formats formats;
    bool completed = false;  ///< was run to its end
  };
  struct RunningQuery {
    std::vector<ast::StatementPtr> statements;
    size_t next = 0;
    BoundPortal portal;           ///< of the statement being run
    std::string tag;              ///< of the last statement, to be sent when the transaction has ended
    bool describe_first = false;  ///< RowDescription goes before the first row
  };

  // connection.cc
  BackendEncoder encoder() { return BackendEncoder(out_); }
  Progress run_slice(TimePoint now);
  /// Does one thing; false when that needs input which has not come.
  bool step(TimePoint now);
  bool next_message(TimePoint now);
  void handle(TimePoint now, const FrontendMessage& message);
  void execute(TimePoint now);
  void settle(Outcome outcome);
  void statement_done();
  void finish(TimePoint now);
  void finished();
  /// An error of a message or statement: the client is told, the transaction fails, the rest of a Query or up to Sync is skipped.
  void fail(const SqlError& error);
  void malformed(const Malformed& message);
  void fatal(const SqlError& error);
  /// What runs goes on to its end at once, even when its client does not read. False: nothing runs.
  bool interrupt();
  void end() { ended_ = true; }
  void begin_execution(BoundPortal& portal, uint64_t max_rows, bool alone);

  // startup.cc
  void start(TimePoint now, const FrontendMessage& message);
  void start_session_for(TimePoint now, const Startup& startup);
  void ask_for_proof(const Login& login);
  void check_proof(TimePoint now, std::string_view body);
  void open(TimePoint now);

  // simple_query.cc
  void simple_query(TimePoint now, const Query& query);
  void next_statement(TimePoint now);
  void run_statement(std::unique_ptr<Portal> portal, PreparedPtr prepared);
  void describe_to_query();

  // extended_query.cc
  void parse(TimePoint now, const Parse& parse);
  void bind(TimePoint now, const Bind& bind);
  void describe(const Describe& describe);
  void hold_execute(const Execute& execute);
  void release_held();
  void close(const Close& close);
  SqlResult<PreparedPtr> find_statement(std::string_view name);
  BoundPortal* find_portal(std::string_view name);
  void drop_portals();

  // copy.cc
  bool copy_step(TimePoint now);
  void copy_message(TimePoint now, const FrontendMessage& message);

  const node::ConnectionId id_;
  const std::string peer_;
  const DoorOptions& options_;
  ConnectionHost& host_;
  FrontendDecoder decoder_;
  std::string out_;
  uint64_t queued_ = 0, sent_ = 0;  ///< bytes that take_output() gave; bytes that have left
  bool ended_ = false;

  // Logging in.
  TimePoint login_deadline_;
  bool tls_ = false, tls_start_ = false;
  bool ssl_asked_ = false, gss_asked_ = false;  ///< each may be asked once
  SessionStart start_;
  std::optional<node::ScramServer> scram_;
  bool proof_asked_ = false;  ///< the client's first message of SCRAM was answered

  // The session, before what belongs to it, so that it goes after that.
  std::unique_ptr<Session> session_;
  bool open_ = false;
  PreparedPtr unnamed_;
  std::map<std::string, BoundPortal, std::less<>> portals_;  ///< the unnamed one is in unnamed_portal_
  std::optional<BoundPortal> unnamed_portal_;

  // What is being done.
  Doing doing_ = Doing::kNothing;
  std::optional<RunningQuery> query_;
  BoundPortal* running_ = nullptr;  ///< kHeld, kExecuting, kCopyIn
  uint64_t max_rows_ = 0;
  bool alone_ = false;
  bool copying_out_ = false;
  bool lost_sync_ = false;  ///< what came cannot be understood: the connection ends when its COPY has
  bool in_block_ = false;   ///< a transaction block was open when the statement began
  uint64_t executed_ = 0;   ///< statements since the last Sync or Query
  bool skipping_ = false;   ///< to the next Sync
  bool waiting_ = false, woken_ = false;
  bool urgent_ = false;  ///< what is in out_ leaves now
  bool resting_ = false;
  bool cancelled_ = false;  ///< what runs has to end, though the client takes nothing
  bool stopping_ = false;
  Progress progress_ = Progress::kIdle;  ///< of the newest run()
};

}  // namespace wallaby::sql::pgwire
