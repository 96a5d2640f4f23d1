// node/ceilings.h
//
// The ceilings that stand on this node's stages now: nothing beyond passes. They are set by Holds (node/holds.h) and
// obeyed where the stage moves: by the log (appended, received, flushed), the applier, the commit gate, the senders.
//
// A ceiling is always a record's end. Not kept over a restart.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>

#include "base/lsn.h"
#include "replication/stage.h"

namespace wallaby::node {

class Ceilings {
 public:
  /// kMaxLsn: none stands.
  Lsn of(replication::Stage stage) const { return at({stage, {}}); }
  /// Of what is sent to one replica: the hold on all and the one on it alone.
  Lsn sent_to(const NodeName& replica) const {
    return std::min(of(replication::Stage::kSent), at({replication::Stage::kSent, replica}));
  }
  bool stands(replication::Stage stage) const { return of(stage) != kMaxLsn; }
  bool none() const { return at_.empty(); }
  Lsn at(const replication::StageName& name) const {
    auto found = at_.find(name);
    return found == at_.end() ? kMaxLsn : found->second;
  }
  const std::map<replication::StageName, Lsn>& all() const { return at_; }

  void set(const replication::StageName& name, Lsn ceiling) {
    at_[name] = ceiling;
    ++changes_;
  }
  void lift(const replication::StageName& name) { changes_ += at_.erase(name); }
  /// Grows with every change.
  uint64_t changes() const { return changes_; }

 private:
  std::map<replication::StageName, Lsn> at_;
  uint64_t changes_ = 0;
};

}  // namespace wallaby::node
