#include "node/client_messages.h"

#include <ostream>

namespace wallaby::node {
namespace {

// Each body prints as a person would say it: the command's name, then its parts. Found by overload from std::visit.

std::ostream& operator<<(std::ostream& out, const std::optional<Token>& token) {
  if (token) out << " " << *token;
  return out;
}

struct After {
  const std::optional<Token>& token;
};
std::ostream& operator<<(std::ostream& out, const After& after) {
  if (after.token) out << " after " << *after.token;
  return out;
}

std::ostream& operator<<(std::ostream& out, const Write& write) {
  out << "write";
  const char* separator = " ";
  for (const engine::Change& change : write.changes) {
    out << separator << change;
    separator = ", ";
  }
  if (write.ack) out << " ack " << *write.ack;
  if (write.trace) out << " traced";
  return out;
}
std::ostream& operator<<(std::ostream& out, const Get& get) {
  return out << "get " << get.table << " " << get.key << After{get.after};
}
std::ostream& operator<<(std::ostream& out, const Scan& scan) {
  out << "scan " << scan.table << " " << scan.range;
  if (scan.limit != 0) out << " limit " << scan.limit;
  return out << After{scan.after};
}
std::ostream& operator<<(std::ostream& out, const ListTables&) {
  return out << "tables";
}
std::ostream& operator<<(std::ostream& out, const GetStatus&) {
  return out << "status";
}
std::ostream& operator<<(std::ostream& out, const SetPolicy& set) {
  out << "ack";
  if (set.rung) out << " " << *set.rung;
  if (set.sync_replicas) out << " sync-replicas " << *set.sync_replicas;
  if (set.on_missing) out << " on-missing " << *set.on_missing;
  return out;
}
std::ostream& operator<<(std::ostream& out, const DropReplica& drop) {
  return out << "drop-replica " << drop.name;
}
std::ostream& operator<<(std::ostream& out, const std::optional<replication::StageName>& name) {
  if (name) out << " " << *name;
  return out;
}
std::ostream& operator<<(std::ostream& out, const HoldStage& hold) {
  return out << "hold " << hold.name;
}
std::ostream& operator<<(std::ostream& out, const ReleaseStage& release) {
  return out << "release" << release.name;
}
std::ostream& operator<<(std::ostream& out, const Step& step) {
  return out << "step " << step.records << step.name;
}
std::ostream& operator<<(std::ostream& out, const Cancel& cancel) {
  return out << "cancel " << cancel.request;
}
std::ostream& operator<<(std::ostream& out, const GetCommitStatus& get) {
  return out << "commit-status " << get.token;
}
std::ostream& operator<<(std::ostream& out, const GetTraces& get) {
  out << "traces";
  if (get.token)
    out << " " << *get.token;
  else
    out << " last " << get.last;
  return out << (get.wait ? " when complete" : "");
}
std::ostream& operator<<(std::ostream& out, const TakeCheckpoint&) {
  return out << "checkpoint";
}
std::ostream& operator<<(std::ostream& out, const WatchEvents&) {
  return out << "events";
}

std::ostream& operator<<(std::ostream& out, const Written& written) {
  if (!written.token) return out << "written nothing";
  out << "written" << written.token << " rows " << written.rows << " " << written.rung;
  const char* separator = " by ";
  for (const NodeName& name : written.by) {
    out << separator << name;
    separator = ",";
  }
  return out;
}
std::ostream& operator<<(std::ostream& out, const Value& value) {
  return value.value ? out << "value " << *value.value : out << "no value";
}
std::ostream& operator<<(std::ostream& out, const Rows& rows) {
  out << "rows";
  for (const auto& [key, value] : rows.rows) out << " " << key << "=" << value;
  return out << (rows.more ? " ..." : "");
}
std::ostream& operator<<(std::ostream& out, const TableNames& names) {
  out << "tables";
  for (const std::string& name : names.tables) out << " " << name;
  return out;
}
std::ostream& operator<<(std::ostream& out, const StatusReply& reply) {
  return out << "status " << reply.status;
}
std::ostream& operator<<(std::ostream& out, const PolicyReply& reply) {
  out << "policy " << reply.rung;
  if (!reply.sync_replicas.empty()) out << " " << reply.sync_replicas;
  if (!reply.on_missing.empty()) out << " on-missing " << reply.on_missing;
  return out << reply.token;
}
std::ostream& operator<<(std::ostream& out, const ClientNotice& notice) {
  return out << "notice" << notice.token << " " << notice.text;
}
std::ostream& operator<<(std::ostream& out, const Stepped& stepped) {
  out << "stepped";
  for (const SteppedRecord& record : stepped.records)
    out << " [" << record.token << " " << record.kind << " " << record.summary << "]";
  return out << (stepped.more ? " ..." : "");
}
std::ostream& operator<<(std::ostream& out, const StageEvents& events) {
  out << "events";
  for (const replication::StageEvent& event : events.events) out << " [" << event << "]";
  return out;
}
std::ostream& operator<<(std::ostream& out, const CommitStatusReply& reply) {
  return out << "commit " << reply.status.state << ": " << reply.status.text;
}
std::ostream& operator<<(std::ostream& out, const Traces& traces) {
  out << "traces";
  for (const replication::CommitTrace& trace : traces.traces) out << " [" << trace << "]";
  return out;
}
std::ostream& operator<<(std::ostream& out, const Done& done) {
  return out << "done" << done.token << " " << done.text;
}
std::ostream& operator<<(std::ostream& out, const Failed& failed) {
  return out << "failed" << failed.token << " " << failed.error;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Request& request) {
  out << "request " << request.id << " ";
  std::visit([&out](const auto& body) { out << body; }, request.body);
  return out;
}

std::ostream& operator<<(std::ostream& out, const Reply& reply) {
  out << "reply " << reply.id << " ";
  std::visit([&out](const auto& body) { out << body; }, reply.body);
  return out;
}

bool is_final(const ReplyBody& body) {
  if (const auto* rows = std::get_if<Rows>(&body)) return !rows->more;
  if (const auto* stepped = std::get_if<Stepped>(&body)) return !stepped->more;
  return !std::holds_alternative<ClientNotice>(body) && !std::holds_alternative<StageEvents>(body);
}

}  // namespace wallaby::node
