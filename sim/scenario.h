// sim/scenario.h
//
// Runs the commands of a scenario script (scenario_script.h) against a simulated cluster: the same machines, disks,
// network and referee that the lives of `wallaby-sim` use, but nothing in it is left to chance, and nothing happens
// that the script does not ask for.
//
//     put p1 t hello world      ->   committed 0/110@1, async: flushed on the primary
//                                    p1 appended 0/110 flushed 0/110 visible 0/110 | async | members r1
//                                    r1 received 0/110 flushed 0/110 applied 0/110 | streaming
//
// After a block of commands comes the state of every node whose state is no longer what was printed last.
// A command waits for its answer, at most 1.5 s of the cluster's time (a client that waits is told why after 1 s).
// Answers that come later are printed where they come, behind the command that asked.
//
// All promises are judged on the way, each node's own invariants after every event. Once a script damages a disk or
// turns it back in time, what the promises assume is gone, and the referee leaves.
//
// Commands: scenario_clients.cc and scenario_operators.cc (what people ask of nodes), scenario_machines.cc (machines, their
// life and disks), scenario_network.cc (links, time, convergence). tests/scenarios/README.md lists them.
//
// Owns the cluster. Threads: none. Errors: ScriptError for a command that cannot be; BrokenPromise from the referee.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/client.h"
#include "sim/cluster.h"
#include "sim/scenario_text.h"
#include "sim/scenario_words.h"

namespace wallaby::sim {

class Scenario {
 public:
  explicit Scenario(Trace::Mode mode);

  /// Runs one block; the lines that belong under it.
  std::vector<std::string> run(const std::vector<std::string>& commands);
  /// The last command was `converge`, and it came true.
  bool converged() const { return converged_; }

 private:
  struct Command {
    std::set<std::string> options;
    void (Scenario::*run)(Words&);
  };
  /// A request on its way.
  struct Asked {
    std::string command;
    bool live = true;  ///< its command still waits for it
    bool over = false;
    std::optional<std::string> token_name;
  };
  using AskedPtr = std::shared_ptr<Asked>;

  static const std::map<std::string, Command>& commands();
  void run_command(const std::string& line);
  void say(std::string line) { output_.push_back(std::move(line)); }
  void print_states();

  // --- scenario_clients.cc ---
  void put(Words& words);
  void del(Words& words);
  void batch(Words& words);
  void fill(Words& words);
  void get(Words& words);
  void scan(Words& words);
  void trace(Words& words);
  void hello(Words& words);
  std::optional<replication::Rung> rung_option(Words& words);
  Token token(const std::string& text);
  std::optional<Token> after_option(Words& words);
  Client& client(const std::string& who);
  void ask(const std::string& who, node::RequestBody body, Words& words);
  void answered(const AskedPtr& asked, const node::Reply* reply);

  // --- scenario_operators.cc ---
  void ack(Words& words);
  void drop_replica(Words& words);
  void hold(Words& words);
  void release(Words& words);
  void pause(Words& words);
  void resume(Words& words);
  void step(Words& words);
  void cancel(Words& words);
  void commit_status(Words& words);
  void checkpoint(Words& words);

  // --- scenario_machines.cc ---
  void start(Words& words);
  void stop(Words& words);
  void kill(Words& words);
  void power_cut(Words& words);
  void freeze(Words& words);
  void fail_flush(Words& words);
  void stall_flush(Words& words);
  void disk_full(Words& words);
  void disk_free(Words& words);
  void tear(Words& words);
  void flip(Words& words);
  void wipe(Words& words);
  void copy_disk(Words& words);
  void put_back(Words& words);
  void discard(Words& words);
  void add_machine(const std::string& place, const std::string& from);
  void set_options(Host& host, Words& words);
  Host& host(Words& words);
  Host& running(Words& words);
  Host& resting(Words& words);
  void lose_clients(const Place& place);
  void dismiss_referee();

  // --- scenario_network.cc ---
  void run_for(Words& words);
  void cut(Words& words);
  void heal(Words& words);
  void slow(Words& words);
  void refuse_connections(Words& words);
  void accept_connections(Words& words);
  void status(Words& words);
  void said(Words& words);
  void converge(Words& words);
  std::pair<Place, Place> two_places(Words& words);
  void make_well();
  std::string not_converged();
  bool fed(Host& replica);

  Cluster cluster_;
  std::map<std::string, std::unique_ptr<Client>> clients_;  ///< by "p1" or "p1/bob"
  std::map<std::string, Token> tokens_;                     ///< of `as=NAME`
  std::map<Place, SimDisk> copies_;
  std::vector<std::unique_ptr<Host>> discarded_;  ///< kept: the scheduler may still hold something for them
  std::map<Place, uint64_t> lines_said_;
  std::map<Place, std::string> told_states_;
  std::set<Place> foreign_;  ///< of other clusters
  std::set<Place> refusing_;
  IdNames ids_;
  std::vector<std::string> output_;
  std::string line_;      ///< the command that runs
  bool sending_ = false;  ///< `send`: do not wait for the answer
  bool converged_ = false;
  uint64_t fills_ = 0;
};

}  // namespace wallaby::sim
