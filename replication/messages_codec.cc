#include <utility>

#include "base/check.h"
#include "proto/link.pb.h"
#include "replication/messages.h"
#include "replication/timeline_codec.h"

namespace wallaby::replication {
namespace {

namespace pb = wallaby::proto::link;
using proto::MessageType;

// --- to Protobuf -----------------------------------------------------------------------------------------------

template <typename To>
void to_protobuf(const std::vector<Timeline>& history, To& to) {
  for (const Timeline& timeline : history) to_protobuf(timeline, *to.add_history());
}

pb::Hello to_pb(const Hello& hello) {
  pb::Hello to;
  to.set_protocol(hello.protocol);
  if (hello.cluster) to.set_cluster(hello.cluster->value);
  to.set_name(hello.name);
  to.set_directory(hello.directory.value);
  to.set_address(hello.address);
  to_protobuf(hello.history, to);
  to.set_timeline(hello.timeline.value);
  to.set_end(hello.end.value);
  to.set_end_checksum(hello.end_checksum);
  to.set_copying(hello.copying);
  return to;
}

void to_pb(SegmentId segment, pb::Segment& to) {
  to.set_timeline(segment.timeline.value);
  to.set_first(segment.first.value);
}

void add_decision(const Continue& decision, pb::Answer& to) {
  to.mutable_continue_from()->set_from(decision.from.value);
}
void add_decision(const Snapshot& decision, pb::Answer& to) {
  pb::Snapshot& snapshot = *to.mutable_snapshot();
  snapshot.set_position(decision.position.value);
  snapshot.set_file_size(decision.file_size);
  to_pb(decision.log_from, *snapshot.mutable_log_from());
  snapshot.set_log_from_checksum(decision.log_from_checksum);
  snapshot.set_reason(decision.reason);
}
void add_decision(const Wait& decision, pb::Answer& to) {
  to.mutable_wait()->set_reason(decision.reason);
}
void add_decision(const Refuse& decision, pb::Answer& to) {
  to.mutable_refuse()->set_kind(static_cast<uint32_t>(decision.kind));
  to.mutable_refuse()->set_reason(decision.reason);
}

pb::Answer to_pb(const Answer& answer) {
  pb::Answer to;
  to.set_cluster(answer.cluster.value);
  to.set_name(answer.name);
  to.set_directory(answer.directory.value);
  to.set_is_primary(answer.is_primary);
  to.set_primary_address(answer.primary_address);
  to_protobuf(answer.history, to);
  std::visit([&](const auto& decision) { add_decision(decision, to); }, answer.decision);
  return to;
}

pb::Data to_pb(const Data& data) {
  pb::Data to;
  to_pb(data.segment, *to.mutable_segment());
  to.set_from(data.from.value);
  to.set_feeder_flushed(data.feeder_flushed.value);
  for (Lsn end : data.traced) to.add_traced(end.value);
  if (data.awaited) to.set_awaited_stage(static_cast<uint32_t>(*data.awaited));
  return to;
}

pb::Keepalive to_pb(const Keepalive& keepalive) {
  pb::Keepalive to;
  to.set_feeder_flushed(keepalive.feeder_flushed.value);
  to.set_acknowledged(keepalive.acknowledged.value);
  to.set_number(keepalive.number);
  return to;
}

void to_pb(const TraceEntry& entry, pb::TraceEntry& to) {
  auto ns = [](Duration duration) { return static_cast<uint64_t>(duration.count()); };
  to.set_node(entry.node);
  to.set_feeder(entry.feeder);
  to.set_lsn(entry.lsn.value);
  if (entry.sent) to.set_sent_ns(ns(*entry.sent));
  if (entry.received) to.set_received_ns(ns(*entry.received));
  if (entry.flushed) to.set_flushed_ns(ns(*entry.flushed));
  if (entry.applied) to.set_applied_ns(ns(*entry.applied));
  to.set_age_ns(ns(entry.age));
  to.set_done(entry.done);
}

pb::Report to_pb(const Report& report) {
  pb::Report to;
  to.set_received(report.positions.received.value);
  to.set_flushed(report.positions.flushed.value);
  to.set_applied(report.positions.applied.value);
  for (Stage stage : report.holds.stages) to.add_held_stages(static_cast<uint32_t>(stage));
  to.set_apply_delay_ns(report.holds.apply_delay.count());
  to.set_keepalive(report.keepalive);
  to.set_way(report.way);
  for (const TraceEntry& entry : report.traces) to_pb(entry, *to.add_traces());
  return to;
}

pb::CopyBlock to_pb(const CopyBlock& block) {
  pb::CopyBlock to;
  to.set_offset(block.offset);
  to.set_last(block.last);
  return to;
}

pb::Goodbye to_pb(const Goodbye& goodbye) {
  pb::Goodbye to;
  to.set_kind(static_cast<uint32_t>(goodbye.kind));
  to.set_reason(goodbye.reason);
  return to;
}

constexpr MessageType type_of(const Message& message) {
  constexpr MessageType kTypes[] = {MessageType::kHello,     MessageType::kAnswer, MessageType::kData,
                                    MessageType::kKeepalive, MessageType::kReport, MessageType::kCopyBlock,
                                    MessageType::kGoodbye};
  static_assert(std::size(kTypes) == std::variant_size_v<Message>);
  return kTypes[message.index()];
}

// --- from Protobuf ---------------------------------------------------------------------------------------------

template <typename... Args>
std::unexpected<Error> broken(MessageType type, fmt::format_string<Args...> text, Args&&... args) {
  constexpr std::string_view kNames[] = {"hello",  "answer",     "data",   "keepalive",
                                         "report", "copy block", "goodbye"};
  return error(ErrorCode::kProtocol, "a broken '{}' message arrived: {}",
               kNames[static_cast<size_t>(type) - 1], fmt::format(text, std::forward<Args>(args)...));
}

Result<std::vector<Timeline>> history_from(
    const google::protobuf::RepeatedPtrField<proto::cluster::Timeline>& from, MessageType type) {
  std::vector<Timeline> history;
  for (const proto::cluster::Timeline& each : from) {
    std::expected<Timeline, std::string> timeline = from_protobuf(each);
    if (!timeline) return broken(type, "{}", timeline.error());
    if (!history.empty() && timeline->number <= history.back().number)
      return broken(type, "timeline {} is not in its place in the history", timeline->number.value);
    history.push_back(std::move(*timeline));
  }
  return history;
}

SegmentId segment_from(const pb::Segment& from) {
  return {TimelineId{from.timeline()}, Lsn{from.first()}};
}

Result<Message> from_pb(const pb::Hello& from) {
  Hello hello;
  hello.protocol = from.protocol();
  if (from.has_cluster()) hello.cluster = ClusterId{from.cluster()};
  Result<NodeName> name = parse_node_name(from.name());
  if (!name) return broken(MessageType::kHello, "{}", name.error().message);
  hello.name = std::move(*name);
  hello.directory = DirectoryId{from.directory()};
  hello.address = printable(from.address());
  Result<std::vector<Timeline>> history = history_from(from.history(), MessageType::kHello);
  if (!history) return std::unexpected(history.error());
  hello.history = std::move(*history);
  hello.timeline = TimelineId{from.timeline()};
  hello.end = Lsn{from.end()};
  hello.end_checksum = from.end_checksum();
  hello.copying = from.copying();
  if (hello.end.value % 8 != 0)
    return broken(MessageType::kHello, "no frame can end at {}", to_string(hello.end));
  return hello;
}

Result<Message> from_pb(const pb::Answer& from) {
  Answer answer;
  answer.cluster = ClusterId{from.cluster()};
  Result<NodeName> name = parse_node_name(from.name());
  if (!name) return broken(MessageType::kAnswer, "{}", name.error().message);
  answer.name = std::move(*name);
  answer.directory = DirectoryId{from.directory()};
  answer.is_primary = from.is_primary();
  answer.primary_address = printable(from.primary_address());
  Result<std::vector<Timeline>> history = history_from(from.history(), MessageType::kAnswer);
  if (!history) return std::unexpected(history.error());
  answer.history = std::move(*history);
  switch (from.decision_case()) {
    case pb::Answer::kContinueFrom: answer.decision = Continue{Lsn{from.continue_from().from()}}; break;
    case pb::Answer::kSnapshot: {
      const pb::Snapshot& snapshot = from.snapshot();
      answer.decision = Snapshot{.position = Lsn{snapshot.position()},
                                 .file_size = snapshot.file_size(),
                                 .log_from = segment_from(snapshot.log_from()),
                                 .log_from_checksum = snapshot.log_from_checksum(),
                                 .reason = printable(snapshot.reason())};
      if (snapshot.file_size() == 0)
        return broken(MessageType::kAnswer, "a checkpoint file of no bytes is announced");
      if (snapshot.log_from().first() > snapshot.position())
        return broken(MessageType::kAnswer, "the log would begin past the checkpoint");
      break;
    }
    case pb::Answer::kWait: answer.decision = Wait{printable(from.wait().reason())}; break;
    case pb::Answer::kRefuse: {
      uint32_t kind = from.refuse().kind();
      // A kind from a later version is still a refusal, and its reason can be read.
      bool known = kind >= static_cast<uint32_t>(RefusalKind::kOther) &&
                   kind <= static_cast<uint32_t>(RefusalKind::kAhead);
      answer.decision = Refuse{known ? static_cast<RefusalKind>(kind) : RefusalKind::kOther,
                               printable(from.refuse().reason())};
      break;
    }
    case pb::Answer::DECISION_NOT_SET:
      return broken(MessageType::kAnswer, "it holds no decision that we know");
  }
  return answer;
}

Result<Message> from_pb(const pb::Data& from) {
  Data data{.segment = segment_from(from.segment()),
            .from = Lsn{from.from()},
            .feeder_flushed = Lsn{from.feeder_flushed()}};
  if (from.awaited_stage() != 0) {
    auto stage = static_cast<Stage>(from.awaited_stage());
    if (stage != Stage::kReceived && stage != Stage::kFlushed && stage != Stage::kApplied)
      return broken(MessageType::kData, "nobody can wait for stage {} of a replica", from.awaited_stage());
    data.awaited = stage;
  }
  if (data.from < data.segment.first)
    return broken(MessageType::kData, "{} is not in the segment that begins at {}", to_string(data.from),
                  to_string(data.segment.first));
  data.traced.reserve(static_cast<size_t>(from.traced_size()));
  for (uint64_t end : from.traced()) {
    if (Lsn{end} <= (data.traced.empty() ? data.from : data.traced.back()))
      return broken(MessageType::kData, "no traced record can end at {}", to_string(Lsn{end}));
    data.traced.push_back(Lsn{end});
  }
  return data;
}

Result<Message> from_pb(const pb::Keepalive& from) {
  return Keepalive{Lsn{from.feeder_flushed()}, Lsn{from.acknowledged()}, from.number()};
}

Result<TraceEntry> from_pb(const pb::TraceEntry& from) {
  TraceEntry entry{.node = from.node(), .feeder = from.feeder(), .lsn = Lsn{from.lsn()}};
  for (const NodeName* name : {&entry.node, &entry.feeder})
    if (!name->empty() && !parse_node_name(*name))
      return broken(MessageType::kReport, "a trace speaks of a node whose name is none");
  constexpr auto kLongest = static_cast<uint64_t>(Duration::max().count());
  if (from.age_ns() > kLongest) return broken(MessageType::kReport, "a trace of negative age");
  entry.age = Duration(from.age_ns());
  entry.done = from.done();
  if (from.has_sent_ns()) entry.sent = Duration(from.sent_ns());
  if (from.has_received_ns()) entry.received = Duration(from.received_ns());
  if (from.has_flushed_ns()) entry.flushed = Duration(from.flushed_ns());
  if (from.has_applied_ns()) entry.applied = Duration(from.applied_ns());
  // One after the other, each needs the one before, and none is in the future.
  std::optional<Duration> before = Duration::zero();
  if (entry.sent) before = entry.sent;
  for (const auto& after : {entry.received, entry.flushed, entry.applied}) {
    if (after && (!before || *after < *before || *after > entry.age))
      return broken(MessageType::kReport, "the stages of a trace are not in order");
    before = after;
  }
  if (entry.sent && (*entry.sent < Duration::zero() || *entry.sent > entry.age))
    return broken(MessageType::kReport, "the stages of a trace are not in order");
  return entry;
}

Result<Message> from_pb(const pb::Report& from) {
  Report report{.positions = {Lsn{from.received()}, Lsn{from.flushed()}, Lsn{from.applied()}},
                .holds = {},
                .keepalive = from.keepalive(),
                .way = printable(from.way())};
  for (uint32_t stage : from.held_stages()) {
    bool known = stage >= static_cast<uint32_t>(Stage::kAppended) &&
                 stage <= static_cast<uint32_t>(Stage::kAcknowledged);
    if (!known || report.holds.stages.size() == kStageCount)
      return broken(MessageType::kReport, "stage {} cannot be held", stage);
    report.holds.stages.push_back(static_cast<Stage>(stage));
  }
  report.holds.apply_delay = Duration(from.apply_delay_ns());
  if (report.holds.apply_delay < Duration::zero())
    return broken(MessageType::kReport, "an apply delay below zero");
  const Positions& at = report.positions;
  if (at.applied > at.flushed || at.flushed > at.received)
    return broken(MessageType::kReport, "received {}, flushed {}, applied {} cannot be",
                  to_string(at.received), to_string(at.flushed), to_string(at.applied));
  if (static_cast<size_t>(from.traces_size()) > kMaxTraceEntries)
    return broken(MessageType::kReport, "it holds {} entries of traces, {} are allowed", from.traces_size(),
                  kMaxTraceEntries);
  for (const pb::TraceEntry& each : from.traces()) {
    Result<TraceEntry> entry = from_pb(each);
    if (!entry) return std::unexpected(entry.error());
    report.traces.push_back(std::move(*entry));
  }
  return report;
}

Result<Message> from_pb(const pb::CopyBlock& from) {
  return CopyBlock{from.offset(), from.last()};
}

Result<Message> from_pb(const pb::Goodbye& from) {
  bool known = from.kind() >= static_cast<uint32_t>(GoodbyeKind::kShutdown) &&
               from.kind() <= static_cast<uint32_t>(GoodbyeKind::kSlotLost);
  return Goodbye{known ? static_cast<GoodbyeKind>(from.kind()) : GoodbyeKind::kFailed,
                 printable(from.reason())};
}

template <typename Body>
Result<Message> decode_body(const proto::MessageView& view) {
  Body body;
  if (!body.ParseFromArray(view.body.data(), static_cast<int>(view.body.size())))
    return broken(view.type, "its body is damaged");
  return from_pb(body);
}

}  // namespace

void encode_message(const Message& message, std::string& out, size_t attachment_length) {
  std::string body;
  bool whole = std::visit([&](const auto& plain) { return to_pb(plain).SerializeToString(&body); }, message);
  WALLABY_CHECK(whole, "a message cannot be encoded");
  proto::write_message(out, type_of(message), body, attachment_length);
}

size_t wire_size(const Message& message, size_t attachment_length) {
  size_t body = std::visit([](const auto& plain) { return to_pb(plain).ByteSizeLong(); }, message);
  return proto::kMessageHeaderSize + body + attachment_length;
}

Result<Message> decode_message(const proto::MessageView& view) {
  if (view.type < MessageType::kHello || view.type > MessageType::kGoodbye)
    return error(ErrorCode::kProtocol, "a message of type {} does not belong between nodes",
                 static_cast<int>(view.type));
  bool carries_bytes = view.type == MessageType::kData || view.type == MessageType::kCopyBlock;
  if (carries_bytes == view.attachment.empty())
    return broken(view.type, "{}",
                  carries_bytes ? "it carries no bytes" : "it carries bytes that do not belong there");
  switch (view.type) {
    case MessageType::kHello: return decode_body<pb::Hello>(view);
    case MessageType::kAnswer: return decode_body<pb::Answer>(view);
    case MessageType::kData: return decode_body<pb::Data>(view);
    case MessageType::kKeepalive: return decode_body<pb::Keepalive>(view);
    case MessageType::kReport: return decode_body<pb::Report>(view);
    case MessageType::kCopyBlock: return decode_body<pb::CopyBlock>(view);
    default: return decode_body<pb::Goodbye>(view);
  }
}

}  // namespace wallaby::replication
