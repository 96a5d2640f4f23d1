// sim/sim_net.h
//
// TCP without a network: ordered byte streams between parties at places, cut into any chunks, with delays, and with
// everything that can befall a connection between two machines.
//
//     connect(p1) -> SYN ... accepted / connected        refused when nobody listens there
//     send -> [queue] -> [pipe, bounded] -> received     drained() says what the pipe took: back-pressure
//     close -> the rest is sent, then FIN -> lost        reset -> lost at both ends at once
//
// A place is a machine ("p1") or a client ("c1"). The path from one place to another has a delay and a speed, and can be
// blocked, each way on its own: then bytes, FINs and SYNs stay on the way until it opens. When a machine loses its
// power (vanish), its ends are gone without notice; the other side learns it when it is reset after the machine is back.
// When only a process dies (die), the operating system closes its sockets.
//
// Nothing is called back from inside send(), close() or set_reading(): parties hear of everything from the scheduler.
//
// Owns all bytes on the way. Threads: none. Left out: loss and reordering inside a stream (TCP hides them), half-closed
// connections (Wallaby has none).
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/random.h"
#include "sim/scheduler.h"

namespace wallaby::sim {

using Place = std::string;
/// Which of a machine's doors is knocked at; the machine knows.
using Port = uint16_t;
inline constexpr Port kNativePort = 7400, kSqlPort = 5432;
/// One end of a connection; the other end's is socket ^ 1.
using Socket = uint64_t;

/// Whoever has sockets: a host, a client.
class Party {
 public:
  virtual ~Party() = default;
  virtual void accepted(Socket socket, const Place& from, Port port) = 0;
  virtual void connected(Socket socket) = 0;
  virtual void received(Socket socket, std::string bytes) = 0;
  virtual void drained(Socket socket, uint64_t bytes) = 0;
  virtual void lost(Socket socket, const std::string& reason) = 0;
};

struct Path {
  Duration delay_min = std::chrono::microseconds(50);
  Duration delay_max = std::chrono::microseconds(500);
  uint64_t bytes_per_second = 0;  ///< 0: no limit
  bool blocked = false;
};

struct NetOptions {
  uint64_t pipe = 64 << 10;       ///< bytes of one direction that are on the way or not read yet
  uint64_t max_chunk = 16 << 10;  ///< one arrival brings at most this much
  bool random_chunks = true;
  Path path;  ///< of every pair at first
};

class SimNet {
 public:
  SimNet(Scheduler& scheduler, Random random, NetOptions options)
      : scheduler_(scheduler), random_(random), options_(options) {}

  // --- places ---
  void listen(const Place& place, Party& party) { listeners_[place] = &party; }
  void unlisten(const Place& place) { listeners_.erase(place); }
  /// The process there died; its machine says so to all peers.
  void die(const Place& place);
  /// The machine there lost its power; nobody is told.
  void vanish(const Place& place);
  /// Its power is back: what still talks to old sockets is reset.
  void power_on(const Place& place) { dark_.erase(place); }

  // --- sockets ---
  Socket connect(const Place& from, Party& party, const Place& to, Port port = kNativePort);
  void send(Socket socket, std::string bytes);
  void close(Socket socket);
  void set_reading(Socket socket, bool reading);
  /// Bytes handed over and not yet taken by the pipe.
  uint64_t queued(Socket socket) const;

  // --- faults ---
  Path& path(const Place& from, const Place& to);
  void block(const Place& from, const Place& to) { path(from, to).blocked = true; }
  void unblock(const Place& from, const Place& to);
  void unblock_all();
  /// Resets every connection between the two; returns how many.
  size_t reset_between(const Place& a, const Place& b);
  /// Pairs of places that have a connection now.
  std::set<std::pair<Place, Place>> connected_pairs() const;

 private:
  struct Item {
    enum class Kind : uint8_t { kBytes, kFin, kReset } kind = Kind::kBytes;
    std::string bytes;
    SimTime ready{};
  };
  struct End {
    Party* party = nullptr;
    Place place;
    bool open = false;  ///< its owner still wants to hear
    bool gone = false;  ///< its machine lost its power
    bool reading = true;
    // The direction that starts here.
    std::deque<std::string> queue;
    uint64_t queued = 0;
    std::deque<Item> flight;
    uint64_t in_pipe = 0;  ///< taken from the queue, not yet read at the other end
    SimTime last_ready{};
    bool closing = false;  ///< FIN follows when the queue is empty
    bool fin_sent = false;
    bool arrival_scheduled = false;
  };
  struct Connection {
    End ends[2];
    Port port = kNativePort;
    bool established = false;
  };

  Connection* of(Socket socket);
  Duration delay(const Path& path, uint64_t bytes);
  void try_connect(Socket socket);
  void pump(Socket socket);
  void put_on_way(Socket socket, Item item);
  void schedule_arrival(Socket socket);
  void arrive(Socket socket);
  void tell_lost(Socket socket, std::string reason);
  void forget_if_done(Socket socket);

  Scheduler& scheduler_;
  Random random_;
  NetOptions options_;
  std::map<uint64_t, Connection> connections_;  ///< by socket / 2
  std::map<Place, Party*> listeners_;
  std::set<Place> dark_;
  std::map<std::pair<Place, Place>, Path> paths_;
  uint64_t next_ = 1;
};

}  // namespace wallaby::sim
