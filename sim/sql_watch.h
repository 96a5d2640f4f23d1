// sim/sql_watch.h
//
// The referee's ear at the PostgreSQL doors: listens to the bytes of their connections, knows what was asked by whom, and has each answer
// judged when it leaves.
//
//     teller b1     asked("b1.s4", BankAsk{...})        before its bytes leave
//     p1 hears      startup "b1.s4", Query              from here on it may be in the log; readers see this much
//     p1 answers    rows, tags, token, error            AckChecker, ReadChecker, BankChecker
//
//   - A commit is acknowledged exactly as the session or the switch promises, and is in the log where its token says.
//   - What a statement shows is the state at one position, between what was visible when it came and what is when its answer
//     leaves; all statements of a transaction show the same one, with its own writes.
//   - A statement fails for reasons that the life explains. One statement alone never loses against others (40001); a replica
//     refuses writes with 25006, and nothing else.
//
// Sessions are known by their application_name, which is never used twice. Owns what was asked and not answered. Threads: none.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/ack_checker.h"
#include "sim/bank.h"
#include "sim/bank_checker.h"
#include "sim/host.h"
#include "sim/read_checker.h"
#include "sim/sql_wire.h"
#include "sim/tokens.h"
#include "sql/pgwire/frontend_decoder.h"

namespace wallaby::sim {

/// Whom SqlWatch asks.
struct SqlJudges {
  const Canon& canon;
  AckChecker& acks;
  ReadChecker& reads;
  BankChecker& bank;
  Tokens& tokens;
};

class SqlWatch {
 public:
  SqlWatch(SqlJudges judges, Scheduler& scheduler, Trace& trace, Tally& tally)
      : judges_(judges), scheduler_(scheduler), trace_(trace), tally_(tally) {}

  /// A client of this session is about to send it.
  void asked(const std::string& session, BankAsk ask) { asked_[session].push_back(std::move(ask)); }

  // --- what hosts hear and say ---
  void accepted(const Place& place, node::ConnectionId connection);
  bool owns(const Place& place, node::ConnectionId connection) const;
  void heard_in(Host& host, node::ConnectionId connection, std::string_view bytes);
  void heard_out(Host& host, node::ConnectionId connection, std::string_view bytes);
  /// The other side is gone.
  void lost(const Place& place, node::ConnectionId connection);
  /// The host closes it, behind the answers of this turn.
  void closed(const Place& place, node::ConnectionId connection) { closing_.emplace_back(place, connection); }
  void process_gone(const Place& place);
  /// What was answered since, when the checkers know how far the log is.
  void judge(Host& host);
  /// The canon has grown: commits that were ahead of it are judged.
  void canon_grew();

  uint64_t acknowledged() const { return acknowledged_; }
  uint64_t snapshots() const { return snapshots_; }

 private:
  /// A question that came to a host.
  struct Heard {
    BankAsk ask;
    ReadChecker::Floor floor;
    Lsn read_end;  ///< end of the log when it came
  };
  /// Statements of one transaction: where their snapshot lies, and what it explains so far.
  struct Block {
    ReadChecker::Floor floor;
    std::optional<Lsn> high;
    std::vector<ReadChecker::Explains> explains;
  };
  struct Session {
    sql::pgwire::FrontendDecoder in;
    SqlAnswerReader out;
    std::string name;
    bool greeted = false, cancelled = false, pipeline = false;
    std::deque<Heard> heard;
    std::vector<SqlAnswer> answers;  ///< of this turn
    std::optional<Block> block;
  };
  /// A commit that was acknowledged.
  struct Committed {
    std::string name;
    std::vector<std::string> payments;
    std::optional<BankQuery> shows;
    std::vector<SqlRow> rows;
  };
  using Key = std::pair<Place, node::ConnectionId>;

  void startup(Session& session, const sql::pgwire::Startup& startup);
  void question(Host& host, const Key& key, Session& session);
  void answered(Host& host, const Key& key, Session& session, const SqlAnswer& answer);
  void failed(Host& host, Session& session, const Heard& heard, const SqlFailure& failure);
  void committed(const Key& key, const Heard& heard, const SqlAnswer& answer);
  void judge_committed(Lsn lsn, const Committed& committed);
  void shown(Host& host, Session& session, const Heard& heard, ReadChecker::Explains explains);
  void position_answered(Host& host, const Key& key, const BankAsk& ask, const SqlAnswer& answer);
  ReadChecker::Explains explains(const BankAsk& ask, std::vector<SqlRow> rows) const;
  bool is_there(const std::string& table, Lsn lsn) const;
  void count(const std::string& what) { tally_.add("path", "sql: " + what); }

  SqlJudges judges_;
  Scheduler& scheduler_;
  Trace& trace_;
  Tally& tally_;
  std::map<std::string, std::deque<BankAsk>> asked_;  ///< by session; not heard yet
  std::map<Key, Session> sessions_;
  std::vector<Key> answering_, closing_;  ///< in this turn
  /// Acknowledged under `off` before their record was on the primary's disk.
  std::multimap<Lsn, Committed> ahead_;
  uint64_t acknowledged_ = 0, snapshots_ = 0;
};

/// Counters of SqlWatch that a run of many lives must not leave at zero.
std::vector<std::string> sql_paths();

}  // namespace wallaby::sim
