#include "tests/engine/reference_codec.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/wire_format_lite.h>

#include "proto/record.pb.h"

namespace wallaby::engine::test {
namespace {

using google::protobuf::internal::WireFormatLite;

/// A field of each wire type, and a group, none of which the schema has.
std::string unknown_fields() {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream out(&stream);
    out.WriteTag(WireFormatLite::MakeTag(20, WireFormatLite::WIRETYPE_VARINT));
    out.WriteVarint64(~0ull);
    out.WriteTag(WireFormatLite::MakeTag(21, WireFormatLite::WIRETYPE_FIXED64));
    out.WriteLittleEndian64(7);
    out.WriteTag(WireFormatLite::MakeTag(22, WireFormatLite::WIRETYPE_LENGTH_DELIMITED));
    out.WriteVarint32(3);
    out.WriteRaw("\x08\x01\x08", 3);
    out.WriteTag(WireFormatLite::MakeTag(23, WireFormatLite::WIRETYPE_FIXED32));
    out.WriteLittleEndian32(7);
    out.WriteTag(WireFormatLite::MakeTag(24, WireFormatLite::WIRETYPE_START_GROUP));
    out.WriteTag(WireFormatLite::MakeTag(20, WireFormatLite::WIRETYPE_VARINT));
    out.WriteVarint32(1);
    out.WriteTag(WireFormatLite::MakeTag(24, WireFormatLite::WIRETYPE_END_GROUP));
  }
  return bytes;
}

ChangeKind kind_of(const proto::Change& change) {
  switch (change.kind()) {
    case proto::Change::DELETE: return ChangeKind::kDelete;
    case proto::Change::CREATE_TABLE: return ChangeKind::kCreateTable;
    case proto::Change::DROP_TABLE: return ChangeKind::kDropTable;
    default: return ChangeKind::kPut;
  }
}

proto::Changes to_generated(const Changes& changes, bool names_every_table) {
  proto::Changes message;
  std::string table;
  for (const Change& change : changes) {
    proto::Change& one = *message.add_changes();
    one.set_kind(static_cast<proto::Change::Kind>(static_cast<int>(change.kind) - 1));
    if (names_every_table || message.changes_size() == 1 || change.table != table)
      one.set_table(change.table);
    table = change.table;
    one.set_key(change.key);
    one.set_value(change.value);
  }
  return message;
}

}  // namespace

std::optional<Changes> parse_generated(std::string_view payload) {
  proto::Changes message;
  if (!message.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) return std::nullopt;
  Changes changes;
  for (const proto::Change& one : message.changes()) {
    if (!proto::Change::Kind_IsValid(one.kind())) return std::nullopt;
    if (changes.empty() && !one.has_table()) return std::nullopt;
    changes.push_back(
        {kind_of(one), one.has_table() ? one.table() : changes.back().table, one.key(), one.value()});
    if (!check_change(view_of(changes.back()))) return std::nullopt;
  }
  return changes;
}

std::string write_generated(const Changes& changes, bool names_every_table) {
  return to_generated(changes, names_every_table).SerializeAsString();
}

std::string write_with_unknown_fields(const Changes& changes) {
  // The lite messages have no door for unknown fields: they are put behind each message's own bytes.
  std::string bytes = unknown_fields();
  proto::Changes message = to_generated(changes, true);
  for (const proto::Change& change : message.changes()) {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream out(&stream);
    std::string inner = change.SerializeAsString() + unknown_fields();
    out.WriteTag(WireFormatLite::MakeTag(proto::Changes::kChangesFieldNumber,
                                         WireFormatLite::WIRETYPE_LENGTH_DELIMITED));
    out.WriteVarint32(static_cast<uint32_t>(inner.size()));
    out.WriteString(inner);
  }
  return bytes + unknown_fields();
}

}  // namespace wallaby::engine::test
