// engine/changes.h
//
// What one transaction does to the tables: a list of changes, applied whole or not at all. It is the payload of
// the log's commonest record, so its encoding is a file format (proto/record.proto).
//
//     create table accounts                     Change{kCreateTable, "accounts"}
//     put accounts alice = 90                   Change{kPut, "accounts", "alice", "90"}
//     delete accounts bob                       Change{kDelete, "accounts", "bob"}
//     drop table accounts                       Change{kDropTable, "accounts"}
//
// Changes take effect in the order of the list: a table is created before rows are put into it.
//
// Limits, each with its error: key 8 KiB, value 16 MiB, table name 63 bytes (below); the record as a whole 64 MiB
// (wal/frame.h). An empty key and an empty value are fine; a key is any bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace wallaby::engine {

inline constexpr size_t kMaxKey = 8 << 10;
inline constexpr size_t kMaxValue = 16 << 20;
inline constexpr size_t kMaxTableName = 63;

enum class ChangeKind : uint8_t { kPut = 1, kDelete = 2, kCreateTable = 3, kDropTable = 4 };

/// "put", "delete", "create_table", "drop_table": as in `waldump --json`.
std::string_view to_string(ChangeKind kind);
std::ostream& operator<<(std::ostream& out, ChangeKind kind);

struct Change {
  ChangeKind kind = ChangeKind::kPut;
  std::string table;
  std::string key;    ///< put, delete
  std::string value;  ///< put
  bool operator==(const Change&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Change& change);

using Changes = std::vector<Change>;

/// A change as a view into an encoded record: what the engine applies, without copies on the way.
struct ChangeView {
  ChangeKind kind = ChangeKind::kPut;
  std::string_view table, key, value;
  bool operator==(const ChangeView&) const = default;
};
std::ostream& operator<<(std::ostream& out, const ChangeView& change);

using ChangeViews = std::vector<ChangeView>;

/// All of the rules below, and: no key or value where the kind has none.
Result<void> check_change(const ChangeView& change);
/// 1-63 printable ASCII characters without blanks and '/'.
Result<void> check_table_name(std::string_view name);
Result<void> check_key(std::string_view key);
Result<void> check_value(std::string_view value);

ChangeView view_of(const Change& change);
/// The views point into `changes`.
ChangeViews views_of(const Changes& changes);

/// Bytes that encode_changes appends: a caller can refuse a record that is too large before it is built.
uint64_t encoded_size(const Changes& changes);
/// Protobuf, format 1 (proto/record.proto). Appends to `out`. What check_change refuses must not get here.
void encode_changes(const Changes& changes, std::string& out);
/// Views point into `payload`. kCorrupt when it is not a list of changes that check_change accepts.
Result<ChangeViews> decode_changes(std::string_view payload);

}  // namespace wallaby::engine
