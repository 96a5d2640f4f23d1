// tests/node/test_session.h
//
// A front door's session that only remembers what it was told. It lets go of its views when it must.
//
//     TestSession session(cluster.node("p1").backend());
//     RequestId id = session.run(cluster.now("p1"), [](engine::Transaction& tx) { return tx.put("t", "a", "1"); });
//     cluster.settle();
//     session.written(id)
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "node/backend.h"

namespace wallaby::testing {

class TestSession final : public node::Session {
 public:
  explicit TestSession(node::Backend& backend) : backend_(backend) { backend_.open(*this); }
  ~TestSession() override {
    if (open_) backend_.close(*this);
  }
  TestSession(const TestSession&) = delete;
  TestSession& operator=(const TestSession&) = delete;

  node::RequestId run(TimePoint now, node::Statement statement, std::optional<replication::Rung> ack = {}) {
    backend_.run(now, *this, ++last_, std::move(statement), ack);
    return last_;
  }
  node::RequestId commit(TimePoint now, engine::Transaction transaction, node::Finish finish = {},
                         std::optional<replication::Rung> ack = {}) {
    backend_.commit(now, *this, ++last_, std::move(transaction), std::move(finish), ack);
    return last_;
  }
  node::RequestId next() { return ++last_; }
  void cancel(TimePoint now, node::RequestId id) { backend_.cancel(now, *this, id); }
  /// On what readers see now.
  engine::Transaction begin() const { return engine::Transaction(*backend_.visible_view()); }
  /// Before its node goes.
  void close() {
    backend_.close(*this);
    open_ = false;
  }
  void forget() { open_ = false; }

  void answer(node::RequestId id, node::ReplyBody body) override { answers_[id].push_back(std::move(body)); }
  void reached(TimePoint, node::RequestId id) override { reached_.push_back(id); }
  void views_dropped(const std::string& reason) override {
    view.reset();
    dropped = reason;
  }

  const std::vector<node::ReplyBody>& answers(node::RequestId id) { return answers_[id]; }
  bool answered(node::RequestId id) { return !answers_[id].empty() && node::is_final(answers_[id].back()); }
  /// nullopt: no such answer.
  std::optional<node::Written> written(node::RequestId id) { return final<node::Written>(id); }
  std::optional<node::Failed> failed(node::RequestId id) { return final<node::Failed>(id); }
  std::optional<ErrorCode> error(node::RequestId id) {
    auto failure = failed(id);
    return failure ? std::optional(failure->error.code) : std::nullopt;
  }
  const std::vector<node::RequestId>& reached_requests() const { return reached_; }

  std::optional<engine::View> view;
  std::string dropped;

 private:
  template <typename Body>
  std::optional<Body> final(node::RequestId id) {
    if (!answered(id) || !std::holds_alternative<Body>(answers_[id].back())) return std::nullopt;
    return std::get<Body>(answers_[id].back());
  }

  node::Backend& backend_;
  node::RequestId last_ = 0;
  std::map<node::RequestId, std::vector<node::ReplyBody>> answers_;
  std::vector<node::RequestId> reached_;
  bool open_ = true;
};

}  // namespace wallaby::testing
