#include "sim/life.h"

#include <functional>
#include <memory>
#include <vector>

#include <fmt/core.h>

#include "sim/chaos.h"
#include "sim/cluster.h"
#include "sim/staff.h"
#include "sim/worker.h"

namespace wallaby::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kGlance = milliseconds(20);
/// Everything must be well again within this time after the faults stopped: more than all the time-outs in a row.
constexpr Duration kHealing = seconds(90);

class Life {
 public:
  Life(uint64_t seed, Trace::Mode mode)
      : random_(seed),
        plan_(draw_plan(random_.fork())),
        cluster_(random_.next(), plan_.net, mode),
        chaos_(cluster_, plan_, random_.fork()),
        staff_(cluster_, plan_, random_.fork()) {}

  void run() {
    build();
    begin();
    suffer();
    heal();
    open_again();
  }
  Outcome outcome();

 private:
  void build();
  void begin();
  void suffer();
  void heal();
  void open_again();
  std::string not_converged();
  void write_once(const std::function<void(bool)>& answered);
  void check_bounds();
  void take_two_checkpoints();
  std::string over_bounds();
  Host& primary() { return cluster_.at("p1"); }

  Random random_;
  Plan plan_;
  Cluster cluster_;
  Chaos chaos_;
  std::vector<std::unique_ptr<Worker>> workers_;
  Staff staff_;
};

