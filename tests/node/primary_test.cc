#include "node/primary.h"

#include <gmock/gmock.h>

#include "tests/node/test_cluster.h"

namespace wallaby::node {
namespace {

using engine::Change;
using engine::ChangeKind;
using replication::Rung;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::TestCluster;
using namespace std::chrono_literals;

Write put_of(const std::string& key, const std::string& value) {
  return Write{{Change{ChangeKind::kPut, "t", key, value}}, {}};
}
Write del_of(const std::string& key) {
  return Write{{Change{ChangeKind::kDelete, "t", key, {}}}, {}};
}

Failed failed(const std::optional<ReplyBody>& reply) {
  if (!reply || !std::holds_alternative<Failed>(*reply))
    return Failed{Error{ErrorCode::kIo, "(it did not fail)"}, {}};
  return std::get<Failed>(*reply);
}

Written written(const std::optional<ReplyBody>& reply) {
  if (!reply || !std::holds_alternative<Written>(*reply)) return Written{};
  return std::get<Written>(*reply);
}

TEST(Primary, ABatchIsOneRecordAndAllOrNothing) {
  TestCluster cluster;
  cluster.start_primary("p1");
  Lsn before = cluster.status("p1").appended;
  auto reply = written(cluster.call(
      "p1", Write{{Change{ChangeKind::kPut, "t", "a", "1"}, Change{ChangeKind::kPut, "u", "b", "2"},
                   Change{ChangeKind::kDelete, "t", "a", {}}},
                  {}}));
  EXPECT_EQ(reply.rows, 3u);
  EXPECT_GT(reply.token->lsn, before);
  EXPECT_EQ(cluster.get("p1", "a"), "(none)");
  Lsn middle = cluster.status("p1").appended;
  auto broken = cluster.call(
      "p1",
      Write{{Change{ChangeKind::kPut, "t", "c", "3"}, Change{ChangeKind::kDelete, "nowhere", "x", {}}}, {}});
  EXPECT_EQ(failed(broken).error.code, ErrorCode::kNotFound);
  EXPECT_EQ(cluster.status("p1").appended, middle);
  EXPECT_EQ(cluster.get("p1", "c"), "(none)");
}

TEST(Primary, WhatIsDoneAtTheStartIsThereWhenItIsReady) {
  TestCluster cluster;
  cluster.defaults.rung = Rung::kSync;
  cluster.defaults.sync_replicas = "ANY 1 (*)";
  cluster.defaults.opening = [](engine::Transaction& transaction) -> Result<void> {
    if (auto made = transaction.create_table("t"); !made) return made;
    return transaction.put("t", "first", "1");
  };
  cluster.start_primary("p1");
  EXPECT_EQ(cluster.ready("p1"), "");
  cluster.settle();
  EXPECT_NE(cluster.ready("p1"), "") << "no replica is there yet to wait for";
  EXPECT_TRUE(cluster.node("p1").store().newest_view().get("t", "first"));
  cluster.start_replica("r1", "p1");
  cluster.pass(3s);
  EXPECT_EQ(cluster.get("r1", "first"), "1");
  EXPECT_EQ(cluster.status("p1").sessions, 0u) << "it had none of its own";
}

TEST(Primary, WhatFailsAtTheStartIsToldAndItStartsNevertheless) {
  TestCluster cluster;
  cluster.defaults.opening = [](engine::Transaction&) -> Result<void> {
    return error(ErrorCode::kRefused, "there is a role already");
  };
  cluster.start_primary("p1");
  cluster.settle();
  EXPECT_NE(cluster.ready("p1"), "");
  EXPECT_THAT(cluster.said("p1"), ::testing::Contains(HasSubstr("there is a role already")));
}

TEST(Primary, ADeleteOfAMissingKeyLogsNothing) {
  TestCluster cluster;
  cluster.start_primary("p1");
  cluster.call("p1", put_of("a", "1"));
  Lsn before = cluster.status("p1").appended;
  auto reply = written(cluster.call("p1", del_of("nobody")));
  EXPECT_EQ(reply.rows, 0u);
  EXPECT_EQ(reply.token, std::nullopt);
  EXPECT_EQ(cluster.status("p1").appended, before);
}

TEST(Primary, AnAnswerWithoutARecordWaitsForWhatItRead) {
  TestCluster cluster;
  cluster.start_primary("p1");
  cluster.start_replica("r1", "p1");
  cluster.pass(3s);
  cluster.call("p1", put_of("a", "1"));
  cluster.call("p1", SetPolicy{Rung::kSync, {}});
  cluster.kill("r1");
  RequestId erased = cluster.send("p1", del_of("a"));
  cluster.settle();
  RequestId again = cluster.send("p1", del_of("a"));
  cluster.settle();
  // "No such row" would tell of a delete that may yet be lost.
  EXPECT_TRUE(cluster.replies("p1", erased).empty());
  EXPECT_TRUE(cluster.replies("p1", again).empty());
  cluster.call("p1", SetPolicy{Rung::kAsync, {}});
  EXPECT_EQ(written(cluster.replies("p1", erased).back()).rows, 1u);
  EXPECT_EQ(written(cluster.replies("p1", again).back()).rows, 0u);
}

TEST(Primary, LimitsAreRefusedWithTheReasonAndLogNothing) {
  TestCluster cluster;
  cluster.start_primary("p1");
  cluster.settle();
  Lsn before = cluster.status("p1").appended;
  EXPECT_EQ(failed(cluster.call("p1", put_of(std::string(9000, 'k'), "v"))).error.code, ErrorCode::kTooLarge);
  EXPECT_EQ(failed(cluster.call("p1", put_of("k", std::string(17 << 20, 'v')))).error.code,
            ErrorCode::kTooLarge);
  Write large;
  for (int i = 0; i < 5; ++i)
    large.changes.push_back(Change{ChangeKind::kPut, "t", std::to_string(i), std::string(15 << 20, 'v')});
  EXPECT_EQ(failed(cluster.call("p1", large)).error.code, ErrorCode::kTooLarge);
  EXPECT_EQ(cluster.status("p1").appended, before);
}

TEST(Primary, OverTheMemoryLimitOnlyDeletesAreTaken) {
  TestCluster cluster;
  cluster.defaults.memory_limit = 20'000;
  cluster.start_primary("p1");
  int taken = 0;
  std::optional<ReplyBody> last;
  for (; taken < 100; ++taken) {
    last = cluster.call("p1", put_of("k" + std::to_string(taken), std::string(1000, 'x')));
    if (!std::holds_alternative<Written>(*last)) break;
  }
  EXPECT_LT(taken, 100);
  EXPECT_EQ(failed(last).error.code, ErrorCode::kRefused);
  EXPECT_THAT(failed(last).error.message, HasSubstr("--memory-limit"));
  for (int i = 0; i < taken; ++i)
    EXPECT_EQ(written(cluster.call("p1", del_of("k" + std::to_string(i)))).rows, 1u);
  EXPECT_TRUE(std::holds_alternative<Written>(*cluster.call("p1", put_of("k", "v"))));
}

TEST(Primary, AFullDiskRefusesWritesAnswersReadsAndRecovers) {
  TestCluster cluster;
  cluster.start_primary("p1");
  cluster.call("p1", put_of("a", "1"));
  cluster.disk("p1").set_capacity(cluster.disk("p1").used() + 1000);
  cluster.pass(2s);
  auto refused = failed(cluster.call("p1", put_of("b", "2")));
  EXPECT_EQ(refused.error.code, ErrorCode::kDiskFull);
  EXPECT_EQ(cluster.get("p1", "a"), "1");
  cluster.disk("p1").set_capacity(1 << 30);
  cluster.pass(3s);
  EXPECT_TRUE(std::holds_alternative<Written>(*cluster.call("p1", put_of("b", "2"))));
}

TEST(Primary, AFailedFlushStopsTheNodeAndAnswersNobody) {
  TestCluster cluster;
  cluster.start_primary("p1");
  cluster.call("p1", put_of("a", "1"));
  cluster.disk("p1").fail_at(2, ErrorCode::kIo);  // the write passes, the flush does not
  RequestId doubtful = cluster.send("p1", put_of("b", "2"));
  cluster.settle();
  EXPECT_FALSE(cluster.running("p1"));
  EXPECT_THAT(cluster.stopped("p1"), HasSubstr("failed: "));
  EXPECT_TRUE(cluster.replies("p1", doubtful).empty());
  cluster.disk("p1").cut_power_losing_all();
  ASSERT_EQ(cluster.restart("p1"), std::nullopt);
  EXPECT_EQ(cluster.get("p1", "a"), "1");
}

TEST(Primary, WritesQueueWhileASegmentIsPrepared) {
  TestCluster cluster;
  cluster.start_primary("p1");
  cluster.settle();
  cluster.hold_jobs("p1", true);
  std::vector<RequestId> asked;
  for (int i = 0; i < 200; ++i)
    asked.push_back(cluster.send("p1", put_of("k" + std::to_string(i), std::string(1000, 'x'))));
  cluster.settle();
  EXPECT_GT(cluster.status("p1").queued, 0u);
  cluster.hold_jobs("p1", false);
  cluster.settle();
  EXPECT_EQ(cluster.status("p1").queued, 0u);
  for (RequestId id : asked) EXPECT_EQ(cluster.replies("p1", id).size(), 1u);
}

TEST(Primary, AMemberThatHoldsMoreStopsAcknowledgementsUntilItIsDropped) {
  TestCluster cluster;
  cluster.start_primary("p1");
  cluster.start_replica("r1", "p1");
  cluster.pass(3s);
  cluster.call("p1", put_of("a", "1"));
  auto earlier = cluster.disk("p1").clone();
  cluster.call("p1", put_of("b", "2"));
  // The primary's disk goes back in time: what r1 holds is flushed and gone.
  cluster.kill("p1");
  cluster.restore_disk("p1", std::move(earlier));
  ASSERT_EQ(cluster.restart("p1"), std::nullopt);
  cluster.pass(3s);
  RequestId waiting = cluster.send("p1", put_of("c", "3"));
  cluster.pass(2s);
  ASSERT_FALSE(cluster.replies("p1", waiting).empty());
  EXPECT_THAT(std::get<ClientNotice>(cluster.replies("p1", waiting).front()).text,
              HasSubstr("drop-replica r1"));
  EXPECT_EQ(cluster.status("r1").upstream->state, "refused");
  EXPECT_TRUE(std::holds_alternative<Done>(*cluster.call("p1", DropReplica{"r1"})));
  EXPECT_TRUE(std::holds_alternative<Written>(cluster.replies("p1", waiting).back()));
}

TEST(Primary, ADroppedReplicaStaysOutUntilItIsRestarted) {
  TestCluster cluster;
  cluster.start_primary("p1");
  cluster.start_replica("r1", "p1");
  cluster.pass(3s);
  EXPECT_EQ(failed(cluster.call("p1", DropReplica{"nobody"})).error.code, ErrorCode::kNotFound);
  cluster.call("p1", DropReplica{"r1"});
  cluster.pass(5s);
  EXPECT_TRUE(cluster.status("p1").members.empty());
  EXPECT_EQ(cluster.status("r1").upstream->state, "dropped");
  cluster.kill("r1");
  ASSERT_EQ(cluster.restart("r1"), std::nullopt);
  cluster.pass(3s);
  EXPECT_THAT(cluster.status("p1").members, ElementsAre("r1"));
}

TEST(Primary, AWeakerSessionIsAnsweredEarlyAndItsNextReadWaits) {
  TestCluster cluster;
  cluster.start_primary("p1");
  cluster.start_replica("r1", "p1");
  cluster.pass(3s);
  cluster.call("p1", SetPolicy{Rung::kSync, {}});
  cluster.call("r1", HoldStage{});
  Write early = put_of("a", "1");
  early.ack = Rung::kAsync;
  EXPECT_EQ(written(cluster.call("p1", early)).rung, Rung::kAsync);
  RequestId read = cluster.send("p1", Get{"t", "a", {}});
  cluster.settle();
  EXPECT_TRUE(cluster.replies("p1", read).empty());
  cluster.call("r1", ReleaseStage{});
  EXPECT_EQ(std::get<Value>(cluster.replies("p1", read).back()).value, "1");
}

TEST(Primary, TheSwitchIsKeptOverARestart) {
  TestCluster cluster;
  cluster.start_primary("p1");
  cluster.call("p1", SetPolicy{Rung::kSemiSync, "ANY 2 (*)"});
  cluster.kill("p1");
  ASSERT_EQ(cluster.restart("p1"), std::nullopt);
  auto shown = std::get<PolicyReply>(*cluster.call("p1", SetPolicy{}));
  EXPECT_EQ(shown.rung, "semi-sync");
  EXPECT_EQ(shown.sync_replicas, "ANY 2 (*)");
  auto back = std::get<PolicyReply>(*cluster.call("p1", SetPolicy{Rung::kSync, "DEFAULT"}));
  EXPECT_EQ(back.sync_replicas, "ALL");
  EXPECT_EQ(failed(cluster.call("p1", SetPolicy{{}, "ANY 0 (*)", {}})).error.code,
            ErrorCode::kInvalidArgument);
}

TEST(Primary, AScanOfManyRowsComesInPagesFromOneSnapshot) {
  TestCluster cluster;
  cluster.start_primary("p1");
  Write rows;
  for (int i = 0; i < 5000; ++i)
    rows.changes.push_back(Change{ChangeKind::kPut, "t", fmt::format("{:05}", i), std::string(100, 'v')});
  cluster.call("p1", rows);
  RequestId scan = cluster.send("p1", Scan{"t", {}, 0, {}});
  cluster.settle();
  size_t count = 0;
  auto pages = cluster.replies("p1", scan);
  for (size_t i = 0; i < pages.size(); ++i) {
    const Rows& page = std::get<Rows>(pages[i]);
    count += page.rows.size();
    EXPECT_EQ(page.more, i + 1 < pages.size());
  }
  EXPECT_GT(pages.size(), 1u);
  EXPECT_EQ(count, 5000u);
  auto limited = std::get<Rows>(*cluster.call("p1", Scan{"t", {"00010", "00020"}, 3, {}}));
  ASSERT_EQ(limited.rows.size(), 3u);
  EXPECT_EQ(limited.rows[0].first, "00010");
  EXPECT_FALSE(limited.more);
}

TEST(Primary, ShowsTheSwitchThatGoverns) {
  TestCluster cluster;
  cluster.start_primary("p1");
  cluster.settle();
  cluster.call("p1", HoldStage{{replication::Stage::kFlushed, {}}});
  cluster.send("p1", SetPolicy{Rung::kOff, {}, {}});
  cluster.settle();
  EXPECT_EQ(std::get<PolicyReply>(*cluster.call("p1", SetPolicy{})).rung, "async");
  cluster.call("p1", ReleaseStage{});
  EXPECT_EQ(std::get<PolicyReply>(*cluster.call("p1", SetPolicy{})).rung, "off");
}

TEST(Primary, KnowsTheStatusOfACommitNobodyMade) {
  TestCluster cluster;
  cluster.start_primary("p1");
  cluster.put("p1", "a", "1");
  auto state = [&](Lsn lsn, uint32_t timeline) {
    return std::get<CommitStatusReply>(*cluster.call("p1", GetCommitStatus{Token{lsn, TimelineId{timeline}}}))
        .status.state;
  };
  using enum replication::CommitState;
  Lsn end = cluster.status("p1").appended;
  EXPECT_EQ(state(end, 1), kVisible);
  EXPECT_EQ(state(end, 0), kVisible) << "a bare position";
  EXPECT_EQ(state(end + 8, 1), kUnknown) << "past the log";
  EXPECT_EQ(state(Lsn{end.value - 8}, 1), kUnknown) << "no record ends there";
  EXPECT_EQ(state(end, 7), kUnknown) << "no such timeline";
}

}  // namespace
}  // namespace wallaby::node
