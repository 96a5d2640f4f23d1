#include "cli/record_text.h"

#include <sstream>
#include <utility>

#include <fmt/format.h>

#include "cli/escape.h"
#include "cli/json.h"
#include "engine/changes.h"
#include "replication/log_events.h"

namespace wallaby::cli {
namespace {

using engine::ChangeKind;
using engine::ChangeView;
using replication::RecordKind;

constexpr size_t kShownChanges = 3;
constexpr size_t kShownBytes = 60;
constexpr size_t kShownRow = 100;

std::string kind_name(const wal::FrameHeader& header) {
  auto kind = static_cast<RecordKind>(header.kind);
  bool known = kind >= RecordKind::kTimeline && kind <= RecordKind::kRearmed;
  return known ? std::string(to_string(kind)) : fmt::format("kind {}", header.kind);
}

bool holds_changes(const wal::FrameHeader& header) {
  return header.kind == static_cast<uint16_t>(RecordKind::kChanges);
}

/// For people: nothing at all would be overlooked.
std::string shown(std::string_view bytes) {
  return bytes.empty() ? "''" : shorten(bytes, kShownBytes);
}

/// "(7, 'Alice')", or "(7)" of a deleted row; nullopt: not a row of SQL's that is known.
std::optional<std::string> sql_row(const ChangeView& change, const sql::RowText& sql) {
  if (change.kind == ChangeKind::kPut) return sql.row(change.table, change.key, change.value);
  if (change.kind == ChangeKind::kDelete) return sql.key(change.table, change.key);
  return std::nullopt;
}

/// "put users (7, 'Alice')"
std::optional<std::string> sql_text(const ChangeView& change, const sql::RowText& sql) {
  auto row = sql_row(change, sql);
  if (!row) return std::nullopt;
  return fmt::format("{} {} {}", change.kind == ChangeKind::kPut ? "put" : "delete", escape(change.table),
                     shorten(*row, kShownRow));
}

std::string change_text(const ChangeView& change, const sql::RowText& sql) {
  if (auto text = sql_text(change, sql)) return *text;
  std::string table = escape(change.table);
  switch (change.kind) {
    case ChangeKind::kPut:
      return fmt::format("put {} {} = {}", table, shown(change.key), shown(change.value));
    case ChangeKind::kDelete: return fmt::format("delete {} {}", table, shown(change.key));
    case ChangeKind::kCreateTable: return fmt::format("create table {}", table);
    case ChangeKind::kDropTable: return fmt::format("drop table {}", table);
  }
  return {};
}

std::string event_text(const replication::LogEvent& event) {
  std::ostringstream out;
  out << event;
  return out.str();
}

std::string content(const wal::Frame& frame, const sql::RowText& sql) {
  if (!holds_changes(frame.header)) {
    auto event = replication::decode_log_event(frame.header.kind, frame.header.format, frame.payload);
    return event ? event_text(*event) : event.error().message;
  }
  auto changes = engine::decode_changes(frame.payload);
  if (!changes) return changes.error().message;
  std::string text;
  size_t few =
      changes->size() == kShownChanges + 1 ? changes->size() : std::min(changes->size(), kShownChanges);
  for (size_t i = 0; i < few; ++i) text += (i == 0 ? "" : "; ") + change_text((*changes)[i], sql);
  if (few < changes->size()) text += fmt::format("; and {} more", changes->size() - few);
  return text;
}

}  // namespace

void learn_definitions(const wal::Frame& frame, sql::RowText& sql) {
  if (!holds_changes(frame.header)) return;
  if (auto changes = engine::decode_changes(frame.payload))
    for (const ChangeView& change : *changes) sql.learn(change);
}

std::string record_text(const wal::Frame& frame, sql::RowText& sql) {
  learn_definitions(frame, sql);
  return fmt::format("{:<12}{:<13}t{:<4}{:>8} bytes  {}", to_string(frame.end), kind_name(frame.header),
                     frame.header.timeline.value, frame.header.payload_length, content(frame, sql));
}

std::string record_json(const wal::Frame& frame, sql::RowText& sql) {
  learn_definitions(frame, sql);
  Json json = Json::object();
  json.add("lsn", frame.end).add("start", frame.start).add("timeline", frame.header.timeline.value);
  json.add("kind", kind_name(frame.header))
      .add("format", frame.header.format)
      .add("length", frame.header.payload_length);
  json.add("checksum", fmt::format("{:016x}", frame.header.checksum));
  json.add("previous", fmt::format("{:016x}", frame.header.previous_checksum));
  json.add("writer_flushed", frame.header.writer_flushed);
  if (!holds_changes(frame.header)) {
    auto event = replication::decode_log_event(frame.header.kind, frame.header.format, frame.payload);
    return (event ? json.add("event", event_text(*event)) : json.add("unreadable", event.error().message))
        .text();
  }
  auto changes = engine::decode_changes(frame.payload);
  if (!changes) return json.add("unreadable", changes.error().message).text();
  Json list = Json::array();
  for (const ChangeView& change : *changes) {
    Json one = Json::object();
    one.add("op", engine::to_string(change.kind)).add_bytes("table", change.table);
    if (change.kind == ChangeKind::kPut || change.kind == ChangeKind::kDelete)
      one.add_bytes("key", change.key);
    if (change.kind == ChangeKind::kPut) one.add_bytes("value", change.value);
    if (auto row = sql_row(change, sql)) one.add("row", *row);
    list.push(one);
  }
  return json.add("changes", list).text();
}

}  // namespace wallaby::cli
