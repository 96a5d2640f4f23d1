// Links and time, what nodes tell of themselves, and how a script ends.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sim/scenario.h"

namespace wallaby::sim {
namespace {

/// Everything must be one again within this time after all is healed.
constexpr Duration kHealing = std::chrono::seconds(60);

}  // namespace

void Scenario::run_for(Words& words) {
  cluster_.run_for(script_duration(words.take("DURATION")));
}

std::pair<Place, Place> Scenario::two_places(Words& words) {
  Place a = words.take("NODE"), b = words.take("NODE");
  for (const Place& place : {a, b})
    if (!cluster_.has(place)) throw ScriptError(fmt::format("there is no {}", place));
  return {a, b};
}

/// Nothing arrives any more, either way; nobody is told.
void Scenario::cut(Words& words) {
  auto [a, b] = two_places(words);
  cluster_.net().block(a, b);
  cluster_.net().block(b, a);
}

/// Undoes cut and slow.
void Scenario::heal(Words& words) {
  auto [a, b] = two_places(words);
  for (auto [from, to] : {std::pair(a, b), std::pair(b, a)}) {
    Path& path = cluster_.net().path(from, to);
    path.delay_min = path.delay_max = std::chrono::milliseconds(1);
    path.bytes_per_second = 0;
    cluster_.net().unblock(from, to);
  }
}

/// slow A B DELAY [speed=BYTES]: each way takes so long, and brings at most so many bytes a second.
void Scenario::slow(Words& words) {
  auto [a, b] = two_places(words);
  Duration delay = script_duration(words.take("DELAY"));
  uint64_t speed = words.size_option("speed").value_or(0);
  for (auto [from, to] : {std::pair(a, b), std::pair(b, a)}) {
    Path& path = cluster_.net().path(from, to);
    path.delay_min = path.delay_max = delay;
    path.bytes_per_second = speed;
  }
}

void Scenario::refuse_connections(Words& words) {
  Host& host = running(words);
  refusing_.insert(host.place());
  cluster_.net().unlisten(host.place());
}

void Scenario::accept_connections(Words& words) {
  Host& host = running(words);
  refusing_.erase(host.place());
  cluster_.net().listen(host.place(), host);
}

void Scenario::status(Words& words) {
  for (std::string& line : status_lines(host(words))) say(std::move(line));
}

/// said NODE: what it told its operator since the last time.
void Scenario::said(Words& words) {
  Host& where = host(words);
  uint64_t fresh = std::min<uint64_t>(where.lines() - lines_said_[where.place()], where.log().size());
  lines_said_[where.place()] = where.lines();
  for (size_t i = where.log().size() - fresh; i < where.log().size(); ++i) say("| " + where.log()[i]);
  if (fresh == 0) say("(nothing)");
}

/// All faults end: networks, disks, pauses; whoever is down is started.
void Scenario::make_well() {
  SimNet& net = cluster_.net();
  for (auto& [a, host] : cluster_.hosts()) {
    host->disk().set_capacity(UINT64_MAX);
    host->disk().fail_syncs(0);
    for (auto& [b, other] : cluster_.hosts()) {
      if (a == b) continue;
      Path& path = net.path(a, b);
      path.delay_min = path.delay_max = std::chrono::milliseconds(1);
      path.bytes_per_second = 0;
      net.unblock(a, b);
    }
    if (refusing_.erase(a) > 0 && host->up()) net.listen(a, *host);
    if (!host->up()) {
      if (!host->start()) say(fmt::format("{} refuses to start: {}", a, host->open_error()->message));
    } else if (!host->status().holds.empty()) {
      client(a).send(node::ReleaseStage{}, [](const node::Reply*) {});
    }
  }
}

/// Both ends must say so: a link whose other machine lost its power still looks well from this side.
bool Scenario::fed(Host& replica) {
  const Place& feeder = replica.options().node.primary.host;
  if (replica.status().upstream->state != "streaming" || !cluster_.has(feeder) || !cluster_.at(feeder).up())
    return false;
  return std::ranges::any_of(cluster_.at(feeder).status().replicas, [&](const node::ReplicaStatus& fed) {
    return fed.name == replica.status().name && fed.state == "streaming" &&
           fed.positions.applied == replica.status().visible;
  });
}

std::string Scenario::not_converged() {
  Host* primary = nullptr;
  for (auto& [place, host] : cluster_.hosts()) {
    if (!host->up()) return fmt::format("{} does not run", place);
    if (!host->ready()) return fmt::format("{} is not ready", place);
    const node::NodeStatus& status = host->status();
    if (!status.reads_refused.empty())
      return fmt::format("{} refuses reads: {}", place, status.reads_refused);
    if (host->role() == node::Role::kPrimary)
      primary = host.get();
    else if (!fed(*host))
      return fmt::format("{} does not stream: {}", place, status.upstream->last_failure);
  }
  if (!primary) return "there is no primary";
  const node::NodeStatus& status = primary->status();
  if (!status.writes_refused.empty()) return "writes are refused: " + status.writes_refused;
  if (!status.degraded.empty()) return "the switch is degraded: " + status.degraded;
  if (status.visible != status.appended || status.waiting > 0)
    return fmt::format("{} of {} is acknowledged: {}", to_string(status.visible), to_string(status.appended),
                       status.waiting_for);
  for (auto& [place, host] : cluster_.hosts()) {
    const node::NodeStatus& other = host->status();
    if (other.flushed != status.flushed || other.visible != status.visible)
      return fmt::format("{} is at {} of {}", place, to_string(other.visible), to_string(status.flushed));
    if (other.digest != status.digest) return fmt::format("{} has other tables than its primary", place);
  }
  return "";
}

void Scenario::converge(Words&) {
  make_well();
  std::string missing;
  converged_ = cluster_.run_until([&] { return (missing = not_converged()).empty(); }, kHealing);
  if (!converged_) return say("they do not become one: " + missing);
  std::vector<Place> places;
  for (auto& [place, host] : cluster_.hosts()) places.push_back(place);
  const node::NodeStatus& status = cluster_.hosts().begin()->second->status();
  say(fmt::format("{} {}: log end {}, {} row{}, digest {:016x}", fmt::join(places, " "),
                  places.size() == 1 ? "is well" : "agree", to_string(status.flushed), status.rows,
                  status.rows == 1 ? "" : "s", status.digest));
}

}  // namespace wallaby::sim
