// sim/scenario_text.h
//
// How a scenario prints what it sees: one line a fact, in the words of `wallaby status` and of the client.
//
//     p1 appended 0/168 flushed 0/168 visible 0/110 | sync ALL | members r1 r2 | 1 waits for r2
//     r1 received 0/168 flushed 0/168 applied 0/110 | streaming | paused at 0/110
//
// Left out: times, and whatever else a little change of the simulator would change in every script.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "node/client_messages.h"
#include "sim/host.h"

namespace wallaby::sim {

/// One line for an answer or a notice; several for rows and steps.
std::vector<std::string> reply_lines(const node::ReplyBody& reply);
/// One line: where a node is.
std::string state_line(Host& host);
/// More about it: its log, its checkpoints, its replicas or its upstream link.
std::vector<std::string> status_lines(Host& host);

/// Random numbers have names in a script: "3f2a...": "cluster-p1", "dir-r1".
class IdNames {
 public:
  /// Looks at the identity on the host's disk.
  void learn(Host& host);
  std::string masked(std::string text) const;

 private:
  std::map<std::string, std::string> names_;  ///< by what is printed
  std::map<std::string, int> directories_;    ///< of each place so far
};

}  // namespace wallaby::sim
