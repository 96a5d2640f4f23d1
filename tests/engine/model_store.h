// tests/engine/model_store.h
//
// The store as a newcomer would write it: the whole state, once more for every position. Slow, large, and easy
// to believe.
#pragma once

#include <map>
#include <string>

#include "base/lsn.h"
#include "base/random.h"
#include "engine/changes.h"

namespace wallaby::engine::test {

using ModelRows = std::map<std::string, std::string>;
using ModelTables = std::map<std::string, ModelRows>;

class ModelStore {
 public:
  void apply(Lsn lsn, const Changes& changes);
  const ModelTables& at(Lsn position) const { return std::prev(history_.upper_bound(position))->second; }
  const ModelTables& newest() const { return history_.rbegin()->second; }
  /// Forgets what is older than `position` needs.
  void forget_before(Lsn position);

 private:
  std::map<Lsn, ModelTables> history_ = {{Lsn{}, {}}};
};

/// A record that applies to the newest state of the model: puts, deletes, creations and drops, now and then several
/// of the same key or table.
Changes random_record(Random& random, const ModelTables& newest);

}  // namespace wallaby::engine::test
