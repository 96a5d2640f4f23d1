#include "server/load_generator.h"

#include <sys/epoll.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "server/request_channel.h"
#include "server/socket.h"

namespace wallaby::server {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kProgressInterval = std::chrono::milliseconds(100);

/// One connection of the load.
struct LoadClient {
  explicit LoadClient(RequestChannel c) : channel(std::move(c)) {}

  struct UnderWay {
    node::RequestId id;
    Clock::time_point since;
  };
  RequestChannel channel;
  std::vector<UnderWay> under_way;  ///< at most `depth`, oldest first: answers mostly come in order
  bool exhausted = false;           ///< make() has no more for it
  bool watches_writing = false;
};

class Load {
 public:
  explicit Load(const LoadOptions& options) : options_(options), epoll_(epoll_create1(EPOLL_CLOEXEC)) {}

  Result<void> connect() {
    if (!epoll_) return error(ErrorCode::kIo, "cannot make an epoll instance");
    clients_.reserve(options_.clients);
    for (size_t i = 0; i < options_.clients; ++i) {
      auto channel = enter(options_.address, options_.entrance, options_.connect_timeout);
      if (!channel) return std::unexpected(channel.error());
      clients_.emplace_back(std::move(*channel));
      epoll_event event{.events = EPOLLIN, .data = {.u64 = i}};
      epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, clients_[i].channel.fd().get(), &event);
    }
    return {};
  }

  LoadResult run() {
    start_ = now_ = last_reply_ = Clock::now();
    for (size_t i = 0; i < clients_.size(); ++i) fill(i);
    while (under_way_ > 0) {
      bool ending = !may_start();
      if (ending && !drain_until_) drain_until_ = now_ + options_.drain_timeout;
      if (drain_until_ && now_ >= *drain_until_) break;
      wait();
      progress();
    }
    give_up();
    result_.elapsed = last_reply_ - start_;
    return std::move(result_);
  }

 private:
  /// No new request once the time is over, the number is reached, or somebody wants an end.
  bool may_start() const {
    if (options_.stop != nullptr && *options_.stop != 0) return false;
    if (options_.stop_on_failure && result_.failed > 0) return false;
    if (options_.requests != 0 && started_ >= options_.requests) return false;
    return options_.duration == Duration::zero() || now_ - start_ < options_.duration;
  }

  /// Gives a client as many requests as it may have under way.
  void fill(size_t index) {
    LoadClient& client = clients_[index];
    if (client.channel.ended()) return;
    while (!client.exhausted && client.under_way.size() < options_.depth && may_start()) {
      auto body = options_.make(index, client.channel.sent());
      if (!body) {
        client.exhausted = true;
        break;
      }
      client.under_way.push_back({client.channel.send(std::move(*body)), now_});
      ++started_;
      ++under_way_;
    }
    // If the node has closed it, serve() hears of it next, together with its last words.
    if (!client.channel.write()) return;
    watch_writing(index, client.channel.unsent());
  }

  void wait() {
    std::array<epoll_event, 256> events{};
    // Wake up for the end of the time, the drain's end and progress, whatever the node does.
    int ready = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 50);
    now_ = Clock::now();
    for (int i = 0; i < ready; ++i) serve(events[static_cast<size_t>(i)].data.u64);
  }

  void serve(size_t index) {
    LoadClient& client = clients_[index];
    auto read = client.channel.read();
    while (true) {
      auto reply = client.channel.next();
      if (!reply) return lose(client, reply.error());
      if (!*reply) break;
      take(index, **reply);
    }
    if (!read) return lose(client, read.error());
    fill(index);
  }

  void take(size_t index, const node::Reply& reply) {
    if (!node::is_final(reply.body)) return;
    LoadClient& client = clients_[index];
    auto it = std::ranges::find(client.under_way, reply.id, &LoadClient::UnderWay::id);
    const auto* failed = std::get_if<node::Failed>(&reply.body);
    if (failed != nullptr && !result_.first_error) result_.first_error = failed->error;
    if (it == client.under_way.end()) return;  // number 0: what concerns the connection, which ends next
    Duration latency = now_ - it->since;
    client.under_way.erase(it);
    --under_way_;
    last_reply_ = now_;
    if (failed != nullptr) {
      ++result_.failed;
    } else {
      ++result_.done;
      result_.latency.add(latency);
    }
    if (options_.on_reply) options_.on_reply(index, reply.id - 1, reply.body, latency);
  }

  /// The connection has ended: what was under way on it has failed.
  void lose(LoadClient& client, const Error& why) {
    epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, client.channel.fd().get(), nullptr);
    if (!result_.first_error && !client.under_way.empty()) result_.first_error = why;
    fail_under_way(client);
    client.exhausted = true;
  }

  void fail_under_way(LoadClient& client) {
    result_.failed += client.under_way.size();
    under_way_ -= client.under_way.size();
    client.under_way.clear();
  }

  /// The drain timed out: nobody waits any longer.
  void give_up() {
    if (under_way_ > 0 && !result_.first_error) {
      result_.first_error =
          Error{ErrorCode::kUnknownOutcome, "the node did not answer the last requests in time"};
    }
    for (LoadClient& client : clients_) fail_under_way(client);
  }

  void watch_writing(size_t index, bool writing) {
    LoadClient& client = clients_[index];
    if (client.watches_writing == writing) return;
    client.watches_writing = writing;
    epoll_event event{.events = EPOLLIN | (writing ? EPOLLOUT : 0u), .data = {.u64 = index}};
    epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, client.channel.fd().get(), &event);
  }

  void progress() {
    if (!options_.on_progress || now_ < next_progress_) return;
    next_progress_ = now_ + kProgressInterval;
    options_.on_progress(result_.done, result_.failed, now_ - start_);
  }

  const LoadOptions& options_;
  Fd epoll_;
  std::vector<LoadClient> clients_;
  LoadResult result_;
  uint64_t started_ = 0, under_way_ = 0;
  Clock::time_point now_, start_, last_reply_, next_progress_;
  std::optional<Clock::time_point> drain_until_;
};

}  // namespace

Result<LoadResult> run_load(const LoadOptions& options) {
  WALLABY_CHECK(options.make && options.clients > 0 && options.depth > 0,
                "a load needs clients and requests");
  Load load(options);
  if (auto connected = load.connect(); !connected) return std::unexpected(connected.error());
  return load.run();
}

}  // namespace wallaby::server
