#include "cli/status_text.h"

#include <gtest/gtest.h>

#include "cli/table.h"

namespace wallaby::cli {
namespace {

using namespace std::chrono_literals;

node::NodeStatus primary() {
  node::NodeStatus status{.version = "0.1.0",
                          .role = "primary",
                          .name = "p1",
                          .address = "127.0.0.1:7400",
                          .sql_address = "127.0.0.1:5432"};
  status.cluster = ClusterId{1};
  status.directory = DirectoryId{2};
  status.timeline = TimelineId{1};
  status.uptime = 90s;
  status.appended = Lsn{0x1A8};
  status.flushed = Lsn{0x1A8};
  status.flushes = 5;
  status.visible = Lsn{0x178};
  status.rung = "sync";
  status.sync_replicas = "ALL";
  status.members = {"r1", "r2"};
  status.waiting = 1;
  status.missing = {"r2"};
  status.waiting_for = "r2 has not applied 0/1A8";
  status.on_missing = "block";
  status.rungs = {{"off", 0, 0, 0, 0, 0ms}, {"async", 1234, 0, 0, 0, 2ms}, {"sync", 3, 1, 2, 1, 12ms}};
  status.loss = node::LossStatus{};
  status.replicas.resize(2);
  status.replicas[0] = {
      .name = "r1", .address = "127.0.0.1:7401", .state = "streaming", .way = "continue", .member = true};
  status.replicas[0].sent = Lsn{0x1A8};
  status.replicas[0].positions = {Lsn{0x1A8}, Lsn{0x1A8}, Lsn{0x1A8}};
  status.replicas[0].last_report = 100ms;
  status.replicas[1] = {
      .name = "r2", .state = "streaming", .way = "snapshot: too far behind", .member = true};
  status.replicas[1].holds.stages = {replication::Stage::kApplied};
  status.replicas[1].sent = Lsn{0x1A8};
  status.replicas[1].positions = {Lsn{0x1A8}, Lsn{0x1A8}, Lsn{0x178}};
  status.replicas[1].lag.applied_bytes = 48;
  status.replicas[1].lag.applied = 1200ms;
  status.replicas[1].last_report = 300ms;
  status.log_bytes = 16 << 20;
  status.log_segments = 1;
  status.tables = 1;
  status.rows = 10;
  status.memory = 2048;
  status.memory_limit = 4ull << 30;
  status.sessions = 2;
  return status;
}

/// The lines of a status that begin with this label.
std::string lines_of(const node::NodeStatus& status, const std::string& label) {
  std::string text = status_text(status, false), found;
  for (size_t at = 0; at < text.size();) {
    size_t end = text.find('\n', at) + 1;
    if (text.compare(at, label.size() + 3, "  " + label + " ") == 0) found += text.substr(at, end - at);
    at = end;
  }
  return found;
}

TEST(StatusText, APrimaryShowsTheSwitchWhoWaitsWhatItRisksAndEachReplica) {
  EXPECT_EQ(status_text(primary(), false),
            R"(primary p1 at 127.0.0.1:7400, sql on 127.0.0.1:5432, timeline 1, up 90 s
  log      appended 0/1A8   flushed 0/1A8   acknowledged 0/178
  disk     log from 0/0, 16.8 MB in 1 segment; checkpoint none yet
  tables   1 table, 10 rows, 2.05 kB of 4.29 GB memory; 2 sessions
  ack      sync, ALL; members r1, r2
  waiting  1 commit; r2 has not applied 0/1A8
  loss     if this primary died now: 0 commits
  rungs    async      1,234 acknowledged, longest wait 2 ms
           sync       3 acknowledged, 1 waiting, 2 abandoned, longest wait 12 ms, degraded 1 time

  REPLICA  STATE              SENT   RECEIVED  FLUSHED  APPLIED      LAST REPORT  JOINED BY
  r1       streaming          0/1A8  0/1A8     0/1A8    0/1A8        100 ms ago   continue
             behind by        -      -         -        -
  r2       streaming, paused  0/1A8  0/1A8     0/1A8    0/178        300 ms ago   snapshot: too far behind
             behind by        -      -         -        48 B, 1.2 s
)");
}

TEST(StatusText, AReplicaShowsWhomItFollowsHowFarBehindAndWhatHoldsIt) {
  node::NodeStatus status{.role = "replica", .name = "r1", .address = "127.0.0.1:7401"};
  status.timeline = TimelineId{1};
  status.uptime = 2s;
  status.appended = status.flushed = Lsn{0x178};
  status.visible = Lsn{0x100};
  status.holds = {{.name = {replication::Stage::kApplied, ""}, .ceiling = Lsn{0x100}, .bytes = 120}};
  status.apply_delay = 10s;
  status.upstream = {.address = "127.0.0.1:7400",
                     .state = "offline",
                     .last_failure = "connection refused",
                     .way = "continue"};
  status.upstream->feeder_flushed = Lsn{0x1A8};
  status.upstream->lag = {.received_bytes = 48, .flushed_bytes = 48, .applied_bytes = 168};
  status.upstream->lag.received = status.upstream->lag.flushed = 400ms;
  status.upstream->lag.applied = 3s;
  status.reads_refused = "a base copy is under way";
  EXPECT_EQ(status_text(status, false),
            R"(replica r1 at 127.0.0.1:7401, timeline 1, up 2 s
  log      received 0/178   flushed 0/178   applied 0/100
  disk     log from 0/0, 0 B in 0 segments; checkpoint none yet
  tables   0 tables, 0 rows, 0 B of 0 B memory; 0 sessions
  follows  127.0.0.1:7400: offline (continue), its log is flushed to 0/1A8
           connection refused
  behind   received 48 B, 400 ms   flushed 48 B, 400 ms   applied 168 B, 3 s
  delay    what is flushed here is applied 10 s later
  paused   nothing beyond 0/100 is applied, 120 B wait; `wallaby --node 127.0.0.1:7401 resume` ends it, `step` lets records through
  reads    refused: a base copy is under way
)");
}

TEST(StatusText, AnIdleReplicaIsBehindInNothing) {
  node::NodeStatus status{.role = "replica", .name = "r1", .address = "127.0.0.1:7401"};
  status.upstream = {.address = "127.0.0.1:7400", .state = "streaming", .way = "continue"};
  EXPECT_EQ(lines_of(status, "behind"), "  behind   received -   flushed -   applied -\n");
}

TEST(StatusText, EachHoldSaysWhereItStandsAndHowToEndIt) {
  using replication::Stage;
  node::NodeStatus status = primary();
  status.holds = {{.name = {Stage::kFlushed, ""}, .ceiling = Lsn{0x178}, .bytes = 48},
                  {.name = {Stage::kSent, "r1"}, .ceiling = Lsn{0x1A8}, .steps = 2}};
  EXPECT_EQ(lines_of(status, "held"),
            "  held     `flushed` at 0/178, 48 B wait; `wallaby release flushed` ends it, `step` lets "
            "records through\n"
            "  held     `sent to r1` at 0/1A8, nothing waits; `wallaby release sent --replica r1` ends it, "
            "a step lets through 2 more records\n");
  status.address = "127.0.0.1:7500";
  EXPECT_NE(status_text(status, false).find("`wallaby --node 127.0.0.1:7500 release flushed`"),
            std::string::npos);
}

TEST(StatusText, AReplicasHoldsAreInItsState) {
  node::NodeStatus status = primary();
  status.replicas.resize(1);
  status.replicas[0].holds = {.stages = {replication::Stage::kReceived}, .apply_delay = 10s};
  EXPECT_NE(status_text(status, false).find("streaming, received held, 10 s delay"), std::string::npos);
}

TEST(StatusText, ADegradedSwitchIsLoud) {
  node::NodeStatus status = primary();
  status.on_missing = "degrade=2s";
  EXPECT_EQ(lines_of(status, "ack"), "  ack      sync, ALL, on-missing degrade=2s; members r1, r2\n");
  EXPECT_EQ(lines_of(status, "DEGRADED"), "");
  status.degraded = "r2 has not applied 0/1A8 for 2 s";
  EXPECT_EQ(lines_of(status, "DEGRADED"), "  DEGRADED to async: r2 has not applied 0/1A8 for 2 s\n");
  EXPECT_NE(status_text(status, true).find("\x1b[1;31mDEGRADED to async: r2"), std::string::npos);
}

TEST(StatusText, WhatWouldBeLostIsLoud) {
  node::NodeStatus status = primary();
  status.loss = {.commits = 3, .bytes = 168};
  EXPECT_EQ(lines_of(status, "loss"),
            "  loss     if this primary died now: 3 commits, 168 B, acknowledged and on no replica\n");
  EXPECT_NE(status_text(status, true).find("\x1b[1;31mloss     if this primary"), std::string::npos);
  status.loss = {.commits = 2000, .bytes = 5000, .exact = false};
  EXPECT_EQ(
      lines_of(status, "loss"),
      "  loss     if this primary died now: about 2,000 commits, 5.00 kB, acknowledged and on no replica\n");
}

TEST(StatusText, LogThatIsNobodysCommitIsToldInBytes) {
  node::NodeStatus status = primary();
  status.loss = {.commits = 0, .bytes = 48, .exact = false};
  EXPECT_EQ(lines_of(status, "loss"),
            "  loss     if this primary died now: 48 B of acknowledged log, on no replica\n");
}

TEST(StatusText, WhatNobodyWaitsForIsStillNotAcknowledged) {
  node::NodeStatus status = primary();
  status.waiting = 0;
  EXPECT_EQ(lines_of(status, "waiting"), "  waiting  no client; r2 has not applied 0/1A8\n");
  status.waiting_for = "";
  status.missing.clear();
  EXPECT_EQ(lines_of(status, "waiting"), "");
}

TEST(StatusText, QueuedWritesSayWhatKeepsThem) {
  node::NodeStatus status = primary();
  status.queued = 2;
  EXPECT_EQ(lines_of(status, "queued"),
            "  queued   2 writes, not run yet: there is no room in the log now\n");
  status.holds = {{.name = {replication::Stage::kAppended, ""}, .ceiling = Lsn{0x1A8}}};
  EXPECT_EQ(lines_of(status, "queued"), "");
  EXPECT_EQ(lines_of(status, "held"),
            "  held     `appended` at 0/1A8, 2 writes, not run yet; `wallaby release appended` ends it, "
            "`step` lets records through\n");
}

TEST(StatusText, ALongSentenceGoesOnBelow) {
  node::NodeStatus status = primary();
  status.replicas.clear();
  for (int i = 0; i < 60; ++i) status.reads_refused += "word ";
  std::string text = status_text(status, false);
  for (size_t at = 0, end = 0; end != std::string::npos; at = end + 1) {
    end = text.find('\n', at);
    EXPECT_LE(std::min(end, text.size()) - at, 151u);
  }
  size_t words = 0;
  for (size_t at = 0; (at = text.find("word", at)) != std::string::npos; ++at) ++words;
  EXPECT_EQ(words, 60u);
}

TEST(StatusText, ColourChangesNothingElse) {
  std::string coloured = status_text(primary(), true);
  EXPECT_NE(coloured.find("\x1b[1;31m"), std::string::npos);
  std::string plain;
  for (size_t i = 0; i < coloured.size(); ++i) {
    if (coloured[i] == '\x1b') {
      i = coloured.find('m', i);
    } else {
      plain += coloured[i];
    }
  }
  EXPECT_EQ(plain, status_text(primary(), false));
}

TEST(StatusJson, IsOneObjectWithStableNames) {
  node::NodeStatus status = primary();
  status.replicas.resize(1);
  status.rungs.erase(status.rungs.begin(), status.rungs.begin() + 2);
  EXPECT_EQ(
      status_json(status),
      R"({"role":"primary","name":"p1","address":"127.0.0.1:7400","sql_address":"127.0.0.1:5432","version":"0.1.0","cluster":"0000000000000001",)"
      R"("directory":"0000000000000002","timeline":1,"uptime_ms":90000.000,"appended":"0/1A8","flushed":"0/1A8",)"
      R"("acknowledged":"0/178","visible":"0/178","flushes":5,"reads_refused":"","writes_refused":"","ack":"sync",)"
      R"("sync_replicas":"ALL","on_missing":"block","degraded":"","members":["r1","r2"],"waiting":1,"queued":0,"missing":["r2"],)"
      R"("waiting_for":"r2 has not applied 0/1A8",)"
      R"("rungs":[{"rung":"sync","acknowledged":3,"waiting":1,"abandoned":2,"degraded":1,"longest_wait_ms":12.000}],)"
      R"("loss":{"commits":0,"bytes":0,"exact":true},"holds":[],"apply_delay_ms":0.000,)"
      R"("replicas":[{"name":"r1","address":"127.0.0.1:7401","state":"streaming","joined_by":"continue","member":true,)"
      R"("paused":false,"slot_lost":false,"sent":"0/1A8","received":"0/1A8","flushed":"0/1A8","applied":"0/1A8",)"
      R"("holds":[],"apply_delay_ms":0.000,"sent_lag_bytes":0,"received_lag_bytes":0,"flushed_lag_bytes":0,"applied_lag_bytes":0,"received_lag_ms":0.000,)"
      R"("flushed_lag_ms":0.000,"applied_lag_ms":0.000,"last_report_ms":100.000,"copied_bytes":0,"copy_size_bytes":0}],)"
      R"("upstream":null,"log_oldest":"0/0","log_bytes":16777216,"log_segments":1,)"
      R"("checkpoint_newest":"0/0","checkpoint_oldest":"0/0","checkpoint_running":false,"tables":1,"rows":10,)"
      R"("memory_bytes":2048,"memory_limit_bytes":4294967296,"digest_position":"0/0","digest":"0000000000000000",)"
      R"("sessions":2})");
}

TEST(StatusJson, HoldsAndLagOfAReplica) {
  node::NodeStatus status{.role = "replica", .name = "r1"};
  status.holds = {{{replication::Stage::kSent, "r2"}, Lsn{0x178}, 2, 48}};
  status.upstream = {.address = "127.0.0.1:7400", .state = "streaming"};
  status.upstream->lag = {.applied_bytes = 48, .applied = 1500ms};
  status.apply_delay = 10s;
  std::string json = status_json(status);
  for (const char* part :
       {R"("holds":[{"stage":"sent","replica":"r2","ceiling":"0/178","steps":2,"bytes":48}])",
        R"("apply_delay_ms":10000.000)", R"("loss":null)",
        R"("received_lag_bytes":0,"flushed_lag_bytes":0,"applied_lag_bytes":48,"received_lag_ms":0.000,)"
        R"("flushed_lag_ms":0.000,"applied_lag_ms":1500.000)"})
    EXPECT_NE(json.find(part), std::string::npos) << part << "\n" << json;
}

TEST(StatusJson, AReplicaIsPausedByAHoldOnAppliedAlone) {
  node::NodeStatus status = primary();
  status.replicas.erase(status.replicas.begin());
  EXPECT_NE(status_json(status).find(R"("paused":true)"), std::string::npos);
  EXPECT_NE(status_json(status).find(R"("holds":["applied"])"), std::string::npos);
  status.replicas[0].holds = {.stages = {replication::Stage::kReceived}, .apply_delay = 1s};
  EXPECT_NE(status_json(status).find(R"("paused":false)"), std::string::npos);
}

TEST(Table, ColumnsAreAsWideAsTheirWidestCell) {
  Table table({"A", "LONG", "C"});
  table.row({"wide", "x", ""});
  EXPECT_EQ(table.lines(), (std::vector<std::string>{"A     LONG  C", "wide  x"}));
}

}  // namespace
}  // namespace wallaby::cli
