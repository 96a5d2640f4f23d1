// tests/sql/fake_backend.h
//
// A node of tables alone: no log, no replicas. Commits are acknowledged at once, or (hold = true) when release() is called.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "engine/store.h"
#include "node/backend.h"

namespace wallaby::sql {

class FakeBackend final : public node::Backend {
 public:
  void open(node::Session&) override { ++sessions; }
  void close(node::Session& session) override {
    --sessions;
    std::erase_if(waiting_, [&](const Waiting& each) { return each.session == &session; });
    std::erase_if(reads_, [&](const Waiting& each) { return each.session == &session; });
    std::erase_if(queue_, [&](const Queued& each) { return each.session == &session; });
  }
  Result<engine::View> visible_view() const override { return store.visible_view(); }
  void write(TimePoint, node::Session&, node::RequestId, const node::Write&) override {}

  void run(TimePoint now, node::Session& session, node::RequestId request, node::Statement statement,
           std::optional<replication::Rung> ack) override {
    Queued next{&session, request, std::move(statement), ack};
    if (!queue_.empty() || !attempt(now, next)) queue_.push_back(std::move(next));
  }
  void commit(TimePoint now, node::Session& session, node::RequestId request, engine::Transaction transaction,
              node::Finish finish, std::optional<replication::Rung> ack) override {
    if (transaction.conflict(store))
      return session.answer(request, node::Failed{Error{ErrorCode::kConflict, "lost"}, {}});
    engine::Changes changes = transaction.take_changes();
    if (finish) finish(store.newest_view(), changes);
    log(now, session, request, std::move(changes), ack);
  }
  bool conflict(const engine::Transaction& transaction) const override { return transaction.conflict(store); }
  std::optional<Error> read_only() const override {
    if (!replica) return std::nullopt;
    return Error{ErrorCode::kReadOnly, "r1 is a replica; send writes to 127.0.0.1:5432"};
  }
  void wait_for(TimePoint now, node::Session& session, node::RequestId request, Token token) override {
    if (store.visible() >= token.lsn) return session.reached(now, request);
    reads_.push_back({&session, request, token});
  }
  void cancel(TimePoint, node::Session& session, node::RequestId request) override {
    auto found = std::ranges::find_if(
        waiting_, [&](const Waiting& each) { return each.session == &session && each.request == request; });
    if (found == waiting_.end()) return;
    Token token = found->token;
    waiting_.erase(found);
    session.answer(request, node::Failed{Error{ErrorCode::kUnknownOutcome, "the wait was ended"}, token});
  }
  void commit_status(TimePoint, node::Session& session, node::RequestId request, Token) override {
    session.answer(request, node::CommitStatusReply{{replication::CommitState::kVisible, "it is visible"}});
  }
  void traces(node::Session& session, node::RequestId request, const node::GetTraces&) override {
    session.answer(request, node::Traces{});
  }
  void admin(TimePoint, node::Session& session, node::RequestId request,
             const node::AdminCommand& command) override {
    commands.push_back(command);
    if (const auto* policy = std::get_if<node::SetPolicy>(&command); policy && policy->rung)
      rung = std::string(to_string(*policy->rung));
    session.answer(request, node::Done{"done", {}});
  }
  node::NodeStatus status(TimePoint) const override {
    node::NodeStatus status;
    status.rung = rung;
    status.flushed = status.appended = store.applied();
    status.visible = store.visible();
    return status;
  }
  std::optional<std::string> segment_file(Lsn lsn) const override {
    if (lsn >= store.applied()) return std::nullopt;
    return "00000001-0000000000000000.wal";
  }
  WallTime wall_time(TimePoint now) const override {
    return {1'700'000'000'000'000 + now.time_since_epoch().count() / 1000};
  }
  void watch_events(node::Session&, node::RequestId) override {}

  /// Everything that waits is acknowledged.
  void release(TimePoint now) {
    store.set_visible(store.applied());
    for (const Waiting& each : std::exchange(waiting_, {})) answer(each);
    for (const Waiting& each : std::exchange(reads_, {})) each.session->reached(now, each.request);
  }
  size_t waiting() const { return waiting_.size(); }
  /// The first of those that wait for room is refused.
  void refuse_queued(Error error) {
    Queued first = std::move(queue_.front());
    queue_.pop_front();
    first.session->answer(first.request, node::Failed{std::move(error), {}});
  }
  /// The log has room again: queued statements run from the beginning, in order.
  void make_room(TimePoint now) {
    room = SIZE_MAX;
    while (!queue_.empty()) {
      Queued next = std::move(queue_.front());
      queue_.pop_front();
      attempt(now, next);
    }
  }

  engine::Store store;
  bool hold = false, replica = false;
  size_t room = SIZE_MAX;  ///< so many statements are logged; then the log has no room
  int sessions = 0;
  std::string rung = "async";
  std::vector<node::AdminCommand> commands;

 private:
  struct Queued {
    node::Session* session;
    node::RequestId request;
    node::Statement statement;
    std::optional<replication::Rung> ack;
  };
  struct Waiting {
    node::Session* session;
    node::RequestId request;
    Token token;
  };
  bool attempt(TimePoint now, const Queued& next) {
    engine::Transaction transaction(store.newest_view());
    if (auto done = next.statement(transaction); !done) {
      next.session->answer(next.request, node::Failed{done.error(), {}});
      return true;
    }
    if (room == 0) return false;
    --room;
    log(now, *next.session, next.request, transaction.take_changes(), next.ack);
    return true;
  }
  void log(TimePoint, node::Session& session, node::RequestId request, engine::Changes changes,
           std::optional<replication::Rung> ack) {
    if (changes.empty()) return session.answer(request, node::Written{});
    Lsn lsn = store.applied() + 8;
    store.apply(lsn, engine::views_of(changes));
    Waiting made{&session, request, {lsn, TimelineId{1}}};
    if (!hold) {
      store.set_visible(lsn);
      return answer(made);
    }
    // A weaker rung of the session's own is answered before visibility.
    if (ack == replication::Rung::kOff) return answer(made);
    waiting_.push_back(made);
  }
  static void answer(const Waiting& waiting) {
    waiting.session->answer(waiting.request, node::Written{waiting.token, 1, replication::Rung::kAsync, {}});
  }
  std::vector<Waiting> waiting_, reads_;
  std::deque<Queued> queue_;
};

}  // namespace wallaby::sql
