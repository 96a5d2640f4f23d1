// replication/handshake.h
//
// The feeder's side of the handshake: given what a replica says of itself and what we hold, what shall it do?
// One pure function; the checksum that it may have to look up in a segment is asked for as a decision of its own.
//
//     finding                                                          answer
//     another protocol version or cluster                              refuse
//     its name is a member's, with another directory's id              refuse: drop-replica first, or another name
//     it was being copied to                                           snapshot
//     its log is empty and ours starts at 0/0                          continue from 0/0
//     its end is at or before our flushed end, its checksum is ours    continue from its end
//     the same, but we no longer keep the log from its end on          snapshot
//     its end is before our flushed end, checksum or timeline differ   refuse: diverged, from at most where
//     its end is past our flushed end, same timeline; we are primary   refuse: ahead (we lost flushed bytes)
//     its end is past our flushed end; we are a replica ourselves      wait
//     its timeline is none of ours; we are a replica ourselves         wait
//
// Rows are judged from the top. Timelines with the same number are the same only with the same random id. A replica
// that feeds does not judge names by members: its node compares them with those it is feeding.
// Threads, I/O: none. Every reason says what both sides hold and what a person can do.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <variant>

#include "base/identity.h"
#include "base/lsn.h"
#include "replication/log_events.h"
#include "replication/messages.h"

namespace wallaby::replication {

/// What the feeder holds.
struct FeederLog {
  ClusterId cluster;
  bool is_primary = true;
  Lsn oldest;  ///< first position kept
  Lsn flushed;
  TimelineId timeline;
  const ClusterState* cluster_state = nullptr;  ///< history and members
};

/// Ask the log for its checksum at `at` (<= flushed, >= oldest), then call again.
struct NeedChecksum {
  Lsn at;
  bool operator==(const NeedChecksum&) const = default;
};
/// A snapshot is due; the node fills in which checkpoint.
struct NeedSnapshot {
  std::string reason;
  bool operator==(const NeedSnapshot&) const = default;
};
using HandshakeDecision = std::variant<Continue, NeedSnapshot, Wait, Refuse, NeedChecksum>;
std::ostream& operator<<(std::ostream& out, const HandshakeDecision& decision);

/// The outcome of the lookup: our chain checksum at the replica's end; nullopt: no frame of ours ends there.
struct ChecksumFound {
  std::optional<uint64_t> checksum;
  bool operator==(const ChecksumFound&) const = default;
};

/// `found` stays empty in the first call.
HandshakeDecision judge_hello(const Hello& hello, const FeederLog& own,
                              const std::optional<ChecksumFound>& found);

}  // namespace wallaby::replication
