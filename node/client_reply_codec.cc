#include "node/client_codec.h"

#include "node/client_messages.h"
#include "proto/client.pb.h"

namespace wallaby::node {
namespace {

namespace pb = proto::client;
using namespace codec;
using replication::Rung;
using replication::Stage;

pb::Rung rung_to_wire(std::optional<Rung> rung) {
  return rung ? static_cast<pb::Rung>(*rung) : pb::RUNG_NONE;
}

// ---------------------------------------------------------------- filling

void fill(const Written& from, pb::Reply& reply) {
  pb::Written& to = *reply.mutable_written();
  if (from.token) fill_token(*from.token, *to.mutable_token());
  to.set_rows(from.rows);
  to.set_rung(rung_to_wire(from.rung));
  for (const NodeName& name : from.by) to.add_by(name);
}
void fill(const Value& from, pb::Reply& reply) {
  pb::Value& to = *reply.mutable_value();
  if (from.value) to.set_value(*from.value);
}
void fill(const Rows& from, pb::Reply& reply) {
  pb::Rows& to = *reply.mutable_rows();
  to.mutable_rows()->Reserve(static_cast<int>(from.rows.size()));
  for (const auto& [key, value] : from.rows) {
    pb::Row& row = *to.add_rows();
    row.set_key(key);
    row.set_value(value);
  }
  to.set_more(from.more);
}
void fill(const TableNames& from, pb::Reply& reply) {
  pb::TableNames& to = *reply.mutable_table_names();
  for (const std::string& name : from.tables) to.add_tables(name);
}
void fill(const StatusReply& from, pb::Reply& reply) {
  // Through its own bytes: node_status_codec.cc alone knows the fields, and nobody asks for status a million times.
  reply.mutable_status()->ParseFromString(encode_status(from.status));
}
void fill(const PolicyReply& from, pb::Reply& reply) {
  pb::PolicyReply& to = *reply.mutable_policy();
  to.set_rung(from.rung);
  to.set_sync_replicas(from.sync_replicas);
  to.set_on_missing(from.on_missing);
  if (from.token) fill_token(*from.token, *to.mutable_token());
}
void fill(const ClientNotice& from, pb::Reply& reply) {
  pb::Notice& to = *reply.mutable_notice();
  to.set_text(from.text);
  if (from.token) fill_token(*from.token, *to.mutable_token());
}
void fill(const Stepped& from, pb::Reply& reply) {
  pb::Stepped& to = *reply.mutable_stepped();
  for (const SteppedRecord& record : from.records) {
    pb::SteppedRecord& added = *to.add_records();
    fill_token(record.token, *added.mutable_token());
    added.set_kind(record.kind);
    added.set_summary(record.summary);
  }
  to.set_more(from.more);
}
void fill(const StageEvents& from, pb::Reply& reply) {
  pb::StageEvents& to = *reply.mutable_stage_events();
  for (const replication::StageEvent& event : from.events) {
    pb::StageEvent& added = *to.add_events();
    added.set_node(event.node);
    added.set_stage(static_cast<uint32_t>(event.stage));
    added.set_position(event.position.value);
    added.set_at_ns(event.at.time_since_epoch().count());
  }
}
void fill(const CommitStatusReply& from, pb::Reply& reply) {
  pb::CommitStatus& to = *reply.mutable_commit_status();
  to.set_state(static_cast<uint32_t>(from.status.state));
  to.set_text(from.status.text);
}
void fill(const Traces& from, pb::Reply& reply) {
  pb::Traces& to = *reply.mutable_traces();
  for (const replication::CommitTrace& trace : from.traces) {
    pb::CommitTrace& added = *to.add_traces();
    fill_token(trace.token, *added.mutable_token());
    added.set_rung(rung_to_wire(trace.rung));
    for (const NodeName& name : trace.by) added.add_by(name);
    added.set_complete(trace.complete);
    for (const replication::TracePoint& point : trace.points) {
      pb::TracePoint& to_point = *added.add_points();
      to_point.set_node(point.node);
      to_point.set_stage(static_cast<uint32_t>(point.stage));
      to_point.set_to(point.to);
      if (point.at) to_point.set_at_ns(point.at->count());
    }
  }
}
void fill(const Done& from, pb::Reply& reply) {
  pb::Done& to = *reply.mutable_done();
  to.set_text(from.text);
  if (from.token) fill_token(*from.token, *to.mutable_token());
}
void fill(const Failed& from, pb::Reply& reply) {
  pb::Failed& to = *reply.mutable_failed();
  to.set_code(static_cast<uint32_t>(from.error.code));
  to.set_message(from.error.message);
  if (from.token) fill_token(*from.token, *to.mutable_token());
}

// ---------------------------------------------------------------- reading

Result<ReplyBody> read(const pb::Written& from) {
  Written to{
      .token = token_of(from), .rows = from.rows(), .rung = {}, .by = {from.by().begin(), from.by().end()}};
  std::optional<Rung> rung;
  if (!read_rung(from.rung(), rung)) return bad("a write was acknowledged by a rung that does not exist");
  if (rung) to.rung = *rung;
  return to;
}
ReplyBody read(pb::Value& from) {
  return Value{from.has_value() ? std::optional(std::move(*from.mutable_value())) : std::nullopt};
}
ReplyBody read(pb::Rows& from) {
  Rows to{.more = from.more()};
  to.rows.reserve(static_cast<size_t>(from.rows_size()));
  for (pb::Row& row : *from.mutable_rows())
    to.rows.emplace_back(std::move(*row.mutable_key()), std::move(*row.mutable_value()));
  return to;
}
ReplyBody read(const pb::Stepped& from) {
  Stepped to{.more = from.more()};
  for (const auto& record : from.records())
    to.records.push_back({read_token(record.token()), record.kind(), record.summary()});
  return to;
}
Result<ReplyBody> read(const pb::StageEvents& from) {
  StageEvents to;
  to.events.reserve(static_cast<size_t>(from.events_size()));
  for (const auto& event : from.events()) {
    Stage stage{};
    if (!read_stage(event.stage(), stage)) return bad("a stage event names a stage that does not exist");
    to.events.push_back({event.node(), stage, Lsn{event.position()}, TimePoint(Duration(event.at_ns()))});
  }
  return to;
}
Result<ReplyBody> read(const pb::CommitStatus& from) {
  using enum replication::CommitState;
  if (from.state() < static_cast<uint32_t>(kVisible) || from.state() > static_cast<uint32_t>(kUnknown))
    return bad("a commit has a state that does not exist");
  return CommitStatusReply{{static_cast<replication::CommitState>(from.state()), from.text()}};
}
Result<ReplyBody> read(const pb::Traces& from) {
  Traces to;
  for (const pb::CommitTrace& trace : from.traces()) {
    replication::CommitTrace& added = to.traces.emplace_back();
    added.token = read_token(trace.token());
    if (!read_rung(trace.rung(), added.rung)) return bad("a trace names a rung that does not exist");
    added.by = {trace.by().begin(), trace.by().end()};
    added.complete = trace.complete();
    for (const pb::TracePoint& point : trace.points()) {
      replication::TracePoint& to_point = added.points.emplace_back();
      to_point.node = point.node();
      if (!read_stage(point.stage(), to_point.stage)) return bad("a trace names a stage that does not exist");
      to_point.to = point.to();
      if (point.has_at_ns()) to_point.at = Duration(point.at_ns());
    }
  }
  return to;
}
Result<ReplyBody> read(const pb::Failed& from) {
  if (from.code() < static_cast<uint32_t>(ErrorCode::kInvalidArgument) ||
      from.code() > static_cast<uint32_t>(ErrorCode::kExists))
    return bad("a request failed with an error code that does not exist");
  return Failed{Error{static_cast<ErrorCode>(from.code()), from.message()}, token_of(from)};
}
Result<ReplyBody> read(const proto::status::NodeStatus& from) {
  auto status = decode_status(from.SerializeAsString());
  if (!status) return std::unexpected(status.error());
  return StatusReply{std::move(*status)};
}

Result<ReplyBody> read_body(pb::Reply& from) {
  int bodies = from.has_written() + from.has_value() + from.has_rows() + from.has_table_names() +
               from.has_status() + from.has_policy() + from.has_notice() + from.has_stepped() +
               from.has_stage_events() + from.has_commit_status() + from.has_traces() + from.has_done() +
               from.has_failed();
  if (bodies != 1) return error(ErrorCode::kProtocol, "a reply holds {} answers instead of one", bodies);
  if (from.has_written()) return read(from.written());
  if (from.has_value()) return read(*from.mutable_value());
  if (from.has_rows()) return read(*from.mutable_rows());
  if (from.has_table_names()) {
    const auto& tables = from.table_names().tables();
    return TableNames{{tables.begin(), tables.end()}};
  }
  if (from.has_status()) return read(from.status());
  if (from.has_policy())
    return PolicyReply{from.policy().rung(), from.policy().sync_replicas(), from.policy().on_missing(),
                       token_of(from.policy())};
  if (from.has_notice()) return ClientNotice{from.notice().text(), token_of(from.notice())};
  if (from.has_stepped()) return read(from.stepped());
  if (from.has_stage_events()) return read(from.stage_events());
  if (from.has_commit_status()) return read(from.commit_status());
  if (from.has_traces()) return read(from.traces());
  if (from.has_done()) return Done{from.done().text(), token_of(from.done())};
  return read(from.failed());
}

}  // namespace

void encode_reply(const Reply& reply, std::string& out) {
  auto fill_body = [](const ReplyBody& body, pb::Reply& to) {
    std::visit([&to](const auto& what) { fill(what, to); }, body);
  };
  encode<pb::Reply>(reply, proto::MessageType::kReply, out, fill_body);
}

Result<Reply> decode_reply(const proto::MessageView& view) {
  return decode<pb::Reply, Reply>(view, proto::MessageType::kReply, "reply", read_body);
}

}  // namespace wallaby::node
