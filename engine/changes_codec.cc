// proto/record.proto by hand. The generated parser copies every key and value into a string of its own; here
// they stay where they are, in the log's buffer, until the engine makes its one block of them.
#include <optional>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include "base/check.h"
#include "engine/changes.h"
#include "proto/record.pb.h"

namespace wallaby::engine {
namespace {

using google::protobuf::internal::WireFormatLite;
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

/// Walks over the fields of one message. It accepts what the generated parser accepts, byte for byte, and each
/// read says whether it could.
class FieldReader {
 public:
  explicit FieldReader(std::string_view message) : rest_(message) {}

  bool at_end() const { return rest_.empty(); }

  bool tag(uint32_t& tag) {
    uint64_t value = 0;
    if (!varint(value, 5)) return false;
    tag = static_cast<uint32_t>(value);
    return WireFormatLite::GetTagFieldNumber(tag) != 0;
  }
  bool varint(uint64_t& value, size_t longest = 10) {
    value = 0;
    for (size_t i = 0; i < longest && i < rest_.size(); ++i) {
      auto byte = static_cast<uint8_t>(rest_[i]);
      value |= uint64_t{byte & 0x7Fu} << (7 * i);
      if (byte & 0x80) continue;
      rest_.remove_prefix(i + 1);
      return true;
    }
    return false;
  }
  bool bytes(std::string_view& view) {
    uint64_t length = 0;
    if (!varint(length, 5) || length > rest_.size()) return false;
    view = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return true;
  }
  /// Over a field that this version does not know.
  bool skip(uint32_t tag, int depth = 0) {
    switch (WireFormatLite::GetTagWireType(tag)) {
      case WireFormatLite::WIRETYPE_VARINT: {
        uint64_t value = 0;
        return varint(value);
      }
      case WireFormatLite::WIRETYPE_FIXED64: return skip_bytes(8);
      case WireFormatLite::WIRETYPE_FIXED32: return skip_bytes(4);
      case WireFormatLite::WIRETYPE_LENGTH_DELIMITED: {
        std::string_view view;
        return bytes(view);
      }
      case WireFormatLite::WIRETYPE_START_GROUP: return depth < kMaxDepth && skip_group(tag, depth);
      default: return false;
    }
  }

 private:
  // Groups inside groups cost stack; Protobuf's own limit.
  static constexpr int kMaxDepth = 99;

  bool skip_bytes(size_t count) {
    if (rest_.size() < count) return false;
    rest_.remove_prefix(count);
    return true;
  }
  bool skip_group(uint32_t start, int depth) {
    uint32_t end = start - WireFormatLite::WIRETYPE_START_GROUP + WireFormatLite::WIRETYPE_END_GROUP;
    for (uint32_t inner = 0; tag(inner);) {
      if (inner == end) return true;
      if (!skip(inner, depth + 1)) return false;
    }
    return false;
  }

  std::string_view rest_;
};

struct WireChange {
  uint64_t kind = Schema::PUT;
  std::optional<std::string_view> table;
  std::string_view key, value;
};

/// A field that comes twice counts with its last value, as in every Protobuf parser.
bool read_change(std::string_view message, WireChange& change) {
  FieldReader reader(message);
  while (!reader.at_end()) {
    uint32_t tag = 0;
    if (!reader.tag(tag)) return false;
    bool good = false;
    switch (tag) {
      case kKindTag: good = reader.varint(change.kind); break;
      case kTableTag: good = reader.bytes(change.table.emplace()); break;
      case kKeyTag: good = reader.bytes(change.key); break;
      case kValueTag: good = reader.bytes(change.value); break;
      default: good = reader.skip(tag); break;
    }
    if (!good) return false;
  }
  return true;
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
  ChangeViews views;
  // A small row takes about this many bytes; a wrong guess costs a reallocation.
  views.reserve(payload.size() / 32 + 1);
  std::string_view table;
  FieldReader reader(payload);
  while (!reader.at_end()) {
    uint32_t tag = 0;
    if (!reader.tag(tag)) return corrupt(views.size(), "not a Protobuf field");
    if (tag != kChangeTag) {
      if (!reader.skip(tag)) return corrupt(views.size(), "not a Protobuf field");
      continue;
    }
    std::string_view message;
    if (!reader.bytes(message)) return corrupt(views.size(), "it runs past the record's end");
    WireChange wire;
    if (!read_change(message, wire)) return corrupt(views.size(), "not a Protobuf message");

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
  return views;
}

}  // namespace wallaby::engine
