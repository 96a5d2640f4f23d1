#include "sim/staff.h"

#include <fmt/core.h>

namespace wallaby::sim {

using std::chrono::seconds;

Teller& Staff::employ(TellerOptions options) {
  return *tellers_.emplace_back(std::make_unique<Teller>(cluster_.net(), cluster_.referee(),
                                                         cluster_.scheduler(), cluster_.tally(),
                                                         std::move(options), random_.fork()));
}

void Staff::start() {
  if (!plan_.sql) return;
  TellerOptions options;
  options.think = plan_.think;
  options.own_rungs = plan_.own_rungs;
  options.cancels = plan_.faults.contains(Fault::kCancel);
  options.hangs_up = plan_.hangs_up;
  options.targets = {"p1"};
  for (uint64_t i = 1; i <= plan_.tellers; ++i) {
    options.place = fmt::format("b{}", i);
    employ(options).start();
  }
  options.writes = false;
  options.targets.clear();
  for (uint64_t i = 1; i <= plan_.replicas; ++i) options.targets.push_back(fmt::format("r{}", i));
  for (uint64_t i = 1; i <= plan_.sql_readers; ++i) {
    options.place = fmt::format("e{}", i);
    employ(options).start();
    options.targets.push_back("p1");  // the first one knows replicas alone
  }
}

void Staff::stop() {
  for (auto& teller : tellers_) teller->stop();
}

void Staff::run(const Place& at, const std::string& who, std::vector<Errand> errands) {
  Teller& teller = employ({.place = who, .targets = {at}});
  teller.run(std::move(errands));
  if (!cluster_.run_until([&] { return teller.done(); }, seconds(20)))
    throw BrokenPromise(
        fmt::format("when faults stop, SQL is served, but {} got no answer from {}", who, at));
  teller.stop();
}

void Staff::audit() {
  if (!plan_.sql) return;
  // In a short life with many faults perhaps nobody has opened the bank.
  run("p1", "opener", {open_bank(random_)});
  for (auto& [place, host] : cluster_.hosts()) run(place, "auditor-" + place, {audit_errand()});
}

void Staff::work_after_restart() {
  if (plan_.sql) run("p1", "cashier", {payment_errand(), payment_errand(), audit_errand()});
}

}  // namespace wallaby::sim
