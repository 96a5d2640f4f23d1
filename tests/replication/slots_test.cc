#include "replication/slots.h"

#include <gtest/gtest.h>

#include "tests/replication/dialogue.h"

namespace wallaby::replication {
namespace {

TEST(Slots, WithoutSlotsNothingIsKept) {
  EXPECT_EQ(Slots(1000).keep_from(Lsn{5000}), Lsn{5000});
}

TEST(Slots, TheLogIsKeptForWhoNeedsTheMost) {
  Slots slots(1000);
  slots.needs("r1", Lsn{4800});
  slots.needs("r2", Lsn{4600});
  EXPECT_EQ(slots.keep_from(Lsn{5000}), Lsn{4600});
  slots.needs("r2", Lsn{4900});
  EXPECT_EQ(slots.keep_from(Lsn{5000}), Lsn{4800});
}

TEST(Slots, NobodyKeepsMoreThanTheBound) {
  Slots slots(1000);
  slots.needs("r1", Lsn{100});
  EXPECT_EQ(slots.keep_from(Lsn{5000}), Lsn{4000});
  EXPECT_EQ(slots.keep_from(Lsn{900}), Lsn{100});
}

TEST(Slots, ASlotIsLostOnlyWhenLogItNeedsIsGone) {
  Slots slots(1000);
  slots.needs("r1", Lsn{3900});
  EXPECT_FALSE(slots.all().at("r1").lost) << "over the bound, but its log is still there";
  slots.released(Lsn{3900});
  EXPECT_FALSE(slots.all().at("r1").lost) << "what it needs begins exactly there";
  slots.released(Lsn{3901});
  EXPECT_TRUE(slots.all().at("r1").lost);
}

TEST(Slots, ALostSlotKeepsNothing) {
  Slots slots(1000);
  slots.needs("r1", Lsn{4100});
  slots.needs("r2", Lsn{4900});
  slots.released(Lsn{4500});
  EXPECT_EQ(slots.keep_from(Lsn{5000}), Lsn{4900});
}

TEST(Slots, ABaseCopyBringsALostSlotBack) {
  Slots slots(1000);
  slots.needs("r1", Lsn{100});
  slots.released(Lsn{4000});
  EXPECT_EQ(line(slots.all().at("r1")), "needs 0/64, away, lost");
  slots.needs("r1", Lsn{4000});
  EXPECT_FALSE(slots.all().at("r1").lost);
  EXPECT_EQ(slots.keep_from(Lsn{5000}), Lsn{4000});
}

TEST(Slots, WhoIsBeingCopiedToReportsNothingYetAndIsNotLost) {
  Slots slots(1000);
  slots.released(Lsn{4000});
  slots.needs("r1", Lsn{4000});  // the copy's log begins there
  slots.needs("r1", Lsn{0});     // the replica has nothing yet
  EXPECT_EQ(line(slots.all().at("r1")), "needs 0/FA0, away");
}

TEST(Slots, ALateReportDoesNotBringALostSlotBack) {
  Slots slots(1000);
  slots.needs("r1", Lsn{100});
  slots.released(Lsn{4000});
  slots.needs("r1", Lsn{200});
  EXPECT_TRUE(slots.all().at("r1").lost);
  slots.needs("r2", Lsn{200});
  EXPECT_TRUE(slots.all().at("r2").lost);
}

TEST(Slots, AMemberThatIsAwayAfterARestartKeepsTheOldestLog) {
  Slots slots(1000);
  slots.keep("r1", Lsn{4200});
  EXPECT_EQ(slots.keep_from(Lsn{5000}), Lsn{4200});
  slots.needs("r1", Lsn{4700});
  slots.keep("r1", Lsn{4300});  // it has a slot already
  EXPECT_EQ(slots.keep_from(Lsn{5000}), Lsn{4700});
}

TEST(Slots, AReplicaThatLeavesKeepsItsSlotUntilItIsDropped) {
  Slots slots(1000);
  slots.needs("r1", Lsn{4700});
  slots.connected("r1", true);
  EXPECT_TRUE(slots.all().at("r1").connected);
  slots.connected("r1", false);
  EXPECT_EQ(slots.keep_from(Lsn{5000}), Lsn{4700});
  slots.drop("r1");
  EXPECT_EQ(slots.keep_from(Lsn{5000}), Lsn{5000});
  slots.connected("r1", true);
  EXPECT_TRUE(slots.all().empty());
}

}  // namespace
}  // namespace wallaby::replication
