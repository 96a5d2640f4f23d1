// sim/worker.h
//
// A client with a will of its own: connects to a node, keeps a few requests out at once, pauses, loses patience, and
// connects again. What it asks comes from its seed; whether the answers are right, the Referee judges.
//
// Workers on the primary write (single rows, batches, deletes, rungs of their own) and read; workers on replicas read,
// often with the newest token that anybody was given, and sometimes try to write. All ask what became of commits whose
// outcome somebody does not know.
//
// Owns its client. Threads: none.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "sim/client.h"
#include "sim/referee.h"
#include "sim/tally.h"

namespace wallaby::sim {

struct WorkerOptions {
  Place place;
  std::vector<Place> targets;  ///< one is chosen for each connection
  bool writes = true;
  uint64_t depth = 4;                              ///< requests out at once
  Duration pause = std::chrono::milliseconds(60);  ///< between bursts, about
  Duration patience = std::chrono::seconds(3);     ///< then it hangs up
  uint64_t tables = 2, keys = 24;
  uint64_t largest_value = 40;  ///< filler bytes
  bool own_rungs = false;
  bool cancels = false;  ///< now and then it takes back what it asked
};

class Worker {
 public:
  Worker(SimNet& net, Referee& referee, Scheduler& scheduler, Tally& tally, WorkerOptions options,
         Random random)
      : referee_(referee),
        scheduler_(scheduler),
        tally_(tally),
        options_(std::move(options)),
        random_(random),
        client_(net, referee.ledger(), scheduler, options_.place) {}

  void start() { schedule(); }
  void stop();

 private:
  void schedule();
  void act();
  void one_request();
  node::Write random_write();
  std::string table() { return "t" + std::to_string(random_.below(options_.tables)); }
  std::string key() { return "k" + std::to_string(random_.below(options_.keys)); }
  std::optional<Token> random_token();
  void cancel_later(node::RequestId request);

  Referee& referee_;
  Scheduler& scheduler_;
  Tally& tally_;
  WorkerOptions options_;
  Random random_;
  Client client_;
  bool stopped_ = false;
};

}  // namespace wallaby::sim
