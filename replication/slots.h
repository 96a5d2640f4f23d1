// replication/slots.h
//
// A slot keeps the log that one replica still needs, by its flushed position, up to a bound: a replica that
// stays away must not fill its feeder's disk.
//
//     oldest kept ... [r2's slot] ........ [r1's slot] .... flushed end
//                      |<------------- max_keep ------------->|     r2 further back than that: `lost`
//
// A slot is `lost` only when log that it needs was really removed; its replica then takes a base copy by itself.
// Slots are not stored: after a restart each member's slot begins at the oldest log kept, until it reports.
// A replica that is being copied to needs the log from the copy's first segment on, whatever it reports meanwhile:
// its node keeps telling `needs` that position until the first report past it.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <map>

#include "base/identity.h"
#include "base/lsn.h"

namespace wallaby::replication {

struct Slot {
  Lsn needs;  ///< log from here on
  bool connected = false;
  bool lost = false;
  bool operator==(const Slot&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Slot& slot);

class Slots {
 public:
  explicit Slots(uint64_t max_keep) : max_keep_(max_keep) {}

  /// A replica's link is up, or it reported: it needs the log from `flushed` on. A lost slot lives again when that log
  /// is kept. A position before the oldest log changes nothing: either the slot is lost already, or a base copy is on
  /// its way and the replica has nothing yet.
  void needs(const NodeName& name, Lsn flushed);
  void connected(const NodeName& name, bool is_connected);
  /// Keeps a slot for a member that is away, if it has none (`oldest`: the oldest log kept now).
  void keep(const NodeName& name, Lsn oldest);
  void drop(const NodeName& name);

  /// The log may be released below this position, as far as slots are concerned.
  Lsn keep_from(Lsn flushed_end) const;
  /// The log before `oldest` is gone: slots that needed it are lost.
  void released(Lsn oldest);
  const std::map<NodeName, Slot>& all() const { return slots_; }

 private:
  uint64_t max_keep_;
  Lsn oldest_;  ///< log before it is gone
  std::map<NodeName, Slot> slots_;
};

}  // namespace wallaby::replication
