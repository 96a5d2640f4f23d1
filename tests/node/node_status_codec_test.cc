#include <sstream>

#include <gtest/gtest.h>

#include "base/random.h"
#include "node/node_status.h"

namespace wallaby::node {
namespace {

/// Every field holds a value of its own, so that a swapped or forgotten one shows.
NodeStatus full_status() {
  uint64_t next = 1;
  auto number = [&next] { return next++ * 1'000'003; };
  auto lsn = [&number] { return Lsn{number()}; };
  auto duration = [&number] { return Duration(static_cast<int64_t>(number())); };
  auto lag = [&] { return LagStatus{number(), number(), number(), duration(), duration(), duration()}; };
  NodeStatus status{.version = "0.1.0",
                    .role = "primary",
                    .name = "p1",
                    .address = "127.0.0.1:7400",
                    .sql_address = "127.0.0.1:5432"};
  status.cluster = ClusterId{number()};
  status.directory = DirectoryId{number()};
  status.timeline = TimelineId{3};
  status.uptime = duration();
  status.appended = lsn();
  status.flushed = lsn();
  status.flushes = number();
  status.visible = lsn();
  status.reads_refused = "r2 is missing";
  status.writes_refused = "the disk is full";
  status.rung = "semi-sync";
  status.sync_replicas = "ANY 1 (*)";
  status.on_missing = "degrade=10s";
  status.degraded = "r2 did not answer";
  status.members = {"r1", "r2"};
  status.waiting = number();
  status.queued = number();
  status.missing = {"r2"};
  status.waiting_for = "waiting for r2 to receive 0/1A8";
  status.rungs = {{"async", number(), number(), number(), number(), duration()},
                  {"sync", number(), number(), number(), number(), duration()}};
  status.loss = LossStatus{number(), number(), false};
  for (const char* name : {"r1", "r2"}) {
    ReplicaStatus replica{.name = name, .address = "127.0.0.1:7401", .state = "streaming", .way = "continue"};
    replica.member = replica.name == "r1";
    if (replica.name == "r2")
      replica.holds = {{replication::Stage::kFlushed, replication::Stage::kApplied}, duration()};
    replica.sent = lsn();
    replica.positions = {lsn(), lsn(), lsn()};
    replica.sent_lag_bytes = number();
    replica.lag = lag();
    replica.last_report = duration();
    replica.slot_lost = replica.name == "r2";
    replica.copied_bytes = number();
    replica.copy_size = number();
    status.replicas.push_back(replica);
  }
  status.upstream = UpstreamStatus{
      "127.0.0.1:7400",       "copying", "it was away", "127.0.0.1:7399", lsn(), number(), number(),
      "snapshot: far behind", lag()};
  status.holds = {{{replication::Stage::kSent, "r2"}, lsn(), number(), number()},
                  {{replication::Stage::kAcknowledged, ""}, lsn(), number(), number()}};
  status.apply_delay = duration();
  status.log_oldest = lsn();
  status.log_bytes = number();
  status.log_segments = number();
  status.checkpoint_newest = lsn();
  status.checkpoint_oldest = lsn();
  status.checkpoint_running = true;
  status.tables = number();
  status.rows = number();
  status.memory = number();
  status.memory_limit = number();
  status.digest_position = lsn();
  status.digest = number();
  status.sessions = number();
  return status;
}

TEST(NodeStatusCodec, ComesBackAsItWas) {
  EXPECT_EQ(decode_status(encode_status(full_status())), full_status());
  EXPECT_EQ(decode_status(encode_status({})), NodeStatus{});
}

TEST(NodeStatusCodec, CutAtAnyByteOrDamagedItIsNeverMoreThanAnError) {
  std::string bytes = encode_status(full_status());
  for (size_t cut = 0; cut < bytes.size(); ++cut) {
    auto decoded = decode_status(std::string_view(bytes).substr(0, cut));
    if (!decoded) {
      EXPECT_EQ(decoded.error().code, ErrorCode::kProtocol);
    }
  }
  Random random(1);
  for (int i = 0; i < 5000; ++i) {
    std::string damaged = bytes;
    for (uint64_t flips = random.between(1, 4); flips > 0; --flips)
      damaged[random.below(damaged.size())] = static_cast<char>(random.next());
    decode_status(damaged);
  }
}

TEST(NodeStatus, PrintsWhatThereIs) {
  NodeStatus status{.role = "primary", .name = "p1", .timeline = TimelineId{1}};
  status.appended = status.flushed = Lsn{0x88};
  status.visible = Lsn{0x58};
  status.rung = "sync";
  status.sync_replicas = "ALL";
  status.members = {"r1", "r2"};
  status.waiting = 1;
  status.missing = {"r2"};
  status.replicas = {{.name = "r1",
                      .state = "streaming",
                      .way = "continue",
                      .member = true,
                      .sent = Lsn{0x88},
                      .positions = {Lsn{0x88}, Lsn{0x88}, Lsn{0x58}}}};
  std::ostringstream out;
  out << status;
  EXPECT_EQ(out.str(),
            "primary p1 timeline 1 appended 0/88 flushed 0/88 visible 0/58 ack sync ALL members r1,r2 "
            "waiting 1 missing r2\n"
            "  replica r1 streaming member sent 0/88 received 0/88 flushed 0/88 applied 0/58 (continue)");
}

}  // namespace
}  // namespace wallaby::node
