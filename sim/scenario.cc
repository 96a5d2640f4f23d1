#include "sim/scenario.h"

#include <utility>

namespace wallaby::sim {
namespace {

/// After each block, for reports and good-byes to arrive.
constexpr Duration kSettle = std::chrono::milliseconds(100);

/// A network without chance: every message takes a millisecond.
NetOptions plain_network() {
  NetOptions net;
  net.random_chunks = false;
  net.path.delay_min = net.path.delay_max = std::chrono::milliseconds(1);
  return net;
}

}  // namespace

Scenario::Scenario(Trace::Mode mode) : cluster_(1, plain_network(), mode) {}

const std::map<std::string, Scenario::Command>& Scenario::commands() {
  using S = Scenario;
  static const std::set<std::string> kNodeOptions{
      "from",    "name",         "ack",        "sync",   "slot-keep", "max-log",    "checkpoint-log",
      "segment", "memory-limit", "log-memory", "window", "missing",   "apply-delay"};
  static const std::map<std::string, Command> all{
      {"put", {{"ack", "as"}, &S::put}},
      {"del", {{"ack", "as"}, &S::del}},
      {"batch", {{"ack", "as"}, &S::batch}},
      {"fill", {{}, &S::fill}},
      {"get", {{"after"}, &S::get}},
      {"scan", {{"after"}, &S::scan}},
      {"ack", {{"sync", "missing"}, &S::ack}},
      {"drop-replica", {{}, &S::drop_replica}},
      {"hold", {{"replica"}, &S::hold}},
      {"release", {{"replica"}, &S::release}},
      {"pause", {{}, &S::pause}},
      {"resume", {{}, &S::resume}},
      {"step", {{"stage", "replica"}, &S::step}},
      {"cancel", {{}, &S::cancel}},
      {"commit-status", {{}, &S::commit_status}},
      {"checkpoint", {{}, &S::checkpoint}},
      {"trace", {{}, &S::trace}},
      {"hello", {{"to", "protocol", "cluster", "end"}, &S::hello}},
      {"start", {kNodeOptions, &S::start}},
      {"stop", {{}, &S::stop}},
      {"kill", {{}, &S::kill}},
      {"power-cut", {{"keep"}, &S::power_cut}},
      {"freeze", {{}, &S::freeze}},
      {"fail-flush", {{}, &S::fail_flush}},
      {"stall-flush", {{}, &S::stall_flush}},
      {"disk-full", {{"free"}, &S::disk_full}},
      {"disk-free", {{}, &S::disk_free}},
      {"tear", {{}, &S::tear}},
      {"flip", {{}, &S::flip}},
      {"wipe", {{}, &S::wipe}},
      {"copy-disk", {{}, &S::copy_disk}},
      {"put-back", {{}, &S::put_back}},
      {"discard", {{}, &S::discard}},
      {"run", {{}, &S::run_for}},
      {"cut", {{}, &S::cut}},
      {"heal", {{}, &S::heal}},
      {"slow", {{"speed"}, &S::slow}},
      {"refuse", {{}, &S::refuse_connections}},
      {"accept", {{}, &S::accept_connections}},
      {"status", {{}, &S::status}},
      {"said", {{}, &S::said}},
      {"converge", {{}, &S::converge}},
  };
  return all;
}

std::vector<std::string> Scenario::run(const std::vector<std::string>& commands) {
  output_.clear();
  for (const std::string& line : commands) run_command(line);
  line_.clear();
  cluster_.run_for(kSettle);
  print_states();
  for (std::string& line : output_) line = ids_.masked(std::move(line));
  return std::exchange(output_, {});
}

void Scenario::run_command(const std::string& line) {
  line_ = line;
  converged_ = false;
  std::string rest = line;
  sending_ = rest.starts_with("send ");
  if (sending_) rest.erase(0, 5);
  std::string name = rest.substr(0, rest.find(' '));
  auto command = commands().find(name);
  if (command == commands().end())
    throw ScriptError(name + " is no command; tests/scenarios/README.md lists them");
  Words words(rest.substr(name.size()), command->second.options);
  (this->*command->second.run)(words);
  words.done();
  for (auto& [place, host] : cluster_.hosts()) ids_.learn(*host);
}

void Scenario::print_states() {
  for (auto& [place, host] : cluster_.hosts()) {
    std::string line = state_line(*host);
    if (std::exchange(told_states_[place], line) != line) say(line);
  }
}

}  // namespace wallaby::sim
