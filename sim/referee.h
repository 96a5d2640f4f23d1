// sim/referee.h
//
// Watches every host of a life and calls the checkers. What it judges by: messages on the wire (Wiretap), bytes on the
// disks (LogWatch), and the node's status at the end of each turn.
//
//     opened   a power cut or a kill alone never makes a node refuse to start          LogWatch
//     event    requests and reports that arrive                  AckChecker, ReadChecker, HoldChecker, SqlWatch
//     outputs  the log grew, stages moved, answers and reports leave                   all of them
//     ended    a node stops by itself only after its disk failed
//
// Throws BrokenPromise, which ends the life. Owns the checkers. Threads: none.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "sim/ack_checker.h"
#include "sim/bank_checker.h"
#include "sim/canon.h"
#include "sim/hold_checker.h"
#include "sim/host.h"
#include "sim/ledger.h"
#include "sim/log_watch.h"
#include "sim/read_checker.h"
#include "sim/sql_watch.h"
#include "sim/tokens.h"
#include "sim/wiretap.h"

namespace wallaby::sim {

class Referee final : public Observer {
 public:
  Referee(Scheduler& scheduler, Trace& trace, Tally& tally)
      : scheduler_(scheduler),
        trace_(trace),
        tally_(tally),
        sql_({canon_, acks_, reads_, bank_, tokens_}, scheduler, trace, tally) {}

  void opened(Host& host, const Result<node::OpenedDirectory>& opened) override;
  void turn_begins(Host& host) override;
  void event(Host& host, const node::NodeEvent& event) override;
  void outputs(Host& host, const std::vector<node::NodeOutput>& outputs) override;
  void ended(Host& host, Ending ending) override;

  Ledger& ledger() { return ledger_; }
  SqlWatch& sql() { return sql_; }
  const BankChecker& bank() const { return bank_; }
  const Tokens& tokens() const { return tokens_; }
  const Canon& canon() const { return canon_; }
  uint64_t reads_checked() const { return reads_.checked(); }
  uint64_t reads_lost_with_off() const { return reads_.lost_with_off(); }
  uint64_t holds_judged() const { return holds_.judged(); }
  uint64_t acknowledged() const { return acknowledged_; }

  /// This host belongs to another cluster: nothing of it is judged.
  void ignore(const Place& place) { ignored_.insert(place); }
  /// Its disk was damaged on purpose: it may refuse to start.
  void may_refuse(const Place& place) { damaged_.insert(place); }
  /// Its directory was emptied by hand.
  void wiped(const Place& place);

 private:
  struct Asked {
    std::string operation;
    std::optional<replication::Rung> rung;
    Lsn read_end;
  };
  struct Watched {
    Wiretap tap;
    std::map<node::ConnectionId, Place> peers;
    std::map<node::ConnectionId, NodeName> links;  ///< that it feeds
    std::map<std::pair<node::ConnectionId, node::RequestId>, Asked> writes;
    uint64_t failed_syncs = 0, full_errors = 0;  ///< of the disk, when the process began
    Lsn flushed, applied;
    bool refused = false;  ///< its feeder will not have it
  };

  void heard_in(Host& host, node::ConnectionId connection, const Overheard& message);
  void heard_link_out(Host& host, node::ConnectionId connection, const replication::Message& message);
  void reply_out(Host& host, node::ConnectionId connection, const node::Reply& reply);
  void write_answered(Host& host, node::ConnectionId connection, const Asked& write,
                      const node::ReplyBody& body);
  void in_log(const std::string& operation, Lsn lsn);
  void primary_grew(Host& host);
  void judge_holds(Host& host);
  void judge_tables(Host& host);
  void link_over(Host& host, node::ConnectionId connection);
  void check_bounds(Host& host, node::ConnectionId connection, uint64_t bytes);

  Scheduler& scheduler_;
  Trace& trace_;
  Tally& tally_;
  Ledger ledger_;
  BankChecker bank_;
  Canon canon_{ledger_, &bank_};
  LogWatch logs_{canon_};
  AckChecker acks_{canon_};
  ReadChecker reads_{canon_};
  HoldChecker holds_{canon_};
  Tokens tokens_;
  SqlWatch sql_;
  /// Writes answered under `off` before their record was on the primary's disk.
  std::multimap<Lsn, std::string> ahead_;
  std::map<Place, Watched> watched_;
  std::set<Place> ignored_, damaged_, wiped_;
  uint64_t acknowledged_ = 0;
};

}  // namespace wallaby::sim
