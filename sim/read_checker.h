// sim/read_checker.h
//
// Is what a client read the state of the log at one position, and at an allowed one?
//
//   - a read sees a state between what was visible when it came and what is visible when its answer leaves, whole:
//     all of a batch or nothing, and nothing that nobody wrote (the canon holds only what was written);
//   - at or past its token (`--after`), and past the writes that its own session was told of;
//   - on the primary: at or past everything that any client has ever been shown there, also before a restart. What was
//     read never disappears.
//
// Threads: none.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "node/client_messages.h"
#include "node/events.h"
#include "sim/canon.h"
#include "sim/sim_net.h"

namespace wallaby::sim {

class ReadChecker {
 public:
  explicit ReadChecker(const Canon& canon) : canon_(canon) {}

  /// A read came to a node whose readers see `visible`.
  void asked(const Place& place, node::ConnectionId connection, const node::Request& request, Lsn visible,
             bool primary);
  /// An answer leaves a node whose readers see `visible`. True: it was a read's.
  bool answered(const Place& place, node::ConnectionId connection, const node::Reply& reply, Lsn visible,
                bool primary);
  /// A write was answered on this connection.
  void own_write(const Place& place, node::ConnectionId connection, Lsn lsn);
  /// All connections of the place are gone.
  void forget(const Place& place);

  uint64_t checked() const { return checked_; }

 private:
  using Session = std::pair<Place, node::ConnectionId>;
  struct Read {
    node::RequestBody body;
    Lsn low;                  ///< must see at least this
    Lsn promised;             ///< of that, what even a base copy does not excuse: token, own writes
    std::optional<Lsn> high;  ///< of the first page
    std::vector<std::pair<std::string, std::string>> rows;
  };
  /// The earliest allowed position whose state explains the answer.
  template <typename Explains>
  void judge(const Place& place, const Read& read, Lsn low, Lsn high, bool primary, const Explains& explains);

  const Canon& canon_;
  std::map<Session, std::map<node::RequestId, Read>> reads_;
  std::map<Session, Lsn> own_;
  Lsn shown_;  ///< some client of the primary has certainly seen this
  uint64_t checked_ = 0;
};

}  // namespace wallaby::sim
