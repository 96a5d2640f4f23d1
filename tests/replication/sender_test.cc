#include "replication/sender.h"

#include <gtest/gtest.h>

#include "tests/replication/dialogue.h"

namespace wallaby::replication {
namespace {

Answer continue_from(uint64_t from) {
  return {.name = "p1", .decision = Continue{Lsn{from}}};
}
Answer snapshot(uint64_t size) {
  return {.name = "p1",
          .decision =
              Snapshot{.position = Lsn{0x100}, .file_size = size, .log_from = {TimelineId{1}, Lsn{0x40}}}};
}

/// A sender whose log is flushed to 0/1A8, with a small window.
struct Feed {
  explicit Feed(const Answer& answer, uint64_t flushed = 0x1A8)
      : sender({}, {.window = 400, .max_message = 100}, answer, Lsn{flushed}) {}

  Lines operator()(const SenderEvent& event) {
    sender.step(now, event);
    return said();
  }
  Lines said() {
    sender.check_invariants();
    Lines all = lines(sender.take_outputs());
    sender.check_invariants();
    return all;
  }
  Lines log(uint64_t from, uint64_t to) {
    return (*this)(
        LogArrived{{TimelineId{1}, Lsn{0}}, Lsn{from}, Lsn{to}, {SharedBytes(std::string(to - from, 'x'))}});
  }
  Lines checkpoint(uint64_t offset, uint64_t length) {
    return (*this)(CheckpointArrived{offset, SharedBytes(std::string(length, 'x'))});
  }
  Lines report(uint64_t received, uint64_t flushed, uint64_t applied, uint64_t keepalive, bool held = false) {
    return (*this)(ReportArrived{{.positions = {Lsn{received}, Lsn{flushed}, Lsn{applied}},
                                  .holds = {held ? std::vector{Stage::kApplied} : std::vector<Stage>{}, {}},
                                  .keepalive = keepalive,
                                  .way = "streaming"}});
  }
  Lines tick(int64_t milliseconds) {
    now = at_ms(milliseconds);
    return (*this)(SenderTick{});
  }

