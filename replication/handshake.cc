#include "replication/handshake.h"

#include <algorithm>
#include <ostream>

#include <fmt/format.h>

namespace wallaby::replication {
namespace {

const Timeline* find(const std::vector<Timeline>& history, TimelineId number) {
  auto timeline = std::ranges::find(history, number, &Timeline::number);
  return timeline == history.end() ? nullptr : &*timeline;
}

/// What a replica can do whose log cannot go on from ours.
std::string start_anew(const Hello& hello) {
  return fmt::format("to follow this node, stop {} and start it again with an empty data directory",
                     hello.name);
}

Refuse refuse_name(const Hello& hello, DirectoryId member) {
  return {RefusalKind::kName,
          fmt::format("the name '{}' belongs to a member with another data directory ({}, yours is {}); "
                      "`wallaby drop-replica {}` first, or choose another --name",
                      hello.name, to_string(member), to_string(hello.directory), hello.name)};
}

/// The replica holds log that we do not, on a timeline that we share: we lost what we had flushed and shipped.
Refuse refuse_ahead(const Hello& hello, const FeederLog& own, bool is_member) {
  std::string gap = fmt::format("{} to {} ({} bytes)", to_string(own.flushed), to_string(hello.end),
                                hello.end - own.flushed);
  std::string loss = fmt::format(
      "the log of {} ends at {}, but this primary's ends at {} on the same timeline: the primary lost log "
      "that it had flushed, "
      "and only {} still holds {}",
      hello.name, to_string(hello.end), to_string(own.flushed), hello.name, gap);
  std::string way =
      is_member
          ? fmt::format("`wallaby drop-replica {}` gives that up and lets this primary acknowledge again",
                        hello.name)
          : fmt::format("an empty data directory for {} gives that up", hello.name);
  return {RefusalKind::kAhead, fmt::format("{}; {}", loss, way)};
}

Refuse refuse_diverged(const Hello& hello, std::string_view how) {
  return {RefusalKind::kDiverged, fmt::format("the log of {} is another history than ours: {}; {}",
                                              hello.name, how, start_anew(hello))};
}

/// The same number with another random id was started by somebody else.
const Timeline* foreign_timeline(const Hello& hello, const std::vector<Timeline>& ours) {
  for (const Timeline& theirs : hello.history)
    if (const Timeline* same = find(ours, theirs.number); same && same->random_id != theirs.random_id)
      return &theirs;
  return nullptr;
}

HandshakeDecision continue_or_snapshot(const Hello& hello, const FeederLog& own) {
  if (own.oldest <= hello.end) return Continue{hello.end};
  return NeedSnapshot{fmt::format("the log is kept from {} on, {} needs it from {} on", to_string(own.oldest),
                                  hello.name, to_string(hello.end))};
}

HandshakeDecision judge_log(const Hello& hello, const FeederLog& own,
                            const std::optional<ChecksumFound>& found) {
  static const ClusterState kNothing;
  const ClusterState& state = own.cluster_state ? *own.cluster_state : kNothing;

  if (const Timeline* foreign = foreign_timeline(hello, state.history))
    return refuse_diverged(
        hello, fmt::format("its timeline {} began at {} and is not the one that we call {}",
                           foreign->number.value, to_string(foreign->start), foreign->number.value));
  if (!find(state.history, hello.timeline)) {
    if (!own.is_primary)
      return Wait{fmt::format("this replica has not heard of timeline {} yet", hello.timeline.value)};
    return refuse_diverged(
        hello, fmt::format("it is on timeline {}, which this primary does not know", hello.timeline.value));
  }
  if (hello.end > own.flushed) {
    if (own.is_primary) return refuse_ahead(hello, own, state.is_member(hello.name, hello.directory));
    return Wait{fmt::format("this replica's own log ends at {}, before yours at {}", to_string(own.flushed),
                            to_string(hello.end))};
  }
  if (hello.end < own.oldest) return continue_or_snapshot(hello, own);
  if (!found) return NeedChecksum{hello.end};
  if (found->checksum != hello.end_checksum)
    return refuse_diverged(hello, fmt::format("they part at {} at the latest", to_string(hello.end)));
  return continue_or_snapshot(hello, own);
}

struct Printer {
  std::ostream& out;
  void operator()(const NeedSnapshot& need) const { out << "needs a snapshot: " << need.reason; }
  void operator()(const NeedChecksum& need) const { out << "needs our checksum at " << need.at; }
  template <typename Decided>
  void operator()(const Decided& decided) const {
    out << Decision(decided);
  }
};

}  // namespace

std::ostream& operator<<(std::ostream& out, const HandshakeDecision& decision) {
  std::visit(Printer{out}, decision);
  return out;
}

HandshakeDecision judge_hello(const Hello& hello, const FeederLog& own,
                              const std::optional<ChecksumFound>& found) {
  if (hello.protocol != kLinkProtocol)
    return Refuse{
        RefusalKind::kProtocol,
        fmt::format("{} speaks version {} of the protocol between nodes, this node speaks version {}; "
                    "run the same release on both",
                    hello.name, hello.protocol, kLinkProtocol)};
  if (hello.cluster && *hello.cluster != own.cluster)
    return Refuse{
        RefusalKind::kCluster,
        fmt::format("{} belongs to cluster {}, this node to cluster {}; check --primary, or {}", hello.name,
                    to_string(*hello.cluster), to_string(own.cluster), start_anew(hello))};
  if (own.is_primary && own.cluster_state) {
    auto member = own.cluster_state->members.find(hello.name);
    if (member != own.cluster_state->members.end() && member->second != hello.directory)
      return refuse_name(hello, member->second);
  }
  if (hello.copying) return NeedSnapshot{fmt::format("an earlier base copy of {} was cut off", hello.name)};
  if (hello.end == Lsn{}) return continue_or_snapshot(hello, own);
  if (!hello.cluster)
    return Refuse{RefusalKind::kOther, fmt::format("{} names no cluster, but its log ends at {}", hello.name,
                                                   to_string(hello.end))};
  return judge_log(hello, own, found);
}

}  // namespace wallaby::replication
