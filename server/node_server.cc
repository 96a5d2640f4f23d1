#include "server/node_server.h"

#include <unistd.h>
#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <deque>
#include <optional>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/core.h>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/check.h"
#include "server/clock.h"
#include "server/connection.h"
#include "server/idle_meter.h"
#include "server/job_thread.h"
#include "server/listener.h"
#include "server/tls.h"

namespace wallaby::server {

namespace asio = boost::asio;
using boost::system::error_code;
using node::ConnectionId;

namespace {

// A turn takes in at most this much before the node's answers leave, however fast the peers send.
constexpr size_t kEventsATurn = 512;
constexpr uint64_t kBytesATurn = 8 << 20;
// Sent bytes may ask for more bytes (a far replica is fed from memory); after this many rounds others have their turn.
constexpr int kRoundsATurn = 8;
// A peer that does not take our last words is cut off.
constexpr auto kCloseTimeout = std::chrono::seconds(5);
constexpr auto kCloseTimeoutAtEnd = std::chrono::milliseconds(300);

}  // namespace

struct NodeServer::State final : ConnectionOwner {
  State(node::Core& c, FileSystem& f, Doors d, Announcements a)
      : core(c),
        files(f),
        announce(std::move(a)),
        io(1),
        work(io.get_executor()),
        timer(io),
        signals(io),
        doors(std::move(d)) {}

  // --- events: each is one step of the core -------------------------------------------------------------------------

  void tell(const node::NodeEvent& event) {
    if (stopped) return;  // what a thread still reports concerns nobody
    if (!turn_began) turn_began = steady_now();
    if (!working_since) working_since = turn_began;
    core.step(*turn_began, event);
  }
  void deliver(const node::NodeEvent& event) {
    tell(event);
    if (++events >= kEventsATurn) io.stop();
  }

  void on_made(ConnectionId id) override { deliver(node::ConnectionMade{id}); }
  void on_bytes(ConnectionId id, std::string_view bytes) override {
    deliver(node::BytesReceived{id, bytes});
    if ((bytes_read += bytes.size()) >= kBytesATurn) io.stop();
  }
  void on_sent(ConnectionId id, uint64_t bytes) override { deliver(node::BytesSent{id, bytes}); }
  void on_lost(ConnectionId id, const std::string& reason) override {
    if (connections.erase(id) > 0) deliver(node::ConnectionLost{id, reason});
  }
  void on_closed(ConnectionId id) override { closing.erase(id); }
  std::array<char, 256 << 10>& read_buffer() override { return shared_buffer; }

  void on_accepted(asio::ip::tcp::socket socket, node::Door door) {
    ConnectionId id = std::exchange(next_id, next_id + 2);
    auto connection = std::make_shared<Connection>(io, id, *this);
    connections.emplace(id, connection);
    deliver(node::ConnectionAccepted{id, peer_of(socket.native_handle()), door});
    connection->adopt(std::move(socket));
  }

  void on_job_done(FileJobDone done) {
    auto finished = [this, done = std::move(done)]() mutable { deliver(node::JobFinished{std::move(done)}); };
    asio::post(io, std::move(finished));
  }

  void on_flush_done(FileJobDone done) {
    auto finished = [this, done = std::move(done)]() mutable {
      --flushes_out;
      flush_done = true;
      meter.flushed_elsewhere();
      deliver(node::JobFinished{std::move(done)});
    };
    asio::post(io, std::move(finished));
  }

  void on_signal(const error_code& code, int number) {
    if (code) return;
    const char* name = number == SIGINT ? "SIGINT" : "SIGTERM";
    if (std::exchange(stop_requested, true)) {
      announce.log(node::LogLevel::kError, fmt::format("{} again: ending at once", name));
      _exit(1);
    }
    announce.log(node::LogLevel::kInfo, fmt::format("{}: stopping; once more ends at once", name));
    deliver(node::StopRequested{});
    wait_for_signal();
  }
  void wait_for_signal() {
    signals.async_wait([this](const error_code& code, int number) { on_signal(code, number); });
  }

  // --- outputs ------------------------------------------------------------------------------------------------------

  void turn() {
    more = true;
    for (int round = 0; round < kRoundsATurn; ++round) {
      carry_out_outputs();
      if (write_all()) continue;
      if (flush_here) {
        flush_on_the_loop();
        continue;
      }
      more = false;
      break;
    }
    leave_flush_to_its_thread();
    if (working_since) meter.worked(*std::exchange(working_since, {}), steady_now());
    turn_began.reset();
    flush_done = false;
    events = 0;
    bytes_read = 0;
    arm_timer();
  }

