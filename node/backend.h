// node/backend.h
//
// All that a front door sees of a node. The native door's sessions and the PostgreSQL door's use the same.
//
// A Session is whoever asks: it gives each request a number and gets answers to it, at once or later. Everything that
// is promised (visibility, acknowledgement, refusals) is decided behind this line, so no door can promise more.
//
//     backend.write(now, session, 7, Write{...})   ... session.answer(7, Written{0/1A8@1, ...})
//     backend.wait_for(now, session, 8, token)     ... session.reached(now, 8)
//
// Three ways to write. write(): a list of puts and deletes. run(): one statement, which reads and writes the newest state
// within one turn and so never loses against another. commit(): a transaction that was built over many turns on a
// snapshot, and loses (kConflict) when somebody else wrote the same keys meanwhile. All three queue while the log has no
// room, wait for the same promise, and get the same answers:
//
//     Written{token}        logged, and the promise is met
//     Written{no token}     nothing had to change
//     Failed                nothing was logged; only with kUnknownOutcome it was, and the wait for the promise ended
//     ClientNotice          on the way: why it takes so long
//
// An answer without a record (nothing to change, the statement's own error, a conflict) may tell of what is not visible
// yet and may still be lost. So it waits until what it read is visible.
//
// An answer may come before the call that asks for it returns, or in the middle of the node's own work. A session takes
// note of it then, and may read (visible_view, status, conflict, read_only); what it wants to do next it does in its own
// turn.
//
// Ownership: a session is opened before its first request and closed before it goes; its commits stay in the log and are
// acknowledged like any other.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "base/error.h"
#include "base/lsn.h"
#include "base/time.h"
#include "engine/store.h"
#include "engine/transaction.h"
#include "node/client_messages.h"
#include "node/node_status.h"

namespace wallaby::node {

class Session {
 public:
  virtual ~Session() = default;
  virtual void answer(RequestId request, ReplyBody body) = 0;
  /// The position that wait_for() was asked about is visible.
  virtual void reached(TimePoint now, RequestId request) = 0;
  /// This node's tables are about to be replaced (a base copy): each View must be let go before this returns.
  virtual void views_dropped(const std::string& reason) = 0;
};

/// Reads the newest state and changes `transaction`; its error refuses the whole. While the log has no room it may have to
/// run again later, so each call begins anew.
using Statement = std::function<Result<void>(engine::Transaction& transaction)>;
/// Called once, after the conflict check; nothing is logged between it and the transaction's record. It may add changes that never
/// conflict (where a sequence stands), and one change a key still holds.
using Finish = std::function<void(const engine::View& newest, engine::Changes& changes)>;

using AdminCommand = std::variant<SetPolicy, DropReplica, HoldStage, ReleaseStage, Step, TakeCheckpoint>;

class Backend {
 public:
  virtual ~Backend() = default;

  /// From here on views_dropped() reaches the session, and it may ask.
  virtual void open(Session& session) = 0;
  /// What readers see now. kNotServing: why reads are refused (57P03).
  virtual Result<engine::View> visible_view() const = 0;
  /// One writing transaction; answered with Written, Failed, and notices on the way.
  virtual void write(TimePoint now, Session& session, RequestId request, const Write& write) = 0;
  /// One writing statement; the `rows` of its answer are 0, it counts its own.
  virtual void run(TimePoint now, Session& session, RequestId request, Statement statement,
                   std::optional<replication::Rung> ack) = 0;
  /// A transaction made on a visible_view(). kConflict when it has lost. `finish` may be empty.
  virtual void commit(TimePoint now, Session& session, RequestId request, engine::Transaction transaction,
                      Finish finish, std::optional<replication::Rung> ack) = 0;
  /// Would commit() fail now? A replica never says so.
  virtual bool conflict(const engine::Transaction& transaction) const = 0;
  /// Why this node takes no writes by its role; nullopt on a primary.
  virtual std::optional<Error> read_only() const = 0;
  /// reached() is called once readers see `token`; Failed when it is no position of this node's history.
  virtual void wait_for(TimePoint now, Session& session, RequestId request, Token token) = 0;
  /// Ends the wait of a request that this session has out: a write of any kind, wait_for, traces; it gets its final answer here: an unknown outcome
  /// with the token, or a refusal when it was not run yet. Nothing when no such request waits.
  virtual void cancel(TimePoint now, Session& session, RequestId request) = 0;
  /// Answered with CommitStatusReply.
  virtual void commit_status(TimePoint now, Session& session, RequestId request, Token token) = 0;
  /// Answered with Traces: the primary's, of those commits that are still kept; on a replica refused. One that waits for its
  /// trace to be complete and is cancelled gets it as it is.
  virtual void traces(Session& session, RequestId request, const GetTraces& get) = 0;
  virtual void admin(TimePoint now, Session& session, RequestId request, const AdminCommand& command) = 0;
  virtual NodeStatus status(TimePoint now) const = 0;
  /// The name of the file in wal/ that holds the log's byte at `lsn`; nullopt when none here does.
  virtual std::optional<std::string> segment_file(Lsn lsn) const = 0;
  /// The calendar's time at `now`.
  virtual WallTime wall_time(TimePoint now) const = 0;
  /// Stage events go to the session until it is closed.
  virtual void watch_events(Session& session, RequestId request) = 0;
  /// Nobody waits any more for what this session asked.
  virtual void close(Session& session) = 0;
};

}  // namespace wallaby::node
