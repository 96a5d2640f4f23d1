// A node with a second door: whose is an event, and what a turn does with both.
#include "node/core.h"

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/backend.h"
#include "node/data_directory.h"
#include "node/front_door.h"
#include "node/node.h"
#include "tests/support/memory_file_system.h"

namespace wallaby::node {
namespace {

using ::testing::ElementsAre;
using testing::MemoryFileSystem;

/// Each byte that comes is a statement: put it into table "t". The answers are a byte each: '+' or '-'.
class ByteDoor final : public FrontDoor, public Session {
 public:
  explicit ByteDoor(Backend& backend) : backend_(backend) { backend_.open(*this); }

  void step(TimePoint now, const NodeEvent& event) override {
    now_ = now;
    std::ostringstream text;
    text << event;
    seen.push_back(text.str());
    if (const auto* accepted = std::get_if<ConnectionAccepted>(&event)) owned_.insert(accepted->id);
    if (const auto* bytes = std::get_if<BytesReceived>(&event))
      for (char byte : bytes->bytes) waiting_.emplace_back(bytes->id, byte);
  }
  std::vector<NodeOutput> take_outputs(TimePoint) override {
    // One statement at a time, as a session does it.
    if (!busy_ && !waiting_.empty()) {
      busy_ = true;
      backend_.run(now_, *this, 1, statement(waiting_.front().second), {});
    }
    std::vector<NodeOutput> outputs;
    if (!out_.empty()) outputs.emplace_back(SendBytes{waiting_of_, {SharedBytes(std::exchange(out_, {}))}});
    return outputs;
  }
  TimePoint next_deadline() const override { return deadline; }
  bool owns(ConnectionId id) const override { return owned_.contains(id); }

  void answer(RequestId, ReplyBody body) override {
    waiting_of_ = waiting_.front().first;
    waiting_.pop_front();
    busy_ = false;
    // Held back until the last one, as a pipeline's answers are.
    held_ += std::holds_alternative<Written>(body) ? '+' : '-';
    if (waiting_.empty()) out_ += std::exchange(held_, {});
  }
  void reached(TimePoint, RequestId) override {}
  void views_dropped(const std::string&) override {}

  std::vector<std::string> seen;
  TimePoint deadline = kNever;

 private:
  static Statement statement(char byte) {
    return [byte](engine::Transaction& tx) -> Result<void> {
      if (!tx.has_table("t"))
        if (auto made = tx.create_table("t"); !made) return made;
      return tx.put("t", std::string(1, byte), "1");
    };
  }

  Backend& backend_;
  TimePoint now_;
  std::set<ConnectionId> owned_;
  std::deque<std::pair<ConnectionId, char>> waiting_;
  bool busy_ = false;
  std::string held_, out_;
  ConnectionId waiting_of_ = 0;
};

class CoreTest : public ::testing::Test {
 protected:
  CoreTest() {
    Random random(1);
    NodeOptions options;
    options.name = "p1";
    options.address = "127.0.0.1:7400";
    options.log.segment_file_size = 1 << 20;
    auto opened = open_data_directory(disk_, {Role::kPrimary, "p1", options.log}, random, {});
    node.emplace(now, WallTime{}, options, std::move(*opened), random);
    door.emplace(node->backend());
    core = core_of(*node, &*door);
    core->step(now, Tick{});
    drain();
  }

  /// Runs jobs until there are none; all that was sent, and how often the log was written and flushed.
  void drain() {
    for (;;) {
      std::vector<FileJob> jobs;
      for (NodeOutput& output : core->take_outputs()) {
        if (auto* run = std::get_if<RunJob>(&output)) jobs.push_back(std::move(run->job));
        if (auto* send = std::get_if<SendBytes>(&output))
          for (const SharedBytes& piece : send->pieces) sent[send->id] += piece.view();
        last_is_stopped = std::holds_alternative<Stopped>(output);
      }
      if (jobs.empty()) return;
      for (FileJob& job : jobs) {
        if (job.lane == Lane::kFlush) ++flushes;
        core->step(now, JobFinished{run_job(job, disk_)});
      }
    }
  }

  MemoryFileSystem disk_;
  TimePoint now{std::chrono::hours(1)};
  std::optional<Node> node;
  std::optional<ByteDoor> door;
  std::unique_ptr<Core> core;
  std::map<ConnectionId, std::string> sent;
  int flushes = 0;
  bool last_is_stopped = false;
};

TEST_F(CoreTest, EventsGoToWhomTheyAreFor) {
  door->seen.clear();
  core->step(now, ConnectionAccepted{1, "x", Door::kNative});
  core->step(now, ConnectionAccepted{3, "y", Door::kSql});
  core->step(now, BytesReceived{1, "?"});
  core->step(now, BytesReceived{3, "a"});
  core->step(now, BytesSent{1, 0});
  core->step(now, ConnectionLost{3, "gone"});
  core->step(now, Tick{});
  EXPECT_THAT(door->seen, ElementsAre("accepted 3 from y at the SQL door", "received 3: 1 bytes",
                                      "lost 3: gone", "tick"));
}

TEST_F(CoreTest, AnswersAndWhatASessionDoesNextBelongToTheTurn) {
  core->step(now, ConnectionAccepted{3, "y", Door::kSql});
  core->step(now, BytesReceived{3, "abc"});
  drain();
  // Each statement is run when the one before is answered; nothing else happened that could have woken anybody.
  EXPECT_EQ(sent[3], "+++");
  EXPECT_EQ(node->store().visible_view().count("t"), 3u);
}

TEST_F(CoreTest, StatementsOfOneTurnShareAFlushWhicheverDoorTheyCameThrough) {
  core->step(now, ConnectionAccepted{1, "x", Door::kNative});
  core->step(now, ConnectionAccepted{3, "y", Door::kSql});
  std::string put;
  encode_request(Request{1, Write{{{engine::ChangeKind::kPut, "u", "k", "v"}}, {}}}, put);
  flushes = 0;
  core->step(now, BytesReceived{3, "a"});
  core->step(now, BytesReceived{1, put});
  drain();
  EXPECT_EQ(flushes, 1);
  EXPECT_EQ(sent[3], "+");
  EXPECT_FALSE(sent[1].empty());
}

TEST_F(CoreTest, LastWordsLeaveBeforeTheEnd) {
  core->step(now, ConnectionAccepted{3, "y", Door::kSql});
  core->step(now, BytesReceived{3, "a"});
  core->step(now, StopRequested{});
  drain();
  EXPECT_EQ(sent[3].size(), 1u);
  EXPECT_TRUE(last_is_stopped);
}

TEST_F(CoreTest, TheEarlierDeadlineCounts) {
  TimePoint nodes = node->next_deadline();
  EXPECT_EQ(core->next_deadline(), nodes);
  door->deadline = nodes - std::chrono::milliseconds(1);
  EXPECT_EQ(core->next_deadline(), door->deadline);
}

}  // namespace
}  // namespace wallaby::node
