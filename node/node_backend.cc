// What front doors see of the node: reads, writes, waits, commands, status.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/version.h"
#include "node/node_parts.h"

namespace wallaby::node {

std::optional<Error> Node::Parts::reads_refused() const {
  if (const Primary* self = primary()) return self->reads_refused();
  return replica()->reads_refused();
}

Result<engine::View> Node::Parts::visible_view() const {
  if (auto refused = reads_refused()) return std::unexpected(std::move(*refused));
  return local.store->visible_view();
}

void Node::Parts::write(TimePoint at, Session& session, RequestId request, const Write& write) {
  if (Primary* self = primary()) return self->write(at, session, request, write);
  session.answer(request, Failed{replica()->write_refused(), {}});
}

void Node::Parts::wait_for(TimePoint at, Session& session, RequestId request, Token token) {
  if (token.timeline != TimelineId{} && token.timeline > local.log.timeline() &&
      local.log.timeline() != TimelineId{})
    return session.answer(
        request, Failed{Error{ErrorCode::kNotFound,
                              fmt::format("{} is on timeline {}, which {} does not know; its timeline is {}",
                                          to_string(token), token.timeline.value, local.identity.name,
                                          local.log.timeline().value)},
                        {}});
  if (local.store->visible() >= token.lsn || reads_refused()) return session.reached(at, request);
  visibility_waits.emplace(token.lsn, Asked{&session, request});
}

void Node::Parts::admin(TimePoint at, Session& session, RequestId request, const AdminCommand& command) {
  if (std::holds_alternative<TakeCheckpoint>(command)) {
    if (auto refused = reads_refused(); refused && replica())
      return session.answer(request, Failed{std::move(*refused), {}});
    checkpointer.take(at, [this, asker = &session, request](TimePoint, Result<Lsn> taken) {
      if (!open.contains(asker)) return;
      if (!taken) return asker->answer(request, Failed{taken.error(), {}});
      asker->answer(request, Done{fmt::format("checkpoint at {}", to_string(*taken)),
                                  Token{*taken, local.log.timeline()}});
    });
    return;
  }
  if (Primary* self = primary()) return self->admin(at, session, request, command);
  replica()->admin(at, session, request, command);
}

void Node::Parts::watch_events(Session& session, RequestId request) {
  watchers.emplace_back(&session, request);
  local.watch.watched = true;
}

void Node::Parts::close(Session& session) {
  open.erase(&session);
  std::erase_if(visibility_waits, [&](const auto& entry) { return entry.second.first == &session; });
  std::erase_if(watchers, [&](const Asked& asked) { return asked.first == &session; });
  if (Primary* self = primary()) self->close(session);
  if (Replica* self = replica()) self->close(session);
}

NodeStatus Node::Parts::status(TimePoint at) const {
  NodeStatus status;
  status.version = kVersion;
  status.role = to_string(local.identity.role);
  status.name = local.identity.name;
  status.address = local.options.address;
  status.cluster = local.identity.cluster.value_or(ClusterId{});
  status.directory = local.identity.directory;
  status.timeline = local.log.timeline();
  status.uptime = at - local.started;
  status.appended = local.log.appended();
  status.flushed = local.log.flushed();
  status.flushes = flushes;
  status.visible = local.store->visible();
  if (auto refused = reads_refused()) status.reads_refused = refused->message;
  const replication::ClusterState& cluster = local.cluster.newest();
  status.rung = to_string(cluster.policy.rung);
  for (const auto& [name, directory] : cluster.members) status.members.push_back(name);
  status.replicas = feeder.status(at);
  for (ReplicaStatus& fed : status.replicas) fed.member = cluster.members.contains(fed.name);
  status.log_oldest = local.log.oldest();
  status.log_bytes = local.log.bytes_on_disk();
  status.log_segments = local.log.segments().size();
  if (!checkpointer.checkpoints().empty()) {
    status.checkpoint_oldest = checkpointer.checkpoints().front();
    status.checkpoint_newest = checkpointer.checkpoints().back();
  }
  status.checkpoint_running = checkpointer.running();
  status.tables = local.store->newest_view().tables().size();
  status.rows = local.store->rows();
  status.memory = local.store->memory();
  status.memory_limit = local.options.memory_limit;
  engine::Digest digest = local.store->digest();
  status.digest_position = digest.position;
  status.digest = digest.value;
  status.sessions = sessions.size();
  if (const Primary* self = primary()) self->fill(status);
  if (const Replica* self = replica()) self->fill(status);
  return status;
}

}  // namespace wallaby::node
