#include "wal/mark.h"

#include <algorithm>
#include <optional>
#include <ostream>

#include <xxhash.h>

#include "base/check.h"
#include "base/endian.h"

namespace wallaby::wal {
namespace {

constexpr std::string_view kMagic = "WALLMARK";
constexpr size_t kChecksumAt = kMarkSlotSize - sizeof(uint64_t);

std::optional<Mark> decode_slot(std::string_view file, bool second) {
  size_t at = second ? kMarkSlotSize : 0;
  if (file.size() < at + kMarkSlotSize) return std::nullopt;
  const char* from = file.data() + at;
  if (!file.substr(at).starts_with(kMagic)) return std::nullopt;
  if (load<uint64_t>(from + kChecksumAt) != XXH3_64bits(from, kChecksumAt)) return std::nullopt;
  return Mark{.sequence = load<uint64_t>(from + 8),
              .flushed = Lsn{load<uint64_t>(from + 16)},
              .acknowledged = Lsn{load<uint64_t>(from + 24)},
              .in_second_slot = second};
}

uint64_t slot_offset(const Mark& mark) {
  return mark.in_second_slot ? kMarkSlotSize : 0;
}

Mark successor(const Mark& mark, Lsn flushed, Lsn acknowledged) {
  return Mark{.sequence = mark.sequence + 1,
              .flushed = flushed,
              .acknowledged = acknowledged,
              .in_second_slot = !mark.in_second_slot};
}

}  // namespace

std::string encode_mark_slot(const Mark& mark) {
  std::string slot(kMarkSlotSize, '\0');
  kMagic.copy(slot.data(), kMagic.size());
  store<uint64_t>(slot.data() + 8, mark.sequence);
  store<uint64_t>(slot.data() + 16, mark.flushed.value);
  store<uint64_t>(slot.data() + 24, mark.acknowledged.value);
  store<uint64_t>(slot.data() + kChecksumAt, XXH3_64bits(slot.data(), kChecksumAt));
  return slot;
}

Result<Mark> read_mark(FileSystem& files) {
  if (!files.exists(kMarkPath))
    return error(ErrorCode::kNotFound, "{}/{} does not exist", files.root(), kMarkPath);
  auto bytes = files.read(kMarkPath, 0, 2 * kMarkSlotSize);
  if (!bytes) return std::unexpected(bytes.error());
  std::optional<Mark> first = decode_slot(*bytes, false), second = decode_slot(*bytes, true);
  if (!first && !second)
    return error(
        ErrorCode::kCorrupt,
        "{}/{} is damaged: neither of its two slots is valid, so it is unknown what this disk must hold; "
        "re-clone or restore this node, or see `wallaby salvage`",
        files.root(), kMarkPath);
  if (!first || !second) return first ? *first : *second;
  return second->sequence > first->sequence ? *second : *first;
}

Result<void> write_mark(FileSystem& files, const Mark& mark) {
  SharedBytes slot(encode_mark_slot(mark));
  if (auto done = files.write(kMarkPath, slot_offset(mark), std::span(&slot, 1)); !done) return done;
  return files.sync(kMarkPath);
}

Result<Mark> create_mark(FileSystem& files) {
  Mark first{.sequence = 1, .flushed = {}, .acknowledged = {}, .in_second_slot = false};
  Mark second = successor(first, Lsn{}, Lsn{});
  if (auto done = files.replace(kMarkPath, encode_mark_slot(first) + encode_mark_slot(second)); !done)
    return std::unexpected(done.error());
  return second;
}

Result<Mark> lower_mark(FileSystem& files, const Mark& mark, Lsn flushed, Lsn acknowledged) {
  Mark newest = mark;
  for (int slot = 0; slot < 2; ++slot) {
    newest = successor(newest, flushed, acknowledged);
    if (auto done = write_mark(files, newest); !done) return std::unexpected(done.error());
  }
  return newest;
}

WriteStep MarkWriter::write(Lsn flushed, Lsn acknowledged) {
  WALLABY_CHECK(flushed >= newest_.flushed, "the mark's flushed position would go down from {} to {}",
                to_string(newest_.flushed), to_string(flushed));
  uint64_t sequence = newest_.sequence + 1;
  newest_ = successor(durable_, flushed, std::max(acknowledged, newest_.acknowledged));
  newest_.sequence = sequence;
  return WriteStep{kMarkPath, slot_offset(newest_), {SharedBytes(encode_mark_slot(newest_))}};
}

void MarkWriter::synced() {
  durable_ = newest_;
}

std::ostream& operator<<(std::ostream& out, const Mark& mark) {
  return out << "mark " << mark.sequence << ": flushed " << mark.flushed << ", acknowledged "
             << mark.acknowledged;
}

}  // namespace wallaby::wal
