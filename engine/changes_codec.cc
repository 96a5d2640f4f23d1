// proto/record.proto by hand. The generated parser copies every key and value into a string of its own; here
// they stay where they are, in the log's buffer, until the engine makes its one block of them.
#include <climits>
#include <optional>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include "base/check.h"
#include "engine/changes.h"
#include "proto/record.pb.h"

namespace wallaby::engine {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;
using google::protobuf::io::CodedOutputStream;
using Schema = proto::Change;

constexpr uint32_t bytes_tag(int field) {
  return WireFormatLite::MakeTag(field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
}
constexpr uint32_t kChangeTag = bytes_tag(proto::Changes::kChangesFieldNumber);
constexpr uint32_t kKindTag =
    WireFormatLite::MakeTag(Schema::kKindFieldNumber, WireFormatLite::WIRETYPE_VARINT);
constexpr uint32_t kTableTag = bytes_tag(Schema::kTableFieldNumber);
constexpr uint32_t kKeyTag = bytes_tag(Schema::kKeyFieldNumber);
constexpr uint32_t kValueTag = bytes_tag(Schema::kValueFieldNumber);
static_assert(kValueTag < 128, "sizes below count one byte a tag");

Schema::Kind kind_to_wire(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::kPut: return Schema::PUT;
    case ChangeKind::kDelete: return Schema::DELETE;
    case ChangeKind::kCreateTable: return Schema::CREATE_TABLE;
    case ChangeKind::kDropTable: return Schema::DROP_TABLE;
  }
  WALLABY_CHECK(false, "change kind {}", static_cast<int>(kind));
}

/// Only 32 bits of an enum count, as in every Protobuf parser.
std::optional<ChangeKind> kind_from_wire(uint64_t kind) {
  switch (static_cast<int32_t>(kind)) {
    case Schema::PUT: return ChangeKind::kPut;
    case Schema::DELETE: return ChangeKind::kDelete;
    case Schema::CREATE_TABLE: return ChangeKind::kCreateTable;
    case Schema::DROP_TABLE: return ChangeKind::kDropTable;
    default: return std::nullopt;
  }
}

size_t bytes_size(std::string_view bytes) {
  return 1 + CodedOutputStream::VarintSize32(static_cast<uint32_t>(bytes.size())) + bytes.size();
}

size_t change_size(const Change& change, bool names_table) {
  size_t size = 0;
  if (change.kind != ChangeKind::kPut) size += 2;
  if (names_table) size += bytes_size(change.table);
  if (!change.key.empty()) size += bytes_size(change.key);
  if (!change.value.empty()) size += bytes_size(change.value);
  return size;
}

bool names_table(const Changes& changes, size_t at) {
  return at == 0 || changes[at].table != changes[at - 1].table;
}

uint8_t* write_bytes(uint32_t tag, std::string_view bytes, uint8_t* to) {
  *to++ = static_cast<uint8_t>(tag);
  to = CodedOutputStream::WriteVarint32ToArray(static_cast<uint32_t>(bytes.size()), to);
  return CodedOutputStream::WriteRawToArray(bytes.data(), static_cast<int>(bytes.size()), to);
}

/// Reads a length-delimited field as a view; false when its bytes are not all there.
bool read_view(CodedInputStream& input, std::string_view payload, std::string_view& view) {
  uint32_t length = 0;
  if (!input.ReadVarint32(&length) || length > INT_MAX) return false;
  auto start = static_cast<size_t>(input.CurrentPosition());
  if (!input.Skip(static_cast<int>(length))) return false;
  view = payload.substr(start, length);
  return true;
}

struct WireChange {
  uint64_t kind = Schema::PUT;
  std::optional<std::string_view> table;
  std::string_view key, value;
};

/// A field that comes twice counts with its last value, as in every Protobuf parser.
bool read_change(CodedInputStream& input, std::string_view payload, WireChange& change) {
  while (uint32_t tag = input.ReadTag()) {
    bool good = false;
    switch (tag) {
      case kKindTag: good = input.ReadVarint64(&change.kind); break;
      case kTableTag: good = read_view(input, payload, change.table.emplace()); break;
      case kKeyTag: good = read_view(input, payload, change.key); break;
      case kValueTag: good = read_view(input, payload, change.value); break;
      default: good = WireFormatLite::SkipField(&input, tag); break;
    }
    if (!good) return false;
  }
  return input.ConsumedEntireMessage();
}

}  // namespace

