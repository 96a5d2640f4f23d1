#include "node/client_codec.h"

#include "node/client_messages.h"
#include "proto/client.pb.h"

namespace wallaby::node {
namespace {

namespace pb = proto::client;
using namespace codec;
using replication::Rung;
using replication::StageName;

static_assert(static_cast<int>(Rung::kOff) == pb::OFF && static_cast<int>(Rung::kAsync) == pb::ASYNC &&
              static_cast<int>(Rung::kSemiSync) == pb::SEMI_SYNC &&
              static_cast<int>(Rung::kDurable) == pb::DURABLE && static_cast<int>(Rung::kSync) == pb::SYNC);

pb::Rung rung_to_wire(std::optional<Rung> rung) {
  return rung ? static_cast<pb::Rung>(*rung) : pb::RUNG_NONE;
}

proto::Change::Kind kind_to_wire(engine::ChangeKind kind) {
  switch (kind) {
    case engine::ChangeKind::kPut: return proto::Change::PUT;
    case engine::ChangeKind::kDelete: return proto::Change::DELETE;
    case engine::ChangeKind::kCreateTable: return proto::Change::CREATE_TABLE;
    case engine::ChangeKind::kDropTable: return proto::Change::DROP_TABLE;
  }
  return proto::Change::PUT;
}

std::optional<engine::ChangeKind> kind_from_wire(int kind) {
  switch (kind) {
    case proto::Change::PUT: return engine::ChangeKind::kPut;
    case proto::Change::DELETE: return engine::ChangeKind::kDelete;
    case proto::Change::CREATE_TABLE: return engine::ChangeKind::kCreateTable;
    case proto::Change::DROP_TABLE: return engine::ChangeKind::kDropTable;
    default: return std::nullopt;
  }
}

// ---------------------------------------------------------------- filling

void fill(const Write& from, pb::Request& request) {
  pb::Write& to = *request.mutable_write();
  to.mutable_changes()->Reserve(static_cast<int>(from.changes.size()));
  const std::string* table = nullptr;
  for (const engine::Change& change : from.changes) {
    proto::Change& added = *to.add_changes();
    added.set_kind(kind_to_wire(change.kind));
    if (!table || *table != change.table) added.set_table(change.table);
    table = &change.table;
    added.set_key(change.key);
    added.set_value(change.value);
  }
  to.set_ack(rung_to_wire(from.ack));
  to.set_trace(from.trace);
}
void fill(const Get& from, pb::Request& request) {
  pb::Get& to = *request.mutable_get();
  to.set_table(from.table);
  to.set_key(from.key);
  if (from.after) fill_token(*from.after, *to.mutable_after());
}
void fill(const Scan& from, pb::Request& request) {
  pb::Scan& to = *request.mutable_scan();
  to.set_table(from.table);
  to.set_from(from.range.from);
  to.set_to(from.range.to);
  to.set_limit(from.limit);
  if (from.after) fill_token(*from.after, *to.mutable_after());
}
void fill(const ListTables&, pb::Request& request) {
  request.mutable_list_tables();
}
void fill(const GetStatus&, pb::Request& request) {
  request.mutable_get_status();
}
void fill(const SetPolicy& from, pb::Request& request) {
  pb::SetPolicy& to = *request.mutable_set_policy();
  to.set_rung(rung_to_wire(from.rung));
  if (from.sync_replicas) to.set_sync_replicas(*from.sync_replicas);
  if (from.on_missing) to.set_on_missing(*from.on_missing);
}
void fill(const DropReplica& from, pb::Request& request) {
  request.mutable_drop_replica()->set_name(from.name);
}
void fill_name(const StageName& from, pb::StageName& to) {
  to.set_stage(static_cast<uint32_t>(from.stage));
  to.set_replica(from.replica);
}
void fill(const HoldStage& from, pb::Request& request) {
  fill_name(from.name, *request.mutable_hold_stage());
}
void fill(const ReleaseStage& from, pb::Request& request) {
  pb::ReleaseStage& to = *request.mutable_release_stage();
  if (from.name) fill_name(*from.name, *to.mutable_name());
}
void fill(const Step& from, pb::Request& request) {
  pb::Step& to = *request.mutable_step();
  to.set_records(from.records);
  if (from.name) fill_name(*from.name, *to.mutable_name());
}
void fill(const Cancel& from, pb::Request& request) {
  request.mutable_cancel()->set_request(from.request);
}
void fill(const GetCommitStatus& from, pb::Request& request) {
  fill_token(from.token, *request.mutable_commit_status());
}
void fill(const GetTraces& from, pb::Request& request) {
  pb::GetTraces& to = *request.mutable_get_traces();
  to.set_last(from.last);
  if (from.token) fill_token(*from.token, *to.mutable_token());
  to.set_wait(from.wait);
}
void fill(const TakeCheckpoint&, pb::Request& request) {
  request.mutable_take_checkpoint();
}
void fill(const WatchEvents&, pb::Request& request) {
  request.mutable_watch_events();
}

// ---------------------------------------------------------------- reading

Result<RequestBody> read(pb::Write& from) {
  Write to;
  to.changes.reserve(static_cast<size_t>(from.changes_size()));
  for (proto::Change& change : *from.mutable_changes()) {
    auto kind = kind_from_wire(change.kind());
    if (!kind) return bad("a write holds a change of a kind that does not exist");
    if (!change.has_table() && to.changes.empty()) return bad("the first change of a write names no table");
    std::string table = change.has_table() ? std::move(*change.mutable_table()) : to.changes.back().table;
    to.changes.push_back(
        {*kind, std::move(table), std::move(*change.mutable_key()), std::move(*change.mutable_value())});
  }
  if (!read_rung(from.ack(), to.ack)) return bad("a write asks for a rung that does not exist");
  to.trace = from.trace();
  return to;
}

Result<RequestBody> read(pb::SetPolicy& from) {
  SetPolicy to;
  if (!read_rung(from.rung(), to.rung)) return bad("a policy names a rung that does not exist");
  if (from.has_sync_replicas()) to.sync_replicas = from.sync_replicas();
  if (from.has_on_missing()) to.on_missing = from.on_missing();
  return to;
}

Result<StageName> read_name(const pb::StageName& from) {
  StageName to;
  if (!read_stage(from.stage(), to.stage)) return bad("a request names a stage that does not exist");
  to.replica = from.replica();
  return to;
}

/// Of a request with an optional field `name`.
template <typename To, typename From>
Result<RequestBody> read_named(const From& from, To to) {
  if (!from.has_name()) return to;
  auto name = read_name(from.name());
  if (!name) return std::unexpected(name.error());
  to.name = std::move(*name);
  return to;
}

Result<RequestBody> read_body(pb::Request& from) {
  int bodies = from.has_write() + from.has_get() + from.has_scan() + from.has_list_tables() +
               from.has_get_status() + from.has_set_policy() + from.has_drop_replica() +
               from.has_hold_stage() + from.has_release_stage() + from.has_step() +
               from.has_take_checkpoint() + from.has_cancel() + from.has_commit_status() +
               from.has_get_traces() + from.has_watch_events();
  if (bodies != 1) return error(ErrorCode::kProtocol, "a request asks for {} things instead of one", bodies);
  if (from.has_write()) return read(*from.mutable_write());
  if (from.has_get()) {
    pb::Get& get = *from.mutable_get();
    return Get{std::move(*get.mutable_table()), std::move(*get.mutable_key()), after_of(get)};
  }
  if (from.has_scan()) {
    const pb::Scan& scan = from.scan();
    return Scan{scan.table(), {scan.from(), scan.to()}, scan.limit(), after_of(scan)};
  }
  if (from.has_list_tables()) return ListTables{};
  if (from.has_get_status()) return GetStatus{};
  if (from.has_set_policy()) return read(*from.mutable_set_policy());
  if (from.has_drop_replica()) return DropReplica{from.drop_replica().name()};
  if (from.has_hold_stage()) {
    auto name = read_name(from.hold_stage());
    if (!name) return std::unexpected(name.error());
    return HoldStage{std::move(*name)};
  }
  if (from.has_release_stage()) return read_named(from.release_stage(), ReleaseStage{});
  if (from.has_step()) return read_named(from.step(), Step{.records = from.step().records(), .name = {}});
  if (from.has_cancel()) return Cancel{from.cancel().request()};
  if (from.has_commit_status()) return GetCommitStatus{read_token(from.commit_status())};
  if (from.has_get_traces()) {
    const pb::GetTraces& traces = from.get_traces();
    return GetTraces{traces.last(), token_of(traces), traces.wait()};
  }
  if (from.has_take_checkpoint()) return TakeCheckpoint{};
  return WatchEvents{};
}

}  // namespace

void encode_request(const Request& request, std::string& out) {
  auto fill_body = [](const RequestBody& body, pb::Request& to) {
    std::visit([&to](const auto& what) { fill(what, to); }, body);
  };
  encode<pb::Request>(request, proto::MessageType::kRequest, out, fill_body);
}

Result<Request> decode_request(const proto::MessageView& view) {
  return decode<pb::Request, Request>(view, proto::MessageType::kRequest, "request", read_body);
}

}  // namespace wallaby::node
