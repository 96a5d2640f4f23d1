// sim/hold_checker.h
//
// Does a hold hold? Follows what operators ask and are told, beside the nodes' own ceilings:
//
//     r1 answers "`flushed` is held at 0/138"     from now on r1's flushed position stays there
//     r1 is asked for a step of 2                 two records more, also such that are yet to come
//     r1 is asked to hold it again                only what has passed by then
//     r1 is asked to release it, stops, dies,     it is over
//     or takes a base copy
//
// So nothing may pass a ceiling but what steps let through: not one record more, and no part of one.
//
// A release counts from when it is asked, a hold from when it is answered: the moments between belong to nobody.
// Threads: none.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "node/client_messages.h"
#include "node/events.h"
#include "sim/canon.h"
#include "sim/sim_net.h"

namespace wallaby::sim {

class HoldChecker {
 public:
  explicit HoldChecker(const Canon& canon) : canon_(canon) {}

  void asked(const Place& place, node::ConnectionId connection, const node::Request& request);
  void answered(const Place& place, node::ConnectionId connection, const node::Reply& reply);
  /// The process is gone or stops, or a base copy starts over: all its holds are lifted.
  void lifted(const Place& place);

  /// The node's stage is here now.
  void judge(const Place& place, const replication::StageName& name, Lsn position);
  /// The byte at this position was sent to that replica.
  void judge_sent(const Place& place, const NodeName& replica, Lsn byte);

  /// How often a position was seen right at or below a ceiling that stood.
  uint64_t judged() const { return judged_; }

 private:
  using Key = std::pair<Place, replication::StageName>;
  using Asked = std::tuple<Place, node::ConnectionId, node::RequestId>;
  struct Standing {
    std::optional<Lsn> ceiling;  ///< nullopt: no hold is known of
    uint64_t steps = 0;          ///< records that may have passed it
  };
  void expect(const Place& place, const replication::StageName& name, const Standing& standing, Lsn position,
              uint64_t passed) const;

  const Canon& canon_;
  std::map<Key, Standing> standing_;
  struct Hold {
    replication::StageName name;
    uint64_t steps = 0;  ///< asked for before it
  };
  std::map<Asked, Hold> asked_;  ///< holds that are not answered yet
  uint64_t judged_ = 0;
};

}  // namespace wallaby::sim