  TimePoint now;
  Sender sender;
};

const std::string kSegment = " of 00000001-0000000000000000";

TEST(Sender, DataNamesTheTracedRecordsInIt) {
  Feed feed(continue_from(0x160));
  feed.said();
  feed.sender.step(feed.now, LogArrived{{TimelineId{1}, Lsn{0}},
                                        Lsn{0x160},
                                        Lsn{0x1A8},
                                        {SharedBytes(std::string(0x48, 'x'))},
                                        {Lsn{0x180}, Lsn{0x1A8}}});
  auto outputs = feed.sender.take_outputs();
  ASSERT_FALSE(outputs.empty());
  EXPECT_EQ(std::get<Data>(std::get<SendMessage>(outputs[0]).message).traced,
            (std::vector<Lsn>{Lsn{0x180}, Lsn{0x1A8}}));
}

TEST(Sender, BeginsWithAKeepaliveAndTheLogFromTheAgreedPosition) {
  Feed feed(continue_from(0x160));
  EXPECT_EQ(feed.said(),
            (Lines{"keepalive 1, flushed 0/1A8", "read log from 0/160 until 0/1A8, at most 100"}));
  EXPECT_EQ(feed.log(0x160, 0x1A8), (Lines{"ship 0/160..0/1A8" + kSegment, "shipped 0/1A8"}));
  EXPECT_EQ(feed.sender.shipped(), Lsn{0x1A8});
}

TEST(Sender, ShipsWhatIsFlushedWhileItWaits) {
  Feed feed(continue_from(0x1A8));
  EXPECT_EQ(feed.said(), Lines{"keepalive 1, flushed 0/1A8"});
  EXPECT_EQ(feed(FeederFlushed{Lsn{0x1B0}, Lsn{0x1A8}}),
            Lines{"read log from 0/1A8 until 0/1B0, at most 100"});
}

TEST(Sender, SeveralFlushesOfOneTurnLeadToOneRead) {
  Feed feed(continue_from(0x1A8));
  feed.said();
  feed.sender.step(feed.now, FeederFlushed{Lsn{0x1B0}, {}});
  feed.sender.step(feed.now, FeederFlushed{Lsn{0x1C0}, {}});
  EXPECT_EQ(feed.said(), Lines{"read log from 0/1A8 until 0/1C0, at most 100"});
  feed.sender.step(feed.now, FeederFlushed{Lsn{0x1D0}, {}});
  EXPECT_EQ(feed.said(), Lines{}) << "one read is out at a time";
  EXPECT_EQ(feed.log(0x1A8, 0x1C0), (Lines{"ship 0/1A8..0/1C0" + kSegment, "shipped 0/1C0",
                                           "read log from 0/1C0 until 0/1D0, at most 100"}));
}

TEST(Sender, AFullWindowStopsReadingUntilTheLinkDrains) {
  Feed feed(continue_from(0), 1000);
  feed.said();
  uint64_t shipped = 0;
  while (!feed.log(shipped, shipped + 100).back().starts_with("shipped")) shipped += 100;
  shipped += 100;
  EXPECT_GE(shipped, 200u);
  EXPECT_LE(shipped, 400u) << "not more than the window is on its way";
  EXPECT_EQ(feed(LinkDrained{1}), Lines{});
  EXPECT_EQ(feed(LinkDrained{150}).back(), "read log from 0/12C until 0/3E8, at most 100");
}

TEST(Sender, ASlowReplicaCostsOneWindowHoweverFarTheLogGrows) {
  Feed feed(continue_from(0), 8);
  uint64_t handed = 0, position = 0;
  for (int second = 1; second < 50; ++second) {
    feed.now = at_s(second);
    feed.report(0, 0, 0, 1);
    feed.sender.step(feed.now, FeederFlushed{Lsn{static_cast<uint64_t>(second) * 1000}, {}});
    feed.sender.step(feed.now, SenderTick{});
    for (bool reading = true; reading;) {
      reading = false;
      for (const SenderOutput& output : feed.sender.take_outputs()) {
        if (const auto* message = std::get_if<SendMessage>(&output))
          handed +=
              wire_size(message->message, message->attachment.empty() ? 0 : message->attachment[0].size());
        if (const auto* read = std::get_if<ReadLog>(&output)) {
          uint64_t length = std::min(read->max, read->until - read->from);
          position = read->from.value + length;
          feed.sender.step(feed.now, LogArrived{{TimelineId{1}, Lsn{0}},
                                                read->from,
                                                Lsn{position},
                                                {SharedBytes(std::string(length, 'x'))}});
          reading = true;
        }
      }
    }
  }
  EXPECT_LE(handed, 500u) << "nothing drained, so only the window was handed over";
}

TEST(Sender, CaughtUpWhenTheReplicaAppliedWhatWasFlushedAtAKeepalive) {
  Feed feed(continue_from(0x160));
  feed.said();
  feed.log(0x160, 0x1A8);
  EXPECT_EQ(feed.report(0x1A8, 0x1A8, 0x160, 1), Lines{});
  EXPECT_FALSE(feed.sender.caught_up());
  EXPECT_EQ(feed.report(0x1A8, 0x1A8, 0x1A8, 1), Lines{"caught up"});
  EXPECT_TRUE(feed.sender.caught_up());
  EXPECT_EQ(feed.report(0x1A8, 0x1A8, 0x1A8, 1), Lines{}) << "said once";
}

TEST(Sender, CaughtUpNeedsAKeepaliveOfThisLink) {
  Feed feed(continue_from(0x1A8));
  feed.said();
  EXPECT_EQ(feed.report(0x1A8, 0x1A8, 0x1A8, 0), Lines{});
  EXPECT_EQ(feed.report(0x1A8, 0x1A8, 0x1A8, 1), Lines{"caught up"});
}

TEST(Sender, AHeldReplicaIsCaughtUpByWhatItFlushed) {
  Feed feed(continue_from(0x160));
  feed.said();
  feed.log(0x160, 0x1A8);
  EXPECT_EQ(feed.report(0x1A8, 0x1A8, 0x58, 1, true), Lines{"caught up"});
}

TEST(Sender, AReplicaThatStaysFarBehindIsNotCaughtUp) {
  Feed feed(continue_from(0), 100);
  feed.said();
  for (uint64_t second = 1; second <= 30;
       ++second) {  // each second brings 100 bytes, and it stays 20 seconds behind
    feed.now = at_s(static_cast<int64_t>(second));
    feed.sender.step(feed.now, FeederFlushed{Lsn{100 + second * 100}, {}});
    for (const std::string& said : feed(SenderTick{})) ASSERT_NE(said, "caught up");
    uint64_t applied = second > 20 ? (second - 20) * 100 : 0;
    for (const std::string& said : feed.report(applied, applied, applied, second))
      ASSERT_NE(said, "caught up");
  }
  EXPECT_EQ(feed.report(3000, 3000, 3000, 31), Lines{"caught up"});
}

TEST(Sender, AKeepaliveGoesOutEverySecond) {
  Feed feed(continue_from(0x1A8));
  feed.said();
  EXPECT_EQ(feed.sender.next_deadline(), at_s(1));
  feed.sender.step(feed.now, FeederFlushed{Lsn{0x1A8}, Lsn{0x160}});
  EXPECT_EQ(feed.tick(999), Lines{});
  EXPECT_EQ(feed.tick(1000), Lines{"keepalive 2, flushed 0/1A8, acknowledged 0/160"});
  EXPECT_EQ(feed.sender.next_deadline(), at_s(2));
}

TEST(Sender, ASilentReplicaIsGivenUp) {
  Feed feed(continue_from(0x1A8));
  feed.tick(1000);
  feed.report(0x1A8, 0x1A8, 0x1A8, 1);
  EXPECT_EQ(feed.sender.last_report(), at_s(1));
  for (int second = 2; second <= 5; ++second) feed.tick(second * 1000);
  EXPECT_EQ(feed.sender.next_deadline(), at_s(6));
  EXPECT_EQ(feed.tick(6000), (Lines{"goodbye (failed): no report from the replica for 5 s",
                                    "link ended: no report from the replica for 5 s"}));
  EXPECT_EQ(feed.sender.next_deadline(), kNever);
}

TEST(Sender, AReplicaThatReportsIsKeptThoughItsLinkIsFull) {
  Feed feed(continue_from(0), 1000);
  feed.said();
  for (uint64_t at = 0; at < 300; at += 100) feed.log(at, at + 100);
  for (int second = 1; second <= 60; ++second) {
    Lines said = feed.tick(second * 1000);
    for (const std::string& each : said) ASSERT_FALSE(each.starts_with("link ended")) << second;
    feed.report(0, 0, 0, 1);
  }
}

TEST(Sender, LogThatIsGoneEndsTheLinkAndTellsOfTheBaseCopy) {
  Feed feed(continue_from(0x160));
  feed.said();
  Lines said = feed(LogGone{Lsn{0x180}});
  ASSERT_EQ(said.size(), 2u);
  EXPECT_EQ(said[0],
            "goodbye (slot lost): the replica was too slow: it needs the log from 0/160 on, which is kept "
            "only from 0/180 on; it takes a new base copy");
  EXPECT_EQ(feed(FeederFlushed{Lsn{0x200}, {}}), Lines{}) << "the link has ended";
}

TEST(Sender, AReadThatFailsEndsTheLink) {
  Feed feed(continue_from(0x160));
  feed.said();
  EXPECT_EQ(feed(ReadFailed{"segment 1 is damaged"}),
            (Lines{"goodbye (failed): segment 1 is damaged", "link ended: segment 1 is damaged"}));
}

TEST(Sender, AnAnswerToAReadThatComesAfterTheEndIsIgnored) {
  Feed feed(continue_from(0x160));
  feed.said();
  feed.sender.end(GoodbyeKind::kDropped, "drop-replica r1");
  EXPECT_EQ(feed.said(), (Lines{"goodbye (dropped): drop-replica r1", "link ended: drop-replica r1"}));
  EXPECT_EQ(feed.log(0x160, 0x1A8), Lines{});
  feed.sender.end(GoodbyeKind::kShutdown, "twice");
  EXPECT_EQ(feed.said(), Lines{});
}

TEST(Sender, AReportThatCannotBeTrueEndsTheLink) {
  Feed ahead(continue_from(0x1A8));
  ahead.said();
  EXPECT_EQ(ahead.report(0x1B0, 0x1A8, 0x1A8, 1).back(),
            "link ended: the replica says that it received 0/1B0, but our log is flushed only to 0/1A8");
  Feed backwards(continue_from(0x1A8));
  backwards.report(0x1A8, 0x1A8, 0x1A8, 1);
  EXPECT_EQ(backwards.report(0x1A8, 0x1A8, 0x1A0, 1).back().substr(0, 50),
            "link ended: the replica's report went backwards, f");
}

TEST(Sender, ABaseCopySendsTheFileAndThenTheLogFromItsSegment) {
  Feed feed(snapshot(150));
  EXPECT_TRUE(feed.sender.copying());
  EXPECT_EQ(feed.said(), (Lines{"keepalive 1, flushed 0/1A8", "read checkpoint 0/100 at 0, 100 bytes"}));
  EXPECT_EQ(feed.checkpoint(0, 100),
            (Lines{"ship checkpoint bytes 0..100", "read checkpoint 0/100 at 100, 50 bytes"}));
  EXPECT_EQ(feed.sender.copied(), 100u);
  EXPECT_EQ(feed.checkpoint(100, 50), (Lines{"ship checkpoint bytes 100..150, the last", "copy sent",
                                             "read log from 0/40 until 0/1A8, at most 100"}));
  EXPECT_FALSE(feed.sender.copying());
  EXPECT_EQ(feed.log(0x40, 0xA4), (Lines{"ship 0/40..0/A4" + kSegment, "shipped 0/A4"}));
}

TEST(Sender, ABaseCopyKeepsToTheWindow) {
  Feed feed(snapshot(100000));
  feed.said();
  uint64_t sent = 0;
  while (feed.checkpoint(sent, 100).size() == 2) sent += 100;
  EXPECT_LE(sent + 100, 400u);
  EXPECT_EQ(feed.said(), Lines{});
  EXPECT_EQ(feed(LinkDrained{200}).size(), 1u);
}

TEST(Sender, NobodyIsCaughtUpWhileItsFileIsOnTheWay) {
  Feed feed(snapshot(150), 0x1A8);
  feed.said();
  EXPECT_EQ(feed.report(0, 0, 0, 1), Lines{});
  EXPECT_FALSE(feed.sender.caught_up());
}

}  // namespace
}  // namespace wallaby::replication