  void carry_out_outputs() {
    do {
      finished_here.clear();
      for (node::NodeOutput& output : core.take_outputs()) {
        std::visit([this](auto& what) { carry_out(what); }, output);
      }
      if (!finished_here.empty()) turn_began = steady_now();  // file work takes its time
      for (FileJobDone& done : finished_here) tell(node::JobFinished{std::move(done)});
    } while (!finished_here.empty());
  }

  void carry_out(node::RunJob& run) {
    switch (run.job.lane) {
      case Lane::kLoop: finished_here.push_back(run_job(run.job, files)); return;
      case Lane::kFlush: flush(std::move(run.job)); return;
      case Lane::kFile: file_thread->run(std::move(run.job)); return;
    }
  }
  /// On its thread, unless the loop has nothing else to do: then at this turn's end, when all that was said has left.
  void flush(FileJob job) {
    bool here = flushes_out == 0 && !flush_here && meter.idle();
    if (here) {
      flush_here = std::move(job);
    } else {
      leave_flush_to_its_thread();  // jobs of a lane keep their order
      flush_elsewhere(std::move(job));
    }
  }
  void flush_elsewhere(FileJob job) {
    ++flushes_out;
    flush_thread->run(std::move(job));
  }
  void leave_flush_to_its_thread() {
    if (flush_here) flush_elsewhere(*std::exchange(flush_here, {}));
  }
  void flush_on_the_loop() {
    TimePoint began = steady_now();
    meter.worked(working_since.value_or(began), began);
    FileJobDone done = run_job(*std::exchange(flush_here, {}), files);
    turn_began = working_since = steady_now();
    meter.flushed(began, *turn_began);
    // First what came meanwhile: who is answered now has waited for this flush.
    flush_delayed = io.poll() > 0;
    if (flush_delayed) {
      carry_out_outputs();
      write_all();
    }
    flush_delayed = false;
    flush_done = true;
    tell(node::JobFinished{std::move(done)});
  }
  void carry_out(node::SendBytes& send) {
    auto it = connections.find(send.id);
    if (it == connections.end()) return;
    it->second->send(std::move(send.pieces));
    (send.at_leisure ? to_write_last : to_write).push_back(send.id);
  }
  void carry_out(node::OpenConnection& open) {
    auto connection = std::make_shared<Connection>(io, open.id, *this);
    connections.emplace(open.id, connection);
    connection->connect(open.to);
  }
  void carry_out(node::CloseConnection& close) {
    auto it = connections.find(close.id);
    if (it == connections.end()) return;
    begin_closing(close.id, std::move(it->second), kCloseTimeout);
    connections.erase(it);
  }
  void carry_out(node::SetReading& set) {
    auto it = connections.find(set.id);
    if (it != connections.end()) it->second->set_reading(set.reading);
  }
  void carry_out(node::StartTls& start) {
    const TlsContext* context = start.server ? doors.tls_client : doors.tls;
    WALLABY_CHECK(context, "TLS without a certificate");
    auto it = connections.find(start.id);
    if (it == connections.end()) return;
    it->second->start_tls(start.server ? std::make_unique<TlsStream>(*context, *start.server)
                                       : std::make_unique<TlsStream>(*context));
    to_write.push_back(start.id);
  }
  void carry_out(node::LogLine& line) { announce.log(line.level, line.text); }
  void carry_out(node::Ready& ready) { announce.ready(ready.text); }
  void carry_out(node::Stopped& end) { stopped = std::move(end); }

  /// One write a socket. True when the core heard of bytes that left, and so may have more to say.
  bool write_all() {
    bool heard = false;
    to_write.insert(to_write.end(), to_write_last.begin(), to_write_last.end());
    to_write_last.clear();
    for (ConnectionId id : std::exchange(to_write, {})) {
      auto it = connections.find(id);
      if (it == connections.end()) continue;
      Connection::Written written = it->second->write();
      if (written.bytes > 0) {
        if ((flushes_out > 0 || flush_delayed) && !flush_done) meter.answered_meanwhile();
        tell(node::BytesSent{id, written.bytes});
      }
      if (!written.lost.empty()) {
        connections.erase(it);
        tell(node::ConnectionLost{id, written.lost});
      }
      heard = heard || written.bytes > 0 || !written.lost.empty();
    }
    return heard;
  }

  // --- the end of connections ---------------------------------------------------------------------------------------

  void begin_closing(ConnectionId id, std::shared_ptr<Connection> connection, Duration timeout) {
    if (connection->close_when_sent()) return;
    closing.emplace(id, std::move(connection));
    close_deadlines.emplace_back(steady_now() + timeout, id);
  }

  void cut_off_late_ones(TimePoint now) {
    for (; !close_deadlines.empty() && close_deadlines.front().first <= now; close_deadlines.pop_front()) {
      auto late = closing.extract(close_deadlines.front().second);
      if (!late.empty()) late.mapped()->close();
    }
  }

