// server/load_generator.h
//
// Puts load on a node: many connections, each with several requests under way, all in one thread. `wallaby bench`
// measures with it, `wallaby load` fills tables with it.
//
//     LoadOptions options{.address = node, .clients = 64, .depth = 4, .duration = 10s};
//     options.make = [](size_t client, uint64_t n) { return node::Get{"t", key(client, n), {}}; };
//     auto result = run_load(options);          // result->done, result->latency.percentile(99)
//
// The load is closed: a client sends its next request when one of its `depth` is answered. A latency is the time
// from handing the request to its connection until its final reply is decoded.
//
// Threads: none besides the caller's, which run_load() keeps until the end; the callbacks run in it and must not
// block. Errors: a request that fails is counted and its reason kept, the load goes on; a connection that ends
// fails what was under way on it and leaves the rest; only if no connection is left does the load end early.
#pragma once

#include <csignal>
#include <cstdint>
#include <functional>
#include <optional>

#include "base/error.h"
#include "base/identity.h"
#include "base/time.h"
#include "node/client_messages.h"
#include "server/entrance.h"
#include "server/latency_histogram.h"

namespace wallaby::server {

struct LoadOptions {
  Address address;
  Entrance entrance;
  size_t clients = 1;     ///< connections
  size_t depth = 1;       ///< requests under way on each
  Duration duration{};    ///< no new requests after it; 0: until `requests`
  uint64_t requests = 0;  ///< in all; 0: until `duration`, or until `make` has no more
  Duration connect_timeout = std::chrono::seconds(5);
  Duration drain_timeout = std::chrono::seconds(10);  ///< at the end: wait this long for the last answers
  bool stop_on_failure = false;                       ///< send nothing new after the first failed request
  const volatile std::sig_atomic_t* stop = nullptr;   ///< set by a signal handler: send nothing new

  /// The n-th request (from 0) of a client; nullopt: this client has no more. A lambda may return a plain Write.
  std::function<std::optional<node::RequestBody>(size_t client, uint64_t n)> make;
  /// Each final reply, in the order of arrival. May be left out.
  std::function<void(size_t client, uint64_t n, const node::ReplyBody& reply, Duration latency)> on_reply;
  /// About ten times a second. May be left out.
  std::function<void(uint64_t done, uint64_t failed, Duration elapsed)> on_progress;
};

struct LoadResult {
  uint64_t done = 0;  ///< answered, and not with Failed
  uint64_t failed =
      0;  ///< answered with Failed, or unanswered when their connection ended or the drain timed out
  Duration elapsed{};        ///< from the first request to the last reply
  LatencyHistogram latency;  ///< of `done`
  std::optional<Error> first_error;
};

/// kUnreachable when not every client could connect (nothing was sent then).
Result<LoadResult> run_load(const LoadOptions& options);

}  // namespace wallaby::server
