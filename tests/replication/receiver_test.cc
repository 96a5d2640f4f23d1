#include "replication/receiver.h"

#include <set>

#include <gtest/gtest.h>

#include "tests/replication/dialogue.h"

namespace wallaby::replication {
namespace {

SegmentId segment(uint64_t first) {
  return {TimelineId{1}, Lsn{first}};
}
Message answer(Decision decision) {
  return Answer{.name = "p1", .is_primary = true, .decision = std::move(decision)};
}
Message snapshot(uint64_t size) {
  return answer(
      Snapshot{.position = Lsn{0x100}, .file_size = size, .log_from = segment(0x40), .reason = "too old"});
}
Message data(uint64_t from, uint64_t flushed = 0x1A8, uint64_t first = 0) {
  return Data{.segment = segment(first), .from = Lsn{from}, .feeder_flushed = Lsn{flushed}};
}

struct Link {
  Lines operator()(const ReceiverEvent& event) {
    receiver.step(now, event);
    return said();
  }
  Lines said() {
    Lines all = lines(receiver.take_outputs());
    receiver.check_invariants();
    return all;
  }
  Lines tick(int64_t milliseconds) {
    now = at_ms(milliseconds);
    return (*this)(ReceiverTick{});
  }
  Lines hear(const Message& message, std::string_view bytes = {}) {
    return (*this)(MessageArrived{message, bytes});
  }
  Lines progress(uint64_t received, uint64_t flushed, uint64_t applied, bool held = false) {
    return (*this)(Progress{{Lsn{received}, Lsn{flushed}, Lsn{applied}},
                            ReplicaHolds{held ? std::vector{Stage::kApplied} : std::vector<Stage>{}, {}}});
  }
  /// Up to the handshake's answer.
  void introduce() {
    now = std::max(now, receiver.next_deadline());
    EXPECT_EQ((*this)(ReceiverTick{}), Lines{"connect"});
    EXPECT_EQ((*this)(LinkUp{}), Lines{"say hello"});
  }
  void stream(uint64_t from = 0x58) {
    introduce();
    hear(answer(Continue{Lsn{from}}));
    EXPECT_EQ(receiver.state(), LinkState::kStreaming);
  }

