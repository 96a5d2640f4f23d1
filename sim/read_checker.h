// sim/read_checker.h
//
// Is what a client read the state of the log at one position, and at an allowed one?
//
//   - a read sees a state between what was visible when it came and what is visible when its answer leaves, whole:
//     all of a batch or nothing, and nothing that nobody wrote (the canon holds only what was written);
//   - at or past its token (`--after`), and past the writes that its own session was told of;
//   - on the primary: at or past everything that any client has ever been shown there, also before a restart. What was
//     read never disappears;
//   - what a node says of a commit (commit-status) is so: visible, or in its log and not visible yet.
//
// Under `off` the primary's readers are ahead of its disk. What they saw there is judged once the canon has come so far; when
// the process dies first, it may be gone, and nothing is judged: that loss is what `off` says.
//
// Threads: none.
#pragma once

#include <functional>
#include <list>
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
  /// What a read must see at least.
  struct Floor {
    Lsn low;
    Lsn promised;  ///< of that, what even a base copy does not excuse: token, own writes
  };
  using Explains = std::function<bool(Lsn)>;
  /// An answer and where its state must lie.
  struct Shown {
    Place place;
    Floor floor;
    Lsn high;
    bool primary = false;
    Explains explains;
    std::function<std::string()> what;  ///< was asked
  };

  explicit ReadChecker(const Canon& canon) : canon_(canon) {}

  // --- any door ---
  /// For a read that comes now, to a node whose readers see `visible`.
  Floor floor(const Place& place, node::ConnectionId connection, const std::optional<Token>& after,
              Lsn visible, bool primary);
  void judge(Shown shown);
  /// What a node whose readers see `visible` says of a commit.
  void status_answered(const Place& place, const Token& token, replication::CommitState state,
                       const std::string& text, Lsn visible, bool primary);

  // --- the native door ---
  /// Readers of this node see `visible` when its turn begins.
  void turn_begins(const Place& place, Lsn visible) { before_[place] = visible; }
  /// A read came to a node whose readers see `visible`.
  void asked(const Place& place, node::ConnectionId connection, const node::Request& request, Lsn visible,
             bool primary);
  /// An answer leaves a node whose readers see `visible`. True: it was a read's, or a commit's status.
  bool answered(const Place& place, node::ConnectionId connection, const node::Reply& reply, Lsn visible,
                bool primary);
  /// A write was answered on this connection.
  void own_write(const Place& place, node::ConnectionId connection, Lsn lsn);
  /// The canon has grown: answers that were ahead of it are judged.
  void canon_grew();
  /// All connections of the place are gone.
  void forget(const Place& place);

  uint64_t checked() const { return checked_; }
  /// Answers that could never be judged: their process died before what they told of was on its disk.
  uint64_t lost_with_off() const { return lost_with_off_; }

 private:
  using Session = std::pair<Place, node::ConnectionId>;
  struct Read {
    node::RequestBody body;
    Floor floor;
    std::optional<Lsn> high;  ///< of the first page
    std::vector<std::pair<std::string, std::string>> rows;
  };
  /// The earliest position up to `high` whose state explains the answer; false: none.
  bool explained(const Shown& answer, Lsn high);

  const Canon& canon_;
  std::map<Session, std::map<node::RequestId, Read>> reads_;
  std::map<Session, std::map<node::RequestId, Token>> statuses_;  ///< commit-status asked
  std::map<Session, Lsn> own_;
  std::map<Place, Lsn> before_;
  std::list<Shown> ahead_;  ///< of the canon
  Lsn shown_;               ///< some client of the primary has certainly seen this
  uint64_t checked_ = 0, lost_with_off_ = 0;
};

}  // namespace wallaby::sim
