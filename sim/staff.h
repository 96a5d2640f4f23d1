// sim/staff.h
//
// The SQL clients of a life, when its plan has any: tellers and readers while faults strike, auditors when all is well again, a cashier
// after the last restart.
//
// Owns them. Threads: none.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "sim/cluster.h"
#include "sim/plan.h"
#include "sim/teller.h"

namespace wallaby::sim {

class Staff {
 public:
  Staff(Cluster& cluster, const Plan& plan, Random random)
      : cluster_(cluster), plan_(plan), random_(random) {}

  void start();
  void stop();
  /// Faults have stopped: everything is read on every node, and must be answered.
  void audit();
  /// On a cluster that has just started again after a clean stop: the next numbers of a sequence are taken.
  void work_after_restart();

 private:
  Teller& employ(TellerOptions options);
  void run(const Place& at, const std::string& who, std::vector<Errand> errands);

  Cluster& cluster_;
  const Plan& plan_;
  Random random_;
  std::vector<std::unique_ptr<Teller>> tellers_;
};

}  // namespace wallaby::sim