  /// The node has stopped: its last words leave, briefly.
  void close_all(bool clean) {
    for (Listener& listener : listeners) listener.close();
    close_deadlines.clear();
    for (auto& [id, connection] : std::exchange(connections, {}))
      begin_closing(id, connection, kCloseTimeoutAtEnd);
    auto end = std::chrono::steady_clock::now() + kCloseTimeoutAtEnd;
    io.restart();
    while (clean && !closing.empty() && io.run_one_until(end) > 0) {
    }
    for (auto& [id, connection] : closing) connection->close();
  }

  // --- time ---------------------------------------------------------------------------------------------------------

  /// The timer is moved only to an earlier time: waking up once for nothing is cheaper than moving it each turn.
  void arm_timer() {
    TimePoint deadline = core.next_deadline();
    if (!close_deadlines.empty()) deadline = std::min(deadline, close_deadlines.front().first);
    if (deadline >= armed_for) return;
    armed_for = deadline;
    timer.expires_at(std::chrono::steady_clock::time_point(deadline.time_since_epoch()));
    timer.async_wait([this](const error_code& code) { on_timer(code); });
  }

  void on_timer(const error_code& code) {
    if (code) return;  // moved
    armed_for = kNever;
    TimePoint now = steady_now();
    cut_off_late_ones(now);
    if (core.next_deadline() <= now) deliver(node::Tick{});
  }

  // --- the loop -----------------------------------------------------------------------------------------------------

  void listen(ListeningSocket socket, node::Door door) {
    auto accepted = [this, door](asio::ip::tcp::socket caller) { on_accepted(std::move(caller), door); };
    auto trouble = [this](const std::string& text) { announce.log(node::LogLevel::kWarning, text); };
    listeners.emplace_back(io, std::move(socket), accepted, trouble);
  }

  node::Stopped run() {
    flush_thread.emplace("wallaby-flush", files,
                         [this](FileJobDone done) { on_flush_done(std::move(done)); });
    file_thread.emplace("wallaby-file", files, [this](FileJobDone done) { on_job_done(std::move(done)); });
    listen(std::move(doors.native), node::Door::kNative);
    if (doors.sql) listen(std::move(*doors.sql), node::Door::kSql);
    deliver(node::Tick{});
    turn();
    while (!stopped) {
      io.restart();
      // Wait for the first, then take all that is there: a bounded amount, see deliver().
      if (!more) io.run_one();
      io.poll();
      turn();
    }
    close_all(stopped->clean);
    return *stopped;
  }

  node::Core& core;
  FileSystem& files;
  Announcements announce;

  asio::io_context io;
  asio::executor_work_guard<asio::io_context::executor_type> work;
  asio::steady_timer timer;
  TimePoint armed_for = kNever;
  asio::signal_set signals;
  bool stop_requested = false;
  Doors doors;  ///< their sockets until run()
  std::deque<Listener> listeners;

  std::optional<TimePoint> turn_began;  ///< read when the turn's first event comes
  size_t events = 0;                    ///< in this turn
  uint64_t bytes_read = 0;
  bool more = false;  ///< the last turn did not come to its end: do not wait for events
  std::vector<FileJobDone> finished_here;
  std::optional<FileJob> flush_here;  ///< at the end of this round
  int flushes_out = 0;                ///< on the flush thread
  bool flush_done = false;            ///< in this turn
  bool flush_delayed = false;         ///< what is answered now had come while the loop was flushing
  IdleMeter meter;
  std::optional<TimePoint> working_since;
  std::vector<ConnectionId> to_write, to_write_last;
  std::optional<node::Stopped> stopped;

  ConnectionId next_id = 1;  ///< accepted connections have odd numbers
  std::unordered_map<ConnectionId, std::shared_ptr<Connection>> connections;
  std::unordered_map<ConnectionId, std::shared_ptr<Connection>> closing;  ///< the core has done with them
  std::deque<std::pair<TimePoint, ConnectionId>> close_deadlines;
  std::array<char, 256 << 10> shared_buffer;

  // Last, so that they end first: they post to `io`.
  std::optional<JobThread> flush_thread, file_thread;
};

NodeServer::NodeServer(node::Core& core, FileSystem& files, Doors doors, Announcements announcements)
    : state_(std::make_unique<State>(core, files, std::move(doors), std::move(announcements))) {}

NodeServer::~NodeServer() = default;

void NodeServer::stop_on_signals() {
  state_->signals.add(SIGTERM);
  state_->signals.add(SIGINT);
  state_->wait_for_signal();
}

void NodeServer::request_stop() {
  State* state = state_.get();
  asio::post(state->io, [state] { state->deliver(node::StopRequested{}); });
}

node::Stopped NodeServer::run() {
  return state_->run();
}

}  // namespace wallaby::server
