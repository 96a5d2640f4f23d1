#include "cli/trace_text.h"

#include <gmock/gmock.h>

namespace wallaby::cli {
namespace {

using replication::CommitTrace;
using replication::Rung;
using replication::Stage;
using std::chrono::microseconds;
using ::testing::HasSubstr;
using ::testing::StartsWith;

CommitTrace semi_sync() {
  return {.token = {Lsn{0x1A8}, TimelineId{1}},
          .rung = Rung::kSemiSync,
          .by = {"r1"},
          .complete = true,
          .points = {{"p1", Stage::kAppended, {}, microseconds(0)},
                     {"p1", Stage::kFlushed, {}, microseconds(420)},
                     {"p1", Stage::kSent, "r1", microseconds(420)},
                     {"r1", Stage::kReceived, {}, microseconds(610)},
                     {"p1", Stage::kAcknowledged, {}, microseconds(660)},
                     {"r1", Stage::kFlushed, {}, microseconds(1050)},
                     {"r1", Stage::kApplied, {}, microseconds(1090)}}};
}

TEST(TraceText, DrawsTheExampleOfItsHeader) {
  EXPECT_EQ(trace_text(semi_sync()),
            "0/1A8@1  committed, semi-sync: received by r1\n"
            "  p1  appended      0.00 ms |\n"
            "  p1  flushed       0.42 ms |###############\n"
            "  p1  sent to r1    0.42 ms |               #\n"
            "  r1  received      0.61 ms |               #######\n"
            "  p1  acknowledged  0.66 ms |                      ##\n"
            "  r1  flushed       1.05 ms |                      #################\n"
            "  r1  applied       1.09 ms |                                       #\n");
}

TEST(TraceText, WhatIsNotReachedComesWithADash) {
  CommitTrace trace = semi_sync();
  trace.rung.reset();
  trace.by.clear();
  trace.points[4].at.reset();
  std::swap(trace.points[4], trace.points[6]);
  trace.points[4].at.reset();
  trace.points[5].at = std::chrono::seconds(3);
  std::swap(trace.points[4], trace.points[5]);
  EXPECT_EQ(trace_text(trace),
            "0/1A8@1  not acknowledged yet\n"
            "  p1  appended         0.00 ms |\n"
            "  p1  flushed          0.42 ms |#\n"
            "  p1  sent to r1       0.42 ms |#\n"
            "  r1  received         0.61 ms |#\n"
            "  r1  flushed       3000.00 ms |########################################\n"
            "  r1  applied             -\n"
            "  p1  acknowledged        -\n");
}

TEST(TraceText, ACascadedNodesBarBeginsWhereItsFeederSentTheRecord) {
  CommitTrace trace = semi_sync();
  trace.points.push_back({"r1", Stage::kSent, "longname", microseconds(1500)});
  trace.points.push_back({"longname", Stage::kReceived, {}, microseconds(2000)});
  std::string text = trace_text(trace);
  EXPECT_THAT(text, HasSubstr("  r1        sent to longname  1.50 ms |                     #########\n"));
  EXPECT_THAT(text,
              HasSubstr("  longname  received          2.00 ms |                              ##########\n"));
}

TEST(TraceText, TheBarOfAcknowledgedBeginsAtWhatMadeItTrue) {
  CommitTrace trace = semi_sync();
  trace.points[4].at = microseconds(1090);
  std::swap(trace.points[4], trace.points[6]);
  trace.rung = Rung::kDurable;
  EXPECT_THAT(trace_text(trace),
              HasSubstr("acknowledged  1.09 ms |                                       #\n"));
}

TEST(TraceText, WhatMadeItTrueForOthersIsWhatCameJustBefore) {
  CommitTrace trace = semi_sync();
  trace.by.clear();
  for (std::optional<Rung> told :
       {std::optional<Rung>(), std::optional(Rung::kOff), std::optional(Rung::kAsync)}) {
    trace.rung = told;
    EXPECT_THAT(trace_text(trace), HasSubstr("acknowledged  0.66 ms |                      ##\n"));
  }
  std::swap(trace.points[1], trace.points[4]);
  trace.points[1].at = Duration(0);
  EXPECT_THAT(trace_text(trace), HasSubstr("acknowledged  0.00 ms |#\n"));
}

TEST(TraceText, AStrongerRungOfTheSessionDoesNotMoveAcknowledged) {
  CommitTrace trace = semi_sync();
  trace.rung = Rung::kSync;  // its client was told after r1 had applied it; readers saw it before
  EXPECT_THAT(trace_text(trace), HasSubstr("acknowledged  0.66 ms |               #########\n"));
}

TEST(TraceText, SaysWhetherTheClientWasToldAndReadersSeeIt) {
  CommitTrace trace = semi_sync();
  trace.rung.reset();
  EXPECT_THAT(trace_text(trace), StartsWith("0/1A8@1  acknowledged, but its client was not told\n"));
  trace.points[4].at.reset();
  EXPECT_THAT(trace_text(trace), StartsWith("0/1A8@1  not acknowledged yet\n"));
  trace.rung = Rung::kAsync;
  trace.by.clear();
  EXPECT_THAT(trace_text(trace),
              StartsWith("0/1A8@1  committed, async: flushed on the primary; readers do not see it yet\n"));
}

TEST(TraceText, AllInOneMomentStillHasItsMarks) {
  CommitTrace trace = semi_sync();
  for (auto& point : trace.points) point.at = Duration(0);
  EXPECT_THAT(trace_text(trace), HasSubstr("  r1  applied       0.00 ms |#\n"));
}

TEST(TraceText, IsOneObjectForPrograms) {
  CommitTrace trace = semi_sync();
  trace.points.resize(3);
  trace.points[1].at.reset();
  EXPECT_EQ(trace_json(trace),
            R"({"token":"0/1A8@1","ack":"semi-sync","by":["r1"],"complete":true,"points":[)"
            R"({"node":"p1","stage":"appended","at_ms":0.000},)"
            R"({"node":"p1","stage":"flushed","at_ms":null},)"
            R"({"node":"p1","stage":"sent","to":"r1","at_ms":0.420}]})");
  trace.rung.reset();
  EXPECT_THAT(trace_json(trace), HasSubstr(R"("ack":null)"));
}

}  // namespace
}  // namespace wallaby::cli
