// sim/cluster.h
//
// A simulated cluster: machines, the network between them, time, and the referee who watches. A life of the
// simulation and a scenario script both drive one.
//
// Machines are called as their nodes: p1, r1, r2; a node's address is its name with port 7400.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "sim/client.h"
#include "sim/host.h"
#include "sim/referee.h"

namespace wallaby::sim {

class Cluster {
 public:
  Cluster(uint64_t seed, NetOptions net, Trace::Mode mode)
      : random_(seed),
        trace_(mode),
        referee_(scheduler_, trace_, tally_),
        net_(scheduler_, random_.fork(), net) {}

  Scheduler& scheduler() { return scheduler_; }
  SimNet& net() { return net_; }
  Trace& trace() { return trace_; }
  Tally& tally() { return tally_; }
  Referee& referee() { return referee_; }
  Random fork() { return random_.fork(); }

  /// A machine with an empty disk. `upstream`: whom a replica follows.
  Host& add(HostOptions options, const Place& upstream = {});
  Host& at(const Place& place) { return *hosts_.at(place); }
  bool has(const Place& place) const { return hosts_.contains(place); }
  std::map<Place, std::unique_ptr<Host>>& hosts() { return hosts_; }

  SimTime now() const { return scheduler_.now(); }
  void run_for(Duration time) { scheduler_.run_until(scheduler_.now() + time); }
  /// False: it did not come true within the time.
  bool run_until(const std::function<bool()>& condition, Duration at_most);

  /// A client for what operators do; one for each node.
  Client& admin(const Place& place);
  /// Sends it and does not look back.
  void tell(const Place& place, node::RequestBody body);

  /// "p1 primary appended ... " one line a node.
  std::string positions();
  std::string position_line(Host& host);

 private:
  Random random_;
  Scheduler scheduler_;
  Trace trace_;
  Tally tally_;
  Referee referee_;
  SimNet net_;
  std::map<Place, std::unique_ptr<Host>> hosts_;
  std::map<Place, std::unique_ptr<Client>> admins_;
};

}  // namespace wallaby::sim
