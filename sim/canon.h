// sim/canon.h
//
// The one true log of a life, and everything that follows from it: which bytes stand where, the tables and their
// digest at every position, policy and members at every position.
//
// A record becomes canonical when the primary has it on its disk (flushed). From then on it can never be another one:
// every node's log is compared with it frame by frame, by the chain's checksums, and every state that a client or a
// checker sees must be this log's state at some position. The model here is a plain replay from the first record, so
// a node that restarted from a checkpoint and agrees with it shows that both ways lead to the same state.
//
// Owns all of it. Threads: none.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/lsn.h"
#include "engine/store.h"
#include "replication/log_events.h"
#include "sim/bank_checker.h"
#include "sim/ledger.h"
#include "wal/frame.h"

namespace wallaby::sim {

class Canon {
 public:
  /// Without a bank every record is the ledger's.
  explicit Canon(Ledger& ledger, BankChecker* bank = nullptr) : ledger_(ledger), bank_(bank) {}

  void begin(ClusterId cluster) { records_.front().checksum = wal::chain_start(cluster); }

  /// The frame is on the primary's disk. New ones are added; an old one must be the same.
  void add(const wal::Frame& frame, const std::string& who);
  /// The frame is in somebody's log. It must be canonical.
  void compare(const wal::Frame& frame, const std::string& who) const;

  Lsn end() const { return records_.back().end; }
  uint64_t records() const { return records_.size() - 1; }
  /// Log events of this kind so far.
  uint64_t events(replication::RecordKind kind) const {
    auto found = events_.find(kind);
    return found == events_.end() ? 0 : found->second;
  }
  /// Chain checksum at a position where a record ends (or 0/0); nullopt where none does.
  std::optional<uint64_t> checksum_at(Lsn lsn) const;
  /// Digest of the state after all records that end at or below `lsn`.
  uint64_t digest_at(Lsn lsn) const { return at(lsn).digest; }
  const replication::ClusterState& cluster_at(Lsn lsn) const;
  /// At `from`, and after each change of it up to `to`.
  std::vector<const replication::ClusterState*> clusters_between(Lsn from, Lsn to) const;
  /// Ends of records in (from, to].
  std::vector<Lsn> ends_between(Lsn from, Lsn to) const;

  bool has_table(const std::string& table, Lsn lsn) const;
  std::optional<std::string> value(const std::string& table, const std::string& key, Lsn lsn) const;
  std::vector<std::pair<std::string, std::string>> rows(const std::string& table,
                                                        const engine::KeyRange& range, uint64_t limit,
                                                        Lsn lsn) const;

 private:
  struct Record {
    Lsn end;
    uint64_t checksum = 0;
    uint64_t digest = 0;
  };
  struct Value {
    Lsn since;
    std::optional<std::string> bytes;
  };
  struct Table {
    Lsn since;
    std::optional<Lsn> until;  ///< it was dropped
    std::map<std::string, std::vector<Value>> keys;
  };
  const Record& at(Lsn lsn) const;
  static const std::optional<std::string>* at(const std::vector<Value>& values, Lsn lsn);
  uint64_t apply(Lsn lsn, const wal::Frame& frame, uint64_t digest);
  uint64_t apply(Lsn lsn, const engine::ChangeView& change, uint64_t digest);
  uint64_t drop(Lsn lsn, Table& table, const std::string& name, uint64_t digest);
  [[noreturn]] void disagree(const wal::Frame& frame, const std::string& who) const;

  Ledger& ledger_;
  BankChecker* bank_;
  std::vector<Record> records_{Record{}};
  std::map<std::string, Table> tables_;
  std::map<replication::RecordKind, uint64_t> events_;
  std::vector<std::pair<Lsn, replication::ClusterState>> cluster_{{Lsn{}, {}}};
};

}  // namespace wallaby::sim
