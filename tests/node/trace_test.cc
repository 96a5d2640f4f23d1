#include <gmock/gmock.h>

#include "replication/trace_log.h"
#include "tests/node/test_cluster.h"

namespace wallaby::node {
namespace {

using replication::CommitTrace;
using replication::Rung;
using replication::Stage;
using replication::StageName;
using replication::TraceLog;
using replication::TracePoint;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using testing::TestCluster;
using namespace std::chrono_literals;

Write traced_put(const std::string& key, std::optional<Rung> ack = {}) {
  return Write{{engine::Change{engine::ChangeKind::kPut, "t", key, "value"}}, ack, true};
}

/// A primary p1, a replica r1 whose clock is five hours ahead, and time that passes with each event.
struct Pair : TestCluster {
  explicit Pair(Rung rung) {
    event_takes = 10us;
    start_primary("p1");
    clock_ahead = 5h;
    start_replica("r1", "p1");
    pass(3s);
    call("p1", SetPolicy{rung, {}, {}});
  }
};

Token token_of(const std::optional<ReplyBody>& reply) {
  return std::get<Written>(reply.value()).token.value();
}

/// The only trace in a reply.
CommitTrace trace_of(const std::optional<ReplyBody>& reply) {
  if (!reply || !std::holds_alternative<Traces>(*reply)) return {};
  const auto& traces = std::get<Traces>(*reply).traces;
  return traces.size() == 1 ? traces[0] : CommitTrace{};
}

CommitTrace put_and_trace(TestCluster& cluster, const std::string& key) {
  Token token = token_of(cluster.call("p1", traced_put(key)));
  return trace_of(cluster.call("p1", GetTraces{.token = token, .wait = true}));
}

/// "p1 flushed", in the trace's order.
std::vector<std::string> order_of(const CommitTrace& trace) {
  std::vector<std::string> order;
  for (const TracePoint& point : trace.points) {
    std::string to = point.to.empty() ? "" : " to " + point.to;
    order.push_back(point.node + " " + std::string(to_string(point.stage)) + to);
  }
  return order;
}

TEST(Trace, ASemiSyncCommitIsSeenAtEveryStageInTheOrderOfCauses) {
  Pair cluster(Rung::kSemiSync);
  CommitTrace trace = put_and_trace(cluster, "a");
  EXPECT_TRUE(trace.complete);
  EXPECT_EQ(trace.rung, Rung::kSemiSync);
  EXPECT_THAT(trace.by, ElementsAre("r1"));
  EXPECT_THAT(order_of(trace), ElementsAre("p1 appended", "p1 flushed", "p1 sent to r1", "r1 received",
                                           "p1 acknowledged", "r1 flushed", "r1 applied"));
  EXPECT_EQ(trace.points[0].at, 0us);
  for (size_t i = 1; i < trace.points.size(); ++i) {
    ASSERT_TRUE(trace.points[i].at) << i;
    EXPECT_GE(*trace.points[i].at, *trace.points[i - 1].at);
  }
}

TEST(Trace, ClocksThatDifferByHoursDoNotMatter) {
  Pair cluster(Rung::kSync);
  for (const TracePoint& point : put_and_trace(cluster, "a").points) {
    ASSERT_TRUE(point.at);
    EXPECT_LT(*point.at, 10ms) << point;
  }
}

TEST(Trace, TheQuestionIsAnsweredOnceTheLastReplicaHasAppliedIt) {
  Pair cluster(Rung::kSemiSync);
  cluster.call("r1", HoldStage{{Stage::kApplied, {}}});
  Token token = token_of(cluster.call("p1", traced_put("a")));
  RequestId waiting = cluster.send("p1", GetTraces{.token = token, .wait = true});
  cluster.pass(3s);
  EXPECT_THAT(cluster.replies("p1", waiting), SizeIs(0));
  CommitTrace now = trace_of(cluster.call("p1", GetTraces{.token = token}));
  EXPECT_FALSE(now.complete);
  EXPECT_THAT(order_of(now).back(), "r1 applied");
  EXPECT_EQ(now.points.back().at, std::nullopt);
  cluster.call("r1", ReleaseStage{});
  ASSERT_THAT(cluster.replies("p1", waiting), SizeIs(1));
  CommitTrace then = trace_of(cluster.replies("p1", waiting)[0]);
  EXPECT_TRUE(then.complete);
  EXPECT_GE(*then.points.back().at, 3s);
}

TEST(Trace, ACancelledQuestionGetsTheTraceAsItIs) {
  Pair cluster(Rung::kAsync);
  cluster.call("r1", HoldStage{{Stage::kApplied, {}}});
  Token token = token_of(cluster.call("p1", traced_put("a")));
  RequestId waiting = cluster.send("p1", GetTraces{.token = token, .wait = true});
  cluster.call("p1", Cancel{waiting});
  ASSERT_THAT(cluster.replies("p1", waiting), SizeIs(1));
  EXPECT_EQ(trace_of(cluster.replies("p1", waiting)[0]).token, token);
  cluster.call("r1", ReleaseStage{});
  EXPECT_THAT(cluster.replies("p1", waiting), SizeIs(1));
}

TEST(Trace, NobodyIsAnsweredWhoHasHungUp) {
  Pair cluster(Rung::kAsync);
  cluster.call("r1", HoldStage{{Stage::kApplied, {}}});
  Token token = token_of(cluster.call("p1", traced_put("a")));
  RequestId waiting = cluster.send("p1", GetTraces{.token = token, .wait = true});
  cluster.settle();
  cluster.hang_up("p1");
  cluster.call("r1", ReleaseStage{});
  EXPECT_TRUE(trace_of(cluster.call("p1", GetTraces{.token = token})).complete);
  EXPECT_THAT(cluster.replies("p1", waiting), SizeIs(0));
}

TEST(Trace, AReplicaThatIsGoneIsNotWaitedFor) {
  Pair cluster(Rung::kAsync);
  cluster.cut("p1", "r1", true);
  Token token = token_of(cluster.call("p1", traced_put("a")));
  RequestId waiting = cluster.send("p1", GetTraces{.token = token, .wait = true});
  cluster.settle();
  EXPECT_THAT(cluster.replies("p1", waiting), SizeIs(0));
  cluster.kill("r1");
  cluster.settle();
  ASSERT_THAT(cluster.replies("p1", waiting), SizeIs(1));
  EXPECT_TRUE(trace_of(cluster.replies("p1", waiting)[0]).complete);
}

TEST(Trace, ASessionsOwnRungIsWhatItWasTold) {
  Pair cluster(Rung::kSync);
  cluster.call("r1", HoldStage{{Stage::kApplied, {}}});
  Token token = token_of(cluster.call("p1", traced_put("a", Rung::kAsync)));
  CommitTrace trace = trace_of(cluster.call("p1", GetTraces{.token = token}));
  EXPECT_EQ(trace.rung, Rung::kAsync);
  EXPECT_THAT(order_of(trace), ElementsAre("p1 appended", "p1 flushed", "p1 sent to r1", "r1 received",
                                           "r1 flushed", "p1 acknowledged", "r1 applied"));
  EXPECT_EQ(trace.points[5].at, std::nullopt) << "not visible yet";
}

TEST(Trace, ANodeBehindAReplicaIsPartOfIt) {
  Pair cluster(Rung::kAsync);
  cluster.clock_ahead = -30min;
  cluster.start_replica("r2", "r1");
  cluster.pass(3s);
  CommitTrace trace = put_and_trace(cluster, "a");
  EXPECT_TRUE(trace.complete);
  EXPECT_THAT(order_of(trace), ElementsAre("p1 appended", "p1 flushed", "p1 acknowledged", "p1 sent to r1",
                                           "r1 received", "r1 flushed", "r1 applied", "r1 sent to r2",
                                           "r2 received", "r2 flushed", "r2 applied"));
  for (const TracePoint& point : trace.points) EXPECT_LT(point.at.value(), 10ms) << point;
  cluster.kill("r2");
  cluster.settle();
  EXPECT_THAT(order_of(put_and_trace(cluster, "b")), SizeIs(7));
}

TEST(Trace, AfterABaseCopyAReplicaIsPartOfIt) {
  TestCluster cluster;
  cluster.defaults.max_slot_keep = 64 << 10;
  cluster.defaults.checkpoint_log = 100 << 10;
  cluster.start_primary("p1");
  for (int i = 0; i < 1500; ++i) cluster.put("p1", "k" + std::to_string(i % 100), std::string(500, 'x'));
  cluster.start_replica("r1", "p1");
  cluster.pass(5s);
  ASSERT_THAT(cluster.status("r1").upstream->way, HasSubstr("snapshot"));
  EXPECT_THAT(order_of(put_and_trace(cluster, "a")), ::testing::Contains("r1 applied"));
}

TEST(Trace, AboveTheRateASampleIsTraced) {
  Pair cluster(Rung::kAsync);
  cluster.event_takes = {};
  cluster.pass(1s);
  for (int i = 0; i < 300; ++i) {
    Write write = traced_put("k");
    write.trace = false;
    cluster.send("p1", std::move(write));
  }
  cluster.come_to_rest();
  auto sample = std::get<Traces>(*cluster.call("p1", GetTraces{.last = 1000})).traces;
  EXPECT_THAT(sample, SizeIs(TraceLog::kPerSecond));
  EXPECT_TRUE(put_and_trace(cluster, "asked for").complete);
  Token untraced = token_of(cluster.put("p1", "k", "v"));
  auto none = cluster.call("p1", GetTraces{.token = untraced, .wait = true});
  EXPECT_THAT(std::get<Traces>(*none).traces, SizeIs(0));
}

TEST(Trace, OnlyTheNewestAreKept) {
  Pair cluster(Rung::kAsync);
  Token first = token_of(cluster.call("p1", traced_put("a")));
  Token last;
  for (size_t i = 0; i < TraceLog::kKept; ++i) last = token_of(cluster.call("p1", traced_put("a")));
  EXPECT_EQ(trace_of(cluster.call("p1", GetTraces{.token = first})), CommitTrace{});
  auto kept = std::get<Traces>(*cluster.call("p1", GetTraces{.last = 1000})).traces;
  ASSERT_THAT(kept, SizeIs(TraceLog::kKept));
  EXPECT_GT(kept.front().token, first);
  EXPECT_EQ(kept.back().token, last);
  EXPECT_EQ(trace_of(cluster.call("p1", GetTraces{.last = 1})).token, last);
}

TEST(Trace, AnotherTimelinesTokenHasNone) {
  Pair cluster(Rung::kAsync);
  Token token = token_of(cluster.call("p1", traced_put("a")));
  token.timeline.value += 1;
  EXPECT_EQ(trace_of(cluster.call("p1", GetTraces{.token = token, .wait = true})), CommitTrace{});
  token.timeline = {};
  EXPECT_EQ(trace_of(cluster.call("p1", GetTraces{.token = token})).token.lsn, token.lsn);
}

TEST(Trace, AReplicaSendsItsAskersToThePrimary) {
  Pair cluster(Rung::kAsync);
  auto refused = cluster.call("r1", GetTraces{.last = 1});
  ASSERT_TRUE(std::holds_alternative<Failed>(refused.value()));
  EXPECT_EQ(std::get<Failed>(*refused).error.code, ErrorCode::kRefused);
  EXPECT_THAT(std::get<Failed>(*refused).error.message, HasSubstr("ask it at 127.0.0.1:7400"));
}

}  // namespace
}  // namespace wallaby::node
