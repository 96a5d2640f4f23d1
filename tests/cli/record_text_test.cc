#include "cli/record_text.h"

#include <gtest/gtest.h>

#include "cli/bench_text.h"
#include "cli/write_text.h"
#include "engine/changes.h"
#include "replication/log_events.h"
#include "sql/storage/catalog_codec.h"
#include "sql/storage/table_access.h"

namespace wallaby::cli {
namespace {

using namespace std::chrono_literals;
using engine::ChangeKind;
using replication::RecordKind;
using replication::Rung;

wal::Frame frame_of(RecordKind kind, const std::string& payload) {
  wal::FrameHeader header{.payload_length = static_cast<uint32_t>(payload.size()), .timeline = TimelineId{1}};
  header.kind = static_cast<uint16_t>(kind);
  header.format = replication::kRecordFormat;
  header.writer_flushed = Lsn{0x100};
  header.previous_checksum = 0xAB;
  header.checksum = 0xCD;
  return {header, Lsn{0x170}, Lsn{0x1A8}, payload};
}

std::string changes(const engine::Changes& list) {
  std::string payload;
  engine::encode_changes(list, payload);
  return payload;
}

/// Of a record alone: nothing is known of SQL.
std::string text_of(const wal::Frame& frame) {
  sql::RowText sql;
  return record_text(frame, sql);
}
std::string json_of(const wal::Frame& frame) {
  sql::RowText sql;
  return record_json(frame, sql);
}

TEST(RecordText, ATransactionReadsLikeItsCommands) {
  std::string payload = changes({{ChangeKind::kCreateTable, "t", "", ""},
                                 {ChangeKind::kPut, "t", "a\tb", "v"},
                                 {ChangeKind::kDelete, "t", "k", ""}});
  std::string text = text_of(frame_of(RecordKind::kChanges, payload));
  EXPECT_TRUE(text.starts_with("0/1A8       changes      t1   ")) << text;
  EXPECT_TRUE(text.ends_with(" bytes  create table t; put t a\\tb = v; delete t k")) << text;
}

TEST(RecordText, ALongTransactionIsShortened) {
  engine::Changes list;
  for (int i = 0; i < 10; ++i)
    list.push_back({ChangeKind::kPut, "t", std::to_string(i), std::string(1000, 'x')});
  std::string text = text_of(frame_of(RecordKind::kChanges, changes(list)));
  EXPECT_TRUE(text.ends_with("; and 7 more")) << text;
  EXPECT_NE(text.find("... (1000 bytes)"), std::string::npos);
}

TEST(RecordText, JsonHoldsAllOfATransaction) {
  std::string payload =
      changes({{ChangeKind::kPut, "t", "k", "\xff"}, {ChangeKind::kDropTable, "u", "", ""}});
  EXPECT_EQ(
      json_of(frame_of(RecordKind::kChanges, payload)),
      R"({"lsn":"0/1A8","start":"0/170","timeline":1,"kind":"changes","format":1,"length":)" +
          std::to_string(payload.size()) +
          R"(,"checksum":"00000000000000cd","previous":"00000000000000ab","writer_flushed":"0/100",)"
          R"("changes":[{"op":"put","table":"t","key":"k","value_hex":"ff"},{"op":"drop_table","table":"u"}]})");
}

TEST(RecordText, RowsOfSqlTablesAreShownAsRows) {
  sql::Table users;
  users.oid = 1;
  users.name = "users";
  for (auto [name, type] : {std::pair("id", sql::TypeId::kInt4), std::pair("name", sql::TypeId::kText)}) {
    users.columns.emplace_back();
    users.columns.back().name = name;
    users.columns.back().type.id = type;
  }
  users.primary_key = {0};
  sql::Row row = {sql::Value(int64_t{7}), sql::Value(std::string("Alice"))};
  std::string key = sql::encode_key(users, row), value;
  sql::encode_row(users, row, value);
  std::string definition = sql::encode_relation(users);
  sql::RowText sql;
  // The row comes before its definition, as in a transaction's record.
  std::string text =
      record_text(frame_of(RecordKind::kChanges,
                           changes({{ChangeKind::kPut, "accounts", "k", "v"},
                                    {ChangeKind::kPut, "users", key, value},
                                    {ChangeKind::kPut, "sql.catalog", "relation/users", definition}})),
                  sql);
  EXPECT_TRUE(text.ends_with(
      "put accounts k = v; put users (7, 'Alice'); put sql.catalog table users (id integer, name "
      "text, PRIMARY KEY (id))"))
      << text;
  std::string json =
      record_json(frame_of(RecordKind::kChanges, changes({{ChangeKind::kDelete, "users", key, ""}})), sql);
  EXPECT_NE(json.find(R"x("row":"(7)")x"), std::string::npos) << json;
}

TEST(RecordText, EventsAndUnknownKindsAreShownToo) {
  std::string payload = replication::encode_log_event(replication::MemberJoined{"r1", DirectoryId{7}});
  EXPECT_NE(text_of(frame_of(RecordKind::kMemberJoined, payload)).find("r1"), std::string::npos);
  EXPECT_NE(json_of(frame_of(RecordKind::kMemberJoined, payload)).find(R"("event":")"), std::string::npos);
  EXPECT_NE(text_of(frame_of(static_cast<RecordKind>(77), "?")).find("kind 77"), std::string::npos);
  EXPECT_NE(json_of(frame_of(RecordKind::kChanges, "\xff\xff")).find(R"("unreadable":")"), std::string::npos);
}

TEST(RecordText, ADegradeAndItsEndAreNamed) {
  std::string payload = replication::encode_log_event(replication::Degraded{"r1 is not connected"});
  std::string text = text_of(frame_of(RecordKind::kDegraded, payload));
  EXPECT_TRUE(text.starts_with("0/1A8       degraded     t1   ")) << text;
  EXPECT_TRUE(text.ends_with(" bytes  degraded to async: r1 is not connected")) << text;
  text = text_of(frame_of(RecordKind::kRearmed, ""));
  EXPECT_TRUE(text.starts_with("0/1A8       re-armed     t1   ")) << text;
  std::string json = json_of(frame_of(RecordKind::kDegraded, payload));
  EXPECT_NE(json.find(R"("kind":"degraded")"), std::string::npos) << json;
  EXPECT_NE(json.find(R"("event":"degraded to async: r1 is not connected")"), std::string::npos) << json;
  EXPECT_NE(json_of(frame_of(RecordKind::kRearmed, "")).find(R"("kind":"re-armed")"), std::string::npos);
}

TEST(WriteText, NamesThePromiseThatWasMet) {
  Token token{Lsn{0x1A8}, TimelineId{1}};
  EXPECT_EQ(written_text({token, 1, Rung::kOff, {}}),
            "committed, off: appended on the primary (its disk does not have it yet)");
  EXPECT_EQ(written_text({token, 1, Rung::kAsync, {}}), "committed, async: flushed on the primary");
  EXPECT_EQ(written_text({token, 1, Rung::kSemiSync, {"r1"}}), "committed, semi-sync: received by r1");
  EXPECT_EQ(written_text({token, 1, Rung::kDurable, {"r2"}}), "committed, durable: flushed by r2");
  EXPECT_EQ(written_text({token, 1, Rung::kSync, {"r1", "r2"}}), "committed, sync: applied by r1, r2");
  EXPECT_EQ(written_json({token, 2, Rung::kSync, {"r1"}}),
            R"({"token":"0/1A8@1","rows":2,"ack":"sync","by":["r1"]})");
  EXPECT_EQ(written_json({}), R"({"token":null,"rows":0})");
  EXPECT_EQ(written_json({token, 1, Rung::kOff, {}}), R"({"token":"0/1A8@1","rows":1,"ack":"off","by":[]})");
}

TEST(WriteText, ThePolicyIsSilentAboutWhatIsUsual) {
  EXPECT_EQ(policy_text({"async", "", "block", {}}), "async");
  EXPECT_EQ(policy_text({"sync", "ALL", "degrade=2s", {}}), "sync, ALL, on-missing degrade=2s");
  EXPECT_EQ(policy_json({"sync", "ALL", "block", Token{Lsn{0x1A8}, TimelineId{1}}}),
            R"({"ack":"sync","sync_replicas":"ALL","on_missing":"block","token":"0/1A8@1"})");
  EXPECT_EQ(policy_json({"off", "", "block", {}}),
            R"({"ack":"off","sync_replicas":"","on_missing":"block","token":null})");
}

TEST(BenchText, ShowsTheNodeBesideTheDisk) {
  BenchPlan plan{.clients = 64};
  BenchFigures figures{.rung = "async",
                       .done = 50'000,
                       .failed = 0,
                       .seconds = 5,
                       .flushes = 2000,
                       .p50 = 5ms,
                       .p99 = 9ms,
                       .p999 = 12ms};
  figures.disk = DiskSpeed{420.5, 2ms};
  EXPECT_EQ(bench_text(plan, figures), R"(put, 64 clients, depth 1, values of 100 B, async, 5.0 s
  commits/s          10,000
  p50, p99, p99.9    5 ms, 9 ms, 12 ms
  commits per flush  25.0
  the disk's limit   420 flushes/s, 2 ms each (4 KiB overwritten, fdatasync)
)");
  EXPECT_EQ(
      bench_json(plan, figures),
      R"({"op":"put","clients":64,"depth":1,"size_bytes":100,"ack":"async","seconds":5.000,"done":50000,"failed":0,)"
      R"("commits_per_s":10000.000,"p50_us":5000.000,"p99_us":9000.000,"p999_us":12000.000,"flushes":2000,)"
      R"("commits_per_flush":25.000,"disk_flushes_per_s":420.500,"disk_p50_us":2000.000})");
}

TEST(BenchText, GetsHaveNoFlushes) {
  BenchPlan plan{.clients = 1, .get = true};
  std::string json = bench_json(plan, {.rung = "async", .done = 10, .seconds = 1});
  EXPECT_NE(json.find(R"("reads_per_s":10.000)"), std::string::npos);
  EXPECT_NE(json.find(R"("disk_flushes_per_s":null)"), std::string::npos);
  EXPECT_EQ(json.find("commits"), std::string::npos);
}

}  // namespace
}  // namespace wallaby::cli
