#include "sim/crash_life.h"

#include <algorithm>
#include <array>
#include <deque>
#include <utility>

#include <fmt/core.h>

#include "sim/cluster.h"
#include "sim/log_watch.h"
#include "sim/plan.h"

namespace wallaby::sim {
namespace {

using replication::Rung;
using replication::Stage;
using replication::StageName;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* kReplicas[] = {"r1", "r2"};

/// Where the whole frames in a log's files end; `from` is a record's end.
Lsn written_end(const SimDisk& disk, Lsn from) {
  std::vector<SegmentId> segments = segments_on(disk);
  for (;;) {
    auto after = std::ranges::upper_bound(segments, from, {}, &SegmentId::first);
    if (after == segments.begin()) return from;
    std::string path = wal::segment_path(*std::prev(after));
    uint64_t offset = wal::file_offset(*std::prev(after), from);
    auto header = wal::read_frame_header(disk.peek(path, offset, wal::kFrameHeaderSize), from);
    if (!header) return from;
    std::string bytes = disk.peek(path, offset, wal::frame_size(header->payload_length));
    if (!wal::read_frame(bytes, from, std::nullopt)) return from;
    from = from + bytes.size();
  }
}

class CrashRun {
 public:
  CrashRun(uint64_t seed, Trace::Mode mode)
      : random_(seed), plan_(draw_plan(random_.fork())), cluster_(random_.next(), plan_.net, mode) {
    life_.rung = replication::kRungs[seed % replication::kRungs.size()];
    goal_ = static_cast<int>(seed / replication::kRungs.size() % (kReachedCount + 1));
  }

  CrashLife run() {
    build();
    write(random_.between(1, 4));
    cluster_.run_for(milliseconds(random_.between(50, 400)));
    hold();
    write_on();
    life_.restarted = random_.chance(35);
    die();
    if (life_.restarted)
      restart();
    else
      take_over();
    return std::move(life_);
  }

 private:
  /// A put, and what became of it.
  struct Commit {
    std::string operation, key, value;
    std::optional<Token> token;
    bool told = false;
  };

  void build();
  void ask(const Place& place, node::RequestBody body);
  void hold_at(const Place& place, Stage stage, const NodeName& replica = {}) {
    ask(place, node::HoldStage{StageName{stage, replica}});
  }
  void hold();
  void write(uint64_t count);
  void write_on();
  void die();
  void take_over();
  void restart();
  Host& furthest_replica();
  Lsn lsn_of(const Commit& commit);
  Reached reached(Lsn lsn);
  bool holds(Host& host, const Commit& commit);
  void expect(bool so, const std::string& what) {
    if (!so) throw BrokenPromise(what);
  }
  Host& primary() { return cluster_.at("p1"); }

