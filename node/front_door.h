// node/front_door.h
//
// A further way into a node, beside the native one: it speaks another language on connections of its own, and asks the node
// through its Backend. Like a node it does no I/O: events go in, outputs come out.
//
//     ConnectionAccepted{7, peer, Door::kSql}  -> step     the connection is the door's from here on: owns(7)
//     BytesReceived{7, ...}                    -> step     what its session makes of them: backend.run(...)
//     session.answer(1, Written{...})                      from within the node: the session takes note, no more
//                                              <- take_outputs: SendBytes{7, "INSERT 0 1"}
//
// Events: of its own connections, and StopRequested and Tick. Outputs: SendBytes, CloseConnection, SetReading, StartTls,
// LogLine. A door's sessions act in step() and take_outputs(), never in an answer.
#pragma once

#include <vector>

#include "base/time.h"
#include "node/events.h"

namespace wallaby::node {

class FrontDoor {
 public:
  virtual ~FrontDoor() = default;
  virtual void step(TimePoint now, const NodeEvent& event) = 0;
  virtual std::vector<NodeOutput> take_outputs(TimePoint now) = 0;
  virtual TimePoint next_deadline() const = 0;
  virtual bool owns(ConnectionId connection) const = 0;
};

}  // namespace wallaby::node
