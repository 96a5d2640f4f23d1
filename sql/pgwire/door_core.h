// sql/pgwire/door_core.h
//
// The connections of the PostgreSQL door: who may come in, whose turn it is, what leaves. door.h is this on a node; tests give it
// sessions that are made up.
//
// Turns. Bytes that came are worked on at once, in step(), so what a statement appends goes into the same log write as what the native door
// appends in this turn. take_outputs() runs those that were woken since, lets each one that rests have one more slice, and
// collects. Whoever rests again waits for the next step(); next_deadline() asks for it at once.
//
//     step(A: long scan) -> rests      step(B: point read) -> done      take_outputs(): A's next slice, then what both have to send
//
// Limits: max_connections sessions (53300), and kMaxVisitors connections more that have not logged in yet; a CancelRequest
// is one of these, so it comes through when the house is full.
//
// Cancel keys are 4 unpredictable bytes; a wrong one is ignored, as a right one for a session that does nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "node/events.h"
#include "sql/pgwire/connection.h"
#include "sql/pgwire/connection_host.h"
#include "sql/pgwire/door_options.h"
#include "sql/storage/catalog.h"

namespace wallaby::sql::pgwire {

/// What the door needs of the node and of its SQL.
class DoorServices {
 public:
  virtual ~DoorServices() = default;
  /// What the roles are now; 57P03 while the node does not serve reads.
  virtual SqlResult<std::shared_ptr<const Catalog>> catalog() = 0;
  virtual SqlResult<std::unique_ptr<Session>> open_session(TimePoint now, SessionStart start,
                                                           ClientChannel& client) = 0;
};

class DoorCore final : public ConnectionHost {
 public:
  using Entropy = std::function<void(std::span<uint8_t>)>;
  static constexpr size_t kMaxVisitors = 100;

  DoorCore(DoorOptions options, DoorServices& services, Entropy entropy);
  ~DoorCore() override;

  void step(TimePoint now, const node::NodeEvent& event);
  std::vector<node::NodeOutput> take_outputs(TimePoint now);
  TimePoint next_deadline() const;
  bool owns(node::ConnectionId connection) const { return all_.contains(connection); }

  // --- ConnectionHost ---
  SqlResult<Login> admit(TimePoint now, const Visitor& visitor) override;
  CancelKey enroll(Connection& connection) override;
  SqlResult<std::unique_ptr<Session>> open_session(TimePoint now, SessionStart start,
                                                   ClientChannel& client) override;
  void cancel(TimePoint now, CancelKey key) override;
  void fill_with_chance(std::span<uint8_t> bytes) override { entropy_(bytes); }
  void touched(Connection& connection) override;
  void log(node::LogLevel level, std::string text) override;

 private:
  struct Entry {
    std::unique_ptr<Connection> connection;
    std::optional<CancelKey> key;  ///< of a session
    TimePoint deadline = kNever;   ///< as in deadlines_
    bool reading = true;
    bool running = false;                    ///< inside of its run()
    bool runnable = false, resting = false;  ///< is in the list of this name
    bool dirty = false;
  };

  void on(TimePoint now, const node::ConnectionAccepted& event);
  void on(TimePoint now, const node::BytesReceived& event);
  void on(TimePoint now, const node::BytesSent& event);
  void on(TimePoint now, const node::ConnectionLost& event);
  void on(TimePoint now, const node::Tick& event);
  void on(TimePoint now, const node::StopRequested& event);
  template <typename Other>
  void on(TimePoint, const Other&) {}

  Entry* find(node::ConnectionId id);
  void run(TimePoint now, Entry& entry);
  void make_runnable(Entry& entry);
  void make_dirty(Entry& entry);
  void set_deadline(Entry& entry, TimePoint deadline);
  void send(Entry& entry, std::vector<node::NodeOutput>& outputs);
  void remove(node::ConnectionId id);

  const DoorOptions options_;
  DoorServices& services_;
  const Entropy entropy_;
  std::string mock_secret_;  ///< for the salts of roles that do not exist

  std::unordered_map<node::ConnectionId, Entry> all_;
  std::map<int32_t, node::ConnectionId> by_pid_;
  int32_t last_pid_ = 0;
  std::vector<node::ConnectionId> runnable_, resting_, dirty_;
  std::set<std::pair<TimePoint, node::ConnectionId>> deadlines_;
  std::vector<node::NodeOutput> logs_;
  TimePoint now_;
  bool new_turn_ = false;  ///< a step() came since the last take_outputs()
  bool stopping_ = false;
};

}  // namespace wallaby::sql::pgwire