void Life::build() {
  auto options = [&](const Place& place, node::Role role) {
    HostOptions host;
    host.place = place;
    host.role = role;
    host.node = plan_.node;
    host.sql = plan_.sql;
    if (role == node::Role::kReplica) {
      host.node.rung.reset();
      host.node.on_missing.reset();
      if (plan_.faults.contains(Fault::kApplyDelay) && random_.chance(60)) {
        host.node.apply_delay = milliseconds(random_.between(50, 1'500));
        cluster_.tally().add("fault", std::string(to_string(Fault::kApplyDelay)));
      }
    }
    host.disk = plan_.disk;
    host.turn_events = plan_.turn_events;
    if (plan_.faults.contains(Fault::kClockSkew)) {
      host.clock.offset = seconds(random_.below(100'000));
      host.clock.rate = 0.9 + 0.2 * static_cast<double>(random_.below(1000)) / 1000;
    }
    return host;
  };
  if (plan_.faults.contains(Fault::kClockSkew))
    cluster_.tally().add("fault", std::string(to_string(Fault::kClockSkew)));
  cluster_.add(options("p1", node::Role::kPrimary));
  for (uint64_t i = 1; i <= plan_.replicas; ++i) {
    bool fed_by_replica = plan_.cascade && i == plan_.replicas;
    cluster_.add(options("r" + std::to_string(i), node::Role::kReplica), fed_by_replica ? "r1" : "p1");
  }
}

void Life::begin() {
  for (auto& [place, host] : cluster_.hosts()) host->start();
  if (!plan_.wait_for_start) return;
  auto all_ready = [&] {
    for (auto& [place, host] : cluster_.hosts())
      if (!host->ready()) return false;
    return true;
  };
  if (!cluster_.run_until(all_ready, seconds(30)))
    throw BrokenPromise("a new cluster gets ready by itself, but this one does not");
}

void Life::suffer() {
  auto add_worker = [&](const std::string& name, std::vector<Place> targets, bool writes) {
    WorkerOptions options;
    options.place = name;
    options.targets = std::move(targets);
    options.writes = writes;
    options.depth = plan_.depth;
    options.pause = plan_.pause;
    options.largest_value = plan_.largest_value;
    options.own_rungs = plan_.own_rungs;
    options.cancels = plan_.faults.contains(Fault::kCancel);
    workers_.push_back(std::make_unique<Worker>(cluster_.net(), cluster_.referee(), cluster_.scheduler(),
                                                cluster_.tally(), std::move(options), random_.fork()));
    workers_.back()->start();
  };
  std::vector<Place> replicas;
  for (uint64_t i = 1; i <= plan_.replicas; ++i) replicas.push_back("r" + std::to_string(i));
  for (uint64_t i = 1; i <= plan_.writers; ++i) add_worker("c" + std::to_string(i), {"p1"}, true);
  for (uint64_t i = 1; i <= plan_.readers; ++i) add_worker("d" + std::to_string(i), replicas, false);
  staff_.start();
  chaos_.start();
  for (SimTime end = cluster_.now() + plan_.length; cluster_.now() < end;) {
    cluster_.run_for(kGlance);
    chaos_.tend();
  }
}

/// Empty when the cluster is one again; else what is missing.
std::string Life::not_converged() {
  for (auto& [place, host] : cluster_.hosts()) {
    if (!host->up()) return fmt::format("{} is not up", place);
    if (!host->ready()) return fmt::format("{} does not say that it is ready", place);
    if (std::string why = host->status().reads_refused; !why.empty())
      return fmt::format("{} refuses reads: {}", place, why);
  }
  const node::NodeStatus& status = primary().status();
  if (!status.writes_refused.empty()) return "writes are refused: " + status.writes_refused;
  if (!status.degraded.empty()) return "the switch is degraded: " + status.degraded;
  if (status.visible != status.appended)
    return fmt::format("the primary has {} visible of {}: {}", to_string(status.visible),
                       to_string(status.appended), status.waiting_for);
  engine::Digest digest = primary().node().store().digest();
  for (auto& [place, host] : cluster_.hosts()) {
    const node::NodeStatus& other = host->status();
    if (other.flushed != status.flushed || other.visible != status.visible)
      return fmt::format("{} is at {} of {}", place, to_string(other.visible), to_string(status.flushed));
    if (host->node().store().digest() != digest)
      return fmt::format("{} has other tables than p1 at the same position", place);
  }
  return "";
}

void Life::write_once(const std::function<void(bool)>& answered) {
  node::Write write;
  Client& admin = cluster_.admin("p1");
  std::string operation = Ledger::operation(admin.place(), admin.next_id());
  write.changes.push_back({engine::ChangeKind::kPut, "t0", "healed", Ledger::value(operation, 0, 1)});
  admin.send(write, [answered](const node::Reply* reply) {
    answered(reply && std::holds_alternative<node::Written>(reply->body));
  });
}

void Life::heal() {
  for (auto& worker : workers_) worker->stop();
  staff_.stop();
  chaos_.stop();
  SimTime end = cluster_.now() + kHealing;
  SimTime next_write = cluster_.now();
  auto written = std::make_shared<uint64_t>(0);  // an answer may come when this is over
  std::string missing = "writes are not acknowledged";
  for (;;) {
    cluster_.run_for(kGlance);
    chaos_.tend();
    chaos_.mend();
    if (*written < 3 && cluster_.now() >= next_write && primary().up()) {
      next_write = cluster_.now() + milliseconds(500);
      write_once([written](bool done) { *written += done; });
    }
    if (*written >= 3 && (missing = not_converged()).empty()) break;
    if (cluster_.now() >= end)
      throw BrokenPromise(
          fmt::format("when faults stop, all converge: {} s later, {}", kHealing / seconds(1), missing));
  }
  check_bounds();
  staff_.audit();
}

/// A hold, a delay or a full disk may have put a checkpoint off, and the log goes back to the older one of two.
void Life::take_two_checkpoints() {
  for (int i = 0; i < 2; ++i) {
    write_once([](bool) {});
    cluster_.run_for(seconds(3));
    for (auto& [place, host] : cluster_.hosts()) cluster_.tell(place, node::TakeCheckpoint{});
    cluster_.run_for(seconds(1));
  }
}

std::string Life::over_bounds() {
  for (auto& [place, host] : cluster_.hosts()) {
    const node::NodeStatus& status = host->status();
    const node::NodeOptions& options = host->options().node;
    uint64_t segment = std::max<uint64_t>(options.log.segment_file_size, plan_.largest_value + 2048);
    uint64_t checkpoint = std::max(options.checkpoint_log, 2 * host->node().store().checkpoint_size());
    uint64_t bound = 3 * checkpoint + std::min<uint64_t>(options.max_slot_keep, 1 << 26) + 8 * segment;
    if (status.log_bytes > bound)
      return fmt::format("the log is bounded, but {} keeps {} bytes of it (bound {})", place,
                         status.log_bytes, bound);
    if (host->node().store().versions() > host->node().store().rows() + 64)
      return fmt::format("memory is bounded, but {} keeps {} versions for {} rows with nobody reading", place,
                         host->node().store().versions(), host->node().store().rows());
  }
  return "";
}

void Life::check_bounds() {
  cluster_.run_for(seconds(3));
  if (over_bounds().empty()) return;
  take_two_checkpoints();
  if (std::string what = over_bounds(); !what.empty()) throw BrokenPromise(what);
}

void Life::open_again() {
  for (auto& [place, host] : cluster_.hosts()) host->request_stop();
  auto all_down = [&] {
    for (auto& [place, host] : cluster_.hosts())
      if (host->up()) return false;
    return true;
  };
  if (!cluster_.run_until(all_down, seconds(20)))
    throw BrokenPromise("a clean stop ends within its time, but somebody is still up");
  for (auto& [place, host] : cluster_.hosts())
    if (!host->start()) throw BrokenPromise(place + " does not start after a clean stop");
  if (std::string why = primary().status().reads_refused; !why.empty())
    throw BrokenPromise("after a clean stop with nothing waiting the primary serves reads at once, but: " +
                        why);
  staff_.work_after_restart();
}

Outcome Life::outcome() {
  Outcome outcome;
  outcome.hash = cluster_.trace().hash();
  outcome.virtual_time = cluster_.now();
  outcome.plan = describe(plan_);
  outcome.positions = cluster_.positions();
  for (const std::string& line : cluster_.trace().tail()) outcome.last_lines += line + "\n";
  outcome.tally = cluster_.tally();
  outcome.tally.add("load", "lives");
  outcome.tally.add("load", "commits acknowledged", cluster_.referee().acknowledged());
  outcome.tally.add("load", "reads checked", cluster_.referee().reads_checked());
  if (plan_.sql) outcome.tally.add("load", "lives with SQL clients");
  outcome.tally.add("load", "sql: commits acknowledged", cluster_.referee().sql().acknowledged());
  outcome.tally.add("load", "sql: snapshots checked", cluster_.referee().sql().snapshots());
  outcome.tally.add("load", "sql: log records", cluster_.referee().bank().records());
  outcome.tally.add("load", "log records", cluster_.referee().canon().records());
  outcome.tally.add("load", "positions judged against a hold", cluster_.referee().holds_judged());
  outcome.tally.add("path", "reads that `off` lost", cluster_.referee().reads_lost_with_off());
  const Canon& canon = cluster_.referee().canon();
  outcome.tally.add("path", "switch degraded", canon.events(replication::RecordKind::kDegraded));
  outcome.tally.add("path", "switch re-armed", canon.events(replication::RecordKind::kRearmed));
  outcome.tally.add("load", "events", cluster_.scheduler().executed());
  return outcome;
}

}  // namespace

Outcome live(uint64_t seed, Trace::Mode mode) {
  Life life(seed, mode);
  std::string broken;
  try {
    life.run();
  } catch (const BrokenPromise& promise) {
    broken = promise.what();
  }
  Outcome outcome = life.outcome();
  outcome.good = broken.empty();
  outcome.broken = std::move(broken);
  return outcome;
}

Tally expected_counters() {
  Tally tally;
  for (int fault = 0; fault < kFaults; ++fault)
    tally.expect("fault", std::string(to_string(static_cast<Fault>(fault))));
  for (const std::string& name : operator_faults()) tally.expect("fault", name);
  for (const char* path :
       {"switch degraded", "switch re-armed", "reads that `off` lost", "on-missing reject refused a write",
        "commit-status: visible", "commit-status: pending", "cancelled before it was run"})
    tally.expect("path", path);
  for (const std::string& path : sql_paths()) tally.expect("path", path);
  for (const char* path : {"sql: hung up inside of a transaction", "sql: hung up at COMMIT"})
    tally.expect("path", path);
  return tally;
}

}  // namespace wallaby::sim
