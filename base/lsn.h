// base/lsn.h
//
// Where we are in the log, and on which branch of it.
//
// An `Lsn` (log sequence number, also "log position") is a byte offset in one endless log. It is printed as
// PostgreSQL prints it: the upper and the lower 32 bits in hex, `0/16B3748`. A record's LSN is the END of
// its frame, padding included, so LSNs are multiples of 8, the next frame starts exactly there, and
// "a node has reached L" means: its position is >= L.
//
// A `TimelineId` counts the branches of the log: each promotion of a replica starts a new one.
// A `Token` names one commit for a client: its LSN and its timeline, printed `0/1A8@1`.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <limits>
#include <string>
#include <string_view>

#include "base/error.h"

namespace wallaby {

struct Lsn {
  uint64_t value = 0;

  constexpr auto operator<=>(const Lsn&) const = default;
  constexpr Lsn operator+(uint64_t bytes) const { return Lsn{value + bytes}; }
  /// The distance in bytes; `*this` must not be before `other`.
  constexpr uint64_t operator-(Lsn other) const { return value - other.value; }
};

/// Past every position that a log can reach: "no ceiling".
inline constexpr Lsn kMaxLsn{std::numeric_limits<uint64_t>::max()};

/// "0/16B3748"
std::string to_string(Lsn lsn);
/// Accepts what to_string prints (hex digits of either case).
Result<Lsn> parse_lsn(std::string_view text);
std::ostream& operator<<(std::ostream& out, Lsn lsn);

struct TimelineId {
  uint32_t value = 0;
  constexpr auto operator<=>(const TimelineId&) const = default;
};

std::string to_string(TimelineId timeline);
std::ostream& operator<<(std::ostream& out, TimelineId timeline);

struct Token {
  Lsn lsn;
  TimelineId timeline;  ///< 0: the node's current timeline
  constexpr auto operator<=>(const Token&) const = default;
};

/// "0/1A8@1"
std::string to_string(Token token);
/// "0/1A8@1", or "0/1A8" for a position on the node's current timeline (timeline 0).
Result<Token> parse_token(std::string_view text);
std::ostream& operator<<(std::ostream& out, Token token);

/// Names a segment file of the log: the timeline of its first frame and the position where it starts.
struct SegmentId {
  TimelineId timeline;
  Lsn first;
  constexpr auto operator<=>(const SegmentId&) const = default;
};
std::ostream& operator<<(std::ostream& out, SegmentId id);

}  // namespace wallaby

template <>
struct std::hash<wallaby::Lsn> {
  size_t operator()(wallaby::Lsn lsn) const noexcept { return std::hash<uint64_t>{}(lsn.value); }
};
