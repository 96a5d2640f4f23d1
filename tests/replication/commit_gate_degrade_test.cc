// On-missing degrade: when the gate asks to fall back to async, and what governs then.
#include <gtest/gtest.h>

#include "tests/replication/gate.h"

namespace wallaby::replication {
namespace {

const std::string kWhy =
    "degrade: sync was not met within 2 s: waiting for r2 to apply 0/1A8 (not connected)";

// --- asking ------------------------------------------------------------------------------------------------------

TEST(CommitGateDegrade, AWaitThatIsTooLongAsksOnce) {
  Waiting gate;
  EXPECT_EQ(gate.tick(1999).size(), 1u) << "the notice of the first second";
  EXPECT_EQ(gate.gate.next_deadline(), at_s(2));
  EXPECT_EQ(gate.tick(2000), Lines{kWhy});
  EXPECT_EQ(gate.gate.next_deadline(), at_ms(11999)) << "the next notice";
  EXPECT_EQ(gate.tick(3000), Lines{});
  EXPECT_FALSE(gate.gate.degraded()) << "until the record is flushed nothing changes";
  EXPECT_EQ(gate.gate.governing(), Rung::kSync);
  EXPECT_EQ(gate.gate.visible(), Lsn{});
}

TEST(CommitGateDegrade, OtherRulesAndRungsNeverAsk) {
  for (Policy other : {policy(Rung::kSync), policy(Rung::kSync, "", "reject"), degrading(Rung::kAsync)}) {
    Waiting gate(other);
    gate.said();
    gate.commit(2, 0x1B0);
    gate.tick(1500);
    EXPECT_EQ(gate.gate.next_deadline(), at_ms(11500)) << "only notices";
    for (const std::string& line : gate.tick(60000)) EXPECT_FALSE(line.starts_with("degrade")) << line;
  }
}

TEST(CommitGateDegrade, TheClockRunsFromTheFlushSoASlowDiskOfOurOwnIsNotBlamedOnReplicas) {
  Gate gate(degrading(Rung::kSemiSync));
  gate.commit(1, 8);
  EXPECT_EQ(gate.tick(5000).size(), 1u) << "a notice";
  gate.flush(8);
  EXPECT_EQ(gate.gate.next_deadline(), at_s(7));
  EXPECT_EQ(gate.tick(7000), Lines{"degrade: semi-sync was not met within 2 s: no replica has joined yet"});
}

TEST(CommitGateDegrade, TheOldestThatIsStillKeptBackCounts) {
  Gate gate(degrading(Rung::kSync), {"r1"});
  gate.commit(1, 8);
  gate.flush(8);
  gate.tick(900);
  gate.commit(2, 16);
  gate.flush(16);
  EXPECT_EQ(gate.gate.next_deadline(), at_s(1)) << "a notice";
  gate.tick(1800);
  EXPECT_EQ(gate.gate.next_deadline(), at_ms(1900));
  gate.report("r1", all_at(8));
  gate.tick(1900);
  EXPECT_EQ(gate.gate.next_deadline(), at_ms(2900));
  EXPECT_EQ(gate.tick(2900),
            Lines{"degrade: sync was not met within 2 s: waiting for r1 to apply 0/10 (at 0/8)"});
}

TEST(CommitGateDegrade, OfVeryManyFlushesTheLastOnesCountAsOneThatIsNeverEarly) {
  Gate gate(policy(Rung::kSync, "", "degrade=1min"), {"r1"});
  for (int64_t i = 1; i <= 5000; ++i) {
    gate.now = at_ms(i);
    gate.flush(8 * static_cast<uint64_t>(i));
  }
  EXPECT_EQ(gate.gate.next_deadline(), at_ms(60001));
  gate.report("r1", all_at(8 * 4000));
  EXPECT_EQ(gate.gate.next_deadline(), at_ms(64001));
  gate.report("r1", all_at(8 * 4500));
  EXPECT_EQ(gate.gate.next_deadline(), at_ms(65000));
  gate.report("r1", all_at(8 * 5000));
  EXPECT_EQ(gate.gate.next_deadline(), kNever);
}

TEST(CommitGateDegrade, RecordsThatNobodyWaitsForCount) {
  Gate gate(degrading(Rung::kSync), {"r1"});
  gate.commit(1, 8);
  gate.commit(2, 16, Rung::kAsync);
  gate.flush(24);  // the last 8 bytes are a member record
  gate.gate.abandon(1);
  EXPECT_EQ(gate.said(), Lines{"release 2 at 0/10, async"});
  EXPECT_EQ(gate.gate.waiting(), 0u);
  EXPECT_EQ(gate.gate.next_deadline(), at_s(2));
  EXPECT_EQ(gate.tick(2000),
            Lines{"degrade: sync was not met within 2 s: waiting for r1 to apply 0/18 (at 0/0)"});
}

TEST(CommitGateDegrade, AfterARestartAllThatIsNotAcknowledgedCountsFromThen) {
  CommitGate gate(at_s(100), degrading(Rung::kSync), false, Lsn{48}, Lsn{96});
  EXPECT_EQ(gate.next_deadline(), at_s(102));
  gate.tick(at_s(102));
  EXPECT_EQ(lines(gate.take_outputs()),
            Lines{"degrade: sync was not met within 2 s: no replica has joined yet"});
}

TEST(CommitGateDegrade, AHoldOnAcknowledgedIsNoReason) {
  Waiting gate;
  gate.hold(0);
  EXPECT_EQ(gate.gate.next_deadline(), at_s(1)) << "only a notice";
  gate.tick(5000);
  EXPECT_EQ(gate.gate.next_deadline(), at_s(15));
  gate.lift();
  EXPECT_EQ(gate.gate.next_deadline(), at_s(2)) << "all the while r2 was missing, too";
  EXPECT_EQ(gate.tick(5001), Lines{kWhy});
}

TEST(CommitGateDegrade, WhileNothingIsAcknowledgedItDoesNotHelp) {
  Waiting gate;
  gate.gate.set_stopped(gate.now, "a test");
  gate.tick(1000);
  EXPECT_EQ(gate.gate.next_deadline(), at_s(11));
}

TEST(CommitGateDegrade, ASessionsOwnPromiseNeverDegradesAnything) {
  Gate gate(degrading(Rung::kSemiSync), {"r1", "r2"});
  gate.commit(1, 8, Rung::kSync);
  gate.flush(8);
  gate.report("r1", all_at(8));
  gate.leave("r2");
  EXPECT_EQ(gate.said(), Lines{"visible to 0/8"});
  gate.tick(1000);
  EXPECT_EQ(gate.gate.next_deadline(), at_s(11));
}

// --- degraded ----------------------------------------------------------------------------------------------------

TEST(CommitGateDegrade, WhoWaitsIsToldLoudlyAndReleasedWithWhatIsMet) {
  Waiting gate;
  gate.commit(2, 0x1B0);  // not flushed yet
  gate.tick(2000);
  gate.gate.set_degraded(gate.now, true);
  std::string loud =
      "degraded: sync was not met within 2 s, so commits are acknowledged as async from now on, which a "
      "crash "
      "of this node may lose; `wallaby status` tells why";
  EXPECT_EQ(gate.said(), (Lines{"notice to 1 after 2 s: " + loud, "notice to 2 after 2 s: " + loud,
                                "visible to 0/1A8", "release 1 at 0/1A8, async"}));
  EXPECT_TRUE(gate.gate.degraded());
  EXPECT_EQ(gate.gate.governing(), Rung::kAsync);
  EXPECT_EQ(gate.gate.policy().rung, Rung::kSync);
  gate.flush(0x1B0);
  EXPECT_EQ(gate.said(), (Lines{"visible to 0/1B0", "release 2 at 0/1B0, async"}));
  gate.commit(3, 0x1B8);
  EXPECT_EQ(gate.said(), Lines{});
  gate.flush(0x1B8);
  EXPECT_EQ(gate.said(), (Lines{"visible to 0/1B8", "release 3 at 0/1B8, async"}));
  EXPECT_EQ(gate.gate.missing_text(), "");
}

TEST(CommitGateDegrade, CountersTellWhatWasMetAndWhatWasWaitedFor) {
  Waiting gate;
  gate.commit(2, 0x1B0);
  gate.tick(2000);
  gate.gate.set_degraded(gate.now, true);
  gate.said();
  EXPECT_EQ(gate.counters(Rung::kSync),
            (RungCounters{.waiting = 1, .degraded = 1, .longest_wait = std::chrono::seconds(2)}));
  EXPECT_EQ(gate.counters(Rung::kAsync), RungCounters{.acknowledged = 1});
  gate.gate.abandon(2);
  EXPECT_EQ(gate.counters(Rung::kSync).abandoned, 1u);
  EXPECT_EQ(gate.gate.waiting(), 0u);
}

TEST(CommitGateDegrade, SessionsThatNamedTheirRungGoOnWaitingForIt) {
  Waiting gate;
  gate.commit(2, 0x1B0, Rung::kSync);
  gate.commit(3, 0x1B8, Rung::kSemiSync);
  gate.flush(0x1B8);
  gate.tick(2000);
  gate.gate.set_degraded(gate.now, true);
  EXPECT_EQ(gate.said().back(), "release 1 at 0/1A8, async");
  EXPECT_EQ(gate.gate.visible(), Lsn{0x1B8});
  gate.report("r1", all_at(0x1B8));
  EXPECT_EQ(gate.said(), Lines{"release 3 at 0/1B8, semi-sync by r1"});
  gate.join("r2", all_at(0x1B8));
  EXPECT_EQ(gate.said(), (Lines{"release 2 at 0/1B0, sync by r1, r2", "re-arm"}));
}

TEST(CommitGateDegrade, ASessionThatWasWeakerThanTheSwitchIsStrongerThanWhatGovernsThen) {
  Waiting gate;
  gate.hold(0);
  gate.commit(2, 0x1B0, Rung::kSemiSync);
  gate.flush(0x1B0);
  gate.report("r1", all_at(0x1B0));
  EXPECT_EQ(gate.said(), Lines{"release 2 at 0/1B0, semi-sync by r1"}) << "early";
  gate.lift();
  gate.tick(2000);
  gate.gate.set_degraded(gate.now, true);
  gate.hold(0);
  gate.said();
  gate.commit(3, 0x1B8, Rung::kSemiSync);
  gate.flush(0x1B8);
  gate.report("r1", all_at(0x1B8));
  EXPECT_EQ(gate.said(), Lines{}) << "not before visibility";
  gate.lift();
  EXPECT_EQ(gate.said(), (Lines{"visible to 0/1B8", "release 3 at 0/1B8, semi-sync by r1"}));
}

TEST(CommitGateDegrade, WhatTheHoldAndOurOwnDiskKeepBackStaysBack) {
  Waiting gate;
  gate.commit(2, 0x1B0);
  gate.tick(2000);
  gate.hold(8);
  gate.gate.set_degraded(gate.now, true);
  EXPECT_EQ(gate.said().back(), "visible to 0/8");
  EXPECT_EQ(
      gate.gate.missing_text(),
      "async: waiting at `acknowledged`, which is held here at 0/8; `wallaby release acknowledged` would "
      "release it");
  EXPECT_TRUE(gate.gate.missing().empty());
  gate.lift();
  EXPECT_EQ(gate.said(), (Lines{"visible to 0/1A8", "release 1 at 0/1A8, async"}));
}

TEST(CommitGateDegrade, ARecordThatAPolicyMadePointlessIsIgnored) {
  for (Policy newer : {policy(Rung::kSync), policy(Rung::kAsync, "", "degrade=2s")}) {
    Waiting gate;
    gate.tick(2000);
    gate.gate.set_policy(gate.now, newer);
    gate.said();
    gate.gate.set_degraded(gate.now, true);
    EXPECT_EQ(gate.said(), Lines{});
    EXPECT_FALSE(gate.gate.degraded());
    EXPECT_EQ(gate.gate.governing(), newer.rung);
  }
}

TEST(CommitGateDegrade, APolicyEndsItAndWhatWasAskedFor) {
  Fallen gate;
  gate.gate.set_policy(gate.now, degrading(Rung::kDurable));
  EXPECT_FALSE(gate.gate.degraded());
  EXPECT_EQ(gate.gate.governing(), Rung::kDurable);
  gate.leave("r1");
  gate.commit(2, 0x1B0);
  gate.flush(0x1B0);
  EXPECT_EQ(gate.said(), Lines{});
  EXPECT_EQ(gate.tick(4000).back(),
            "degrade: durable was not met within 2 s: waiting for 1 of r1, r2 to flush 0/1B0 (r1 is not "
            "connected, r2 is not connected)");
  gate.gate.set_policy(gate.now, degrading(Rung::kSync));
  EXPECT_EQ(gate.tick(4001).size(), 1u) << "asked again, by the new policy's right";
}

TEST(CommitGateDegrade, ARestartGoesOnDegraded) {
  CommitGate gate({}, degrading(Rung::kSync), true, Lsn{48}, Lsn{96});
  EXPECT_EQ(lines(gate.take_outputs()), Lines{"visible to 0/60"});
  EXPECT_TRUE(gate.degraded());
  gate.set_members({}, {"r1"});
  gate.joined({}, "r1", all_at(96));
  EXPECT_EQ(lines(gate.take_outputs()), Lines{"re-arm"});
  EXPECT_FALSE(CommitGate({}, policy(Rung::kSync), true, Lsn{48}, Lsn{96}).degraded());
}

}  // namespace
}  // namespace wallaby::replication
