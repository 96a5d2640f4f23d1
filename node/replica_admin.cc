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

std::string Replica::primary_address() const {
  return feeder_answer_ && !feeder_answer_->primary_address.empty() ? feeder_answer_->primary_address
                                                                    : to_string(local_.options.primary);
}

Error Replica::write_refused() const {
  return Error{
      ErrorCode::kReadOnly,
      fmt::format(
          "cannot execute a write in a read-only transaction: {} is a replica; write to the primary at {}",
          local_.identity.name, primary_address())};
}

void Replica::admin(TimePoint, Session& session, RequestId request, const AdminCommand& command) {
  const char* what =
      std::holds_alternative<SetPolicy>(command) ? "the ack switch is thrown" : "a replica is dropped";
  Error refused = write_refused();
  session.answer(
      request,
      Failed{Error{ErrorCode::kReadOnly, fmt::format("{} on the primary. {}", what, refused.message)}, {}});
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

void Replica::fill(TimePoint now, NodeStatus& status) const {
  status.apply_delay = delay_.delay();
  status.appended = local_.log.progress().written;  // what waits in memory behind a hold is not received
  UpstreamStatus up;
  up.address = to_string(local_.options.primary);
  up.state = refused_ ? "refused" : to_string(receiver_.state());
  up.last_failure = receiver_.last_failure();
  if (feeder_answer_) up.primary = feeder_answer_->primary_address;
  up.feeder_flushed = receiver_.feeder_flushed();
  up.way = way_;
  up.lag = lag_status(now, lag_, positions(), up.feeder_flushed);
  up.copied_bytes = copy_.running() ? copy_.copied() : 0;
  up.copy_size = copy_.running() ? copy_.size() : 0;
  status.upstream = std::move(up);
}

}  // namespace wallaby::node
