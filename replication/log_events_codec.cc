#include <utility>

#include "base/check.h"
#include "proto/cluster.pb.h"
#include "replication/log_events.h"
#include "replication/timeline_codec.h"

namespace wallaby::replication {
namespace {

namespace pb = wallaby::proto::cluster;

std::string serialized(const google::protobuf::MessageLite& message) {
  std::string bytes;
  bool whole = message.SerializeToString(&bytes);
  WALLABY_CHECK(whole, "a log event cannot be encoded");
  return bytes;
}

std::unexpected<Error> corrupt(std::string_view what, std::string_view why) {
  return error(ErrorCode::kCorrupt, "a {} record cannot be read: {}", what, why);
}

template <typename Message>
Result<Message> parsed(std::string_view bytes, std::string_view what) {
  Message message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return corrupt(what, "its payload is damaged");
  return message;
}

void to_pb(const Policy& policy, pb::Policy& to) {
  to.set_rung(static_cast<uint32_t>(policy.rung));
  if (policy.sync_replicas) to.set_sync_replicas(to_string(*policy.sync_replicas));
  if (policy.on_missing == OnMissing{}) return;
  to.set_on_missing(static_cast<uint32_t>(policy.on_missing.rule));
  to.set_degrade_after_us(
      static_cast<uint64_t>(std::chrono::floor<std::chrono::microseconds>(policy.on_missing.after).count()));
}

/// Absent for block, and so in records from before there were other rules.
Result<OnMissing> on_missing_from(const pb::Policy& from) {
  using Rule = OnMissing::Rule;
  if (from.on_missing() > static_cast<uint32_t>(Rule::kDegrade))
    return corrupt("policy", fmt::format("{} is not the number of an on-missing rule", from.on_missing()));
  OnMissing rule;
  if (from.on_missing() != 0) rule.rule = static_cast<Rule>(from.on_missing());
  constexpr uint64_t kLongest_us = 1ull << 52;  // a hundred years and more
  bool timed = rule.rule == Rule::kDegrade;
  if (timed != (from.degrade_after_us() != 0) || from.degrade_after_us() > kLongest_us)
    return corrupt("policy", fmt::format("it degrades after {} us", from.degrade_after_us()));
  rule.after = std::chrono::microseconds(from.degrade_after_us());
  return rule;
}

Result<Policy> from_pb(const pb::Policy& from) {
  Policy policy;
  if (from.rung() < static_cast<uint32_t>(Rung::kOff) || from.rung() > static_cast<uint32_t>(Rung::kSync))
    return corrupt("policy", fmt::format("{} is not the number of an ack mode", from.rung()));
  policy.rung = static_cast<Rung>(from.rung());
  if (from.has_sync_replicas()) {
    Result<SyncReplicas> set = SyncReplicas::parse(from.sync_replicas());
    if (!set) return corrupt("policy", set.error().message);
    policy.sync_replicas = std::move(*set);
  }
  Result<OnMissing> on_missing = on_missing_from(from);
  if (!on_missing) return std::unexpected(on_missing.error());
  policy.on_missing = *on_missing;
  return policy;
}

void to_pb(const NodeName& name, DirectoryId directory, pb::Member& to) {
  to.set_name(name);
  to.set_directory(directory.value);
}

Result<std::pair<NodeName, DirectoryId>> from_pb(const pb::Member& from) {
  Result<NodeName> name = parse_node_name(from.name());
  if (!name) return corrupt("member", name.error().message);
  return std::pair(std::move(*name), DirectoryId{from.directory()});
}

Result<Timeline> timeline_from(const pb::Timeline& from) {
  std::expected<Timeline, std::string> timeline = from_protobuf(from);
  if (!timeline) return corrupt("timeline", timeline.error());
  return std::move(*timeline);
}

template <typename Event>
Result<LogEvent> member_event(std::string_view payload, std::string_view what) {
  Result<pb::Member> from = parsed<pb::Member>(payload, what);
  if (!from) return std::unexpected(from.error());
  Result<std::pair<NodeName, DirectoryId>> member = from_pb(*from);
  if (!member) return std::unexpected(member.error());
  return Event{std::move(member->first), member->second};
}

struct Encoder {
  std::string operator()(const Timeline& timeline) const {
    pb::Timeline to;
    to_protobuf(timeline, to);
    return serialized(to);
  }
  std::string operator()(const PolicyChanged& changed) const {
    pb::Policy to;
    to_pb(changed.policy, to);
    return serialized(to);
  }
  std::string operator()(const MemberJoined& joined) const { return member(joined.name, joined.directory); }
  std::string operator()(const MemberDropped& dropped) const {
    return member(dropped.name, dropped.directory);
  }
  std::string operator()(const Degraded& degraded) const {
    pb::Degraded to;
    to.set_reason(degraded.reason);
    return serialized(to);
  }
  std::string operator()(const Rearmed&) const { return {}; }

