// What a waiting client and `status` are told.
#include <gtest/gtest.h>

#include "tests/replication/gate.h"

namespace wallaby::replication {
namespace {

TEST(CommitGateNotice, NoticesComeAfterASecondAndThenEveryTen) {
  Gate gate(policy(Rung::kSync), {"r1", "r2"});
  gate.commit(1, 0x1A8);
  gate.flush(0x1A8);
  gate.report("r1", all_at(0x1A8));
  gate.gate.left(gate.now, "r2");
  EXPECT_EQ(gate.gate.next_deadline(), at_s(1));
  EXPECT_EQ(gate.tick(999), Lines{});
  std::string text =
      "sync: waiting for r2 to apply 0/1A8 (not connected); `wallaby ack async` or `wallaby drop-replica r2` "
      "would release it";
  EXPECT_EQ(gate.tick(1000), Lines{"notice to 1 after 1 s: " + text});
  EXPECT_EQ(gate.gate.next_deadline(), at_s(11));
  EXPECT_EQ(gate.tick(10999), Lines{});
  EXPECT_EQ(gate.tick(11000), Lines{"notice to 1 after 11 s: " + text});
  EXPECT_EQ(gate.gate.next_deadline(), at_s(21));
  EXPECT_EQ(gate.gate.missing_text(), text);
  gate.gate.set_members(gate.now, {"r1"});
  gate.said();
  EXPECT_EQ(gate.gate.next_deadline(), kNever);
  EXPECT_EQ(gate.gate.counters().at(Rung::kSync).longest_wait, std::chrono::seconds(11));
}

TEST(CommitGateNotice, EachWaiterHasItsOwnNotices) {
  Gate gate(policy(Rung::kSemiSync));
  gate.commit(1, 8);
  EXPECT_EQ(gate.tick(600), Lines{});
  gate.commit(2, 16);
  gate.commit(3, 24);
  gate.gate.abandon(3);
  gate.flush(24);
  EXPECT_EQ(gate.tick(1000).size(), 1u);
  EXPECT_EQ(gate.gate.next_deadline(), at_ms(1600));
  EXPECT_EQ(gate.tick(1600), Lines{"notice to 2 after 1 s: semi-sync: no replica has joined yet; start "
                                   "one, or `wallaby ack async`"});
  EXPECT_EQ(gate.gate.next_deadline(), at_ms(11000));
}

struct TextCase {
  Policy policy;
  std::set<NodeName> members, streaming;
  std::string text;
};

TEST(CommitGateNotice, NoticesSayWhoIsMissingAndOfferOnlyWhatHelps) {
  const std::vector<TextCase> cases{
      {policy(Rung::kSync),
       {"r1"},
       {},
       "sync: waiting for r1 to apply 0/30 (not connected); `wallaby ack async` would release it"},
      {policy(Rung::kSync),
       {"r1", "r2"},
       {"r1"},
       "sync: waiting for r1 and r2 to apply 0/30 (r1 is at 0/8, r2 is not connected); `wallaby ack async` "
       "would release it"},
      {policy(Rung::kSemiSync),
       {"r1", "r2"},
       {"r2"},
       "semi-sync: waiting for 1 of r1, r2 to receive 0/30 (r1 is not connected, r2 is at 0/8); `wallaby ack "
       "async` would release it"},
      {policy(Rung::kDurable, "ANY 2 (r1, r9)"),
       {"r1"},
       {"r1"},
       "durable: waiting for r1 and r9 to flush 0/30 (r1 is at 0/8, r9 is no member yet); `wallaby ack "
       "async` would release it"},
      {policy(Rung::kSemiSync, "ANY 1 (r9)"),
       {},
       {},
       "semi-sync: waiting for r9 to receive 0/30 (no member yet); `wallaby ack async` would release it"},
      {policy(Rung::kSemiSync, "ANY 2 (*)"),
       {"r1"},
       {"r1"},
       "semi-sync: waiting for r1 and 1 more replica that has not joined yet to receive 0/30 (at 0/8); "
       "`wallaby ack async` would release it"},
      {policy(Rung::kSemiSync, "ANY 3 (*)"),
       {},
       {},
       "semi-sync: no replica has joined yet; start one, or `wallaby ack async`"},
      {policy(Rung::kSync, "FIRST 1 (r2, r1)"),
       {"r1", "r2"},
       {"r1", "r2"},
       "sync: waiting for r2 to apply 0/30 (at 0/8); `wallaby ack async` would release it"},
      {policy(Rung::kSync, "FIRST 2 (r1, r2, r3)"),
       {"r1", "r2", "r3"},
       {"r3"},
       "sync: waiting for r3 and 1 of r1, r2 to apply 0/30 (r1 is not connected, r2 is not connected, r3 is "
       "at "
       "0/8); `wallaby ack async` would release it"},
      {policy(Rung::kSync, "FIRST 3 (r1, r2, r3)"),
       {"r1", "r2"},
       {"r1"},
       "sync: waiting for r1, r2 and r3 to apply 0/30 (r1 is at 0/8, r2 is not connected, r3 is no member "
       "yet); "
       "`wallaby ack async` would release it"},
      {policy(Rung::kDurable, "FIRST 3 (*)"),
       {"r1"},
       {"r1"},
       "durable: waiting for r1 and 2 more replicas that have not joined yet to flush 0/30 (at 0/8); "
       "`wallaby "
       "ack async` would release it"},
  };
  for (const TextCase& each : cases) {
    CommitGate gate({}, each.policy, false, Lsn{}, Lsn{0x30});
    gate.set_members({}, each.members);
    for (const NodeName& name : each.streaming) gate.joined({}, name, all_at(8));
    EXPECT_EQ(gate.missing_text(), each.text);
  }
}

TEST(CommitGateNotice, UnderFirstDroppingTheSlowOneHelpsWhenTheNextInTheListIsThere) {
  Gate gate(policy(Rung::kSemiSync, "FIRST 1 (r1, r2)"), {"r1", "r2"});
  gate.flush(48);
  gate.report("r2", all_at(48));
  EXPECT_EQ(
      gate.gate.missing_text(),
      "semi-sync: waiting for r1 to receive 0/30 (at 0/0); `wallaby ack async` or `wallaby drop-replica "
      "r1` would release it");
  gate.gate.set_members(gate.now, {"r2"});
  EXPECT_EQ(gate.said(), Lines{"visible to 0/30"});
}

TEST(CommitGateNotice, ASessionsOwnRungIsNotReleasedByTheSwitchAndTheNoticeKnows) {
  Gate gate(policy(Rung::kAsync), {"r1", "r2"});
  gate.report("r1", all_at(48));
  gate.commit(1, 48, Rung::kSync);
  gate.flush(48);
  gate.said();
  EXPECT_EQ(gate.tick(1000), Lines{"notice to 1 after 1 s: sync (chosen by this session): waiting for r2 "
                                   "to apply 0/30 (at 0/0); `wallaby drop-replica r2` would release it"});
}

TEST(CommitGateNotice, ASlowDiskOfOurOwnIsNamed) {
  Gate gate(policy(Rung::kAsync));
  gate.commit(1, 48);
  EXPECT_EQ(gate.tick(1000),
            Lines{"notice to 1 after 1 s: async: waiting for this node's own disk to flush 0/30 (at 0/0)"});
}

// --- what is held on purpose -------------------------------------------------------------------------------------

TEST(CommitGateNotice, AHoldAtAMissingReplicaIsNamedAndLiftingItIsOffered) {
  Gate gate(policy(Rung::kSemiSync, "ALL"), {"r1", "r2"});
  gate.flush(48);
  gate.report("r2", all_at(48));
  gate.gate.set_remark("r1", "`received` is held there");
  gate.gate.set_remark("r2", "`applied` is held there");
  EXPECT_EQ(
      gate.gate.missing_text(),
      "semi-sync: waiting for r1 to receive 0/30 (at 0/0, `received` is held there); `wallaby ack async`, "
      "`wallaby drop-replica r1` or lifting that hold would release it");
  gate.gate.set_remark("r1", "");
  EXPECT_EQ(
      gate.gate.missing_text(),
      "semi-sync: waiting for r1 to receive 0/30 (at 0/0); `wallaby ack async` or `wallaby drop-replica "
      "r1` would release it");
}

TEST(CommitGateNotice, LiftingAHoldIsNotOfferedWhileSomebodyElseIsMissing) {
  Gate gate(policy(Rung::kSync), {"r1", "r2"});
  gate.flush(48);
  gate.gate.set_remark("r1", "`applied` is held there");
  gate.leave("r2");
  EXPECT_EQ(gate.gate.missing_text(),
            "sync: waiting for r1 and r2 to apply 0/30 (r1 is at 0/0, `applied` is held there, r2 is not "
            "connected); `wallaby ack async` would release it");
  gate.gate.set_remark("r2", "`applied` is held there");  // what it did before it went away
  EXPECT_EQ(gate.gate.missing_text(),
            "sync: waiting for r1 and r2 to apply 0/30 (r1 is at 0/0, `applied` is held there, r2 is not "
            "connected); `wallaby ack async` would release it");
  gate.join("r2", {});
  EXPECT_EQ(gate.gate.missing_text(),
            "sync: waiting for r1 and r2 to apply 0/30 (r1 is at 0/0, `applied` is held there, r2 is at 0/0, "
            "`applied` is held there); `wallaby ack async` or lifting those holds would release it");
}

TEST(CommitGateNotice, AHoldOfOurOwnDiskIsNamed) {
  Gate gate(policy(Rung::kAsync));
  gate.gate.set_flush_held(true);
  gate.commit(1, 48);
  EXPECT_EQ(gate.tick(1000), Lines{"notice to 1 after 1 s: async: waiting for this node's own disk to flush "
                                   "0/30 (at 0/0: `flushed` is held here); `wallaby release flushed` would "
                                   "release it"});
}

TEST(CommitGateNotice, AHoldOnAcknowledgedIsNamedWhenThePromiseIsMet) {
  Gate gate(policy(Rung::kSemiSync), {"r1"});
  gate.hold(8);
  gate.commit(1, 48);
  gate.commit(2, 56, Rung::kSync);
  gate.flush(56);
  gate.report("r1", all_at(56));
  EXPECT_EQ(gate.said(), Lines{"visible to 0/8"});
  EXPECT_EQ(
      gate.tick(1000),
      (Lines{"notice to 1 after 1 s: semi-sync: waiting at `acknowledged`, which is held here at 0/8; "
             "`wallaby release acknowledged` would release it",
             "notice to 2 after 1 s: sync (chosen by this session): waiting at `acknowledged`, which is "
             "held here at 0/8; `wallaby release acknowledged` would release it"}));
  EXPECT_TRUE(gate.gate.missing().empty());
}

TEST(CommitGateNotice, WhenReplicasAndAHoldKeepItBackBothAreNamed) {
  Gate gate(policy(Rung::kSync), {"r1"});
  gate.hold(8);
  gate.commit(1, 48);
  gate.commit(2, 56, Rung::kSemiSync);  // weaker: the hold does not concern it
  gate.flush(56);
  EXPECT_EQ(
      gate.tick(1000),
      (Lines{"notice to 1 after 1 s: sync: waiting for r1 to apply 0/30 (at 0/0); `wallaby ack async`, "
             "together with `wallaby release acknowledged`, would release it",
             "notice to 2 after 1 s: semi-sync (chosen by this session): waiting for r1 to receive 0/38 "
             "(at 0/0)"}));
  EXPECT_EQ(gate.gate.missing(), std::vector<NodeName>{"r1"});
}

TEST(CommitGateNotice, StatusSaysWhomASessionsOwnRungWaitsFor) {
  Gate gate(policy(Rung::kAsync), {"r1"});
  gate.commit(1, 48, Rung::kSync);
  gate.flush(48);
  EXPECT_EQ(gate.gate.missing_text(), "sync (chosen by this session): waiting for r1 to apply 0/30 (at 0/0)");
  gate.report("r1", all_at(48));
  EXPECT_EQ(gate.gate.missing_text(), "");
}

TEST(CommitGateNotice, StatusSaysThatOurOwnFlushIsHeld) {
  Gate gate(policy(Rung::kAsync));
  gate.commit(1, 48);
  EXPECT_EQ(gate.gate.missing_text(), "") << "a flush is on its way";
  gate.gate.set_flush_held(true);
  EXPECT_EQ(gate.gate.missing_text(),
            "async: waiting for this node's own disk to flush 0/30 (at 0/0: `flushed` is held here); "
            "`wallaby release "
            "flushed` would release it");
  gate.flush(48);
  EXPECT_EQ(gate.gate.missing_text(), "");
}

}  // namespace
}  // namespace wallaby::replication
