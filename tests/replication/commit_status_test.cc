#include "replication/commit_status.h"

#include <gtest/gtest.h>

#include "tests/replication/dialogue.h"

namespace wallaby::replication {
namespace {

/// Timeline 2 left 1 at 0/200, and 4 left 2 at 0/400; 3 was somebody else's.
const std::vector<Timeline> kHistory{
    {.number = TimelineId{1}, .reason = "new cluster"},
    {.number = TimelineId{2}, .parent = TimelineId{1}, .start = Lsn{0x200}, .reason = "promoted"},
    {.number = TimelineId{4}, .parent = TimelineId{2}, .start = Lsn{0x400}, .reason = "promoted"},
};
const LogView kLog{
    .timeline = TimelineId{4}, .visible = Lsn{0x480}, .appended = Lsn{0x500}, .history = kHistory};

std::string judged(uint64_t lsn, uint32_t timeline, bool border = true) {
  CommitStatus status = judge_commit({Lsn{lsn}, TimelineId{timeline}}, kLog, border);
  return line(status.state) + ": " + status.text;
}

TEST(CommitStatus, WhatReadersSeeIsVisible) {
  EXPECT_EQ(judged(0x480, 4), "visible: readers here see it");
  EXPECT_EQ(judged(0x408, 4), "visible: readers here see it");
}

TEST(CommitStatus, WhatIsInTheLogAndNotAcknowledgedIsPending) {
  std::string pending = "pending: it is in the log here, and readers do not see it yet; they see up to 0/480";
  EXPECT_EQ(judged(0x488, 4), pending);
  EXPECT_EQ(judged(0x500, 4), pending);
}

TEST(CommitStatus, EarlierTimelinesAreInTheLogUpToWhereTheNextOneLeftThem) {
  EXPECT_EQ(judged(0x200, 1), "visible: readers here see it");
  EXPECT_EQ(judged(0x208, 1), "discarded: timeline 2 went on from 0/200 without it");
  EXPECT_EQ(judged(0x400, 2), "visible: readers here see it");
  EXPECT_EQ(judged(0x1000, 2), "discarded: timeline 4 went on from 0/400 without it")
      << "however long it was";
}

TEST(CommitStatus, ATokenWithoutATimelineMeansTheCurrentOne) {
  EXPECT_EQ(judged(0x480, 0), "visible: readers here see it");
  EXPECT_EQ(judged(0x488, 0), judged(0x488, 4));
}

TEST(CommitStatus, ATimelineThatIsNotInTheHistoryIsUnknown) {
  EXPECT_EQ(judged(0x300, 3), "unknown: timeline 3 is not known here; this node is on timeline 4");
  EXPECT_EQ(judged(0x300, 5), "unknown: timeline 5 is not known here; this node is on timeline 4");
}

TEST(CommitStatus, PastTheEndOfTheLogIsUnknown) {
  EXPECT_EQ(judged(0x508, 4), "unknown: the log here ends at 0/500, before it");
  EXPECT_EQ(judged(0x508, 4, false), "unknown: the log here ends at 0/500, before it");
}

TEST(CommitStatus, APositionWhereNoRecordEndsIsUnknownWhereverItIs) {
  std::string unknown = "unknown: no record ends at 0/490; was the token typed right?";
  EXPECT_EQ(judged(0x490, 4, false), unknown);
  EXPECT_EQ(judged(0x410, 4, false), "unknown: no record ends at 0/410; was the token typed right?");
  EXPECT_EQ(judged(0x208, 1, false), "discarded: timeline 2 went on from 0/200 without it")
      << "nobody here can look that up";
}

TEST(CommitStatus, ANodeWithoutHistoryKnowsNothing) {
  const std::vector<Timeline> none;
  LogView empty{.timeline = {}, .visible = {}, .appended = {}, .history = none};
  EXPECT_EQ(judge_commit({Lsn{8}, TimelineId{1}}, empty, true).state, CommitState::kUnknown);
  EXPECT_EQ(judge_commit({Lsn{8}, TimelineId{}}, empty, true).state, CommitState::kUnknown);
}

TEST(CommitStatus, StatesHaveNames) {
  EXPECT_EQ(line(CommitState::kVisible), "visible");
  EXPECT_EQ(line(CommitState::kPending), "pending");
  EXPECT_EQ(line(CommitState::kDiscarded), "discarded");
  EXPECT_EQ(line(CommitState::kUnknown), "unknown");
}

}  // namespace
}  // namespace wallaby::replication
