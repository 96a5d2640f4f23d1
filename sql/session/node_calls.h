// sql/session/node_calls.h
//
// A session's requests to its node, one at a time: asked now, answered in the same call or in a later turn.
//
//     backend.run(now, calls, calls.begin(), ...);
//     if (calls.waiting()) return Outcome::kWaiting;      the answer will come with on_answer()
//     node::ReplyBody reply = calls.take();
//
// Notices come while the request waits. Answers to requests that were given up are ignored.
//
// Ownership: open with the backend from construction until destruction. Threads: none.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "base/check.h"
#include "node/backend.h"

namespace wallaby::sql {

class NodeCalls final : public node::Session {
 public:
  struct Handlers {
    std::function<void()> on_answer;                           ///< the outstanding request has its answer
    std::function<void(const node::ClientNotice&)> on_notice;  ///< while it waits
    std::function<void(const std::string&)> on_views_dropped;
  };

  NodeCalls(node::Backend& backend, Handlers handlers) : backend_(backend), handlers_(std::move(handlers)) {
    backend_.open(*this);
  }
  ~NodeCalls() override { backend_.close(*this); }
  NodeCalls(const NodeCalls&) = delete;
  NodeCalls& operator=(const NodeCalls&) = delete;

  /// The number for the next request; what was asked before is given up.
  node::RequestId begin() {
    reply_.reset();
    asked_ = ++last_;
    return *asked_;
  }
  bool waiting() const { return asked_ && !reply_; }
  bool answered() const { return reply_.has_value(); }
  node::ReplyBody take() {
    WALLABY_CHECK(reply_);
    asked_.reset();
    return *std::exchange(reply_, std::nullopt);
  }
  /// Ends the wait: the final answer comes in here, or (for waits that have none) nothing does and it counts as given up.
  void cancel(TimePoint now) {
    if (!waiting()) return;
    backend_.cancel(now, *this, *asked_);
    if (waiting()) asked_.reset();
  }

  void answer(node::RequestId request, node::ReplyBody body) override {
    if (asked_ != request || reply_) return;
    if (const auto* notice = std::get_if<node::ClientNotice>(&body)) return handlers_.on_notice(*notice);
    if (!node::is_final(body)) {
      if (auto* stepped = std::get_if<node::Stepped>(&body)) keep(std::move(*stepped));
      return;
    }
    if (auto* stepped = std::get_if<node::Stepped>(&body); stepped && !parts_.records.empty()) {
      keep(std::move(*stepped));
      body = std::exchange(parts_, {});
    }
    reply_ = std::move(body);
    handlers_.on_answer();
  }
  void reached(TimePoint, node::RequestId request) override {
    if (asked_ != request || reply_) return;
    reply_ = node::Done{};
    handlers_.on_answer();
  }
  void views_dropped(const std::string& reason) override { handlers_.on_views_dropped(reason); }

 private:
  void keep(node::Stepped stepped) {
    for (node::SteppedRecord& record : stepped.records) parts_.records.push_back(std::move(record));
  }

  node::Backend& backend_;
  Handlers handlers_;
  node::RequestId last_ = 0;
  std::optional<node::RequestId> asked_;
  std::optional<node::ReplyBody> reply_;
  node::Stepped parts_;  ///< of an answer in pieces
};

}  // namespace wallaby::sql
