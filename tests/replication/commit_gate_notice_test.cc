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
  };
  for (const TextCase& each : cases) {
    CommitGate gate(each.policy, Lsn{}, Lsn{0x30});
    gate.set_members({}, each.members);
    for (const NodeName& name : each.streaming) gate.joined({}, name, all_at(8));
    EXPECT_EQ(gate.missing_text(), each.text);
  }
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

}  // namespace
}  // namespace wallaby::replication
