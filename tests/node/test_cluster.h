// tests/node/test_cluster.h
//
// A few nodes in one thread, for tests of single behaviours: perfect network, disks in memory, jobs that are done at
// once. (Faults, delays and chance are the simulator's.) Time moves only when a test says so, by pass() or event_takes.
//
//     TestCluster cluster;
//     cluster.start_primary("p1");
//     cluster.start_replica("r1", "p1");
//     cluster.settle();
//     auto reply = cluster.call("p1", Write{...});
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "node/client_messages.h"
#include "node/node.h"
#include "tests/support/memory_file_system.h"

namespace wallaby::testing {

class TestCluster {
 public:
  TestCluster();
  ~TestCluster();

  /// For nodes started from now on.
  node::NodeOptions defaults;
  /// Where they are: "10.0.0.1" is elsewhere, for each other.
  std::string network = "127.0.0.1";
  /// And where the test's own clients are.
  std::string client_address = "127.0.0.1:50000";
  Duration clock_ahead{};
  /// So much time passes with every event.
  Duration event_takes{};

  void start_primary(const std::string& name);
  void start_replica(const std::string& name, const std::string& feeder);
  /// Opens the directory again after kill(); the error of opening, if any.
  std::optional<Error> restart(const std::string& name);
  /// The process is gone; its disk keeps everything, its connections are reset.
  void kill(const std::string& name);
  /// A clean stop, until the node says so.
  void stop(const std::string& name);
  /// Messages between the two are held back (both ways), or flow again.
  void cut(const std::string& a, const std::string& b, bool is_cut);
  /// Jobs of this node wait until released.
  void hold_jobs(const std::string& name, bool held);

  /// The test's own client of this node closes its connection; the next send() makes a new one.
  void hang_up(const std::string& name);

  /// A connection of the test's own, beside that of send(): bytes go in and come out as they are. TLS is only noted.
  node::ConnectionId visit(const std::string& name, const std::string& from);
  void say(const std::string& name, node::ConnectionId id, std::string bytes);
  /// What it has got since the last call.
  std::string hear(const std::string& name, node::ConnectionId id);
  bool speaks_tls(const std::string& name, node::ConnectionId id) const;
  bool is_closed(const std::string& name, node::ConnectionId id) const;
  /// Bytes that the node handed over with the remark that nobody waits for them.
  uint64_t sent_at_leisure(const std::string& name) const;

  /// Runs until nothing is left to do, be it that a replica put a flush off for a moment (replication/flush_pace.h).
  void settle();
  /// Runs until nothing is left to do at this moment.
  void come_to_rest();
  /// Time passes, in steps small enough for every deadline.
  void pass(Duration time);

  /// Sends a request and gives its number on that node's client connection.
  node::RequestId send(const std::string& name, node::RequestBody body);
  /// All replies to a request so far.
  std::vector<node::ReplyBody> replies(const std::string& name, node::RequestId id);
  /// send, settle, and the last reply (nullopt: none yet).
  std::optional<node::ReplyBody> call(const std::string& name, node::RequestBody body);
  std::optional<node::ReplyBody> put(const std::string& name, const std::string& key,
                                     const std::string& value);
  /// The value in table "t"; "(none)", or the error's text.
  std::string get(const std::string& name, const std::string& key);

  node::NodeStatus status(const std::string& name);
  /// What the node's own clock says.
  TimePoint now(const std::string& name) const;
  node::Node& node(const std::string& name);
  MemoryFileSystem& disk(const std::string& name);
  /// Puts another disk into a node that does not run.
  void restore_disk(const std::string& name, std::unique_ptr<MemoryFileSystem> disk);
  bool running(const std::string& name) const;
  /// Lines that the node said, and its ready line.
  const std::vector<std::string>& said(const std::string& name) const;
  const std::string& ready(const std::string& name) const;
  const std::string& stopped(const std::string& name) const;

 private:
  struct Host;
  struct Pipe;
  Host& host(const std::string& name) const;
  void open(Host& host);
  bool step_host(Host& host);
  void take(Host& host);
  void deliver(Host& host);
  void close_pipes(Host& host);
  TimePoint clock(const Host& host) const;
  TimePoint deadline(const Host& host) const;

  std::map<std::string, std::unique_ptr<Host>> hosts_;
  TimePoint now_{std::chrono::hours(1)};
  uint64_t next_address_ = 7400;
};

}  // namespace wallaby::testing
