#include "replication/trace_log.h"

#include <gmock/gmock.h>

#include "tests/replication/dialogue.h"
#include "tests/replication/trace_chain.h"

namespace wallaby::replication {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string shown(const TraceLog& log, uint64_t lsn) {
  auto trace = log.trace("p1", Lsn{lsn});
  return trace ? line(*trace) : "none";
}

TEST(TraceLog, ShowsTheWayOfACommitOverTwoNodes) {
  Chain chain;
  chain.p1.joined("r1");
  chain.append_and_flush(8);
  chain.p1.sent(chain.on_p1(420), "r1", {Lsn{8}});
  chain.r1.arrived(chain.on_r1(520), token(8));
  chain.r1.reached(chain.on_r1(600), Stage::kReceived, Lsn{8});
  chain.p1.reported(chain.on_p1(700), "r1", chain.r1.take_news(chain.on_r1(600)));
  chain.p1.reached(chain.on_p1(710), Stage::kAcknowledged, Lsn{8});
  chain.p1.told(Lsn{8}, Rung::kSemiSync, {"r1"});
  EXPECT_EQ(
      shown(chain.p1, 8),
      "0/8@1 semi-sync by r1; p1 appended 0 us; p1 flushed 400 us; p1 sent to r1 420 us; r1 received 600 us; "
      "p1 acknowledged 710 us; r1 flushed not yet; r1 applied not yet ...");
  EXPECT_TRUE(chain.p1.incomplete(Lsn{8}));
  chain.r1.reached(chain.on_r1(1000), Stage::kFlushed, Lsn{8});
  chain.r1.reached(chain.on_r1(1050), Stage::kApplied, Lsn{8});
  chain.p1.reported(chain.on_p1(1200), "r1", chain.r1.take_news(chain.on_r1(1100)));
  EXPECT_EQ(
      shown(chain.p1, 8),
      "0/8@1 semi-sync by r1; p1 appended 0 us; p1 flushed 400 us; p1 sent to r1 420 us; r1 received 600 us; "
      "p1 acknowledged 710 us; r1 flushed 1 ms; r1 applied 1.05 ms");
  EXPECT_FALSE(chain.p1.incomplete(Lsn{8}));
}

TEST(TraceLog, NoTwoClocksNeedAgree) {
  std::vector<std::string> seen;
  for (Duration ahead : {Duration(0), Duration(hours(5)), Duration(-hours(5))}) {
    Chain chain{.r1_ahead = ahead};
    chain.p1.joined("r1");
    chain.append_and_flush(8);
    chain.p1.sent(chain.on_p1(420), "r1", {Lsn{8}});
    chain.r1.arrived(chain.on_r1(520), token(8));
    for (Stage stage : {Stage::kReceived, Stage::kFlushed, Stage::kApplied})
      chain.r1.reached(chain.on_r1(600), stage, Lsn{8});
    chain.p1.reported(chain.on_p1(700), "r1", chain.r1.take_news(chain.on_r1(600)));
    seen.push_back(shown(chain.p1, 8));
  }
  EXPECT_EQ(seen[1], seen[0]);
  EXPECT_EQ(seen[2], seen[0]);
}

TEST(TraceLog, TheExchangeWithTheLeastNetworkBetweenTellsBest) {
  TraceLog p1;
  p1.joined("r1");
  p1.appended(at_ms(0), token(8), true);
  p1.sent(at_ms(10), "r1", {Lsn{8}});
  // Received 1 ms after it arrived. 30 ms of the first exchange are the network's: it arrived at 25.
  p1.reported(at_ms(45), "r1", {{.lsn = Lsn{8}, .received = milliseconds(1), .age = milliseconds(5)}});
  EXPECT_EQ(p1.trace("p1", Lsn{8})->points[2].at, milliseconds(26));
  // Of the second, 10 ms: it arrived at 15.
  TraceEntry later{
      .lsn = Lsn{8}, .received = milliseconds(1), .flushed = milliseconds(20), .age = milliseconds(30)};
  p1.reported(at_ms(50), "r1", {later});
  EXPECT_EQ(p1.trace("p1", Lsn{8})->points[2].at, milliseconds(16));
  // A report that was long on its way changes nothing about that.
  later.age = milliseconds(31);
  p1.reported(at_ms(500), "r1", {later});
  EXPECT_EQ(p1.trace("p1", Lsn{8})->points[2].at, milliseconds(16));
  EXPECT_EQ(p1.trace("p1", Lsn{8})->points[3].at, milliseconds(35));
}

TEST(TraceLog, AClockThatRunsFasterBringsNothingIntoTheFuture) {
  TraceLog p1;
  p1.joined("r1");
  p1.appended(at_ms(0), token(8), true);
  p1.sent(at_ms(10), "r1", {Lsn{8}});
  p1.reported(at_ms(20), "r1", {{.lsn = Lsn{8}, .received = milliseconds(11), .age = milliseconds(12)}});
  EXPECT_EQ(p1.trace("p1", Lsn{8})->points[2].at, milliseconds(20));
}

TEST(TraceLog, ANodeBehindAReplicaIsShown) {
  Chain chain{.r1_ahead = hours(3), .r2_ahead = -hours(3)};
  chain.p1.joined("r1");
  chain.r1.joined("r2");
  chain.append_and_flush(8);
  chain.p1.reached(chain.on_p1(400), Stage::kAcknowledged, Lsn{8});
  chain.p1.sent(chain.on_p1(400), "r1", {Lsn{8}});
  chain.r1.arrived(chain.on_r1(500), token(8));
  for (Stage stage : {Stage::kReceived, Stage::kFlushed, Stage::kApplied})
    chain.r1.reached(chain.on_r1(600), stage, Lsn{8});
  chain.r1.sent(chain.on_r1(650), "r2", {Lsn{8}});
  chain.p1.reported(chain.on_p1(800), "r1", chain.r1.take_news(chain.on_r1(700)));
  // r1 has it all, and r2, which it feeds, is still to be heard of.
  EXPECT_TRUE(chain.p1.incomplete(Lsn{8}));
  EXPECT_THAT(shown(chain.p1, 8),
              ::testing::EndsWith("r1 sent to r2 650 us; r2 received not yet; r2 flushed not yet; "
                                  "r2 applied not yet ..."));
  chain.r2.arrived(chain.on_r2(750), token(8));
  for (Stage stage : {Stage::kReceived, Stage::kFlushed, Stage::kApplied})
    chain.r2.reached(chain.on_r2(900), stage, Lsn{8});
  chain.r1.reported(chain.on_r1(1000), "r2", chain.r2.take_news(chain.on_r2(900)));
  chain.p1.reported(chain.on_p1(1200), "r1", chain.r1.take_news(chain.on_r1(1100)));
  EXPECT_FALSE(chain.p1.incomplete(Lsn{8}));
  EXPECT_THAT(shown(chain.p1, 8),
              ::testing::EndsWith("r1 applied 600 us; r1 sent to r2 650 us; r2 received 900 us; "
                                  "r2 flushed 900 us; r2 applied 900 us"));
}

TEST(TraceLog, ANodeFurtherBehindIsShownWithWhoFeedsIt) {
  TraceLog p1, r1;
  p1.joined("r1");
  r1.joined("r2");
  p1.appended(at_ms(0), token(8), true);
  p1.sent(at_ms(0), "r1", {Lsn{8}});
  r1.arrived(at_ms(10), token(8));
  r1.sent(at_ms(20), "r2", {Lsn{8}});
  r1.reported(at_ms(60), "r2",
              {{.lsn = Lsn{8}, .received = milliseconds(1), .age = milliseconds(20)},
               {.node = "r3",
                .lsn = Lsn{8},
                .sent = milliseconds(2),
                .received = milliseconds(9),
                .age = milliseconds(20)}});
  auto news = r1.take_news(at_ms(60));
  // r2's arrival is put at 30, 20 after r1's.
  EXPECT_EQ(lines(news), (Lines{"0/8, age 50 ms", "0/8 at r2, sent 10 ms, received 21 ms, age 50 ms",
                                "0/8 at r3 (fed by r2), sent 22 ms, received 29 ms, age 50 ms"}));
  p1.reported(at_ms(70), "r1", news);
  EXPECT_THAT(shown(p1, 8), ::testing::HasSubstr("r2 sent to r3 32 ms; r3 received 39 ms"));
}

TEST(TraceLog, IsCompleteWhenAllThatStreamedAtItsBeginningAreThrough) {
  TraceLog p1;
  p1.joined("r1");
  p1.joined("r2");
  p1.appended(at_ms(0), token(8), true);
  p1.joined("r3");
  p1.reached(at_ms(1), Stage::kFlushed, Lsn{8});
  p1.sent(at_ms(1), "r1", {Lsn{8}});
  p1.reported(at_ms(2), "r1", {{.lsn = Lsn{8}, .done = true}});
  EXPECT_TRUE(p1.incomplete(Lsn{8}));
  p1.left("r2");
  EXPECT_TRUE(p1.incomplete(Lsn{8})) << "it is not acknowledged yet";
  p1.reached(at_ms(3), Stage::kAcknowledged, Lsn{8});
  EXPECT_FALSE(p1.incomplete(Lsn{8}));
  EXPECT_TRUE(p1.trace("p1", Lsn{8})->complete);
}

TEST(TraceLog, AReplicaSaysItIsDoneWhenTheLastNodeBehindItIsGone) {
  TraceLog r1;
  r1.joined("r2");
  r1.arrived(at_ms(0), token(8));
  for (Stage stage : {Stage::kReceived, Stage::kFlushed, Stage::kApplied})
    r1.reached(at_ms(1), stage, Lsn{8});
  EXPECT_FALSE(r1.take_news(at_ms(2))[0].done);
  EXPECT_FALSE(r1.has_news());
  r1.left("r2");
  ASSERT_TRUE(r1.has_news());
  EXPECT_EQ(lines(r1.take_news(at_ms(3))),
            Lines{"0/8, received 1 ms, flushed 1 ms, applied 1 ms, age 3 ms, done"});
}

TEST(TraceLog, ARecordThatALinkHasLostIsTimedOnTheNextOne) {
  TraceLog p1, r1;
  p1.joined("r1");
  p1.appended(at_ms(0), token(8), true);
  p1.sent(at_ms(10), "r1", {Lsn{8}});
  r1.arrived(at_ms(20), token(8));
  p1.left("r1");
  p1.joined("r1");
  p1.sent(at_ms(100), "r1", {Lsn{8}});
  r1.arrived(at_ms(110), token(8));
  r1.reached(at_ms(111), Stage::kReceived, Lsn{8});
  p1.reported(at_ms(121), "r1", r1.take_news(at_ms(111)));
  auto points = p1.trace("p1", Lsn{8})->points;
  EXPECT_EQ(line(points[1]), "p1 sent to r1 100 ms");
  EXPECT_EQ(line(points[2]), "r1 received 111 ms");
}

TEST(TraceLog, OfPointsOfOneTurnTheCauseComesFirst) {
  TraceLog p1;
  p1.joined("r1");
  p1.appended(at_ms(0), token(8), true);
  p1.appended(at_ms(0), token(16), true);
  for (uint64_t lsn : {8, 16}) {
    p1.reached(at_ms(0), Stage::kAcknowledged, Lsn{lsn});
    p1.sent(at_ms(0), "r1", {Lsn{lsn}});
    p1.reported(at_ms(0), "r1", {{.lsn = Lsn{lsn}, .received = Duration(0), .flushed = Duration(0)}});
    p1.reached(at_ms(0), Stage::kFlushed, Lsn{lsn});
  }
  p1.told(Lsn{8}, Rung::kAsync, {});
  p1.told(Lsn{16}, Rung::kDurable, {"r1"});
  EXPECT_EQ(shown(p1, 8),
            "0/8@1 async; p1 appended 0 us; p1 flushed 0 us; p1 acknowledged 0 us; p1 sent to r1 0 us; r1 "
            "received 0 us; "
            "r1 flushed 0 us; r1 applied not yet ...");
  EXPECT_EQ(shown(p1, 16),
            "0/10@1 durable by r1; p1 appended 0 us; p1 flushed 0 us; p1 sent to r1 0 us; r1 received 0 us; "
            "r1 flushed 0 us; "
            "p1 acknowledged 0 us; r1 applied not yet ...");
}

TEST(TraceLog, AboveTheRateOnlyTheFirstOfASecondAndThoseAskedForAreTraced) {
  TraceLog p1;
  size_t traced = 0;
  for (uint64_t i = 1; i <= 1000; ++i) traced += p1.appended(at_s(10), token(8 * i), false);
  EXPECT_EQ(traced, TraceLog::kPerSecond);
  EXPECT_TRUE(p1.appended(at_s(10), token(8008), true));
  EXPECT_FALSE(p1.appended(at_ms(10'999), token(8016), false));
  EXPECT_TRUE(p1.appended(at_s(11), token(8024), false));
  EXPECT_TRUE(p1.trace("p1", Lsn{8008}));
  EXPECT_FALSE(p1.trace("p1", Lsn{8016}));
}

TEST(TraceLog, KeepsTheNewestOnly) {
  TraceLog p1;
  for (uint64_t i = 1; i <= 1000; ++i) {
    p1.appended(at_ms(0), token(8 * i), true);
    p1.reached(at_ms(0), Stage::kFlushed, Lsn{8 * i});
    p1.check_invariants();
  }
  EXPECT_EQ(p1.newest("p1", 5000).size(), TraceLog::kKept);
  EXPECT_EQ(shown(p1, 8), "none");
  p1.told(Lsn{8}, Rung::kAsync, {});
  p1.reported(at_ms(0), "r1", {{.lsn = Lsn{8}}});
  EXPECT_FALSE(p1.incomplete(Lsn{8}));
  auto two = p1.newest("p1", 2);
  ASSERT_THAT(two, SizeIs(2));
  EXPECT_EQ(two[0].token, token(7992));
  EXPECT_EQ(two[1].token, token(8000));
}

TEST(TraceLog, TellsWhichRecordsOfAMessageAreTraced) {
  TraceLog p1;
  for (uint64_t lsn : {8, 24, 48}) p1.appended(at_ms(0), token(lsn), true);
  EXPECT_THAT(p1.ends_in(Lsn{0}, Lsn{100}), ElementsAre(Lsn{8}, Lsn{24}, Lsn{48}));
  EXPECT_THAT(p1.ends_in(Lsn{8}, Lsn{24}), ElementsAre(Lsn{24}));
  EXPECT_THAT(p1.ends_in(Lsn{24}, Lsn{47}), IsEmpty());
  EXPECT_THAT(p1.ends_in(Lsn{48}, Lsn{100}), IsEmpty());
}

TEST(TraceLog, SaysMoreThanOneReportHoldsInSeveral) {
  TraceLog r1;
  r1.joined("r2");
  for (uint64_t i = 1; i <= 200; ++i) r1.arrived(at_ms(0), token(8 * i));
  r1.reached(at_ms(1), Stage::kReceived, Lsn{1600});
  auto first = r1.take_news(at_ms(2)), second = r1.take_news(at_ms(2));
  EXPECT_THAT(first, SizeIs(kMaxTraceEntries));
  EXPECT_THAT(second, SizeIs(400 - kMaxTraceEntries));
  EXPECT_FALSE(r1.has_news());
  EXPECT_THAT(r1.take_news(at_ms(2)), IsEmpty());
  r1.check_invariants();
}

TEST(TraceLog, WhatWasNeverSentToAReplicaItCannotTellOf) {
  TraceLog p1;
  p1.joined("r1");
  p1.appended(at_ms(0), token(8), true);
  TraceEntry entry{.lsn = Lsn{8}, .received = Duration(0), .done = true};
  p1.reported(at_ms(1), "r1", {entry});
  p1.reported(at_ms(1), "stranger", {entry});
  EXPECT_EQ(shown(p1, 8),
            "0/8@1; p1 appended 0 us; p1 flushed not yet; p1 acknowledged not yet; p1 sent to r1 not yet; r1 "
            "received not "
            "yet; r1 flushed not yet; r1 applied not yet ...");
}

TEST(TraceLog, AfterABaseCopyItBeginsAnew) {
  TraceLog r1;
  r1.arrived(at_ms(0), token(800));
  r1.reached(at_ms(0), Stage::kReceived, Lsn{800});
  r1.clear();
  EXPECT_FALSE(r1.has_news());
  r1.arrived(at_ms(1), token(80));
  r1.reached(at_ms(2), Stage::kReceived, Lsn{80});
  EXPECT_EQ(lines(r1.take_news(at_ms(2))), Lines{"0/50, received 1 ms, age 1 ms"});
}

}  // namespace
}  // namespace wallaby::replication