  Random random_;
  Plan plan_;
  Cluster cluster_;
  CrashLife life_;
  int goal_;  ///< the stage to stop at; kReachedCount: a random moment
  std::unique_ptr<Client> client_;
  std::deque<Commit> commits_;
  Lsn flushed_at_death_;
};

void CrashRun::build() {
  for (const char* place : {"p1", "r1", "r2"}) {
    HostOptions host;
    host.place = place;
    host.node = plan_.node;
    host.node.max_log = host.node.max_slot_keep = uint64_t{1} << 30;
    host.node.rung.reset();
    host.node.on_missing.reset();
    bool is_primary = host.place == "p1";
    if (is_primary) host.node.rung = life_.rung;
    host.role = is_primary ? node::Role::kPrimary : node::Role::kReplica;
    host.disk = plan_.disk;
    host.turn_events = plan_.turn_events;
    cluster_.add(std::move(host), is_primary ? "" : "p1").start();
  }
  bool ready = cluster_.run_until(
      [&] {
        return primary().status().members.size() == 2 && cluster_.at("r1").ready() &&
               cluster_.at("r2").ready();
      },
      seconds(30));
  expect(ready, "a new cluster gets ready by itself, but this one does not");
  client_ = std::make_unique<Client>(cluster_.net(), cluster_.referee().ledger(), cluster_.scheduler(), "c1");
  client_->connect("p1");
}

void CrashRun::ask(const Place& place, node::RequestBody body) {
  auto answered = std::make_shared<bool>(false);
  cluster_.admin(place).send(std::move(body), [answered](const node::Reply*) { *answered = true; });
  expect(cluster_.run_until([&] { return *answered; }, seconds(5)), place + " does not answer its operator");
}

/// Brings what is written from now on to the goal, and no further.
void CrashRun::hold() {
  switch (goal_) {
    case static_cast<int>(Reached::kAppended): return hold_at("p1", Stage::kFlushed);
    case static_cast<int>(Reached::kFlushed): return hold_at("p1", Stage::kSent);
    case static_cast<int>(Reached::kReceived): hold_at("r1", Stage::kFlushed); break;
    case static_cast<int>(Reached::kReplicaFlushed): hold_at("r1", Stage::kApplied); break;
    case static_cast<int>(Reached::kApplied):
      if (random_.chance(30)) hold_at("p1", Stage::kAcknowledged);
      return;
    default: return;
  }
  if (random_.chance(50))
    hold_at("r2", Stage::kReceived);
  else
    hold_at("p1", Stage::kSent, "r2");
}

void CrashRun::write(uint64_t count) {
  for (; count > 0; --count) {
    Commit& commit = commits_.emplace_back();
    commit.operation = Ledger::operation(client_->place(), client_->next_id());
    commit.key = fmt::format("k{}", commits_.size());
    commit.value = Ledger::value(commit.operation, 0, random_.below(200));
    node::Write write;
    write.changes.push_back({engine::ChangeKind::kPut, "t", commit.key, commit.value});
    client_->send(std::move(write), [&commit](const node::Reply* reply) {
      if (!reply) return;
      if (const auto* written = std::get_if<node::Written>(&reply->body)) {
        commit.token = written->token;
        commit.told = true;
      } else if (const auto* notice = std::get_if<node::ClientNotice>(&reply->body)) {
        commit.token = notice->token;
      }
    });
  }
}

void CrashRun::write_on() {
  if (goal_ == kReachedCount) {
    for (uint64_t bursts = random_.between(2, 12); bursts > 0; --bursts) {
      write(random_.between(1, 4));
      cluster_.run_for(milliseconds(random_.below(30)));
    }
    return;
  }
  write(random_.between(1, 5));
  // Long enough for a waiting client to be told its token.
  cluster_.run_for(milliseconds(1'200 + random_.below(300)));
}

void CrashRun::die() {
  flushed_at_death_ = primary().status().flushed;
  bool power = random_.chance(50);
  life_.replica_power = power && !life_.restarted && random_.chance(50);
  if (life_.restarted)
    for (const char* replica : kReplicas) {
      cluster_.net().block("p1", replica);
      cluster_.net().block(replica, "p1");
    }
  power ? primary().power_cut() : primary().kill();
  cluster_.run_for(milliseconds(600));  // what was on the way arrives
}

Lsn CrashRun::lsn_of(const Commit& commit) {
  if (commit.token) return commit.token->lsn;
  return cluster_.referee().ledger().place(commit.operation).value_or(Lsn{});
}

Reached CrashRun::reached(Lsn lsn) {
  bool all_applied = true, flushed = false, written = false;
  for (const char* replica : kReplicas) {
    Host& host = cluster_.at(replica);
    const node::NodeStatus& status = host.status();
    all_applied &= status.visible >= lsn;
    flushed |= status.flushed >= lsn;
    written |= written_end(host.disk(), status.visible) >= lsn;
  }
  if (all_applied) return Reached::kApplied;
  if (flushed) return Reached::kReplicaFlushed;
  if (written) return Reached::kReceived;
  return lsn <= flushed_at_death_ ? Reached::kFlushed : Reached::kAppended;
}

bool CrashRun::holds(Host& host, const Commit& commit) {
  return host.node().store().visible_view().get("t", commit.key) == commit.value;
}

Host& CrashRun::furthest_replica() {
  auto end = [&](const char* replica) {
    Host& host = cluster_.at(replica);
    return written_end(host.disk(), host.status().visible);
  };
  return cluster_.at(end("r2") > end("r1") ? "r2" : "r1");
}

void CrashRun::take_over() {
  Host& successor = furthest_replica();
  std::vector<std::pair<const Commit*, CommitFate>> fates;
  for (const Commit& commit : commits_) {
    Lsn lsn = lsn_of(commit);
    if (lsn == Lsn{}) continue;  // it was never known to be in a log
    fates.emplace_back(&commit, CommitFate{.reached = reached(lsn), .told = commit.told});
    if (fates.back().second.reached == Reached::kApplied)
      for (const char* replica : kReplicas)
        expect(holds(cluster_.at(replica), commit), "what all applied is readable on every member");
  }
  if (life_.replica_power) {
    successor.power_cut();
    cluster_.run_for(milliseconds(100));
    expect(successor.start(), successor.place() + " does not start after a power cut");
  }
  if (successor.up()) ask(successor.place(), node::ReleaseStage{});
  auto all_applied = [&] {
    const node::NodeStatus& status = successor.status();
    return status.holds.empty() && status.flushed == status.appended && status.visible == status.appended;
  };
  expect(cluster_.run_until(all_applied, seconds(10)), "a replica applies all that it has received");
  for (auto& [commit, fate] : fates) {
    fate.there = holds(successor, *commit);
    life_.commits.push_back(fate);
  }
}

/// First alone, so that nothing can be acknowledged again; then with its replicas.
void CrashRun::restart() {
  std::vector<Reached> rows;
  for (const Commit& commit : commits_) rows.push_back(reached(lsn_of(commit)));
  expect(primary().start(), "the primary does not start again");
  cluster_.run_for(milliseconds(300));
  Lsn visible = primary().status().visible;
  bool refused = !primary().status().reads_refused.empty();
  for (const char* replica : kReplicas) {
    cluster_.net().unblock("p1", replica);
    cluster_.net().unblock(replica, "p1");
  }
  for (const char* replica : kReplicas) ask(replica, node::ReleaseStage{});
  auto well = [&] {
    const node::NodeStatus& status = primary().status();
    return status.reads_refused.empty() && status.visible == status.appended;
  };
  expect(cluster_.run_until(well, seconds(30)), "the log's end is acknowledged again when replicas are back");
  for (size_t i = 0; i < commits_.size(); ++i) {
    Lsn lsn = lsn_of(commits_[i]);
    if (lsn == Lsn{}) continue;
    CommitFate fate{.reached = rows[i], .told = commits_[i].told, .there = holds(primary(), commits_[i])};
    fate.unread = fate.there && lsn > visible;
    expect(!fate.unread || refused, "what is not acknowledged is not shown");
    life_.commits.push_back(fate);
  }
}

}  // namespace

CrashLife live_and_crash(uint64_t seed, Trace::Mode mode) {
  CrashRun run(seed, mode);
  try {
    return run.run();
  } catch (const BrokenPromise& promise) {
    CrashLife life;
    life.rung = replication::kRungs[seed % replication::kRungs.size()];
    life.broken = promise.what();
    return life;
  }
}

}  // namespace wallaby::sim
