// replication/trace_log.h
//
// What one node knows of the traced records (trace.h): when they reached its own stages, and what its replicas told of theirs.
//
//     primary p1                       replica r1                          r2, fed by r1
//     appended    begins the trace
//     sent        Data says: traced -> arrived   begins the trace
//                                      sent       Data says: traced     -> arrived ...
//     reported <---------------------- r1's stages <--------------------- r2's stages
//     (r1's, r2's)                     and r2's, counted from r1's arrival
//
// Every node has one and keeps the newest kKept records. Only the primary answers questions (trace, newest); a replica's
// log speaks through its reports (take_news). A replica forwards what the nodes behind it told, so the primary learns of all.
//
// Which commits: those whose client asked, and of the others the first kPerSecond of each second. An untraced commit costs a
// comparison, and no memory.
//
// Complete is a record that has reached the last stage here and of which nothing more is expected: from each replica that
// streamed when it began, and whose link has not ended since, an entry `done` has come.
//
// Invariants (check_invariants(), and checked at each step): records rise; at most kKept; on a replica no stage is reached before
// the one before it.
// Threads, I/O: none. Time: passed in.
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

#include "base/identity.h"
#include "base/lsn.h"
#include "base/time.h"
#include "replication/ack_mode.h"
#include "replication/stage.h"
#include "replication/trace.h"

namespace wallaby::replication {

class TraceLog {
 public:
  static constexpr size_t kKept = 256;
  static constexpr size_t kPerSecond = 100;
  /// Nodes behind one replica that are remembered.
  static constexpr size_t kMaxBehind = 32;

  // --- this node ---
  /// The primary appended a commit. `asked`: its client wants the trace. False: it is not traced.
  bool appended(TimePoint now, Token token, bool asked);
  /// A traced record's last byte arrived here. Once more for the same record: it was on its way when a link broke.
  void arrived(TimePoint now, Token token);
  /// This node has reached the stage with everything up to `lsn`.
  void reached(TimePoint now, Stage stage, Lsn lsn);
  /// The commit's client was told.
  void told(Lsn lsn, Rung rung, const std::vector<NodeName>& by);
  /// The log is another one from here on (a base copy).
  void clear();

  // --- its replicas ---
  void joined(const NodeName& name);
  void left(const NodeName& name);
  /// Ends of the traced records in (from, to].
  std::vector<Lsn> ends_in(Lsn from, Lsn to) const;
  void sent(TimePoint now, const NodeName& to, const std::vector<Lsn>& ends);
  void reported(TimePoint now, const NodeName& from, const std::vector<TraceEntry>& entries);

  // --- what it says ---
  /// Whether a report has something to say.
  bool has_news() const { return news_ > 0; }
  /// For the next report; whatever does not go into it stays for the one after.
  std::vector<TraceEntry> take_news(TimePoint now);
  /// nullopt: it was not traced, or is no longer kept. `self`: the name of this node.
  std::optional<CommitTrace> trace(const NodeName& self, Lsn lsn) const;
  /// At most so many, oldest first.
  std::vector<CommitTrace> newest(const NodeName& self, size_t count) const;
  /// Whether it is of use to wait for more: false for a record that is not kept.
  bool incomplete(Lsn lsn) const;
  void check_invariants() const;

 private:
  /// Stages are numbered from 1.
  template <typename T>
  using ByStage = std::array<T, kStageCount + 1>;
  /// A replica that we feed.
  struct Peer {
    NodeName name;
    bool expected = false;
    std::optional<TimePoint> sent;
    std::optional<Duration> network;  ///< there and back; of the exchange that took least
    TraceEntry own;                   ///< what it said of itself
    std::vector<TraceEntry> behind;   ///< ... and of those behind it
  };
  struct Record {
    Token token;
    TimePoint began;
    ByStage<std::optional<TimePoint>> reached;
    std::optional<Rung> rung;
    std::vector<NodeName> by;
    std::vector<Peer> peers;
    bool fresh = false;  ///< something is new since the last report
  };

  Record& begin(TimePoint now, Token token);
  static Peer& peer_of(Record& record, const NodeName& name);
  static void merge(Peer& peer, TraceEntry said, Duration age);
  static bool complete(const Record& record);
  static std::vector<TraceEntry> entries_of(TimePoint now, const Record& record);
  static CommitTrace describe(const NodeName& self, const Record& record);
  void mark_fresh(Record& record);

  std::deque<Record> records_;
  std::vector<NodeName> linked_;
  ByStage<Lsn> reached_{};  ///< as last told
  TimePoint second_;        ///< when the current one began
  size_t begun_ = 0;        ///< in it
  size_t news_ = 0;         ///< records that are fresh
};

}  // namespace wallaby::replication
