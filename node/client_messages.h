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
#include "replication/stage.h"

namespace wallaby::node {

using RequestId = uint64_t;

// --- requests ---

/// Puts and deletes as one transaction. A put makes its table. Deletes of missing keys do nothing.
struct Write {
  engine::Changes changes;
  std::optional<replication::Rung> ack;  ///< the session's own rung for this one
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
  bool operator==(const SetPolicy&) const = default;
};
struct DropReplica {
  NodeName name;
  bool operator==(const DropReplica&) const = default;
};
struct Pause {
  bool operator==(const Pause&) const = default;
};
struct Resume {
  bool operator==(const Resume&) const = default;
};
/// Lets `records` more records through the ceiling; answered with Stepped when they have passed.
struct Step {
  uint64_t records = 1;
  bool operator==(const Step&) const = default;
};
/// Answered when a checkpoint at or past the position that is visible now is complete.
struct TakeCheckpoint {
  bool operator==(const TakeCheckpoint&) const = default;
};
/// StageEvents from now on, until the connection ends.
struct WatchEvents {
  bool operator==(const WatchEvents&) const = default;
};
using RequestBody = std::variant<Write, Get, Scan, ListTables, GetStatus, SetPolicy, DropReplica, Pause,
                                 Resume, Step, TakeCheckpoint, WatchEvents>;
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
                               Stepped, StageEvents, Done, Failed>;
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
