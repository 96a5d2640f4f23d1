// node/node_parts.h
//
// The inside of a Node: its parts, and how an event finds the part that it is for. Only node*.cc include this.
//
// A turn: the driver steps any number of events, then takes the outputs once. Steps change state; turn() then lets every part go on
// as far as it can (queued writes, replay, shipping, answers that became due), and collects jobs and bytes.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <variant>
#include <vector>

#include "node/backend.h"
#include "node/checkpointer.h"
#include "node/doorkeeper.h"
#include "node/feeder.h"
#include "node/holds.h"
#include "node/local.h"
#include "node/native_session.h"
#include "node/node.h"
#include "node/primary.h"
#include "node/replica.h"

namespace wallaby::node {

struct Node::Parts final : Backend {
  using Asked = std::pair<Session*, RequestId>;

  Parts(TimePoint now, WallTime wall, NodeOptions options, OpenedDirectory directory, Random random);

  // --- events (node.cc) ---
  void handle(const ConnectionAccepted& event);
  void handle(const ConnectionMade& event);
  void handle(const BytesReceived& event);
  void handle(const BytesSent& event);
  void handle(const ConnectionLost& event);
  void handle(const JobFinished& event);
  void handle(const Tick& event);
  void handle(const StopRequested& event);
  void drain(ConnectionId id);
  void dispatch(Connection& connection, const proto::MessageView& view);
  bool let_in(Connection& connection);
  void refuse(Connection& connection, const Error& error);
  void turn_away(Connection& connection, const Error& error);
  void protocol_error(Connection& connection, const Error& error);
  void lose_session(ConnectionId id);
  void drop_views(const std::string& reason);

  // --- the turn (node_turn.cc) ---
  void turn();
  void progress_roles();
  void release_visibility_waits();
  void release_trace_waits();
  void pump_sessions();
  void tell_watchers();
  void check_failure();
  void check_stop();
  void collect_jobs();
  void housekeeping();
  TimePoint next_deadline() const;

  // --- Backend (node_backend.cc) ---
  void open(Session& session) override;
  Result<engine::View> visible_view() const override;
  void write(TimePoint now, Session& session, RequestId request, const Write& write) override;
  void run(TimePoint now, Session& session, RequestId request, Statement statement,
           std::optional<replication::Rung> ack) override;
  void commit(TimePoint now, Session& session, RequestId request, engine::Transaction transaction,
              Finish finish, std::optional<replication::Rung> ack) override;
  bool conflict(const engine::Transaction& transaction) const override;
  std::optional<Error> read_only() const override;
  void wait_for(TimePoint now, Session& session, RequestId request, Token token) override;
  void cancel(TimePoint now, Session& session, RequestId request) override;
  void commit_status(TimePoint now, Session& session, RequestId request, Token token) override;
  void traces(Session& session, RequestId request, const GetTraces& get) override;
  void admin(TimePoint now, Session& session, RequestId request, const AdminCommand& command) override;
  NodeStatus status(TimePoint now) const override;
  std::optional<std::string> segment_file(Lsn lsn) const override;
  WallTime wall_time(TimePoint now) const override { return local.wall_time(now); }
  void watch_events(Session& session, RequestId request) override;
  void close(Session& session) override;

  void answer_trace(const Asked& asked, Lsn lsn);
  std::optional<Error> reads_refused() const;
  /// The session that had this number when it asked is still here.
  bool still_open(Session* session, uint64_t number) const {
    auto found = present.find(session);
    return found != present.end() && found->second == number;
  }
  Primary* primary() { return std::get_if<Primary>(&role); }
  Replica* replica() { return std::get_if<Replica>(&role); }
  const Primary* primary() const { return std::get_if<Primary>(&role); }
  const Replica* replica() const { return std::get_if<Replica>(&role); }

  enum class Phase : uint8_t { kRunning, kDraining, kMarking, kStopped };

  TimePoint now;
  Local local;
  Doorkeeper doorkeeper;
  Checkpointer checkpointer;
  Feeder feeder;
  Holds holds;
  std::variant<std::monostate, Primary, Replica> role;
  std::map<ConnectionId, std::unique_ptr<NativeSession>> sessions;
  /// All sessions, of every door, with a number each: whoever asked may be gone, and another one live at its address.
  std::map<Session*, uint64_t> present;
  uint64_t next_session = 1;
  std::multimap<Lsn, Asked> visibility_waits;
  std::vector<std::pair<Lsn, Asked>> trace_waits;  ///< until the trace is complete
  std::vector<Asked> watchers;
  std::set<ConnectionId> blocked;  ///< connections with whole messages not looked at yet
  Lsn told_flushed, told_visible;  ///< last told to the feeder
  uint64_t told_ceilings = 0;
  uint64_t flushes = 0;
  uint64_t asked = 0;  ///< calls of the Backend that may have changed something
  TimePoint next_housekeeping;
  Phase phase = Phase::kRunning;
  bool pages_due = false;  ///< a scan has more to send and room for it
};

}  // namespace wallaby::node
