// sim/tokens.h
//
// Positions of commits that clients were told of: what they may ask for later, on any node.
//
// Plain values. Threads: none.
#pragma once

#include <algorithm>
#include <deque>
#include <optional>

#include "base/lsn.h"
#include "base/random.h"

namespace wallaby::sim {

class Tokens {
 public:
  /// Its client was told that it is safe.
  void told(Lsn lsn) { newest_ = std::max(newest_, lsn); }
  /// Its client does not know what became of it, or not yet.
  void doubt(const Token& token) {
    doubtful_.push_back(token);
    if (doubtful_.size() > kRemembered) doubtful_.pop_front();
  }

  Lsn newest() const { return newest_; }
  std::optional<Token> doubtful(Random& random) const {
    if (doubtful_.empty()) return std::nullopt;
    return doubtful_[random.below(doubtful_.size())];
  }

 private:
  static constexpr size_t kRemembered = 32;
  Lsn newest_;
  std::deque<Token> doubtful_;
};

}  // namespace wallaby::sim
