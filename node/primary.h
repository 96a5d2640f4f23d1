// node/primary.h
//
// The node that takes writes: it runs writing statements, appends their records, and tells each client when the
// promise is met.
//
//     write, run, commit --on the newest state--> log.append --> store.apply --> gate.enqueue
//     flush done --> gate.local ............ VisibleTo --> readers see it;  Release --> the client is told
//     r1 reports --> gate.reported ...........^
//
// Statements run one after the other on the newest appended state, so hot keys never conflict; a transaction that was
// built on an older state is checked against it. While a record cannot be appended (a segment is being prepared),
// all of them queue before they run (primary_write.cc).
// Control records (timeline, policy, members) take effect once they are flushed and wait for nothing else; they
// go before the queue, and may use the space that a full disk keeps back.
//
// After a restart in a waiting mode nobody can know which of the log's end was acknowledged: reads are refused until
// all of it is acknowledged again.
//
// Invariants: a commit is answered once; what is visible is acknowledged, and, unless `off` governs, flushed; nothing is
// answered for a record that is not appended.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "base/time.h"
#include "engine/transaction.h"
#include "node/backend.h"
#include "node/checkpointer.h"
#include "node/feeder.h"
#include "node/local.h"
#include "node/node_status.h"
#include "replication/commit_gate.h"
#include "replication/loss_meter.h"

namespace wallaby::node {

class Primary {
 public:
  /// `unacknowledged`: ends of the records past the visible position, oldest first. `fresh`: the directory was made just now.
  Primary(TimePoint now, Local& local, Checkpointer& checkpointer, Feeder& feeder,
          const std::deque<Lsn>& unacknowledged, bool fresh);

  void tick(TimePoint now);
  void write(TimePoint now, Session& session, RequestId request, const Write& write);
  void run(TimePoint now, Session& session, RequestId request, Statement statement,
           std::optional<replication::Rung> ack);
  void commit(TimePoint now, Session& session, RequestId request, engine::Transaction transaction,
              Finish finish, std::optional<replication::Rung> ack);
  void cancel(Session& session, RequestId request);
  void admin(TimePoint now, Session& session, RequestId request, const AdminCommand& command);
  void close(Session& session);
  /// The log's positions may have moved, or it may have room again.
  void progressed(TimePoint now);
  void feed_news(TimePoint now);
  TimePoint next_deadline() const;

  /// Stops taking writes; stopped() once all is flushed and shipped, or time is over.
  void stop(TimePoint now);
  bool stopped(TimePoint now) const;
  /// Tells everybody who still waits that the outcome is unknown.
  void abandon_all();

  std::optional<Error> reads_refused() const;
  /// What promises wait for on replicas now.
  std::optional<replication::Stage> awaited_of_replicas() const { return gate_.awaited_of_replicas(); }
  void fill(NodeStatus& status) const;
  void check_invariants() const;

 private:
  /// Who asks for what the primary does by itself.
  class Own final : public Session {
   public:
    explicit Own(Local& local) : local_(local) {}
    void answer(RequestId request, ReplyBody body) override;
    void reached(TimePoint, RequestId) override {}
    void views_dropped(const std::string&) override {}
    bool waiting = false;

   private:
    Local& local_;
  };
  struct Asker {
    Session* session = nullptr;
    RequestId request = 0;
  };
  struct Commit {
    Asker asker;
    Token token;
    uint64_t rows = 0;
  };
  struct StatementToRun {
    Statement run;
    std::optional<replication::Rung> ack;
  };
  struct TransactionToCommit {
    engine::Transaction transaction;
    Finish finish;
    std::optional<replication::Rung> ack;
    /// What it logs, once it has won. Should it find no room then, it is the first of the queue: nothing else is logged before
    /// it, so it stays the winner.
    std::optional<engine::Changes> changes;
  };
  using Work = std::variant<Write, StatementToRun, TransactionToCommit>;
  struct Queued {
    Asker asker;
    Work work;
    uint64_t payload = 0;  ///< bytes that it found no room for: before there is, it need not run again
    TimePoint next_notice;
  };
  /// What a record's asker wants beside the record.
  struct Terms {
    Asker asker;
    std::optional<replication::Rung> ack;
    bool trace = false;
    uint64_t rows = 0;
  };
  struct LateAnswer {
    Asker asker;
    ReplyBody body;
  };
  /// A record whose visibility is still to come.
  struct Border {
    Lsn end;
    bool commit = false;   ///< a client's, not a control record
    bool counted = false;  ///< the loss meter has it already: its client was told early
  };
  struct Control {
    replication::LogEvent event;
    std::function<void(TimePoint, Lsn)> flushed;  ///< may be empty
  };
  struct Pending {
    Lsn lsn;
    replication::LogEvent event;
    std::function<void(TimePoint, Lsn)> flushed;
  };

