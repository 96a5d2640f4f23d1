#include "replication/slots.h"

#include <algorithm>
#include <ostream>

namespace wallaby::replication {

std::ostream& operator<<(std::ostream& out, const Slot& slot) {
  out << "needs " << slot.needs << (slot.connected ? ", connected" : ", away");
  return slot.lost ? out << ", lost" : out;
}

void Slots::needs(const NodeName& name, Lsn flushed) {
  auto [found, is_new] = slots_.try_emplace(name, Slot{.needs = flushed});
  Slot& slot = found->second;
  if (flushed < oldest_) {
    slot.lost = slot.lost || is_new;
    return;
  }
  slot.needs = flushed;
  slot.lost = false;
}

void Slots::connected(const NodeName& name, bool is_connected) {
  if (auto slot = slots_.find(name); slot != slots_.end()) slot->second.connected = is_connected;
}

void Slots::keep(const NodeName& name, Lsn oldest) {
  slots_.try_emplace(name, Slot{.needs = oldest});
}

void Slots::drop(const NodeName& name) {
  slots_.erase(name);
}

Lsn Slots::keep_from(Lsn flushed_end) const {
  Lsn from = flushed_end;
  for (const auto& [name, slot] : slots_)
    if (!slot.lost) from = std::min(from, slot.needs);
  Lsn bound{flushed_end.value - std::min(flushed_end.value, max_keep_)};
  return std::max(from, bound);
}

void Slots::released(Lsn oldest) {
  oldest_ = std::max(oldest_, oldest);
  for (auto& [name, slot] : slots_)
    if (slot.needs < oldest_) slot.lost = true;
}

}  // namespace wallaby::replication
