#include "sim/cluster.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

namespace wallaby::sim {
namespace {

/// run_until() looks at its condition this often.
constexpr Duration kGlance = std::chrono::milliseconds(5);
/// An operator whose command is not answered tries again on a new connection.
constexpr Duration kPatience = std::chrono::seconds(4);

}  // namespace

Host& Cluster::add(HostOptions options, const Place& upstream) {
  Place place = options.place;
  options.node.name = place;
  options.node.address = to_string(Address{place, kNativePort});
  if (options.sql) options.node.sql_address = to_string(Address{place, kSqlPort});
  if (!upstream.empty()) options.node.primary = Address{upstream, kNativePort};
  World world{scheduler_, net_, trace_, tally_, referee_};
  auto host = std::make_unique<Host>(world, std::move(options), random_.fork());
  return *(hosts_[place] = std::move(host));
}

bool Cluster::run_until(const std::function<bool()>& condition, Duration at_most) {
  SimTime end = scheduler_.now() + at_most;
  while (!condition()) {
    if (scheduler_.now() >= end) return false;
    run_for(kGlance);
  }
  return true;
}

Client& Cluster::admin(const Place& place) {
  auto& client = admins_[place];
  if (!client) client = std::make_unique<Client>(net_, referee_.ledger(), scheduler_, "a-" + place);
  if (auto oldest = client->oldest(); oldest && scheduler_.now() - *oldest > kPatience) client->close();
  if (!client->open()) client->connect(place);
  return *client;
}

void Cluster::tell(const Place& place, node::RequestBody body) {
  admin(place).send(std::move(body), [](const node::Reply*) {});
}

std::string Cluster::position_line(Host& host) {
  std::string line = fmt::format("{} {}: ", host.place(), node::to_string(host.role()));
  if (!host.up()) {
    line += host.powered() ? "down" : "off";
    if (host.open_error()) line += ", refuses to start: " + host.open_error()->message;
    if (!host.stop_reason().empty()) line += ", stopped: " + host.stop_reason();
    return line;
  }
  const node::NodeStatus& status = host.status();
  if (host.role() == node::Role::kPrimary) {
    line += fmt::format("appended {} flushed {} visible {}, {}{}{}, members [{}]", to_string(status.appended),
                        to_string(status.flushed), to_string(status.visible), status.rung,
                        status.sync_replicas.empty() ? "" : " ", status.sync_replicas,
                        fmt::join(status.members, " "));
    if (status.waiting > 0) line += fmt::format(", {} wait", status.waiting);
    if (!status.missing.empty()) line += fmt::format(" for {}", fmt::join(status.missing, " "));
    if (!status.writes_refused.empty()) line += ", writes refused";
  } else {
    line += fmt::format("received {} flushed {} applied {}, {}", to_string(status.appended),
                        to_string(status.flushed), to_string(status.visible),
                        status.upstream ? status.upstream->state : "");
  }
  for (const node::HoldStatus& hold : status.holds)
    line += fmt::format(", `{}` held at {}", to_string(hold.name), to_string(hold.ceiling));
  if (!status.reads_refused.empty()) line += ", reads refused";
  return line;
}

std::string Cluster::positions() {
  std::string text;
  for (auto& [place, host] : hosts_) text += position_line(*host) + "\n";
  return text;
}

}  // namespace wallaby::sim