  static std::string member(const NodeName& name, DirectoryId directory) {
    pb::Member to;
    to_pb(name, directory, to);
    return serialized(to);
  }
};

}  // namespace

std::string printable(std::string text) {
  for (char& letter : text)
    if (letter < ' ' || letter > '~') letter = '?';
  return text;
}

void to_protobuf(const Timeline& timeline, pb::Timeline& to) {
  to.set_number(timeline.number.value);
  to.set_random_id(timeline.random_id);
  to.set_writer(timeline.writer.value);
  to.set_parent(timeline.parent.value);
  to.set_start(timeline.start.value);
  to.set_reason(timeline.reason);
  to.set_started_us(timeline.started.microseconds);
}

std::expected<Timeline, std::string> from_protobuf(const pb::Timeline& from) {
  if (from.number() == 0) return std::unexpected("timelines are numbered from 1");
  if (from.parent() >= from.number())
    return std::unexpected(
        fmt::format("timeline {} cannot come from timeline {}", from.number(), from.parent()));
  return Timeline{.number = TimelineId{from.number()},
                  .random_id = from.random_id(),
                  .writer = DirectoryId{from.writer()},
                  .parent = TimelineId{from.parent()},
                  .start = Lsn{from.start()},
                  .reason = printable(from.reason()),
                  .started = WallTime{from.started_us()}};
}

std::string encode_log_event(const LogEvent& event) {
  return std::visit(Encoder{}, event);
}

Result<LogEvent> decode_log_event(uint16_t kind, uint16_t format, std::string_view payload) {
  auto what = static_cast<RecordKind>(kind);
  if (format != kRecordFormat)
    return corrupt(to_string(what),
                   fmt::format("its format is {}, this program knows format {}", format, kRecordFormat));
  switch (what) {
    case RecordKind::kTimeline: {
      Result<pb::Timeline> from = parsed<pb::Timeline>(payload, "timeline");
      if (!from) return std::unexpected(from.error());
      Result<Timeline> timeline = timeline_from(*from);
      if (!timeline) return std::unexpected(timeline.error());
      return std::move(*timeline);
    }
    case RecordKind::kPolicy: {
      Result<pb::Policy> from = parsed<pb::Policy>(payload, "policy");
      if (!from) return std::unexpected(from.error());
      Result<Policy> policy = from_pb(*from);
      if (!policy) return std::unexpected(policy.error());
      return PolicyChanged{std::move(*policy)};
    }
    case RecordKind::kMemberJoined: return member_event<MemberJoined>(payload, "member");
    case RecordKind::kMemberDropped: return member_event<MemberDropped>(payload, "drop-member");
    case RecordKind::kDegraded: {
      Result<pb::Degraded> from = parsed<pb::Degraded>(payload, "degraded");
      if (!from) return std::unexpected(from.error());
      return Degraded{printable(from->reason())};
    }
    case RecordKind::kRearmed:
      if (!payload.empty()) return corrupt("re-armed", "it should hold nothing");
      return Rearmed{};
    case RecordKind::kChanges: break;
  }
  return error(ErrorCode::kCorrupt, "record kind {} is no event of the cluster", kind);
}

std::string encode_cluster_state(const ClusterState& state) {
  pb::ClusterState to;
  for (const Timeline& timeline : state.history) to_protobuf(timeline, *to.add_history());
  to_pb(state.policy, *to.mutable_policy());
  for (const auto& [name, directory] : state.members) to_pb(name, directory, *to.add_members());
  if (state.degraded) to.mutable_degraded()->set_reason(*state.degraded);
  return serialized(to);
}

Result<ClusterState> decode_cluster_state(std::string_view bytes) {
  Result<pb::ClusterState> from = parsed<pb::ClusterState>(bytes, "cluster state");
  if (!from) return std::unexpected(from.error());
  ClusterState state;
  for (const pb::Timeline& each : from->history()) {
    Result<Timeline> timeline = timeline_from(each);
    if (!timeline) return std::unexpected(timeline.error());
    state.history.push_back(std::move(*timeline));
  }
  Result<Policy> policy = from_pb(from->policy());
  if (!policy) return std::unexpected(policy.error());
  state.policy = std::move(*policy);
  for (const pb::Member& each : from->members()) {
    Result<std::pair<NodeName, DirectoryId>> member = from_pb(each);
    if (!member) return std::unexpected(member.error());
    if (!state.members.insert(std::move(*member)).second)
      return corrupt("cluster state", fmt::format("member '{}' is there twice", each.name()));
  }
  if (from->has_degraded()) state.degraded = printable(from->degraded().reason());
  return state;
}

}  // namespace wallaby::replication
