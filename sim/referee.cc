#include "sim/referee.h"

#include <sstream>

#include <fmt/core.h>

namespace wallaby::sim {
namespace {

template <typename T>
std::string printed(const T& value) {
  std::ostringstream text;
  text << value;
  return text.str();
}

bool is_primary(Host& host) {
  return host.role() == node::Role::kPrimary;
}

}  // namespace

void Referee::wiped(const Place& place) {
  logs_.starts_over(place);
  wiped_.insert(place);
  watched_[place].failed_syncs = watched_[place].full_errors = 0;  // a new disk counts from nothing
}

void Referee::opened(Host& host, const Result<node::OpenedDirectory>& opened) {
  if (ignored_.contains(host.place())) return;
  Watched& watched = watched_[host.place()];
  bool disk_failed =
      host.disk().failed_syncs() > watched.failed_syncs || host.disk().full_errors() > watched.full_errors;
  if (!opened) {
    if (!disk_failed && !damaged_.contains(host.place()))
      throw BrokenPromise(fmt::format("a power cut alone never makes a node refuse to start, but {} says: {}",
                                      host.place(), opened.error().message));
    tally_.add("path", "refused to start on a bad disk");
    watched.failed_syncs = host.disk().failed_syncs();
    watched.full_errors = host.disk().full_errors();
    return;
  }
  logs_.opened(host.place(), host.disk(), *opened);
  for (const std::string& note : opened->notes) {
    if (note.find("torn") != std::string::npos) tally_.add("path", "torn tail cut");
  }
  if (opened->identity.copying) tally_.add("path", "base copy begun again after a crash");
  if (!opened->checkpoints.empty()) tally_.add("path", "start from a checkpoint");
  watched.tap.forget_all();
  watched.peers.clear();
  watched.links.clear();
  watched.writes.clear();
  watched.failed_syncs = host.disk().failed_syncs();
  watched.full_errors = host.disk().full_errors();
  watched.flushed = opened->log.end;
  watched.refused = false;
  watched.applied = {};
  reads_.forget(host.place());
  if (!is_primary(host)) return;
  acks_.process_began();
  bank_.process_began();
}

void Referee::turn_begins(Host& host) {
  if (ignored_.contains(host.place())) return;
  if (is_primary(host)) acks_.turn_begins(watched_[host.place()].flushed);
  reads_.turn_begins(host.place(), host.node().store().visible());
}

void Referee::event(Host& host, const node::NodeEvent& event) {
  if (ignored_.contains(host.place())) return;
  Watched& watched = watched_[host.place()];
  if (const auto* accepted = std::get_if<node::ConnectionAccepted>(&event)) {
    watched.peers[accepted->id] = accepted->peer;
    if (accepted->door == node::Door::kSql) sql_.accepted(host.place(), accepted->id);
  } else if (const auto* bytes = std::get_if<node::BytesReceived>(&event)) {
    if (sql_.owns(host.place(), bytes->id)) return sql_.heard_in(host, bytes->id, bytes->bytes);
    for (const Overheard& message : watched.tap.hear(Way::kIn, bytes->id, bytes->bytes))
      heard_in(host, bytes->id, message);
  } else if (const auto* lost = std::get_if<node::ConnectionLost>(&event)) {
    link_over(host, lost->id);
    sql_.lost(host.place(), lost->id);
  } else if (std::holds_alternative<node::StopRequested>(event)) {
    holds_.lifted(host.place());
  }
}

void Referee::heard_in(Host& host, node::ConnectionId connection, const Overheard& message) {
  Watched& watched = watched_[host.place()];
  if (const auto* request = std::get_if<node::Request>(&message)) {
    if (trace_.wants_text())
      trace_.text(scheduler_.now(), host.place(),
                  fmt::format("   {} asks {}", watched.peers[connection], printed(*request)));
    reads_.asked(host.place(), connection, *request, host.node().store().visible(), is_primary(host));
    holds_.asked(host.place(), connection, *request);
    if (const auto* write = std::get_if<node::Write>(&request->body))
      watched.writes[{connection, request->id}] =
          Asked{Ledger::operation(watched.peers[connection], request->id), write->ack,
                host.node().store().applied()};
    return;
  }
  const auto* link = std::get_if<replication::Message>(&message);
  if (!link) return;
  if (trace_.wants_text())
    trace_.text(scheduler_.now(), host.place(),
                fmt::format("   hears on {}: {}", connection, printed(*link)));
  if (const auto* hello = std::get_if<replication::Hello>(link)) {
    watched.links[connection] = hello->name;
    if (is_primary(host)) acks_.hello(connection, *hello);
  } else if (const auto* report = std::get_if<replication::Report>(link)) {
    if (is_primary(host)) acks_.reported(connection, *report);
  } else if (const auto* answer = std::get_if<replication::Answer>(link)) {
    if (std::holds_alternative<replication::Snapshot>(answer->decision)) {
      logs_.starts_over(host.place());
      holds_.lifted(host.place());
    }
    watched.refused = std::holds_alternative<replication::Refuse>(answer->decision);
    if (watched.refused && !wiped_.contains(host.place()))
      throw BrokenPromise(fmt::format("faults alone never make a replica one that is refused, but {} is: {}",
                                      host.place(), printed(*answer)));
  }
}

void Referee::link_over(Host& host, node::ConnectionId connection) {
  Watched& watched = watched_[host.place()];
  watched.tap.forget(connection);
  watched.links.erase(connection);
  if (is_primary(host)) acks_.link_lost(connection);
}

void Referee::outputs(Host& host, const std::vector<node::NodeOutput>& outputs) {
  if (ignored_.contains(host.place())) return;
  Watched& watched = watched_[host.place()];
  const engine::Store& store = host.node().store();

  std::vector<std::pair<node::ConnectionId, node::Reply>> replies;
  std::vector<std::pair<node::ConnectionId, replication::Message>> link_messages;
  for (const node::NodeOutput& output : outputs) {
    if (const auto* send = std::get_if<node::SendBytes>(&output)) {
      uint64_t size = 0;
      bool sql = sql_.owns(host.place(), send->id);
      for (const SharedBytes& piece : send->pieces) {
        if (sql) sql_.heard_out(host, send->id, piece.view());
        if (sql) continue;
        size += piece.size();
        for (Overheard& message : watched.tap.hear(Way::kOut, send->id, piece.view())) {
          if (auto* reply = std::get_if<node::Reply>(&message))
            replies.emplace_back(send->id, std::move(*reply));
          if (auto* link = std::get_if<replication::Message>(&message))
            link_messages.emplace_back(send->id, std::move(*link));
        }
      }
      check_bounds(host, send->id, size);
    } else if (const auto* close = std::get_if<node::CloseConnection>(&output)) {
      link_over(host, close->id);
      if (sql_.owns(host.place(), close->id)) sql_.closed(host.place(), close->id);
    }
  }

  // First what the log on disk has become, then what is said of it.
  if (is_primary(host) && (!outputs.empty() || store.visible() > watched.flushed)) primary_grew(host);
  for (const auto& [connection, reply] : replies) holds_.answered(host.place(), connection, reply);
  for (const auto& [connection, message] : link_messages) heard_link_out(host, connection, message);
  if (is_primary(host)) acks_.judge(store.applied(), watched.flushed, store.visible());
  for (const auto& [connection, reply] : replies) reply_out(host, connection, reply);
  sql_.judge(host);
  if (is_primary(host) && !outputs.empty() && host.status().loss) acks_.judge_loss(*host.status().loss);
  judge_holds(host);
  judge_tables(host);
}

void Referee::primary_grew(Host& host) {
  Watched& watched = watched_[host.place()];
  const node::NodeStatus& status = host.status();
  if (status.checkpoint_newest > status.flushed)
    throw BrokenPromise(
        fmt::format("a checkpoint is never ahead of the flushed log: {} has one at {}, flushed {}",
                    host.place(), to_string(status.checkpoint_newest), to_string(status.flushed)));
  if (status.flushed == watched.flushed) return;
  logs_.primary_flushed(host.place(), host.disk(), status.flushed);
  watched.flushed = status.flushed;
  while (!ahead_.empty() && ahead_.begin()->first <= canon_.end()) {
    ledger_.answered(ahead_.begin()->second, ahead_.begin()->first);
    ahead_.erase(ahead_.begin());
  }
  reads_.canon_grew();
  sql_.canon_grew();
}

void Referee::judge_holds(Host& host) {
  using replication::Stage;
  const engine::Store& store = host.node().store();
  auto judge = [&](Stage stage, Lsn position) { holds_.judge(host.place(), {stage, {}}, position); };
  if (!is_primary(host)) return judge(Stage::kApplied, store.applied());  // the others it reports
  judge(Stage::kAppended, store.applied());
  judge(Stage::kFlushed, watched_[host.place()].flushed);
  judge(Stage::kAcknowledged, store.visible());
}

void Referee::judge_tables(Host& host) {
  Watched& watched = watched_[host.place()];
  const engine::Store& store = host.node().store();
  // While a base copy comes in, the tables are nothing yet, and nobody may read them.
  bool copying = !is_primary(host) && store.applied() == Lsn{};
  if (store.applied() == watched.applied || copying) return;
  engine::Digest digest = store.digest();
  if (digest.position > canon_.end()) {
    if (is_primary(host)) return;  // not flushed yet
    throw BrokenPromise(fmt::format("{} has applied up to {}, past what its primary ever flushed ({})",
                                    host.place(), to_string(digest.position), to_string(canon_.end())));
  }
  watched.applied = store.applied();
  if (digest.value != canon_.digest_at(digest.position))
    throw BrokenPromise(
        fmt::format("equal positions mean equal tables: {} at {} differs from a replay of the log",
                    host.place(), to_string(digest.position)));
}

void Referee::heard_link_out(Host& host, node::ConnectionId connection, const replication::Message& message) {
  if (trace_.wants_text())
    trace_.text(scheduler_.now(), host.place(),
                fmt::format("   says on {}: {}", connection, printed(message)));
  if (const auto* answer = std::get_if<replication::Answer>(&message)) {
    if (is_primary(host)) acks_.answered(connection, *answer);
    static const char* const kNames[] = {"answer: continue", "answer: snapshot", "answer: wait",
                                         "answer: refuse"};
    tally_.add("path", kNames[answer->decision.index()]);
    if (const auto* refused = std::get_if<replication::Refuse>(&answer->decision))
      tally_.add("path", fmt::format("refused: {}", replication::to_string(refused->kind)));
  } else if (const auto* report = std::get_if<replication::Report>(&message)) {
    const replication::Positions& at = report->positions;
    if (at.received < at.flushed || at.flushed < at.applied)
      throw BrokenPromise(
          fmt::format("applied <= flushed <= received, but {} reports {}", host.place(), printed(at)));
    holds_.judge(host.place(), {replication::Stage::kReceived, {}}, at.received);
    holds_.judge(host.place(), {replication::Stage::kFlushed, {}}, at.flushed);
    if (at.applied > host.node().store().applied())
      throw BrokenPromise(fmt::format("{} reports applied {}, but its tables are at {}", host.place(),
                                      to_string(at.applied), to_string(host.node().store().applied())));
    logs_.reported(host.place(), host.disk(), at);
  } else if (const auto* data = std::get_if<replication::Data>(&message)) {
    holds_.judge_sent(host.place(), watched_[host.place()].links[connection], data->from);
  } else if (const auto* goodbye = std::get_if<replication::Goodbye>(&message)) {
    tally_.add("path", fmt::format("goodbye: {}", replication::to_string(goodbye->kind)));
  }
}

void Referee::reply_out(Host& host, node::ConnectionId connection, const node::Reply& reply) {
  Watched& watched = watched_[host.place()];
  if (trace_.wants_text())
    trace_.text(scheduler_.now(), host.place(),
                fmt::format("   answers {}: {}", watched.peers[connection], printed(reply)));
  if (const auto* status = std::get_if<node::CommitStatusReply>(&reply.body))
    tally_.add("path", fmt::format("commit-status: {}", to_string(status->status.state)));
  if (reads_.answered(host.place(), connection, reply, host.node().store().visible(), is_primary(host)))
    return;
  auto asked = watched.writes.find({connection, reply.id});
  if (asked == watched.writes.end()) return;
  if (!node::is_final(reply.body)) {
    tally_.add("path", "notice to a waiting client");
    if (const auto* notice = std::get_if<node::ClientNotice>(&reply.body); notice && notice->token)
      tokens_.doubt(*notice->token);
    return;
  }
  Asked write = std::move(asked->second);
  watched.writes.erase(asked);
  write_answered(host, connection, write, reply.body);
}

/// Under `off` an answer may come before the record is on the disk: judged when it is, or never.
void Referee::in_log(const std::string& operation, Lsn lsn) {
  if (lsn > canon_.end())
    ahead_.emplace(lsn, operation);
  else
    ledger_.answered(operation, lsn);
}

void Referee::write_answered(Host& host, node::ConnectionId connection, const Asked& write,
                             const node::ReplyBody& body) {
  if (const auto* written = std::get_if<node::Written>(&body)) {
    if (!is_primary(host))
      throw BrokenPromise(
          fmt::format("replicas are read-only, but {} acknowledged {}", host.place(), write.operation));
    acks_.written(*written, write.rung, write.read_end);
    if (!written->token) return;
    in_log(write.operation, written->token->lsn);
    reads_.own_write(host.place(), connection, written->token->lsn);
    tokens_.told(written->token->lsn);
    ++acknowledged_;
    tally_.add("load", fmt::format("commits acknowledged as {}", replication::to_string(written->rung)));
  } else if (const auto* failed = std::get_if<node::Failed>(&body)) {
    tally_.add("path", fmt::format("write failed: {}", to_string(failed->error.code)));
    const std::string& why = failed->error.message;
    if (why.find("on-missing reject") != std::string::npos)
      tally_.add("path", "on-missing reject refused a write");
    if (why.starts_with("cancelled before it was run")) tally_.add("path", "cancelled before it was run");
    if (failed->token) {
      tokens_.doubt(*failed->token);
      in_log(write.operation, failed->token->lsn);
    }
    if (failed->error.code != ErrorCode::kUnknownOutcome) ledger_.refused(write.operation, why);
    if (!is_primary(host) && failed->error.code != ErrorCode::kReadOnly)
      throw BrokenPromise(
          fmt::format("a replica refuses writes as read-only, but {} said: {}", host.place(), why));
  }
}

void Referee::check_bounds(Host& host, node::ConnectionId connection, uint64_t bytes) {
  if (!watched_[host.place()].links.contains(connection)) return;
  const replication::SenderOptions& sender = host.options().node.sender;
  constexpr uint64_t kSmallMessages = 64 << 10;
  uint64_t bound = sender.window + 2 * sender.max_message + kSmallMessages;
  if (uint64_t unsent = host.unsent(connection) + bytes; unsent > bound)
    throw BrokenPromise(fmt::format(
        "a slow replica costs bounded memory, but {} has {} bytes waiting for one link (bound {})",
        host.place(), unsent, bound));
}

void Referee::ended(Host& host, Ending ending) {
  if (ignored_.contains(host.place())) return;
  Watched& watched = watched_[host.place()];
  reads_.forget(host.place());
  sql_.process_gone(host.place());
  holds_.lifted(host.place());
  if (is_primary(host)) ahead_.clear();
  if (ending == Ending::kFailed) {
    if (host.disk().failed_syncs() == watched.failed_syncs && !watched.refused &&
        !damaged_.contains(host.place()))
      throw BrokenPromise(fmt::format("a node stops by itself only after its disk failed, but {} stopped: {}",
                                      host.place(), host.stop_reason()));
    tally_.add("path", watched.refused ? "stopped because it was refused" : "stopped after a failed flush");
  }
  if (ending == Ending::kStopped) tally_.add("path", "clean stop");
}

}  // namespace wallaby::sim
