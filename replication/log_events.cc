#include "replication/log_events.h"

#include <ostream>

namespace wallaby::replication {
namespace {

/// Overloads as one visitor.
template <typename... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};

}  // namespace

std::string_view to_string(RecordKind kind) {
  switch (kind) {
    case RecordKind::kTimeline: return "timeline";
    case RecordKind::kChanges: return "changes";
    case RecordKind::kPolicy: return "policy";
    case RecordKind::kMemberJoined: return "member";
    case RecordKind::kMemberDropped: return "drop-member";
    case RecordKind::kDegraded: return "degraded";
    case RecordKind::kRearmed: return "re-armed";
  }
  return "unknown";
}

std::ostream& operator<<(std::ostream& out, RecordKind kind) {
  return out << to_string(kind);
}

std::ostream& operator<<(std::ostream& out, const Timeline& timeline) {
  out << "timeline " << timeline.number << " (" << to_string(DirectoryId{timeline.random_id}) << ") from "
      << timeline.start;
  if (timeline.parent.value != 0) out << " of timeline " << timeline.parent;
  return out << " by " << timeline.writer << ": " << timeline.reason;
}

std::ostream& operator<<(std::ostream& out, const LogEvent& event) {
  std::visit(Overloaded{[&](const Timeline& timeline) { out << timeline; },
                        [&](const PolicyChanged& changed) { out << "policy " << changed.policy; },
                        [&](const MemberJoined& joined) {
                          out << "member " << joined.name << " (" << joined.directory << ") joined";
                        },
                        [&](const MemberDropped& dropped) {
                          out << "member " << dropped.name << " (" << dropped.directory << ") dropped";
                        },
                        [&](const Degraded& degraded) { out << "degraded to async: " << degraded.reason; },
                        [&](const Rearmed&) { out << "re-armed"; }},
             event);
  return out;
}

RecordKind kind_of(const LogEvent& event) {
  return std::visit(Overloaded{[](const Timeline&) { return RecordKind::kTimeline; },
                               [](const PolicyChanged&) { return RecordKind::kPolicy; },
                               [](const MemberJoined&) { return RecordKind::kMemberJoined; },
                               [](const MemberDropped&) { return RecordKind::kMemberDropped; },
                               [](const Degraded&) { return RecordKind::kDegraded; },
                               [](const Rearmed&) { return RecordKind::kRearmed; }},
                    event);
}

void ClusterState::apply(const LogEvent& event) {
  std::visit(Overloaded{[&](const Timeline& timeline) { history.push_back(timeline); },
                        [&](const PolicyChanged& changed) {
                          policy = changed.policy;
                          degraded.reset();
                        },
                        [&](const MemberJoined& joined) { members[joined.name] = joined.directory; },
                        [&](const MemberDropped& dropped) {
                          if (is_member(dropped.name, dropped.directory)) members.erase(dropped.name);
                        },
                        [&](const Degraded& event) {
                          if (policy.may_degrade()) degraded = event.reason;
                        },
                        [&](const Rearmed&) { degraded.reset(); }},
             event);
}

bool ClusterState::is_member(const NodeName& name, DirectoryId directory) const {
  auto member = members.find(name);
  return member != members.end() && member->second == directory;
}

std::ostream& operator<<(std::ostream& out, const ClusterState& state) {
  for (const Timeline& timeline : state.history) out << timeline << "; ";
  out << "policy " << state.policy << "; members";
  if (state.members.empty()) out << " none";
  for (const auto& [name, directory] : state.members) out << ' ' << name << " (" << directory << ')';
  if (state.degraded) out << "; degraded: " << *state.degraded;
  return out;
}

}  // namespace wallaby::replication
