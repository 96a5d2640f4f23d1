// sim/trace.h
//
// What happened in a life, for people and for comparison.
//
//   hash   a rolling hash over every event. A seed that runs twice must end with the same one; if not, something
//          decided by an address, a real clock or an unordered container.
//   text   "12.345678 r1 <- flush done ..." lines. Making text is slow, so ordinary runs keep none: a life that
//          breaks a promise is simply lived again with its text kept (the last lines) or printed (--trace).
//
// BrokenPromise is how a checker ends a life: the promise in plain words, and what was seen instead.
#pragma once

#include <cstdint>
#include <deque>
#include <stdexcept>
#include <string>

#include "sim/scheduler.h"

namespace wallaby::sim {

class BrokenPromise : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Trace {
 public:
  enum class Mode : uint8_t { kHash, kKeep, kPrint };

  explicit Trace(Mode mode = Mode::kHash) : mode_(mode) { current_ = this; }
  ~Trace() { current_ = nullptr; }
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;
  /// Of the life that runs now: for the last words when a failed check ends the process.
  static const Trace* current() { return current_; }

  bool wants_text() const { return mode_ != Mode::kHash; }
  /// One line; ask wants_text() before building it.
  void text(SimTime now, const std::string& who, const std::string& what);
  void mix(uint64_t value) { hash_ = (hash_ ^ value) * 0x9E3779B97F4A7C15u + (hash_ >> 29); }
  uint64_t hash() const { return hash_; }
  /// The last lines, oldest first.
  const std::deque<std::string>& tail() const { return tail_; }

 private:
  static constexpr size_t kTail = 120;
  static inline const Trace* current_ = nullptr;
  Mode mode_;
  uint64_t hash_ = 0x77616C6C616279;
  std::deque<std::string> tail_;
};

/// "12.345678": seconds.
std::string to_seconds(SimTime time);

}  // namespace wallaby::sim
