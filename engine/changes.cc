#include "engine/changes.h"

#include <algorithm>
#include <ostream>

#include "base/check.h"

namespace wallaby::engine {
namespace {

// Long enough to recognise a row, short enough for one line of a failing test.
constexpr size_t kShownBytes = 40;

/// Bytes as text: printable ones as they are, others as \xNN, long ones cut.
struct Shown {
  std::string_view bytes;
};

std::ostream& operator<<(std::ostream& out, Shown shown) {
  out << '\'';
  for (char c : shown.bytes.substr(0, kShownBytes)) {
    if (c >= 0x20 && c < 0x7F && c != '\'' && c != '\\') {
      out << c;
    } else {
      out << fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  out << '\'';
  if (shown.bytes.size() > kShownBytes) out << "... (" << shown.bytes.size() << " bytes)";
  return out;
}

}  // namespace

std::string_view to_string(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::kPut: return "put";
    case ChangeKind::kDelete: return "delete";
    case ChangeKind::kCreateTable: return "create_table";
    case ChangeKind::kDropTable: return "drop_table";
  }
  WALLABY_CHECK(false, "change kind {}", static_cast<int>(kind));
}

std::ostream& operator<<(std::ostream& out, ChangeKind kind) {
  return out << to_string(kind);
}

std::ostream& operator<<(std::ostream& out, const ChangeView& change) {
  out << change.kind << ' ' << change.table;
  if (change.kind == ChangeKind::kPut || change.kind == ChangeKind::kDelete) out << ' ' << Shown{change.key};
  if (change.kind == ChangeKind::kPut) out << " = " << Shown{change.value};
  return out;
}

std::ostream& operator<<(std::ostream& out, const Change& change) {
  return out << view_of(change);
}

Result<void> check_table_name(std::string_view name) {
  if (name.empty())
    return error(ErrorCode::kInvalidArgument, "a table needs a name: 1 to {} characters", kMaxTableName);
  if (name.size() > kMaxTableName)
    return error(ErrorCode::kTooLarge, "table name of {} bytes is over the limit of {}: choose a shorter one",
                 name.size(), kMaxTableName);
  auto allowed = [](char c) { return c > 0x20 && c < 0x7F && c != '/'; };
  auto bad = std::ranges::find_if_not(name, allowed);
  if (bad != name.end())
    return error(ErrorCode::kInvalidArgument,
                 "table name has byte 0x{:02x} at {}: use printable ASCII characters, no blanks and no '/'",
                 static_cast<unsigned char>(*bad), bad - name.begin());
  return {};
}

Result<void> check_key(std::string_view key) {
  if (key.size() <= kMaxKey) return {};
  return error(ErrorCode::kTooLarge,
               "key of {} bytes is over the limit of {} (8 KiB): shorten it, or keep the bytes in the value",
               key.size(), kMaxKey);
}

Result<void> check_value(std::string_view value) {
  if (value.size() <= kMaxValue) return {};
  return error(ErrorCode::kTooLarge,
               "value of {} bytes is over the limit of {} (16 MiB): split it over several keys", value.size(),
               kMaxValue);
}

Result<void> check_change(const ChangeView& change) {
  if (auto valid = check_table_name(change.table); !valid) return valid;
  bool has_key = change.kind == ChangeKind::kPut || change.kind == ChangeKind::kDelete;
  if (!has_key && !change.key.empty())
    return error(ErrorCode::kInvalidArgument, "{} of table '{}' with a key: leave it out",
                 to_string(change.kind), change.table);
  if (change.kind != ChangeKind::kPut && !change.value.empty())
    return error(ErrorCode::kInvalidArgument, "{} in table '{}' with a value: leave it out",
                 to_string(change.kind), change.table);
  if (auto valid = check_key(change.key); !valid) return valid;
  return check_value(change.value);
}

ChangeView view_of(const Change& change) {
  return {change.kind, change.table, change.key, change.value};
}

ChangeViews views_of(const Changes& changes) {
  ChangeViews views;
  views.reserve(changes.size());
  for (const Change& change : changes) views.push_back(view_of(change));
  return views;
}

}  // namespace wallaby::engine
