// SELECT and everything else that only reads: rows to the client as it takes them.
#include "sql/plan/waits.h"
#include "sql/session/query_run.h"
#include "sql/session/tasks.h"

namespace wallaby::sql {
namespace {

class QueryTask final : public Task {
 public:
  QueryTask(Conversation& session, SessionPortal& portal)
      : session_(session), run_(session, portal.prepared, portal.parameters, portal.text) {
    run_.waits = &waits_;
  }

  SqlResult<Outcome> step(Turn& turn) override {
    auto open = run_.open();
    if (!open) return std::unexpected(open.error());
    if (!*open) return Outcome::kWaiting;
    for (;;) {
      if (WaitingCall* call = waits_.asked()) {
        auto answered = session_.finish_call(*call);
        if (!answered) return std::unexpected(answered.error());
        if (!*answered) return Outcome::kWaiting;
      }
      auto outcome = give_rows(turn);
      if (!outcome || *outcome != Outcome::kResting || !waits_.asked()) return outcome;
    }
  }

 private:
  SqlResult<Outcome> give_rows(Turn& turn) {
    uint64_t given = 0;
    Row row;
    while (turn.max_rows == 0 || given + before_ < turn.max_rows) {
      if (turn.sink->full()) return rest(given);
      auto step = run_.next(row);
      if (!step) return std::unexpected(step.error());
      if (*step == Step::kRest) return rest(given);
      if (*step == Step::kEnd) {
        session_.set_tag(command_tag(*run_.prepared()->plan, given + before_));
        before_ = 0;
        return Outcome::kDone;
      }
      if (auto sent = turn.sink->row(run_.columns(), row); !sent) return std::unexpected(sent.error());
      ++given;
    }
    before_ = 0;
    return Outcome::kSuspended;
  }

  /// The same Execute goes on later: its rows count together.
  SqlResult<Outcome> rest(uint64_t given) {
    before_ += given;
    return Outcome::kResting;
  }

  Conversation& session_;
  Waits waits_;  // before the run, which points to it
  QueryRun run_;
  uint64_t before_ = 0;
};

}  // namespace

TaskPtr make_query_task(Conversation& session, SessionPortal& portal) {
  return std::make_unique<QueryTask>(session, portal);
}

SqlResult<Outcome> RowBuffer::give(Turn& turn, const std::vector<ResultColumn>& columns) {
  for (;;) {
    if (turn.max_rows > 0 && given_ == turn.max_rows) {
      given_ = 0;
      return Outcome::kSuspended;
    }
    if (rows_.empty()) return Outcome::kDone;
    if (turn.sink->full()) return Outcome::kResting;
    if (auto sent = turn.sink->row(columns, rows_.front()); !sent) return std::unexpected(sent.error());
    rows_.pop_front();
    ++given_;
  }
}

TaskPtr immediate(Conversation& session, std::function<SqlResult<std::string>(Turn&)> action) {
  class Immediate final : public Task {
   public:
    Immediate(Conversation& session, std::function<SqlResult<std::string>(Turn&)> action)
        : session_(session), action_(std::move(action)) {}
    SqlResult<Outcome> step(Turn& turn) override {
      auto tag = action_(turn);
      if (!tag) return std::unexpected(tag.error());
      session_.set_tag(std::move(*tag));
      return Outcome::kDone;
    }

   private:
    Conversation& session_;
    std::function<SqlResult<std::string>(Turn&)> action_;
  };
  return std::make_unique<Immediate>(session, std::move(action));
}

}  // namespace wallaby::sql