  bool must_queue() const { return !queue_.empty() || !controls_.empty(); }
  // Each: false when the log has no room for `payload` bytes right now; nothing happened then.
  bool attempt(TimePoint now, const Asker& asker, const Write& write, uint64_t& payload);
  bool attempt(TimePoint now, const Asker& asker, StatementToRun& statement, uint64_t& payload);
  bool attempt(TimePoint now, const Asker& asker, TransactionToCommit& commit, uint64_t& payload);
  bool append(TimePoint now, const Terms& terms, const engine::Changes& changes, uint64_t& payload);
  /// Its keys and names are good, and its tables are not SQL's.
  Result<void> check(const Write& write) const;
  Result<engine::Changes> changes_of(const Write& write, uint64_t& rows) const;
  bool refused(const Asker& asker, std::optional<replication::Rung> ack);
  void fail(const Asker& asker, Error error);
  void answer_when_visible(Lsn read, const Asker& asker, ReplyBody body);
  bool over_memory_limit() const;
  std::optional<Error> writes_refused() const;
  void log_event(TimePoint now, replication::LogEvent event, std::function<void(TimePoint, Lsn)> flushed);
  bool append_control(TimePoint now);
  void take_effect(TimePoint now, const Pending& pending);
  void drain_queue(TimePoint now);
  void obey_ceilings(TimePoint now);
  void drain_gate(TimePoint now);
  void on(TimePoint now, const replication::VisibleTo& visible);
  void on(TimePoint now, replication::Release& release);
  void on(TimePoint now, replication::Notice& notice);
  void on(TimePoint now, const replication::Degrade& degrade);
  void on(TimePoint now, const replication::Rearm& rearm);
  void count_acknowledged(Lsn lsn);
  std::string remark_on(const NodeName& name) const;
  void notify_queued(TimePoint now);
  void set_policy(TimePoint now, Asker asker, const SetPolicy& command);
  void drop_replica(TimePoint now, Asker asker, const NodeName& name);
  void check_space(TimePoint now);
  void check_ready();
  void refresh_members(TimePoint now);
  uint64_t ticket_for(const Asker& asker);
  void answer_ticket(uint64_t ticket, ReplyBody body);
  Token token(Lsn lsn) const { return Token{lsn, local_.log.timeline()}; }

  Local& local_;
  Checkpointer& checkpointer_;
  Feeder& feeder_;
  replication::CommitGate gate_;
  replication::LossMeter loss_;
  std::deque<Border> borders_;  ///< of records that are not visible yet
  std::map<replication::TxnId, Commit> commits_;
  replication::TxnId next_txn_ = 1;
  std::deque<Queued> queue_;
  std::deque<Control> controls_;  ///< not appended yet
  std::deque<Pending> pending_;   ///< appended, not flushed yet
  /// Answers without a record that wait until what they read is visible.
  std::multimap<Lsn, LateAnswer> late_answers_;
  std::map<uint64_t, Asker> control_askers_;  ///< by ticket: of control records, while their session is open
  uint64_t next_ticket_ = 1;
  Lsn told_flushed_;  ///< to the gate: what governs from a flush on takes effect before it is told
  Lsn restart_end_;   ///< reads are refused until this is visible
  std::set<DirectoryId> joining_;     ///< member records under way
  std::optional<DirectoryId> ahead_;  ///< a member that holds more than we do
  NodeName ahead_name_;
  uint64_t obeyed_ceilings_ = 0;  ///< changes of them that the gate knows of
  Own own_;
  bool ready_ = false;
  bool low_space_ = false;
  uint64_t free_bytes_ = 0;
  bool space_asked_ = false;
  TimePoint next_space_check_;
  TimePoint stop_deadline_ = kNever;
};

}  // namespace wallaby::node
