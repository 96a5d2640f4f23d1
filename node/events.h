// node/events.h
//
// All that a driver tells a node, and all that a node asks of its driver. A driver (the server with its sockets,
// threads and clock; the simulator) is dull: it moves bytes, runs file jobs, and calls step() with what happened.
//
//     step(now, BytesReceived{3, ...})      a client's put came in
//     take_outputs()                        RunJob: write the log; RunJob: flush it
//     step(now, JobFinished{...})           the flush is done
//     take_outputs()                        SendBytes{3, "written 0/1A8@1"}
//
// Outputs of one turn are complete: at most one SendBytes a connection (and one before its StartTls), so a driver makes one
// write a socket a turn.
// Jobs of one lane run in order. Nothing here blocks, and nothing is optional.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/file_job.h"
#include "base/identity.h"
#include "base/shared_bytes.h"
#include "base/time.h"

namespace wallaby::node {

/// Connections are numbered by whoever starts them: drivers count accepted ones upwards from 1 in odd
/// numbers, the node numbers its own in even ones.
using ConnectionId = uint64_t;

// --- events ---------------------------------------------------------------------------------------------------------

/// Which language a connection speaks. The node itself speaks the native one and leaves the others alone.
enum class Door : uint8_t { kNative, kSql };

struct ConnectionAccepted {
  ConnectionId id = 0;
  std::string peer;  ///< address, for people
  Door door = Door::kNative;
};
/// OpenConnection succeeded.
struct ConnectionMade {
  ConnectionId id = 0;
};
struct BytesReceived {
  ConnectionId id = 0;
  std::string_view bytes;  ///< valid during the step
};
/// The socket took this many bytes of what SendBytes handed over.
struct BytesSent {
  ConnectionId id = 0;
  uint64_t bytes = 0;
};
/// The connection is gone (closed, reset, could not be made). Not sent after CloseConnection.
struct ConnectionLost {
  ConnectionId id = 0;
  std::string reason;
};
struct JobFinished {
  FileJobDone done;
};
/// next_deadline() has come (or any other time: it does no harm).
struct Tick {};
/// SIGTERM: stop cleanly; `Stopped` follows.
struct StopRequested {};
using NodeEvent = std::variant<ConnectionAccepted, ConnectionMade, BytesReceived, BytesSent, ConnectionLost,
                               JobFinished, Tick, StopRequested>;
std::ostream& operator<<(std::ostream& out, const NodeEvent& event);

// --- outputs --------------------------------------------------------------------------------------------------------

struct RunJob {
  FileJob job;
  bool operator==(const RunJob&) const = default;
};
struct SendBytes {
  ConnectionId id = 0;
  std::vector<SharedBytes> pieces;
  bool at_leisure = false;  ///< nobody waits for them: what goes to others leaves first
  bool operator==(const SendBytes&) const = default;
};
struct OpenConnection {
  ConnectionId id = 0;
  Address to;
  bool operator==(const OpenConnection&) const = default;
};
/// Send what was handed over, then close.
struct CloseConnection {
  ConnectionId id = 0;
  bool operator==(const CloseConnection&) const = default;
};
/// Stop (or go on) reading from this socket.
struct SetReading {
  ConnectionId id = 0;
  bool reading = true;
  bool operator==(const SetReading&) const = default;
};
/// From here on TLS is spoken on this connection: what SendBytes brings leaves encrypted, and BytesReceived tells what the
/// peer's bytes say once they are decrypted. What was handed over before leaves as it is; what is handed over next waits for
/// the handshake. A peer that does not get through it is ConnectionLost; how long that may take is the asker's matter.
struct StartTls {
  ConnectionId id = 0;
  std::optional<std::string> server =
      {};  ///< this side is the client, and the certificate has to be this host's
  bool operator==(const StartTls&) const = default;
};
enum class LogLevel : uint8_t { kInfo, kWarning, kError };
/// One line for the operator (stderr).
struct LogLine {
  LogLevel level = LogLevel::kInfo;
  std::string text;
  bool operator==(const LogLine&) const = default;
};
/// The node is ready: the line for stdout without the doors' part ("replica r1 ...", see server).
struct Ready {
  std::string text;
  bool operator==(const Ready&) const = default;
};
/// The node has ended; the driver stops. `clean`: exit status 0, else 1 with the reason (fail-stop).
struct Stopped {
  bool clean = true;
  std::string reason;
  bool operator==(const Stopped&) const = default;
};
using NodeOutput = std::variant<RunJob, SendBytes, OpenConnection, CloseConnection, SetReading, StartTls,
                                LogLine, Ready, Stopped>;
std::ostream& operator<<(std::ostream& out, const NodeOutput& output);

}  // namespace wallaby::node
