// node/client_messages.h
//
// What a client and a node say to each other on the native door (docs/formats/protocol.md): requests with a
// number chosen by the client, and replies that carry it. Requests may be pipelined: any number may be out, and
// replies come as they become ready, in no promised order between requests.
//
//     client                                   node
//     Request 1 Write(put greetings hello) ->
//     Request 2 Get(greetings hello)       ->
//                                          <-  Reply 2 Value
//                                          <-  Reply 1 Notice (waiting for r2 ...)
//                                          <-  Reply 1 Written 0/1A8@1
//
// A request gets exactly one final reply; Notice, StageEvents and Rows with `more` may come before it.
// Plain values; client_request_codec.cc and client_reply_codec.cc turn
// them into Protobuf (proto/client.proto) and back.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/lsn.h"
#include "base/time.h"
#include "engine/changes.h"
#include "engine/store.h"
#include "node/node_status.h"
#include "proto/framing.h"
#include "replication/ack_mode.h"
#include "replication/commit_status.h"
#include "replication/stage.h"
#include "replication/trace.h"

namespace wallaby::node {

using RequestId = uint64_t;

// --- requests ---

/// Puts and deletes as one transaction. A put makes its table. Deletes of missing keys do nothing.
struct Write {
  engine::Changes changes;
  std::optional<replication::Rung> ack;  ///< the session's own rung for this one
  bool trace = false;                    ///< keep its trace, whatever the rate of writes is
  bool operator==(const Write&) const = default;
};
struct Get {
  std::string table, key;
  std::optional<Token> after;  ///< wait until the node has reached it
  bool operator==(const Get&) const = default;
};
struct Scan {
  std::string table;
  engine::KeyRange range;
  uint64_t limit = 0;  ///< 0: all
  std::optional<Token> after;
  bool operator==(const Scan&) const = default;
};
struct ListTables {
  bool operator==(const ListTables&) const = default;
};
struct GetStatus {
  bool operator==(const GetStatus&) const = default;
};
/// Throws the switch; with nothing given, shows it.
struct SetPolicy {
  std::optional<replication::Rung> rung;
  std::optional<std::string> sync_replicas;  ///< "ANY 1 (r1)"; "DEFAULT" takes an earlier setting back
  std::optional<std::string> on_missing;     ///< "block", "reject", "degrade=10s"
  bool operator==(const SetPolicy&) const = default;
};
struct DropReplica {
  NodeName name;
  bool operator==(const DropReplica&) const = default;
};
/// A ceiling on the stage, where it stands now: no further record passes. Holding `applied` is what people call a pause.
struct HoldStage {
  replication::StageName name;
  bool operator==(const HoldStage&) const = default;
};
/// Lifts one ceiling, or (nothing named) all of this node's.
struct ReleaseStage {
  std::optional<replication::StageName> name;
  bool operator==(const ReleaseStage&) const = default;
};
/// Lets `records` more records through the ceiling; answered with Stepped when they have passed. Nothing named: the only one.
struct Step {
  uint64_t records = 1;
  std::optional<replication::StageName> name;
  bool operator==(const Step&) const = default;
};
/// Answered when a checkpoint at or past the position that is visible now is complete.
struct TakeCheckpoint {
  bool operator==(const TakeCheckpoint&) const = default;
};
/// Ends the wait of an own request that is out: a write that is in the log has an unknown outcome then, one that still queues
/// is not run at all, and a read is not answered. Answered with Done, after the other request's own final reply; it does
/// nothing when that was given already.
struct Cancel {
  RequestId request = 0;
  bool operator==(const Cancel&) const = default;
};
/// What became of a commit?
struct GetCommitStatus {
  Token token;
  bool operator==(const GetCommitStatus&) const = default;
};
/// The newest traces, or one commit's. `wait`: answered once that one is complete.
struct GetTraces {
  uint64_t last = 1;
  std::optional<Token> token;
  bool wait = false;
  bool operator==(const GetTraces&) const = default;
};
/// StageEvents from now on, until the connection ends.
struct WatchEvents {
  bool operator==(const WatchEvents&) const = default;
};
using RequestBody =
    std::variant<Write, Get, Scan, ListTables, GetStatus, SetPolicy, DropReplica, HoldStage, ReleaseStage,
                 Step, TakeCheckpoint, Cancel, GetCommitStatus, GetTraces, WatchEvents>;
struct Request {
  RequestId id = 0;
  RequestBody body;
  bool operator==(const Request&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Request& request);

// --- replies ---

struct Written {
  std::optional<Token> token;  ///< nullopt: nothing had to change, nothing was logged
  uint64_t rows = 0;           ///< puts plus deletes that found their key
  replication::Rung rung{};    ///< the promise that was met
  std::vector<NodeName> by;    ///< the replicas that made it true
  bool operator==(const Written&) const = default;
};
struct Value {
  std::optional<std::string> value;  ///< nullopt: no such key
  bool operator==(const Value&) const = default;
};
struct Rows {
  std::vector<std::pair<std::string, std::string>> rows;
  bool more = false;  ///< further Rows follow
  bool operator==(const Rows&) const = default;
};
struct TableNames {
  std::vector<std::string> tables;
  bool operator==(const TableNames&) const = default;
};
struct StatusReply {
  NodeStatus status;
  bool operator==(const StatusReply&) const = default;
};
struct PolicyReply {
  std::string rung;
  std::string sync_replicas;
  std::string on_missing;
  std::optional<Token> token;  ///< of the policy record, when one was written
  bool operator==(const PolicyReply&) const = default;
};
/// For the person at the client, while the request waits.
struct ClientNotice {
  std::string text;
  std::optional<Token> token;
  bool operator==(const ClientNotice&) const = default;
};
struct SteppedRecord {
  Token token;
  std::string kind;
  std::string summary;  ///< "put greetings hello = world"
  bool operator==(const SteppedRecord&) const = default;
};
struct Stepped {
  std::vector<SteppedRecord> records;
  bool more = false;
  bool operator==(const Stepped&) const = default;
};
struct StageEvents {
  std::vector<replication::StageEvent> events;
  bool operator==(const StageEvents&) const = default;
};
struct CommitStatusReply {
  replication::CommitStatus status;
  bool operator==(const CommitStatusReply&) const = default;
};
struct Traces {
  std::vector<replication::CommitTrace> traces;  ///< oldest first
  bool operator==(const Traces&) const = default;
};
struct Done {
  std::string text;
  std::optional<Token> token;
  bool operator==(const Done&) const = default;
};
struct Failed {
  Error error;
  std::optional<Token> token;  ///< with kUnknownOutcome
  bool operator==(const Failed&) const = default;
};
using ReplyBody = std::variant<Written, Value, Rows, TableNames, StatusReply, PolicyReply, ClientNotice,
                               Stepped, StageEvents, CommitStatusReply, Traces, Done, Failed>;
struct Reply {
  RequestId id = 0;
  ReplyBody body;
  bool operator==(const Reply&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Reply& reply);
/// False for Notice, StageEvents, and Rows or Stepped with `more`.
bool is_final(const ReplyBody& body);

/// Appends a whole message (header and body) to `out`.
void encode_request(const Request& request, std::string& out);
void encode_reply(const Reply& reply, std::string& out);
/// kProtocol: not one.
Result<Request> decode_request(const proto::MessageView& view);
Result<Reply> decode_reply(const proto::MessageView& view);

}  // namespace wallaby::node
