#include "tests/node/test_cluster.h"

#include <set>
#include <utility>

#include "base/check.h"
#include "node/data_directory.h"
#include "proto/framing.h"
#include "replication/flush_pace.h"

namespace wallaby::testing {

using namespace node;

/// One connection's end at one host. The client's end has no peer host.
struct TestCluster::Pipe {
  std::string peer;  ///< name of the host at the other end; "" the test's own client
  ConnectionId peer_id = 0;
};

struct TestCluster::Host {
  std::string name;
  Role role = Role::kPrimary;
  NodeOptions options;
  std::unique_ptr<MemoryFileSystem> disk = std::make_unique<MemoryFileSystem>();
  Random random{1};
  std::unique_ptr<Node> node;
  std::map<ConnectionId, Pipe> pipes;
  std::deque<NodeEvent> inbox;  ///< events without bytes
  std::deque<std::pair<ConnectionId, std::string>> bytes;
  std::deque<FileJob> jobs;
  bool hold_jobs = false;
  Duration ahead{};
  std::set<std::string> cut;
  std::set<ConnectionId> not_reading;
  ConnectionId next_accepted = 1;
  ConnectionId client = 0;
  std::map<ConnectionId, std::string> visitors;  ///< of visit(): what came for them
  std::set<ConnectionId> tls;
  uint64_t sent_at_leisure = 0;
  proto::MessageReader client_reader{proto::kMaxMessage};
  std::map<RequestId, std::vector<ReplyBody>> replies;
  RequestId next_request = 1;
  std::vector<std::string> said;
  std::string ready, stopped;
};

TestCluster::TestCluster() {
  defaults.log.segment_file_size = 64 << 10;
  defaults.log.memory_size = 256 << 10;
}
TestCluster::~TestCluster() = default;

TestCluster::Host& TestCluster::host(const std::string& name) const {
  return *hosts_.at(name);
}
Node& TestCluster::node(const std::string& name) {
  return *host(name).node;
}
MemoryFileSystem& TestCluster::disk(const std::string& name) {
  return *host(name).disk;
}
bool TestCluster::running(const std::string& name) const {
  return host(name).node != nullptr;
}
void TestCluster::restore_disk(const std::string& name, std::unique_ptr<MemoryFileSystem> disk) {
  host(name).disk = std::move(disk);
}
const std::vector<std::string>& TestCluster::said(const std::string& name) const {
  return host(name).said;
}
const std::string& TestCluster::ready(const std::string& name) const {
  return host(name).ready;
}
const std::string& TestCluster::stopped(const std::string& name) const {
  return host(name).stopped;
}
NodeStatus TestCluster::status(const std::string& name) {
  return host(name).node->status(clock(host(name)));
}

void TestCluster::start_primary(const std::string& name) {
  auto made = std::make_unique<Host>();
  made->name = name;
  made->options = defaults;
  made->ahead = clock_ahead;
  made->options.name = name;
  made->options.address = network + ":" + std::to_string(next_address_++);
  made->random = Random(std::hash<std::string>{}(name));
  hosts_[name] = std::move(made);
  auto error = restart(name);
  WALLABY_CHECK(!error, "{}", error->message);
}

void TestCluster::start_replica(const std::string& name, const std::string& feeder) {
  auto made = std::make_unique<Host>();
  made->name = name;
  made->role = Role::kReplica;
  made->options = defaults;
  made->ahead = clock_ahead;
  made->options.name = name;
  made->options.address = network + ":" + std::to_string(next_address_++);
  made->options.primary = *parse_address(host(feeder).options.address);
  made->random = Random(std::hash<std::string>{}(name));
  hosts_[name] = std::move(made);
  auto error = restart(name);
  WALLABY_CHECK(!error, "{}", error->message);
}

std::optional<Error> TestCluster::restart(const std::string& name) {
  Host& self = host(name);
  OpenOptions options{self.role, self.name, self.options.log};
  auto opened = open_data_directory(*self.disk, options, self.random, {});
  if (!opened) return opened.error();
  self.ready.clear();
  self.stopped.clear();
  self.node = std::make_unique<Node>(clock(self), WallTime{1'700'000'000'000'000}, self.options,
                                     std::move(*opened), self.random.fork());
  return std::nullopt;
}

void TestCluster::close_pipes(Host& self) {
  for (auto& [id, pipe] : self.pipes) {
    auto peer = hosts_.find(pipe.peer);
    if (peer == hosts_.end()) continue;
    peer->second->pipes.erase(pipe.peer_id);
    peer->second->inbox.emplace_back(ConnectionLost{pipe.peer_id, "connection reset"});
  }
  self.pipes.clear();
}

void TestCluster::kill(const std::string& name) {
  Host& self = host(name);
  close_pipes(self);
  self.node.reset();
  self.inbox.clear();
  self.bytes.clear();
  self.jobs.clear();
  self.not_reading.clear();
  self.client = 0;
  self.client_reader = proto::MessageReader(proto::kMaxMessage);
}

void TestCluster::stop(const std::string& name) {
  host(name).inbox.emplace_back(StopRequested{});
  settle();
  for (int i = 0; i < 100 && running(name); ++i) pass(std::chrono::milliseconds(100));
}

void TestCluster::cut(const std::string& a, const std::string& b, bool is_cut) {
  if (is_cut) {
    host(a).cut.insert(b);
    host(b).cut.insert(a);
  } else {
    host(a).cut.erase(b);
    host(b).cut.erase(a);
  }
}

void TestCluster::hold_jobs(const std::string& name, bool held) {
  host(name).hold_jobs = held;
}

void TestCluster::hang_up(const std::string& name) {
  Host& self = host(name);
  self.pipes.erase(self.client);
  self.inbox.emplace_back(ConnectionLost{self.client, "closed by the other side"});
  self.client = 0;
  self.client_reader = proto::MessageReader(proto::kMaxMessage);
}

TimePoint TestCluster::now(const std::string& name) const {
  return clock(host(name));
}
TimePoint TestCluster::clock(const Host& self) const {
  return now_ + self.ahead;
}
TimePoint TestCluster::deadline(const Host& self) const {
  TimePoint next = self.node->next_deadline();
  return next == kNever ? kNever : next - self.ahead;
}

void TestCluster::settle() {
  come_to_rest();
  // Replicas may put a flush off so long.
  pass(replication::FlushPace::kGap);
}

void TestCluster::come_to_rest() {
  for (int round = 0; round < 200'000; ++round) {
    bool busy = false;
    for (auto& [name, self] : hosts_)
      if (self->node) busy |= step_host(*self);
    if (!busy) return;
  }
  WALLABY_CHECK(false, "the cluster does not come to rest");
}

void TestCluster::pass(Duration time) {
  TimePoint until = now_ + time;
  come_to_rest();
  while (now_ < until) {
    TimePoint next = until;
    for (auto& [name, self] : hosts_)
      if (self->node) next = std::min(next, std::max(deadline(*self), now_));
    now_ = std::max(next, now_ + std::chrono::microseconds(1));
    for (auto& [name, self] : hosts_)
      if (self->node && deadline(*self) <= now_) self->inbox.emplace_back(Tick{});
    come_to_rest();
  }
}

bool TestCluster::step_host(Host& self) {
  bool busy = false;
  while (self.node && !self.inbox.empty()) {
    NodeEvent event = std::move(self.inbox.front());
    self.inbox.pop_front();
    now_ += event_takes;
    self.node->step(clock(self), event);
    busy = true;
  }
  std::deque<std::pair<ConnectionId, std::string>> kept;
  for (auto& [id, bytes] : std::exchange(self.bytes, {})) {
    auto pipe = self.pipes.find(id);
    if (pipe == self.pipes.end()) continue;
    if (self.cut.contains(pipe->second.peer) || self.not_reading.contains(id)) {
      kept.emplace_back(id, std::move(bytes));
      continue;
    }
    now_ += event_takes;
    self.node->step(clock(self), BytesReceived{id, bytes});
    busy = true;
  }
  for (auto& late : self.bytes) kept.push_back(std::move(late));
  self.bytes = std::move(kept);
  if (!self.hold_jobs && !self.jobs.empty()) {
    FileJob job = std::move(self.jobs.front());
    self.jobs.pop_front();
    now_ += event_takes;
    self.node->step(clock(self), JobFinished{run_job(job, *self.disk)});
    busy = true;
  }
  take(self);
  return busy || !self.inbox.empty() || (self.node && !self.hold_jobs && !self.jobs.empty());
}

uint64_t TestCluster::sent_at_leisure(const std::string& name) const {
  return host(name).sent_at_leisure;
}

void TestCluster::take(Host& self) {
  std::vector<NodeOutput> outputs = self.node->take_outputs();
  self.node->check_invariants();
  for (NodeOutput& output : outputs) {
    if (auto* run = std::get_if<RunJob>(&output)) {
      self.jobs.push_back(std::move(run->job));
    } else if (auto* send = std::get_if<SendBytes>(&output)) {
      std::string bytes;
      for (const SharedBytes& piece : send->pieces) bytes += piece.view();
      if (send->at_leisure) self.sent_at_leisure += bytes.size();
      self.inbox.emplace_back(BytesSent{send->id, bytes.size()});
      auto pipe = self.pipes.find(send->id);
      if (pipe == self.pipes.end()) continue;
      if (auto visitor = self.visitors.find(send->id); visitor != self.visitors.end()) {
        visitor->second += bytes;
      } else if (pipe->second.peer.empty()) {
        self.client_reader.feed(bytes);
        proto::MessageView view;
        while (*self.client_reader.next(view)) {
          auto reply = decode_reply(view);
          WALLABY_CHECK(reply, "{}", reply.error().message);
          self.replies[reply->id].push_back(std::move(reply->body));
        }
      } else if (auto peer = hosts_.find(pipe->second.peer); peer != hosts_.end() && peer->second->node) {
        peer->second->bytes.emplace_back(pipe->second.peer_id, std::move(bytes));
      }
    } else if (auto* open_to = std::get_if<OpenConnection>(&output)) {
      Host* peer = nullptr;
      for (auto& [name, other] : hosts_)
        if (other->node && other->options.address == to_string(open_to->to)) peer = other.get();
      if (!peer || self.cut.contains(peer->name)) {
        self.inbox.emplace_back(ConnectionLost{open_to->id, "connection refused"});
        continue;
      }
      ConnectionId accepted = peer->next_accepted;
      peer->next_accepted += 2;
      self.pipes[open_to->id] = {peer->name, accepted};
      peer->pipes[accepted] = {self.name, open_to->id};
      peer->inbox.emplace_back(ConnectionAccepted{accepted, self.options.address});
      self.inbox.emplace_back(ConnectionMade{open_to->id});
    } else if (auto* close = std::get_if<CloseConnection>(&output)) {
      auto pipe = self.pipes.find(close->id);
      if (pipe == self.pipes.end()) continue;
      Pipe ended = pipe->second;
      self.pipes.erase(pipe);
      if (auto peer = hosts_.find(ended.peer); peer != hosts_.end() && peer->second->node) {
        // What was sent before the close arrives before it.
        step_host(*peer->second);
        peer->second->pipes.erase(ended.peer_id);
        peer->second->inbox.emplace_back(ConnectionLost{ended.peer_id, "closed by the other side"});
      }
    } else if (auto* reading = std::get_if<SetReading>(&output)) {
      if (reading->reading)
        self.not_reading.erase(reading->id);
      else
        self.not_reading.insert(reading->id);
    } else if (auto* tls = std::get_if<StartTls>(&output)) {
      self.tls.insert(tls->id);
    } else if (auto* line = std::get_if<LogLine>(&output)) {
      self.said.push_back(line->text);
    } else if (auto* ready_line = std::get_if<Ready>(&output)) {
      self.ready = ready_line->text;
    } else if (auto* ended = std::get_if<Stopped>(&output)) {
      self.stopped = (ended->clean ? "clean: " : "failed: ") + ended->reason;
      // Jobs that are out still run: a process ends only after its threads.
      for (FileJob& job : self.jobs) run_job(job, *self.disk);
      kill(self.name);
      return;
    }
  }
}

ConnectionId TestCluster::visit(const std::string& name, const std::string& from) {
  Host& self = host(name);
  ConnectionId id = self.next_accepted;
  self.next_accepted += 2;
  self.pipes[id] = {};
  self.visitors[id] = {};
  self.inbox.emplace_back(ConnectionAccepted{id, from});
  return id;
}

void TestCluster::say(const std::string& name, ConnectionId id, std::string bytes) {
  host(name).bytes.emplace_back(id, std::move(bytes));
}

std::string TestCluster::hear(const std::string& name, ConnectionId id) {
  return std::exchange(host(name).visitors.at(id), {});
}

bool TestCluster::speaks_tls(const std::string& name, ConnectionId id) const {
  return host(name).tls.contains(id);
}

bool TestCluster::is_closed(const std::string& name, ConnectionId id) const {
  return !host(name).pipes.contains(id);
}

RequestId TestCluster::send(const std::string& name, RequestBody body) {
  Host& self = host(name);
  if (self.client == 0) {
    self.client = self.next_accepted;
    self.next_accepted += 2;
    self.pipes[self.client] = {};
    self.inbox.emplace_back(ConnectionAccepted{self.client, client_address});
  }
  RequestId id = self.next_request++;
  std::string bytes;
  encode_request(Request{id, std::move(body)}, bytes);
  self.bytes.emplace_back(self.client, std::move(bytes));
  return id;
}

std::vector<ReplyBody> TestCluster::replies(const std::string& name, RequestId id) {
  return host(name).replies[id];
}

std::optional<ReplyBody> TestCluster::call(const std::string& name, RequestBody body) {
  RequestId id = send(name, std::move(body));
  settle();
  std::vector<ReplyBody> all = replies(name, id);
  if (all.empty()) return std::nullopt;
  return all.back();
}

std::optional<ReplyBody> TestCluster::put(const std::string& name, const std::string& key,
                                          const std::string& value) {
  return call(name, Write{{engine::Change{engine::ChangeKind::kPut, "t", key, value}}, {}});
}

std::string TestCluster::get(const std::string& name, const std::string& key) {
  auto reply = call(name, Get{"t", key, {}});
  if (!reply) return "(no answer)";
  if (auto* value = std::get_if<Value>(&*reply)) return value->value.value_or("(none)");
  if (auto* failed = std::get_if<Failed>(&*reply)) return failed->error.message;
  return "(another answer)";
}

}  // namespace wallaby::testing
