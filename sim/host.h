// sim/host.h
//
// One machine of a simulated cluster: a disk, a clock that is not quite right, and, while it runs, a node::Node, perhaps with a
// PostgreSQL door beside its native one. It is the simulator's counterpart of the server: as dull, and driving the same code.
//
//     off  --power_on--> down --start()--> up --kill(), stop--> down       the disk keeps everything
//                                           \--power_cut()--> off          the disk forgets what was not synced
//
// A turn: events that came (bytes, finished jobs, ticks) are stepped into the node one after the other, then its
// outputs are taken and performed. An Observer sees everything in between; all checking hangs on it.
//
// When the node says Stopped, its process is gone. After a failed flush that is its duty (fail-stop).
//
// Owns disk and node. Threads: none.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "node/core.h"
#include "node/data_directory.h"
#include "node/events.h"
#include "node/front_door.h"
#include "node/node.h"
#include "node/options.h"
#include "sim/lanes.h"
#include "sim/scheduler.h"
#include "sim/sim_disk.h"
#include "sim/sim_net.h"
#include "sim/tally.h"
#include "sim/trace.h"

namespace wallaby::sim {

class Host;

enum class Ending : uint8_t { kKilled, kPowerCut, kStopped, kFailed };

/// Sees what happens at every host, before it has effects outside.
class Observer {
 public:
  virtual ~Observer() = default;
  /// open_data_directory() returned (not called when the power went meanwhile).
  virtual void opened(Host& host, const Result<node::OpenedDirectory>& opened) = 0;
  virtual void turn_begins(Host& host) = 0;
  /// About to be stepped into the node.
  virtual void event(Host& host, const node::NodeEvent& event) = 0;
  /// Taken from the node, not performed yet.
  virtual void outputs(Host& host, const std::vector<node::NodeOutput>& outputs) = 0;
  virtual void ended(Host& host, Ending ending) = 0;
};

/// What all hosts of one life share.
struct World {
  Scheduler& scheduler;
  SimNet& net;
  Trace& trace;
  Tally& tally;
  Observer& observer;
};

struct HostClock {
  Duration offset = std::chrono::hours(1);
  double rate = 1;  ///< seconds on this clock for one second of virtual time
};

struct HostOptions {
  Place place;
  node::Role role = node::Role::kPrimary;
  node::NodeOptions node;
  bool sql = false;  ///< it has a PostgreSQL door, at kSqlPort
  HostClock clock;
  DiskTimes disk;
  uint64_t turn_events = 8;  ///< at most so many events in one turn
  Duration turn_delay = std::chrono::microseconds(5);
};

class Host final : public Party {
 public:
  Host(World world, HostOptions options, Random random);

  // --- its life ---
  /// Opens the directory and starts the node. False: it refused (open_error()), or the power went meanwhile.
  bool start();
  void request_stop();
  void kill();
  void power_cut();
  /// The same, and nothing that was not synced survives by luck.
  void power_cut_losing_all();
  void freeze(Duration how_long);
  /// A new, empty disk.
  void wipe();
  bool up() const { return node_ != nullptr; }
  bool ready() const { return ready_; }
  /// Since the machine has power.
  bool powered() const { return powered_; }
  const std::optional<Error>& open_error() const { return open_error_; }
  const std::string& stop_reason() const { return stop_reason_; }
  /// How its last process ended; nullopt while one runs.
  std::optional<Ending> ending() const { return ending_; }

  // --- what others see of it ---
  const Place& place() const { return options_.place; }
  node::Role role() const { return options_.role; }
  HostOptions& options() { return options_; }
  SimDisk& disk() { return disk_; }
  Lanes& lanes() { return lanes_; }
  const node::Node& node() const { return *node_; }
  /// As of the last turn.
  const node::NodeStatus& status();
  /// Lines for the operator of this process, newest last.
  const std::deque<std::string>& log() const { return log_; }
  /// Lines so far, over all processes.
  uint64_t lines() const { return lines_; }
  uint64_t starts() const { return starts_; }
  /// Handed to a connection's socket and not yet taken by it.
  uint64_t unsent(node::ConnectionId connection) const;

  // --- Party ---
  void accepted(Socket socket, const Place& from, Port port) override;
  void connected(Socket socket) override;
  void received(Socket socket, std::string bytes) override;
  void drained(Socket socket, uint64_t bytes) override;
  void lost(Socket socket, const std::string& reason) override;

 private:
  struct Incoming {
    node::NodeEvent event;
    std::string bytes;  ///< of BytesReceived
  };

  TimePoint clock_now() const;
  WallTime wall_now() const;
  void post(node::NodeEvent event, std::string bytes = {});
  void open_doors(Random& chance);
  void schedule_turn(Duration delay);
  void schedule_tick();
  void turn();
  void perform(const node::NodeOutput& output);
  void process_gone(Ending ending);
  void go_dark();
  void say(std::string line);
  void note(const std::string& what);
  template <typename T>
  void note_printed(const char* arrow, const T& what);

  World world_;
  HostOptions options_;
  Random random_;
  SimDisk disk_;
  Lanes lanes_;
  std::unique_ptr<node::Node> node_;
  std::unique_ptr<node::FrontDoor> door_;  ///< null: there is none
  std::unique_ptr<node::Core> core_;       ///< the node and its doors
  std::optional<node::NodeStatus> status_;
  std::deque<Incoming> inbox_;
  std::map<Socket, node::ConnectionId> ids_;
  std::map<node::ConnectionId, Socket> sockets_;
  node::ConnectionId next_accepted_ = 1;
  uint64_t life_ = 0;  ///< grows whenever the process is gone
  uint64_t starts_ = 0, lines_ = 0;
  bool powered_ = true, ready_ = false, turn_scheduled_ = false;
  SimTime frozen_until_{}, tick_at_ = SimTime::max();
  uint64_t idle_ticks_ = 0;
  SimTime last_tick_{-1};
  std::optional<Error> open_error_;
  std::string stop_reason_;
  std::optional<Ending> ending_;
  std::deque<std::string> log_;
};

}  // namespace wallaby::sim
