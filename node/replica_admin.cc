// What people ask of a replica: pause, resume, step, stop, and what it tells about itself.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "node/replica.h"

namespace wallaby::node {

using namespace replication;

std::optional<Error> Replica::reads_refused() const {
  if (local_.identity.copying)
    return Error{
        ErrorCode::kNotServing,
        fmt::format("{} is taking a base copy ({} of {} bytes); it serves reads when that is complete",
                    local_.identity.name, copy_.copied(), copy_.size())};
  if (!local_.identity.cluster)
    return Error{ErrorCode::kNotServing,
                 fmt::format("{} is new and has not reached a primary at {} yet", local_.identity.name,
                             to_string(local_.options.primary))};
  return std::nullopt;
}

Error Replica::write_refused() const {
  std::string primary = feeder_answer_ && !feeder_answer_->primary_address.empty()
                            ? feeder_answer_->primary_address
                            : to_string(local_.options.primary);
  return Error{
      ErrorCode::kReadOnly,
      fmt::format(
          "cannot execute a write in a read-only transaction: {} is a replica; write to the primary at {}",
          local_.identity.name, primary)};
}

void Replica::admin(TimePoint now, Session& session, RequestId request, const AdminCommand& command) {
  auto fail = [&](ErrorCode code, std::string text) {
    session.answer(request, Failed{Error{code, std::move(text)}, {}});
  };
  if (std::holds_alternative<Pause>(command)) {
    applier_.pause();
    session.answer(request, Done{fmt::format("{}: replay is paused at {}", local_.identity.name,
                                             to_string(applier_.applied())),
                                 Token{applier_.applied(), local_.log.timeline()}});
  } else if (std::holds_alternative<Resume>(command)) {
    bool paused = applier_.ceiling().has_value();
    if (stepping_)
      stepping_->session->answer(
          stepping_->request,
          Failed{Error{ErrorCode::kRefused, "the step ended early: replay was resumed"}, {}});
    stepping_.reset();
    applier_.resume();
    session.answer(request, Done{fmt::format("{}: {}", local_.identity.name,
                                             paused ? "replay goes on" : "replay was not paused"),
                                 {}});
  } else if (const auto* step = std::get_if<Step>(&command)) {
    if (!applier_.ceiling())
      return fail(ErrorCode::kRefused,
                  fmt::format("{} is not paused; `pause` it first, then step", local_.identity.name));
    if (stepping_) return fail(ErrorCode::kRefused, "another step is under way; wait for it, or `resume`");
    if (step->records == 0) return fail(ErrorCode::kInvalidArgument, "step needs at least one record");
    stepping_ = Stepping{&session, request};
    applier_.step(step->records, [this](const SteppedRecord& record, bool last) {
      if (!stepping_) return;
      Stepping to = *stepping_;
      if (last) stepping_.reset();
      to.session->answer(to.request, Stepped{{record}, !last});
    });
  } else {
    const char* what =
        std::holds_alternative<SetPolicy>(command) ? "the ack switch is thrown" : "a replica is dropped";
    Error refused = write_refused();
    return fail(ErrorCode::kReadOnly, fmt::format("{} on the primary. {}", what, refused.message));
  }
  progressed(now);
}

void Replica::close(Session& session) {
  if (!stepping_ || stepping_->session != &session) return;
  stepping_.reset();
  applier_.forget_listener();
}

void Replica::stop(TimePoint) {
  // A clean stop ships nothing, but what was received is flushed by the node before the mark is written.
  if (link_ != 0)
    if (std::string* out = local_.connections.begin_message(link_)) {
      encode_message(Goodbye{GoodbyeKind::kShutdown, fmt::format("{} stops", local_.identity.name)}, *out);
      local_.connections.end_message(link_);
    }
  close_link();
}

void Replica::fill(NodeStatus& status) const {
  status.apply_ceiling = applier_.ceiling();
  UpstreamStatus up;
  up.address = to_string(local_.options.primary);
  up.state = refused_ ? "refused" : to_string(receiver_.state());
  up.last_failure = receiver_.last_failure();
  if (feeder_answer_) up.primary = feeder_answer_->primary_address;
  up.feeder_flushed = receiver_.feeder_flushed();
  up.way = way_;
  up.copied_bytes = copy_.running() ? copy_.copied() : 0;
  up.copy_size = copy_.running() ? copy_.size() : 0;
  status.upstream = std::move(up);
}

}  // namespace wallaby::node