uint64_t encoded_size(const Changes& changes) {
  uint64_t total = 0;
  for (size_t i = 0; i < changes.size(); ++i) {
    size_t size = change_size(changes[i], names_table(changes, i));
    total += 1 + CodedOutputStream::VarintSize32(static_cast<uint32_t>(size)) + size;
  }
  return total;
}

void encode_changes(const Changes& changes, std::string& out) {
  size_t before = out.size();
  size_t after = before + encoded_size(changes);
  out.resize_and_overwrite(after, [&](char* bytes, size_t) {
    auto* to = reinterpret_cast<uint8_t*>(bytes) + before;
    for (size_t i = 0; i < changes.size(); ++i) {
      const Change& change = changes[i];
      bool named = names_table(changes, i);
      *to++ = static_cast<uint8_t>(kChangeTag);
      to = CodedOutputStream::WriteVarint32ToArray(static_cast<uint32_t>(change_size(change, named)), to);
      if (change.kind != ChangeKind::kPut) {
        *to++ = static_cast<uint8_t>(kKindTag);
        *to++ = static_cast<uint8_t>(kind_to_wire(change.kind));
      }
      if (named) to = write_bytes(kTableTag, change.table, to);
      if (!change.key.empty()) to = write_bytes(kKeyTag, change.key, to);
      if (!change.value.empty()) to = write_bytes(kValueTag, change.value, to);
    }
    WALLABY_CHECK(to == reinterpret_cast<uint8_t*>(bytes) + after, "encoded size was wrong");
    return after;
  });
}

Result<ChangeViews> decode_changes(std::string_view payload) {
  auto corrupt = [](size_t at, std::string_view why) {
    return error(ErrorCode::kCorrupt, "record of changes is damaged: change {}: {}", at + 1, why);
  };
  if (payload.size() > INT_MAX) return corrupt(0, "the record is longer than any record can be");
  ChangeViews views;
  // A small row takes about this many bytes; a wrong guess costs a reallocation.
  views.reserve(payload.size() / 32 + 1);
  std::string_view table;
  CodedInputStream input(reinterpret_cast<const uint8_t*>(payload.data()), static_cast<int>(payload.size()));
  while (uint32_t tag = input.ReadTag()) {
    if (tag != kChangeTag) {
      if (!WireFormatLite::SkipField(&input, tag)) return corrupt(views.size(), "not a Protobuf field");
      continue;
    }
    uint32_t length = 0;
    if (!input.ReadVarint32(&length) || length > static_cast<uint32_t>(INT_MAX) ||
        length > payload.size() - static_cast<size_t>(input.CurrentPosition()))
      return corrupt(views.size(), "it runs past the record's end");
    auto limit = input.PushLimit(static_cast<int>(length));
    WireChange wire;
    if (!read_change(input, payload, wire)) return corrupt(views.size(), "not a Protobuf message");
    input.PopLimit(limit);

    auto kind = kind_from_wire(wire.kind);
    if (!kind)
      return corrupt(views.size(), "its kind is unknown; a newer version of Wallaby may have written it");
    if (wire.table) {
      table = *wire.table;
    } else if (views.empty()) {
      return corrupt(0, "it names no table");
    }
    ChangeView view{*kind, table, wire.key, wire.value};
    if (auto valid = check_change(view); !valid) return corrupt(views.size(), valid.error().message);
    views.push_back(view);
  }
  if (!input.ConsumedEntireMessage()) return corrupt(views.size(), "not a Protobuf field");
  return views;
}

}  // namespace wallaby::engine
