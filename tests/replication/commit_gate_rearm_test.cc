// On-missing degrade: when the gate asks to go back to the policy's own promise, and what governs from there on.
#include <gtest/gtest.h>

#include "tests/replication/gate.h"

namespace wallaby::replication {
namespace {

TEST(CommitGateRearm, OnAnIdlePrimaryItIsReArmedAsSoonAsEnoughHaveAllThatIsFlushed) {
  Fallen gate;
  gate.at(60000);
  gate.join("r2", all_at(0x100));
  EXPECT_EQ(gate.said(), Lines{});
  gate.report("r2", positions(0x1A8, 0x1A8, 0x100));
  EXPECT_EQ(gate.said(), Lines{});
  gate.report("r2", all_at(0x1A8));
  EXPECT_EQ(gate.said(), Lines{"re-arm"});
  gate.report("r2", all_at(0x1B0));
  EXPECT_EQ(gate.said(), Lines{}) << "asked for once";
  EXPECT_EQ(gate.gate.governing(), Rung::kAsync) << "until its record is flushed";
  gate.gate.set_degraded(gate.now, false);
  EXPECT_EQ(gate.gate.governing(), Rung::kSync);
}

TEST(CommitGateRearm, AReplicaThatIsAlwaysLateIsTrustedOnceNotForEver) {
  Gate gate(degrading(Rung::kSync), {"r1"});
  auto degrade_at = [&](int64_t milliseconds) {
    EXPECT_TRUE(gate.tick(milliseconds).back().starts_with("degrade"));
    gate.gate.set_degraded(gate.now, true);
  };
  auto r1_applies = [&](int64_t milliseconds, uint64_t lsn) {
    gate.now = at_ms(milliseconds);
    gate.report("r1", all_at(lsn));
    Lines said = gate.said();
    return !said.empty() && said.back() == "re-arm";
  };
  gate.flush(8);
  degrade_at(2000);
  gate.said();
  EXPECT_TRUE(r1_applies(5000, 8)) << "late, and nothing else was flushed: who knows";
  gate.gate.set_degraded(gate.now, false);
  gate.flush(16);  // the re-arm's own record
  degrade_at(7000);
  gate.flush(24);
  EXPECT_FALSE(r1_applies(8500, 16));
  EXPECT_FALSE(r1_applies(10000, 24)) << "late again";
  EXPECT_FALSE(r1_applies(10100, 24));
  gate.now = at_ms(20000);
  gate.flush(32);
  EXPECT_FALSE(r1_applies(23000, 32));
  gate.now = at_ms(30000);
  gate.flush(40);
  EXPECT_TRUE(r1_applies(30500, 40)) << "in time";
}

TEST(CommitGateRearm, AMemberThatIsDroppedCanReArmIt) {
  Fallen gate;
  gate.gate.set_members(gate.now, {"r1"});
  EXPECT_EQ(gate.said(), Lines{"re-arm"});
}

TEST(CommitGateRearm, AReplicaThatStaysBehindDoesNotReArmIt) {
  Fallen gate;
  gate.join("r2", all_at(0x100));
  // 16 bytes every 100 ms, and r2 lags behind by 1.5 s.
  for (int64_t i = 1; i <= 100; ++i) {
    gate.at(2000 + i * 100);
    gate.flush(0x1A8 + 16 * static_cast<uint64_t>(i));
    gate.report("r1", all_at(0x1A8 + 16 * static_cast<uint64_t>(i)));
    if (i > 15) gate.report("r2", all_at(0x1A8 + 16 * static_cast<uint64_t>(i - 15)));
    for (const std::string& line : gate.said()) ASSERT_TRUE(line.starts_with("visible")) << line;
  }
}

TEST(CommitGateRearm, AReplicaThatKeepsUpUnderLoadReArmsIt) {
  Fallen gate;
  gate.at(10000);
  gate.flush(0x200);
  gate.report("r1", all_at(0x200));
  gate.join("r2", all_at(0x100));
  gate.at(11000);
  gate.flush(0x300);
  gate.report("r2", all_at(0x1F0));  // past what was flushed when we degraded, but late
  gate.at(12000);
  gate.report("r1", all_at(0x300));
  gate.flush(0x400);
  EXPECT_EQ(gate.said(), (Lines{"visible to 0/200", "visible to 0/300", "visible to 0/400"}));
  gate.report("r2", all_at(0x300));  // all that was flushed a second ago
  EXPECT_EQ(gate.said(), Lines{"re-arm"});
}

TEST(CommitGateRearm, KeepingUpNeverAllowsMoreThanTheRuleItself) {
  Gate gate(policy(Rung::kSync, "", "degrade=200ms"), {"r1"});
  gate.flush(8);
  gate.tick(200);
  gate.gate.set_degraded(gate.now, true);
  gate.now = at_ms(300);
  gate.flush(16);
  gate.now = at_ms(401);
  gate.report("r1", all_at(8));  // 201 ms after the target was taken; the next one is 16
  gate.said();
  gate.now = at_ms(601);
  gate.flush(24);
  gate.report("r1", all_at(16));
  EXPECT_EQ(gate.said(), (Lines{"visible to 0/18", "re-arm"}));
}

TEST(CommitGateRearm, ReArmedThePromiseGovernsAgainAndNothingIsTakenBack) {
  Fallen gate;
  gate.commit(2, 0x1B0);
  gate.flush(0x1B0);
  EXPECT_EQ(gate.said(), (Lines{"visible to 0/1B0", "release 2 at 0/1B0, async"}));
  gate.commit(3, 0x1B8);
  gate.gate.set_degraded(gate.now, false);
  gate.flush(0x1B8);
  EXPECT_EQ(gate.said(), Lines{});
  EXPECT_EQ(gate.gate.visible(), Lsn{0x1B0});
  gate.report("r1", all_at(0x1B8));
  gate.join("r2", all_at(0x1B8));
  EXPECT_EQ(gate.said(), (Lines{"visible to 0/1B8", "release 3 at 0/1B8, sync by r1, r2"}));
  gate.leave("r2");
  gate.commit(4, 0x1C0);
  gate.flush(0x1C0);
  EXPECT_EQ(
      gate.tick(4000).back(),
      "degrade: sync was not met within 2 s: waiting for r1 and r2 to apply 0/1C0 (r1 is at 0/1B8, r2 is "
      "not connected)");
  gate.gate.set_degraded(gate.now, true);
  EXPECT_EQ(gate.counters(Rung::kSync).degraded, 2u);
}

}  // namespace
}  // namespace wallaby::replication
