// base/random.h
//
// Chance that can be repeated: SplitMix64 (Steele, Lea, Flood 2014), one 64-bit state, seeded by whoever
// owns it. Cores never reach for entropy; a driver passes a generator in.
//
// Whoever has seen some of a Random's numbers knows the next ones. What nobody may guess (nonces, salts, cancel keys) comes
// from an Entropy, which a driver passes in as well.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

namespace wallaby {

class Random {
 public:
  explicit constexpr Random(uint64_t seed) : state_(seed) {}

  constexpr uint64_t next() {
    uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  /// Uniform enough in [0, bound); bound > 0.
  constexpr uint64_t below(uint64_t bound) { return next() % bound; }
  /// In [low, high].
  constexpr uint64_t between(uint64_t low, uint64_t high) { return low + below(high - low + 1); }
  /// True in `percent` of 100 cases.
  constexpr bool chance(double percent) {
    return static_cast<double>(next() >> 11) * 0x1.0p-53 * 100 < percent;
  }
  /// A generator of its own, so that one concern's draws do not shift another's.
  constexpr Random fork() { return Random(next()); }

 private:
  uint64_t state_;
};

/// Fills it with unpredictable bytes.
using Entropy = std::function<void(std::span<uint8_t>)>;

}  // namespace wallaby
