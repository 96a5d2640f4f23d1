// What front doors see of the node: reads, writes, waits, commands, status.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "base/version.h"
#include "node/node_parts.h"

namespace wallaby::node {

std::optional<Error> Node::Parts::reads_refused() const {
  if (const Primary* self = primary()) return self->reads_refused();
  return replica()->reads_refused();
}

void Node::Parts::open(Session& session) {
  bool added = present.emplace(&session, next_session++).second;
  WALLABY_CHECK(added, "a session is opened twice");
}

Result<engine::View> Node::Parts::visible_view() const {
  if (auto refused = reads_refused()) return std::unexpected(std::move(*refused));
  return local.store->visible_view();
}

void Node::Parts::write(TimePoint at, Session& session, RequestId request, const Write& write) {
  ++asked;
  if (Primary* self = primary()) return self->write(at, session, request, write);
  session.answer(request, Failed{replica()->write_refused(), {}});
}

void Node::Parts::run(TimePoint at, Session& session, RequestId request, Statement statement,
                      std::optional<replication::Rung> ack) {
  ++asked;
  if (Primary* self = primary()) return self->run(at, session, request, std::move(statement), ack);
  session.answer(request, Failed{replica()->write_refused(), {}});
}

void Node::Parts::commit(TimePoint at, Session& session, RequestId request, engine::Transaction transaction,
                         Finish finish, std::optional<replication::Rung> ack) {
  ++asked;
  if (Primary* self = primary())
    return self->commit(at, session, request, std::move(transaction), std::move(finish), ack);
  session.answer(request, Failed{replica()->write_refused(), {}});
}

bool Node::Parts::conflict(const engine::Transaction& transaction) const {
  return primary() && transaction.conflict(*local.store);
}

std::optional<Error> Node::Parts::read_only() const {
  if (primary()) return std::nullopt;
  return replica()->write_refused();
}

void Node::Parts::wait_for(TimePoint at, Session& session, RequestId request, Token token) {
  ++asked;
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

void Node::Parts::cancel(TimePoint, Session& session, RequestId request) {
  ++asked;
  std::erase_if(visibility_waits,
                [&](const auto& entry) { return entry.second == Asked{&session, request}; });
  auto asked = std::ranges::find(trace_waits, Asked{&session, request}, &std::pair<Lsn, Asked>::second);
  if (asked != trace_waits.end()) {
    Lsn lsn = asked->first;
    trace_waits.erase(asked);
    answer_trace({&session, request}, lsn);
  }
  if (Primary* self = primary()) self->cancel(session, request);
}

void Node::Parts::commit_status(TimePoint, Session& session, RequestId request, Token token) {
  ++asked;
  if (auto refused = reads_refused(); refused && replica())
    return session.answer(request, Failed{std::move(*refused), {}});
  auto answer = [this, asker = &session, number = present.at(&session), request, token](bool border) {
    if (!still_open(asker, number)) return;
    const auto& history = local.cluster.newest().history;
    replication::LogView log{local.log.timeline(), local.store->visible(), local.log.appended(), history};
    asker->answer(request, CommitStatusReply{replication::judge_commit(token, log, border)});
  };
  // Past the log's end there is nothing to look at; before its beginning nobody can look any more.
  if (token.lsn > local.log.appended() || token.lsn < local.log.oldest()) return answer(true);
  auto found = local.log.checksum_at(token.lsn);
  const auto* disk = std::get_if<wal::OnDisk>(&found);
  if (!disk) return answer(true);
  local.files.run(Lane::kFile, {disk->step}, [answer, disk = *disk](TimePoint, const FileJobDone& done) {
    bool gone = done.error && done.error->code == ErrorCode::kNotFound;
    answer(gone || (!done.error && wal::Log::checksum_from(disk, done.reads[0].view())));
  });
}

void Node::Parts::traces(Session& session, RequestId request, const GetTraces& get) {
  ++asked;
  if (const Replica* self = replica())
    return session.answer(
        request,
        Failed{Error{ErrorCode::kRefused,
                     fmt::format("{} is a replica, and traces are kept by the primary, of this node's "
                                 "stages too; ask it at {}",
                                 local.identity.name, self->primary_address())},
               {}});
  if (!get.token) return session.answer(request, Traces{local.traces.newest(local.identity.name, get.last)});
  bool ours = get.token->timeline == TimelineId{} || get.token->timeline == local.log.timeline();
  if (!ours) return session.answer(request, Traces{});
  if (get.wait && local.traces.incomplete(get.token->lsn))
    trace_waits.emplace_back(get.token->lsn, Asked{&session, request});
  else
    answer_trace({&session, request}, get.token->lsn);
}

void Node::Parts::answer_trace(const Asked& asked, Lsn lsn) {
  Traces found;
  if (auto trace = local.traces.trace(local.identity.name, lsn)) found.traces.push_back(std::move(*trace));
  asked.first->answer(asked.second, std::move(found));
}

void Node::Parts::admin(TimePoint at, Session& session, RequestId request, const AdminCommand& command) {
  ++asked;
  if (std::holds_alternative<TakeCheckpoint>(command)) {
    if (auto refused = reads_refused(); refused && replica())
      return session.answer(request, Failed{std::move(*refused), {}});
    checkpointer.take(
        at, [this, asker = &session, number = present.at(&session), request](TimePoint, Result<Lsn> taken) {
          if (!still_open(asker, number)) return;
          if (!taken) return asker->answer(request, Failed{taken.error(), {}});
          asker->answer(request, Done{fmt::format("checkpoint at {}", to_string(*taken)),
                                      Token{*taken, local.log.timeline()}});
        });
    return;
  }
  if (const auto* hold = std::get_if<HoldStage>(&command)) return holds.hold(session, request, hold->name);
  if (const auto* release = std::get_if<ReleaseStage>(&command))
    return holds.release(session, request, release->name);
  if (const auto* step = std::get_if<Step>(&command)) return holds.step(session, request, *step);
  if (Primary* self = primary()) return self->admin(at, session, request, command);
  replica()->admin(at, session, request, command);
}

void Node::Parts::watch_events(Session& session, RequestId request) {
  ++asked;
  watchers.emplace_back(&session, request);
  local.watch.watched = true;
}

void Node::Parts::close(Session& session) {
  ++asked;
  present.erase(&session);
  std::erase_if(visibility_waits, [&](const auto& entry) { return entry.second.first == &session; });
  std::erase_if(trace_waits, [&](const auto& entry) { return entry.second.first == &session; });
  std::erase_if(watchers, [&](const Asked& asked) { return asked.first == &session; });
  holds.close(session);
  if (Primary* self = primary()) self->close(session);
}

std::optional<std::string> Node::Parts::segment_file(Lsn lsn) const {
  if (lsn < local.log.oldest() || lsn >= local.log.appended()) return std::nullopt;
  return wal::segment_path(local.log.segment_at(lsn)).substr(std::string_view(wal::kWalDirectory).size() + 1);
}

NodeStatus Node::Parts::status(TimePoint at) const {
  NodeStatus status;
  status.version = kVersion;
  status.role = to_string(local.identity.role);
  status.name = local.identity.name;
  status.address = local.options.address;
  status.sql_address = local.options.sql_address;
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
  status.sessions = present.size();
  if (const Primary* self = primary()) self->fill(status);
  if (const Replica* self = replica()) self->fill(at, status);
  holds.fill(status);
  return status;
}

}  // namespace wallaby::node
