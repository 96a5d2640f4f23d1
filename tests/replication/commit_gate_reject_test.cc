// On-missing reject: which writes the gate would not take now, and what it says to them.
#include <gtest/gtest.h>

#include "tests/replication/gate.h"

namespace wallaby::replication {
namespace {

using Refusal = std::optional<std::string>;

Policy rejecting(Rung rung, std::string_view set = "") {
  return policy(rung, set, "reject");
}

TEST(CommitGateReject, EnoughMembersThatStreamAreEnoughHoweverFarBehindTheyAre) {
  Gate gate(rejecting(Rung::kSync), {"r1", "r2"});
  gate.commit(1, 48);
  gate.flush(48);
  EXPECT_EQ(gate.gate.refusal({}), Refusal{});
  gate.leave("r2");
  EXPECT_EQ(gate.gate.refusal({}),
            "sync needs r1 and r2, and r2 is not connected: this write was refused and nothing was logged "
            "(on-missing reject); start it, `wallaby drop-replica r2` or `wallaby ack async`");
  gate.join("r2", {});
  EXPECT_EQ(gate.gate.refusal({}), Refusal{});
}

TEST(CommitGateReject, OtherRulesTakeEveryWrite) {
  for (std::string_view rule : {"block", "degrade=1s"})
    for (Rung rung : kRungs) EXPECT_EQ(Gate(policy(rung, "", rule)).gate.refusal(Rung::kSync), Refusal{});
}

TEST(CommitGateReject, OffAndAsyncNeedNobody) {
  for (Rung rung : {Rung::kOff, Rung::kAsync}) {
    Gate gate(rejecting(rung));
    EXPECT_EQ(gate.gate.refusal({}), Refusal{});
    EXPECT_EQ(gate.gate.refusal(Rung::kOff), Refusal{});
    EXPECT_EQ(gate.gate.refusal(Rung::kAsync), Refusal{});
  }
}

TEST(CommitGateReject, AStrongerSessionIsRefusedWhatItAskedForAndNoMore) {
  Gate gate(rejecting(Rung::kSemiSync), {"r1", "r2"});
  gate.leave("r2");
  EXPECT_EQ(gate.gate.refusal({}), Refusal{});
  EXPECT_EQ(gate.gate.refusal(Rung::kDurable), Refusal{});
  EXPECT_EQ(gate.gate.refusal(Rung::kSync),
            "sync (chosen by this session) needs r1 and r2, and r2 is not connected: this write was refused "
            "and nothing was logged (on-missing reject); start it, `wallaby drop-replica r2` or choose a "
            "weaker mode");
}

TEST(CommitGateReject, AWeakerSessionIsRefusedTooBecauseItsCommitCouldNotBecomeVisible) {
  Gate gate(rejecting(Rung::kSync), {"r1"});
  gate.leave("r1");
  for (Rung own : kRungs)
    EXPECT_EQ(gate.gate.refusal(own),
              "sync needs r1, and r1 is not connected: this write was refused and nothing was logged "
              "(on-missing reject); start it or `wallaby ack async`");
}

struct TextCase {
  std::string_view set;
  std::set<NodeName> members, streaming;
  std::string text;
};

TEST(CommitGateReject, TheSentenceSaysWhatIsNeededWhoIsMissingAndWhatHelps) {
  const std::vector<TextCase> cases{
      {"ALL", {}, {}, "a replica, and none has joined yet: start one or"},
      {"ANY 1 (*)", {}, {}, "a replica, and none has joined yet: start one or"},
      {"FIRST 2 (*)", {}, {}, "2 replicas, and none has joined yet: start 2 replicas or"},
      {"ANY 2 (*)", {"r1"}, {"r1"}, "2 replicas, and only one has joined: start one or"},
      {"ANY 3 (*)",
       {"r1", "r2"},
       {"r1"},
       "3 replicas, and only 2 have joined and r2 is not connected: start 2 replicas or"},
      {"ANY 1 (*)", {"r1", "r2"}, {}, "1 of r1, r2, and r1 and r2 are not connected: start 1 of them or"},
      {"ANY 2 (r1, r2, r9)",
       {"r1", "r2"},
       {},
       "2 of r1, r2, r9, and r1 and r2 are not connected and r9 is no member yet: start 2 of them or"},
      {"FIRST 1 (r8, r9)",
       {"r1"},
       {"r1"},
       "1 of r8, r9, and r8 and r9 are no members yet: start 1 of them or"},
      {"ANY 2 (r1, r2)", {"r1", "r2"}, {"r1"}, "r1 and r2, and r2 is not connected: start it or"},
      {"ALL", {"r1", "r2"}, {}, "r1 and r2, and r1 and r2 are not connected: start them or"},
  };
  for (const TextCase& each : cases) {
    CommitGate gate({}, rejecting(Rung::kDurable, each.set), false, Lsn{}, Lsn{});
    gate.set_members({}, each.members);
    for (const NodeName& name : each.streaming) gate.joined({}, name, {});
    std::string text = "durable needs " + each.text + " `wallaby ack async`";
    text.insert(text.find(": ") + 2, "this write was refused and nothing was logged (on-missing reject); ");
    EXPECT_EQ(gate.refusal({}), text);
  }
}

}  // namespace
}  // namespace wallaby::replication
