#include "cli/status_text.h"

#include <gtest/gtest.h>

#include "cli/table.h"

namespace wallaby::cli {
namespace {

using namespace std::chrono_literals;

node::NodeStatus primary() {
  node::NodeStatus status{.version = "0.1.0", .role = "primary", .name = "p1", .address = "127.0.0.1:7400"};
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
  status.rungs = {{"sync", 3, 1, 0, 12ms}};
  status.replicas.resize(2);
  status.replicas[0] = {
      .name = "r1", .address = "127.0.0.1:7401", .state = "streaming", .way = "continue", .member = true};
  status.replicas[0].sent = Lsn{0x1A8};
  status.replicas[0].positions = {Lsn{0x1A8}, Lsn{0x1A8}, Lsn{0x1A8}};
  status.replicas[0].last_report = 100ms;
  status.replicas[1] = {
      .name = "r2", .state = "streaming", .way = "snapshot: too far behind", .member = true, .held = true};
  status.replicas[1].sent = Lsn{0x1A8};
  status.replicas[1].positions = {Lsn{0x1A8}, Lsn{0x1A8}, Lsn{0x178}};
  status.replicas[1].applied_lag_bytes = 48;
  status.replicas[1].applied_lag = 1200ms;
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

TEST(StatusText, APrimaryShowsTheSwitchWhoWaitsAndEachReplica) {
  EXPECT_EQ(status_text(primary(), false),
            R"(primary p1 at 127.0.0.1:7400, timeline 1, up 90 s
  log      appended 0/1A8   flushed 0/1A8   acknowledged 0/178
  disk     log from 0/0, 16.8 MB in 1 segment; checkpoint none yet
  tables   1 table, 10 rows, 2.05 kB of 4.29 GB memory; 2 sessions
  ack      sync, ALL; members r1, r2
  waiting  1 commit; r2 has not applied 0/1A8

  REPLICA  STATE              SENT   RECEIVED  FLUSHED  APPLIED  BEHIND       LAST REPORT  JOINED BY
  r1       streaming          0/1A8  0/1A8     0/1A8    0/1A8    -            100 ms ago   continue
  r2       streaming, paused  0/1A8  0/1A8     0/1A8    0/178    48 B, 1.2 s  300 ms ago   snapshot: too far behind
)");
}

TEST(StatusText, AReplicaShowsWhomItFollowsAndWhatHoldsIt) {
  node::NodeStatus status{.role = "replica", .name = "r1", .address = "127.0.0.1:7401"};
  status.timeline = TimelineId{1};
  status.uptime = 2s;
  status.appended = status.flushed = Lsn{0x178};
  status.visible = Lsn{0x100};
  status.apply_ceiling = Lsn{0x100};
  status.upstream = {.address = "127.0.0.1:7400",
                     .state = "offline",
                     .last_failure = "connection refused",
                     .way = "continue"};
  status.upstream->feeder_flushed = Lsn{0x1A8};
  status.reads_refused = "a base copy is under way";
  EXPECT_EQ(status_text(status, false),
            R"(replica r1 at 127.0.0.1:7401, timeline 1, up 2 s
  log      received 0/178   flushed 0/178   applied 0/100
  disk     log from 0/0, 0 B in 0 segments; checkpoint none yet
  tables   0 tables, 0 rows, 0 B of 0 B memory; 0 sessions
  follows  127.0.0.1:7400: offline (continue), its log is flushed to 0/1A8
           connection refused
  paused   nothing beyond 0/100 is applied; `resume` ends it, `step` lets records through
  reads    refused: a base copy is under way
)");
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
  EXPECT_EQ(
      status_json(status),
      R"({"role":"primary","name":"p1","address":"127.0.0.1:7400","version":"0.1.0","cluster":"0000000000000001",)"
      R"("directory":"0000000000000002","timeline":1,"uptime_ms":90000.000,"appended":"0/1A8","flushed":"0/1A8",)"
      R"("acknowledged":"0/178","visible":"0/178","flushes":5,"reads_refused":"","writes_refused":"","ack":"sync",)"
      R"("sync_replicas":"ALL","members":["r1","r2"],"waiting":1,"queued":0,"missing":["r2"],)"
      R"("waiting_for":"r2 has not applied 0/1A8",)"
      R"("rungs":[{"rung":"sync","acknowledged":3,"waiting":1,"abandoned":0,"longest_wait_ms":12.000}],)"
      R"("replicas":[{"name":"r1","address":"127.0.0.1:7401","state":"streaming","joined_by":"continue","member":true,)"
      R"("paused":false,"slot_lost":false,"sent":"0/1A8","received":"0/1A8","flushed":"0/1A8","applied":"0/1A8",)"
      R"("received_lag_bytes":0,"flushed_lag_bytes":0,"applied_lag_bytes":0,"received_lag_ms":0.000,)"
      R"("flushed_lag_ms":0.000,"applied_lag_ms":0.000,"last_report_ms":100.000,"copied_bytes":0,"copy_size_bytes":0}],)"
      R"("upstream":null,"apply_ceiling":null,"log_oldest":"0/0","log_bytes":16777216,"log_segments":1,)"
      R"("checkpoint_newest":"0/0","checkpoint_oldest":"0/0","checkpoint_running":false,"tables":1,"rows":10,)"
      R"("memory_bytes":2048,"memory_limit_bytes":4294967296,"digest_position":"0/0","digest":"0000000000000000",)"
      R"("sessions":2})");
}

TEST(Table, ColumnsAreAsWideAsTheirWidestCell) {
  Table table({"A", "LONG", "C"});
  table.row({"wide", "x", ""});
  EXPECT_EQ(table.lines(), (std::vector<std::string>{"A     LONG  C", "wide  x"}));
}

}  // namespace
}  // namespace wallaby::cli
