// wal/mark.h
//
// The mark: a small file in which a node keeps lower bounds of what is on ITS OWN disk. It is what tells a torn
// tail (never flushed, may be cut) from corruption (was flushed, must be there).
//
//     offset 0     slot: one 512-byte sector
//     offset 512   slot: one 512-byte sector
//
//     slot: magic "WALLMARK" (8), sequence (8), flushed (8), acknowledged (8), zeros, XXH3-64 of the rest (8, last)
//
// The valid slot with the higher sequence counts. One slot is always durable: the mark is rewritten lazily (no
// fsync) into the other one only, as often as flushes complete, and the roles change when that one is fsynced. So
// whatever a power cut does to unflushed sectors, one slot survives; two invalid slots mean damage.
// Both numbers are lower bounds: a lost lazy write costs nothing but precision.
// Before any truncation or base copy both slots are lowered and fsynced (lower_mark()).
//
// Assumed: a 512-byte sector is written whole or not at all.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/file_job.h"
#include "base/file_system.h"
#include "base/lsn.h"

namespace wallaby::wal {

inline constexpr const char* kMarkPath = "mark";
inline constexpr uint64_t kMarkSlotSize = 512;

struct Mark {
  uint64_t sequence = 0;
  Lsn flushed;
  Lsn acknowledged;
  bool in_second_slot = false;  ///< where it was found, or goes
  bool operator==(const Mark&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Mark& mark);

std::string encode_mark_slot(const Mark& mark);
/// kCorrupt when both slots are invalid; kNotFound when there is no file.
Result<Mark> read_mark(FileSystem& files);
/// A new mark file with both slots valid, durable (for a new data directory).
Result<Mark> create_mark(FileSystem& files);
/// Writes the slot that `mark` names, and fsyncs the file.
Result<void> write_mark(FileSystem& files, const Mark& mark);
/// Lowers both slots, one after the other, each fsynced. `mark` is the newest; returns the new newest.
Result<Mark> lower_mark(FileSystem& files, const Mark& mark, Lsn flushed, Lsn acknowledged);

/// Decides which slot is written when; owned by the Log. See the header's text for the rule.
class MarkWriter {
 public:
  /// `newest` is durable.
  explicit MarkWriter(Mark newest) : newest_(newest), durable_(newest) {}

  /// The write of a newer mark into the slot that is not the durable one. Positions never go down here.
  WriteStep write(Lsn flushed, Lsn acknowledged);
  /// The last written mark was fsynced: the other slot is the lazy one from now on.
  void synced();
  const Mark& newest() const { return newest_; }
  const Mark& durable() const { return durable_; }

 private:
  Mark newest_;
  Mark durable_;
};

}  // namespace wallaby::wal
