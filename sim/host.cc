#include "sim/host.h"

#include <cmath>
#include <sstream>
#include <utility>

#include <fmt/core.h>

#include "base/check.h"
#include "sql/pgwire/door.h"

namespace wallaby::sim {
namespace {
constexpr int64_t kEpoch = 1'780'000'000'000'000;  // the calendar's microseconds when every life begins
constexpr uint64_t kSpinning = 10'000;

/// 0: not about a connection.
node::ConnectionId connection_of(const node::NodeEvent& event) {
  return std::visit(
      [](const auto& what) -> node::ConnectionId {
        if constexpr (requires { what.id; }) return what.id;
        return 0;
      },
      event);
}
}  // namespace

Host::Host(World world, HostOptions options, Random random)
    : world_(world),
      options_(std::move(options)),
      random_(random),
      disk_(options_.place),
      lanes_(
          world.scheduler, disk_, random_.fork(),
          [this](FileJobDone done) { post(node::JobFinished{std::move(done)}); }, [this] { power_cut(); }) {
  options_.node.admission = node::kInsecure;  // places have names, not addresses
  lanes_.set_times(options_.disk);
  disk_.set_random(random_.fork());
}

void Host::note(const std::string& what) {
  world_.trace.text(world_.scheduler.now(), options_.place, what);
}

template <typename T>
void Host::note_printed(const char* arrow, const T& what) {
  if (!world_.trace.wants_text()) return;
  std::ostringstream text;
  text << arrow << ' ' << what;
  note(text.str());
}

TimePoint Host::clock_now() const {
  auto passed = static_cast<double>(world_.scheduler.now().count()) * options_.clock.rate;
  return TimePoint(options_.clock.offset + Duration(std::llround(passed)));
}

WallTime Host::wall_now() const {
  return WallTime{
      kEpoch + std::chrono::duration_cast<std::chrono::microseconds>(clock_now().time_since_epoch()).count()};
}

bool Host::start() {
  WALLABY_CHECK(!node_, "{} is up already", options_.place);
  powered_ = true;
  open_error_.reset();
  stop_reason_.clear();
  ending_.reset();
  ready_ = false;
  world_.net.power_on(options_.place);
  ++starts_;
  note("start");
  Random chance = random_.fork();
  node::OpenOptions open{options_.role, options_.node.name, options_.node.log};
  auto opened = node::open_data_directory(disk_, open, chance, {});
  if (disk_.power_lost()) {
    note("the power went while the directory was opened");
    world_.tally.add("path", "power cut during recovery");
    power_cut();
    return false;
  }
  world_.observer.opened(*this, opened);
  if (!opened) {
    open_error_ = opened.error();
    note("refuses to start: " + open_error_->message);
    return false;
  }
  for (const std::string& line : opened->notes) note("| " + line);  // the node says them to its operator
  node_ =
      std::make_unique<node::Node>(clock_now(), wall_now(), options_.node, std::move(*opened), chance.fork());
  open_doors(chance);
  world_.net.listen(options_.place, *this);
  schedule_turn(Duration(0));
  return true;
}

void Host::open_doors(Random& chance) {
  if (options_.sql) {
    auto entropy = [chance = chance.fork()](std::span<uint8_t> bytes) mutable {
      for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(chance.next());
    };
    sql::pgwire::DoorOptions door{.rules = node::kInsecure};
    door_ = std::make_unique<sql::pgwire::Door>(clock_now(), door, node_->backend(), std::move(entropy));
  }
  core_ = node::core_of(*node_, door_.get());
}

void Host::process_gone(Ending ending) {
  world_.trace.mix(static_cast<uint64_t>(ending) + 1000);
  ending_ = ending;
  world_.observer.ended(*this, ending);
  core_.reset();
  door_.reset();
  node_.reset();
  status_.reset();
  inbox_.clear();
  lanes_.forget();
  ids_.clear();
  sockets_.clear();
  ++life_;
  ready_ = turn_scheduled_ = false;
  frozen_until_ = SimTime{};
  tick_at_ = SimTime::max();
  world_.net.unlisten(options_.place);
}

void Host::kill() {
  if (!node_) return;
  note("killed");
  process_gone(Ending::kKilled);
  world_.net.die(options_.place);
}

void Host::go_dark() {
  note("power cut");
  if (node_) process_gone(Ending::kPowerCut);
  powered_ = false;
  world_.net.vanish(options_.place);
}

void Host::power_cut() {
  go_dark();
  disk_.crash(random_);
}

void Host::power_cut_losing_all() {
  go_dark();
  disk_.crash_losing_all();
}

void Host::say(std::string line) {
  log_.push_back(std::move(line));
  ++lines_;
  if (log_.size() > 40) log_.pop_front();
}

void Host::wipe() {
  WALLABY_CHECK(!node_, "{} runs on the disk that is wiped", options_.place);
  disk_ = SimDisk(options_.place);
  disk_.set_random(random_.fork());
}

void Host::request_stop() {
  if (node_) post(node::StopRequested{});
}

void Host::freeze(Duration how_long) {
  if (!node_) return;
  note(fmt::format("frozen for {}", to_human(how_long)));
  frozen_until_ = world_.scheduler.now() + how_long;
  turn_scheduled_ = false;
  ++life_;  // turns and ticks on their way are void; the thaw brings new ones
  tick_at_ = SimTime::max();
  schedule_turn(how_long);
}

const node::NodeStatus& Host::status() {
  if (!status_) status_ = node_->status(clock_now());
  return *status_;
}

void Host::post(node::NodeEvent event, std::string bytes) {
  if (!node_) return;
  inbox_.push_back(Incoming{std::move(event), std::move(bytes)});
  schedule_turn(options_.turn_delay);
}

void Host::schedule_turn(Duration delay) {
  if (turn_scheduled_) return;
  turn_scheduled_ = true;
  SimTime when = std::max(world_.scheduler.now() + delay, frozen_until_);
  world_.scheduler.at(when, [this, life = life_] {
    if (life != life_) return;
    turn_scheduled_ = false;
    turn();
  });
}

void Host::schedule_tick() {
  TimePoint due = core_->next_deadline();
  if (due == kNever) return;
  double left =
      static_cast<double>((due.time_since_epoch() - options_.clock.offset).count()) / options_.clock.rate;
  SimTime when = std::max(SimTime(static_cast<int64_t>(std::ceil(left))), world_.scheduler.now());
  if (when >= tick_at_) return;
  tick_at_ = when;
  world_.scheduler.at(when, [this, when, life = life_] {
    if (life != life_ || when != tick_at_) return;
    tick_at_ = SimTime::max();
    idle_ticks_ = world_.scheduler.now() == last_tick_ ? idle_ticks_ + 1 : 0;
    last_tick_ = world_.scheduler.now();
    if (idle_ticks_ > kSpinning)
      throw BrokenPromise(
          fmt::format("{} asks for a tick again and again without time passing", options_.place));
    post(node::Tick{});
  });
}

void Host::turn() {
  world_.observer.turn_begins(*this);
  uint64_t events = random_.between(1, options_.turn_events);
  for (; events > 0 && !inbox_.empty(); --events) {
    Incoming incoming = std::move(inbox_.front());
    inbox_.pop_front();
    if (auto* bytes = std::get_if<node::BytesReceived>(&incoming.event)) bytes->bytes = incoming.bytes;
    world_.trace.mix(static_cast<uint64_t>(world_.scheduler.now().count()));
    world_.trace.mix(incoming.event.index() * 131 + incoming.bytes.size() + options_.place.back() * 7919u);
    if (!std::holds_alternative<node::Tick>(incoming.event)) note_printed("<-", incoming.event);
    world_.observer.event(*this, incoming.event);
    core_->step(clock_now(), incoming.event);
    node_->check_invariants();
  }
  std::vector<node::NodeOutput> outputs = core_->take_outputs();
  status_.reset();
  world_.observer.outputs(*this, outputs);
  for (const node::NodeOutput& output : outputs) {
    perform(output);
    if (!node_) return;
  }
  if (!inbox_.empty()) schedule_turn(options_.turn_delay);
  schedule_tick();
}

void Host::perform(const node::NodeOutput& output) {
  note_printed("->", output);
  if (const auto* run = std::get_if<node::RunJob>(&output)) {
    lanes_.run(run->job);
  } else if (const auto* send = std::get_if<node::SendBytes>(&output)) {
    std::string bytes;
    for (const SharedBytes& piece : send->pieces) bytes += piece.view();
    if (auto socket = sockets_.find(send->id); socket != sockets_.end())
      world_.net.send(socket->second, std::move(bytes));
  } else if (const auto* open = std::get_if<node::OpenConnection>(&output)) {
    Socket socket = world_.net.connect(options_.place, *this, open->to.host, open->to.port);
    ids_[socket] = open->id;
    sockets_[open->id] = socket;
  } else if (const auto* close = std::get_if<node::CloseConnection>(&output)) {
    std::erase_if(inbox_,
                  [&](const Incoming& incoming) { return connection_of(incoming.event) == close->id; });
    auto socket = sockets_.find(close->id);
    if (socket == sockets_.end()) return;
    world_.net.close(socket->second);
    ids_.erase(socket->second);
    sockets_.erase(socket);
  } else if (const auto* reading = std::get_if<node::SetReading>(&output)) {
    if (auto socket = sockets_.find(reading->id); socket != sockets_.end())
      world_.net.set_reading(socket->second, reading->reading);
  } else if (const auto* line = std::get_if<node::LogLine>(&output)) {
    say(line->text);
  } else if (std::holds_alternative<node::Ready>(output)) {
    ready_ = true;
  } else if (const auto* stopped = std::get_if<node::Stopped>(&output)) {
    stop_reason_ = stopped->reason;
    process_gone(stopped->clean ? Ending::kStopped : Ending::kFailed);
    world_.net.die(options_.place);
  }
}

uint64_t Host::unsent(node::ConnectionId connection) const {
  auto socket = sockets_.find(connection);
  return socket == sockets_.end() ? 0 : world_.net.queued(socket->second);
}

void Host::accepted(Socket socket, const Place& from, Port port) {
  if (!node_) return;
  if (port == kSqlPort && !door_) return world_.net.close(socket);
  node::ConnectionId id = next_accepted_;
  next_accepted_ += 2;
  ids_[socket] = id;
  sockets_[id] = socket;
  post(node::ConnectionAccepted{id, from, port == kSqlPort ? node::Door::kSql : node::Door::kNative});
}

void Host::connected(Socket socket) {
  if (auto id = ids_.find(socket); id != ids_.end()) post(node::ConnectionMade{id->second});
}

void Host::received(Socket socket, std::string bytes) {
  if (auto id = ids_.find(socket); id != ids_.end())
    post(node::BytesReceived{id->second, {}}, std::move(bytes));
}

void Host::drained(Socket socket, uint64_t bytes) {
  if (auto id = ids_.find(socket); id != ids_.end()) post(node::BytesSent{id->second, bytes});
}

void Host::lost(Socket socket, const std::string& reason) {
  auto id = ids_.find(socket);
  if (id == ids_.end()) return;
  post(node::ConnectionLost{id->second, reason});
  sockets_.erase(id->second);
  ids_.erase(id);
}

}  // namespace wallaby::sim
