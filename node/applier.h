// node/applier.h
//
// A replica's replay: reads the own log behind what is applied, and applies whole records to the tables, in log order,
// only what is flushed here.
//
//     flushed  ...............|
//     applied  .......|--->           at most up to the ceiling
//
// The ceiling is that of a hold (a pause; node/ceilings.h) or of --apply-delay (replication/apply_delay.h), whichever is
// lower. Bounded work a turn; more() says that there is more to do at once.
//
// Invariants: applied <= flushed; applied is always a record's end; a record is applied whole or not at all; nothing
// beyond the ceiling is applied.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/lsn.h"
#include "base/time.h"
#include "node/local.h"
#include "wal/frame.h"

namespace wallaby::node {

/// One frame's payload as people read it: "put greetings hello = world".
/// `describe` may have better words for a row than its bytes.
std::string summarize(uint16_t kind, uint16_t format, std::string_view payload,
                      const std::function<std::optional<std::string>(const engine::ChangeView&)>& describe);

/// Applies one valid frame to tables and cluster log. kCorrupt: the payload is not what its kind says.
Result<void> apply_frame(const wal::Frame& frame, engine::Store& store, ClusterLog& cluster);

class Applier {
 public:
  explicit Applier(Local& local) : local_(local) {}

  /// Applies what may be applied now, a bounded piece of it. An error is a broken log: the node must stop.
  Result<void> run(TimePoint now);
  /// There is more that could be applied at once.
  bool more() const;
  /// Starts over behind a base copy (the store was replaced).
  void restart();

  Lsn applied() const { return local_.store->applied(); }
  /// Of --apply-delay, as of now.
  void set_delay_ceiling(Lsn ceiling) { delay_ceiling_ = ceiling; }

 private:
  enum class Next : uint8_t { kApplied, kIncomplete, kCeiling };

  Lsn ceiling() const;
  Result<void> take(std::string_view bytes);
  Result<Next> apply_next(std::string_view bytes, size_t& used);

  Local& local_;
  Lsn delay_ceiling_ = kMaxLsn;
  std::string carry_;     ///< the beginning of a frame whose end was not read yet; starts at applied()
  bool reading_ = false;  ///< a read from disk is out
  uint64_t epoch_ = 0;    ///< grows with restart(): late reads of the old log are dropped
  std::optional<Error> failed_;
};

}  // namespace wallaby::node
