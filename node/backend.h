// node/backend.h
//
// All that a front door sees of a node. The native door's sessions use it now; a PostgreSQL door will use the same.
//
// A Session is whoever asks: it gives each request a number and gets answers to it, at once or later. Everything that
// is promised (visibility, acknowledgement, refusals) is decided behind this line, so no door can promise more.
//
//     backend.write(now, session, 7, Write{...})   ... session.answer(7, Written{0/1A8@1, ...})
//     backend.wait_for(now, session, 8, token)     ... session.reached(now, 8)
//
// Ownership: a session must be closed before it goes; its commits stay in the log and are acknowledged like any other.
#pragma once

#include <string>
#include <variant>

#include "base/error.h"
#include "base/lsn.h"
#include "base/time.h"
#include "engine/store.h"
#include "node/client_messages.h"
#include "node/node_status.h"

namespace wallaby::node {

class Session {
 public:
  virtual ~Session() = default;
  virtual void answer(RequestId request, ReplyBody body) = 0;
  /// The position that wait_for() was asked about is visible.
  virtual void reached(TimePoint now, RequestId request) = 0;
};

using AdminCommand = std::variant<SetPolicy, DropReplica, HoldStage, ReleaseStage, Step, TakeCheckpoint>;

class Backend {
 public:
  virtual ~Backend() = default;

  /// What readers see now. kNotServing: why reads are refused (57P03).
  virtual Result<engine::View> visible_view() const = 0;
  /// One writing transaction; answered with Written, Failed, and notices on the way.
  virtual void write(TimePoint now, Session& session, RequestId request, const Write& write) = 0;
  /// reached() is called once readers see `token`; Failed when it is no position of this node's history.
  virtual void wait_for(TimePoint now, Session& session, RequestId request, Token token) = 0;
  /// Ends the wait of a request that this session has out: write, wait_for, traces; it gets its final answer here: an unknown outcome
  /// with the token, or a refusal when it was not run yet. Nothing when no such request waits.
  virtual void cancel(TimePoint now, Session& session, RequestId request) = 0;
  /// Answered with CommitStatusReply.
  virtual void commit_status(TimePoint now, Session& session, RequestId request, Token token) = 0;
  /// Answered with Traces: the primary's, of those commits that are still kept; on a replica refused. One that waits for its
  /// trace to be complete and is cancelled gets it as it is.
  virtual void traces(Session& session, RequestId request, const GetTraces& get) = 0;
  virtual void admin(TimePoint now, Session& session, RequestId request, const AdminCommand& command) = 0;
  virtual NodeStatus status(TimePoint now) const = 0;
  /// Stage events go to the session until it is closed.
  virtual void watch_events(Session& session, RequestId request) = 0;
  /// Nobody waits any more for what this session asked.
  virtual void close(Session& session) = 0;
};

}  // namespace wallaby::node