  TimePoint now;
  Receiver receiver{{}, {}, 1};
};

TEST(Receiver, ConnectsIntroducesItselfAndStreams) {
  Link link;
  EXPECT_EQ(link.receiver.next_deadline(), TimePoint{});
  EXPECT_EQ(link(ReceiverTick{}), Lines{"connect"});
  EXPECT_EQ(link(LinkUp{}), Lines{"say hello"});
  EXPECT_EQ(link.hear(answer(Continue{Lsn{0x58}})), (Lines{"accepted: answer of p1: continue from 0/58",
                                                           "report applied 0/0, keepalive 0, streaming"}));
  EXPECT_EQ(link.hear(data(0x58), std::string(16, 'x')),
            Lines{"ingest log 0/58..0/68 of 00000001-0000000000000000"});
  EXPECT_EQ(link.hear(data(0x68), std::string(8, 'x')),
            Lines{"ingest log 0/68..0/70 of 00000001-0000000000000000"});
  EXPECT_EQ(link.receiver.feeder_flushed(), Lsn{0x1A8});
}

TEST(Receiver, ReportsEachCompletionAndMergesThoseOfOneTurn) {
  Link link;
  link.stream();
  EXPECT_EQ(link.progress(0x70, 0x58, 0x58),
            Lines{"report received 0/70, flushed 0/58, applied 0/58, keepalive 0, streaming"});
  EXPECT_EQ(link.progress(0x70, 0x58, 0x58), Lines{}) << "nothing moved";
  link.receiver.step(link.now, Progress{{Lsn{0x70}, Lsn{0x70}, Lsn{0x58}}});
  link.receiver.step(link.now, Progress{{Lsn{0x70}, Lsn{0x70}, Lsn{0x70}}});
  EXPECT_EQ(link.said(), Lines{"report applied 0/70, keepalive 0, streaming"});
  EXPECT_EQ(link.progress(0x70, 0x70, 0x70, true),
            Lines{"report applied 0/70, holds applied, keepalive 0, streaming"});
}

TEST(Receiver, AKeepaliveIsAnsweredAndEchoed) {
  Link link;
  link.stream();
  EXPECT_EQ(link.hear(Keepalive{Lsn{0x200}, Lsn{0x58}, 1}),
            (Lines{"feeder flushed 0/200, acknowledged 0/58", "report applied 0/0, keepalive 1, streaming"}));
  EXPECT_EQ(link.receiver.feeder_flushed(), Lsn{0x200});
}

TEST(Receiver, ReportsOnceASecondThoughNothingMoves) {
  Link link;
  link.stream();
  EXPECT_EQ(link.receiver.next_deadline(), at_s(1));
  EXPECT_EQ(link.tick(999), Lines{});
  EXPECT_EQ(link.tick(1000), Lines{"report applied 0/0, keepalive 0, streaming"});
  EXPECT_EQ(link.receiver.next_deadline(), at_s(2));
}

TEST(Receiver, ReportsWhenTheNodeHasSomethingToAddThoughNothingMoves) {
  Link link;
  link.stream();
  EXPECT_EQ(link(ReportWanted{}), Lines{"report applied 0/0, keepalive 0, streaming"});
  EXPECT_EQ(link.said(), Lines{});
}

TEST(Receiver, NothingIsReportedWithoutALink) {
  Link link;
  EXPECT_EQ(link(ReportWanted{}), Lines{});
  EXPECT_EQ(link.progress(0x58, 0x58, 0x58), Lines{});
  link.introduce();
  EXPECT_EQ(link.progress(0x60, 0x58, 0x58), Lines{});
  EXPECT_EQ(link.hear(answer(Continue{Lsn{0x60}})).back(),
            "report received 0/60, flushed 0/58, applied 0/58, keepalive 0, streaming");
}

// --- links that fail -------------------------------------------------------------------------------------------

TEST(Receiver, ReconnectsWithGrowingBackoff) {
  Link link;
  Duration first{}, last{};
  for (int attempt = 0; attempt < 12; ++attempt) {
    link.now = std::max(link.now, link.receiver.next_deadline());
    ASSERT_EQ(link(ReceiverTick{}), Lines{"connect"});
    ASSERT_EQ(link(LinkDown{"connection refused"}), Lines{"unlinked: connection refused"});
    Duration wait = link.receiver.next_deadline() - link.now;
    EXPECT_GE(wait, std::chrono::milliseconds(100));
    EXPECT_LE(wait, std::chrono::seconds(2));
    first = attempt == 0 ? wait : first;
    last = wait;
    EXPECT_EQ(link(ReceiverTick{}), Lines{}) << "not before";
  }
  EXPECT_EQ(first, std::chrono::milliseconds(100));
  EXPECT_GE(last, std::chrono::milliseconds(1500));
  link.stream();  // a handshake that goes well
  link(LinkDown{"reset by peer"});
  EXPECT_EQ(link.receiver.next_deadline() - link.now, std::chrono::milliseconds(100));
  EXPECT_EQ(link.receiver.last_failure(), "reset by peer");
}

TEST(Receiver, ReplicasThatLostTheirFeederTogetherDoNotComeBackTogether) {
  std::set<TimePoint> retries;
  for (uint64_t seed = 0; seed < 10; ++seed) {
    Receiver receiver({}, {}, seed);
    for (int attempt = 0; attempt < 4; ++attempt) {
      receiver.step(receiver.next_deadline(), ReceiverTick{});
      receiver.step(receiver.next_deadline(), LinkDown{"gone"});
    }
    retries.insert(receiver.next_deadline());
  }
  EXPECT_GT(retries.size(), 5u);
}

TEST(Receiver, AnAttemptThatNobodyAnswersIsGivenUp) {
  Link link;
  link.tick(0);
  EXPECT_EQ(link.receiver.next_deadline(), at_s(5));
  EXPECT_EQ(link.tick(5000), (Lines{"close link", "unlinked: no connection for 5 s"}));
  EXPECT_EQ(link(LinkUp{}), Lines{"close link"}) << "it came too late";
}

TEST(Receiver, ASilentFeederIsGivenUp) {
  Link link;
  link.introduce();
  EXPECT_EQ(link.tick(5000), (Lines{"close link", "unlinked: nothing heard from the feeder for 5 s"}));
  link.stream();
  TimePoint heard = link.now += std::chrono::seconds(1);
  link.hear(Keepalive{Lsn{0x200}, {}, 1});
  link.now = heard + std::chrono::milliseconds(4999);
  link(ReceiverTick{});
  EXPECT_EQ(link.receiver.state(), LinkState::kStreaming);
  link.now = heard + std::chrono::seconds(5);
  EXPECT_EQ(link(ReceiverTick{}), (Lines{"close link", "unlinked: nothing heard from the feeder for 5 s"}));
}

TEST(Receiver, WhoDoesNotReadOnPurposeReportsOnAndDoesNotJudge) {
  Link link;
  link.stream();
  EXPECT_EQ(link(ReadingStopped{true}), Lines{"report applied 0/0, keepalive 0, reading stopped"});
  for (int second = 1; second <= 30; ++second) EXPECT_EQ(link.tick(second * 1000).size(), 1u);
  EXPECT_EQ(link(ReadingStopped{false}), Lines{"report applied 0/0, keepalive 0, streaming"});
  link.tick(34999);
  EXPECT_EQ(link.receiver.state(), LinkState::kStreaming);
  link.tick(35000);
  EXPECT_EQ(link.receiver.state(), LinkState::kOffline);
}

TEST(Receiver, APartOfALongMessageIsASignOfLife) {
  Link link;
  link.stream();
  TimePoint begin = link.now;
  for (int second = 1; second <= 20; ++second) {
    link.now = begin + std::chrono::seconds(second);
    link(BytesArrived{});
    link(ReceiverTick{});
    ASSERT_EQ(link.receiver.state(), LinkState::kStreaming) << "a slow link brings it little by little";
  }
  link.now += std::chrono::seconds(5);
  EXPECT_EQ(link(ReceiverTick{}), (Lines{"close link", "unlinked: nothing heard from the feeder for 5 s"}));
}

TEST(Receiver, TheAnswerIsAwaitedThoughReadingIsStopped) {
  Link link;
  link(ReadingStopped{true});
  link.introduce();
  EXPECT_EQ(link.tick(5000).back(), "unlinked: nothing heard from the feeder for 5 s");
}

TEST(Receiver, BytesThatTheNodeCannotTakeEndTheLink) {
  Link link;
  link.stream();
  EXPECT_EQ(
      link(Rejected{{ErrorCode::kProtocol, "the frame at 0/58 is invalid"}}),
      (Lines{"close link", "unlinked: what the feeder sent cannot be used: the frame at 0/58 is invalid"}));
  EXPECT_EQ(link(LinkDown{"closed"}), Lines{}) << "we know";
  EXPECT_EQ(link.hear(data(0x58), "x"), Lines{}) << "still on its way when we closed";
}

// --- answers that are no ---------------------------------------------------------------------------------------

TEST(Receiver, AskedToWaitItComesBackWithBackoff) {
  Link link;
  link.introduce();
  EXPECT_EQ(link.hear(answer(Wait{"this replica's log ends at 0/8"})),
            (Lines{"close link", "unlinked: asked to wait: this replica's log ends at 0/8"}));
  EXPECT_EQ(link.receiver.next_deadline() - link.now, std::chrono::milliseconds(100));
}

TEST(Receiver, RefusedItAsksAgainLater) {
  Link link;
  link.introduce();
  EXPECT_EQ(link.hear(answer(Refuse{RefusalKind::kDiverged, "another history"})),
            (Lines{"close link", "unlinked (refused: diverged): another history"}));
  EXPECT_EQ(link.receiver.next_deadline() - link.now, std::chrono::seconds(2));
  EXPECT_EQ(link.receiver.last_failure(), "another history");
  link.stream();
}

TEST(Receiver, TurnedAwayAtTheDoorItKnocksAgainLater) {
  Link link;
  EXPECT_EQ(link.tick(0), Lines{"connect"});
  EXPECT_EQ(link(TurnedAway{"a wrong password"}),
            (Lines{"close link", "unlinked (refused: other): a wrong password"}));
  EXPECT_EQ(link.tick(1999), Lines{});
  EXPECT_EQ(link.tick(2000), Lines{"connect"});
  EXPECT_EQ(link(LinkUp{}), Lines{"say hello"});
  EXPECT_EQ(link(TurnedAway{"this role may not replicate"}),
            (Lines{"close link", "unlinked (refused: other): this role may not replicate"}));
  EXPECT_EQ(link(TurnedAway{"late"}), Lines{}) << "that link is over";
}

TEST(Receiver, DroppedItStaysOutForGood) {
  Link link;
  link.stream();
  EXPECT_EQ(link.hear(Goodbye{GoodbyeKind::kDropped, "drop-replica r1"}),
            (Lines{"close link", "unlinked for good: drop-replica r1"}));
  EXPECT_EQ(link.receiver.state(), LinkState::kDropped);
  EXPECT_EQ(link.receiver.next_deadline(), kNever);
  EXPECT_EQ(link.tick(100000), Lines{});
  EXPECT_EQ(link(LinkDown{"closed"}), Lines{});
}

TEST(Receiver, OtherGoodbyesAreFollowedByAnotherAttempt) {
  for (GoodbyeKind kind :
       {GoodbyeKind::kShutdown, GoodbyeKind::kReplaced, GoodbyeKind::kFailed, GoodbyeKind::kSlotLost}) {
    Link link;
    link.stream();
    link.hear(Goodbye{kind, "bye"});
    EXPECT_EQ(link.receiver.state(), LinkState::kOffline);
    link.stream();
  }
}

// --- base copy -------------------------------------------------------------------------------------------------

TEST(Receiver, ABaseCopyIsTheFileThenTheLogThenOrdinaryStreaming) {
  Link link;
  link.progress(0x20, 0x20, 0x20);
  link.introduce();
  EXPECT_EQ(link.hear(snapshot(150)).back(), "report applied 0/0, keepalive 0, base copy")
      << "what was here is worth nothing now";
  EXPECT_EQ(link.receiver.state(), LinkState::kCopying);
  EXPECT_EQ(link.hear(CopyBlock{0, false}, std::string(100, 'x')), Lines{"ingest checkpoint bytes 0..100"});
  EXPECT_EQ(link.hear(CopyBlock{100, true}, std::string(50, 'x')),
            Lines{"ingest checkpoint bytes 100..150, the last"});
  EXPECT_EQ(link.hear(data(0x40, 0x1A8, 0x40), std::string(0xC0, 'x')),
            Lines{"ingest log 0/40..0/100 of 00000001-0000000000000040"});
  EXPECT_EQ(link.receiver.state(), LinkState::kCopying);
  EXPECT_EQ(link.progress(0x100, 0x100, 0),
            Lines{"report received 0/100, flushed 0/100, applied 0/0, keepalive 0, base copy"});
  EXPECT_EQ(link(CopyInstalled{}),
            Lines{"report received 0/100, flushed 0/100, applied 0/0, keepalive 0, streaming"});
  EXPECT_EQ(link.receiver.state(), LinkState::kStreaming);
}

TEST(Receiver, ABaseCopyThatKeepsFailingBacksOff) {
  Link link;
  for (int attempt = 0; attempt < 8; ++attempt) {
    link.introduce();
    link.hear(snapshot(150));
    link(LinkDown{"reset"});
  }
  EXPECT_GE(link.receiver.next_deadline() - link.now, std::chrono::milliseconds(1500));
}

TEST(Receiver, ACopyInstalledAfterItsLinkBrokeChangesNothing) {
  Link link;
  link.introduce();
  link.hear(snapshot(1));
  link.hear(CopyBlock{0, true}, "x");
  link(LinkDown{"reset"});
  EXPECT_EQ(link(CopyInstalled{}), Lines{});
  EXPECT_EQ(link.receiver.state(), LinkState::kOffline);
}

// --- a feeder that breaks the protocol -------------------------------------------------------------------------

struct Violation {
  std::string what;
  std::vector<std::pair<Message, size_t>>
      said;  ///< messages and the length of their bytes; the last is wrong
};

TEST(Receiver, WhatDoesNotFitEndsTheLink) {
  const Message go_on = answer(Continue{Lsn{0x58}}), copy = snapshot(150);
  const std::vector<Violation> violations{
      {"log before the answer", {{data(0x58), 8}}},
      {"a keepalive before the answer", {{Keepalive{.number = 1}, 0}}},
      {"a checkpoint block outside of a base copy", {{CopyBlock{0, true}, 8}}},
      {"a second answer", {{go_on, 0}, {go_on, 0}}},
      {"a hello to the one who said hello", {{Hello{}, 0}}},
      {"a report to the one who reports", {{go_on, 0}, {Report{}, 0}}},
      {"log from 0/60 came where 0/58 belongs", {{go_on, 0}, {data(0x60), 8}}},
      {"log from 0/50 came where 0/58 belongs", {{go_on, 0}, {data(0x50), 8}}},
      {"log from 0/68 came where 0/60 belongs", {{go_on, 0}, {data(0x58), 8}, {data(0x68), 8}}},
      {"log from 0/58 came for the wrong segment", {{go_on, 0}, {data(0x58, 0x1A8, 0x60), 8}}},
      {"log from 0/58 that is not flushed at the feeder", {{go_on, 0}, {data(0x58, 0x5F), 8}}},
      {"a traced record ends at 0/70, past its message",
       {{go_on, 0},
        {Data{.segment = segment(0),
              .from = Lsn{0x58},
              .feeder_flushed = Lsn{0x1A8},
              .traced = {Lsn{0x60}, Lsn{0x70}}},
         8}}},
      {"a checkpoint block outside of a base copy", {{go_on, 0}, {CopyBlock{0, true}, 8}}},
      {"a keepalive's number did not grow",
       {{go_on, 0}, {Keepalive{.number = 1}, 0}, {Keepalive{.number = 1}, 0}}},
      {"log in the middle of the base copy",
       {{copy, 0}, {CopyBlock{0, false}, 100}, {data(0x40, 0x1A8, 0x40), 8}}},
      {"log from 0/40 came for the wrong segment", {{copy, 0}, {CopyBlock{0, true}, 150}, {data(0x40), 8}}},
      {"8 checkpoint bytes at 8 do not fit; 0 of 150 are here", {{copy, 0}, {CopyBlock{8, false}, 8}}},
      {"200 checkpoint bytes at 0 do not fit; 0 of 150 are here", {{copy, 0}, {CopyBlock{0, true}, 200}}},
      {"150 checkpoint bytes at 0 do not fit; 0 of 150 are here", {{copy, 0}, {CopyBlock{0, false}, 150}}},
      {"100 checkpoint bytes at 0 do not fit; 0 of 150 are here", {{copy, 0}, {CopyBlock{0, true}, 100}}},
      {"a checkpoint block outside of a base copy",
       {{copy, 0}, {CopyBlock{0, true}, 150}, {CopyBlock{150, true}, 1}}},
  };
  for (const Violation& violation : violations) {
    Link link;
    link.introduce();
    Lines last;
    for (const auto& [message, length] : violation.said) {
      std::string bytes(length, 'x');
      last = link.hear(message, bytes);
    }
    EXPECT_EQ(last, (Lines{"close link", "unlinked: the feeder broke the protocol: " + violation.what}));
    EXPECT_EQ(link.receiver.state(), LinkState::kOffline);
  }
}

}  // namespace
}  // namespace wallaby::replication
