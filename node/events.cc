#include "node/events.h"

#include <ostream>

namespace wallaby::node {
namespace {

size_t total(const std::vector<SharedBytes>& pieces) {
  size_t bytes = 0;
  for (const SharedBytes& piece : pieces) bytes += piece.size();
  return bytes;
}

// Sizes stand for bytes: a trace shows what moved; the messages inside are printed by who decodes them.

std::ostream& operator<<(std::ostream& out, const ConnectionAccepted& event) {
  return out << "accepted " << event.id << " from " << event.peer
             << (event.door == Door::kSql ? " at the SQL door" : "");
}
std::ostream& operator<<(std::ostream& out, const ConnectionMade& event) {
  return out << "connected " << event.id;
}
std::ostream& operator<<(std::ostream& out, const BytesReceived& event) {
  return out << "received " << event.id << ": " << event.bytes.size() << " bytes";
}
std::ostream& operator<<(std::ostream& out, const BytesSent& event) {
  return out << "sent " << event.id << ": " << event.bytes << " bytes";
}
std::ostream& operator<<(std::ostream& out, const ConnectionLost& event) {
  return out << "lost " << event.id << ": " << event.reason;
}
std::ostream& operator<<(std::ostream& out, const JobFinished& event) {
  return out << event.done;
}
std::ostream& operator<<(std::ostream& out, const Tick&) {
  return out << "tick";
}
std::ostream& operator<<(std::ostream& out, const StopRequested&) {
  return out << "stop requested";
}

std::ostream& operator<<(std::ostream& out, LogLevel level) {
  switch (level) {
    case LogLevel::kInfo: return out << "info";
    case LogLevel::kWarning: return out << "warning";
    case LogLevel::kError: return out << "error";
  }
  return out << "level " << static_cast<int>(level);
}

std::ostream& operator<<(std::ostream& out, const RunJob& output) {
  return out << "run " << output.job;
}
std::ostream& operator<<(std::ostream& out, const SendBytes& output) {
  return out << "send " << output.id << ": " << total(output.pieces) << " bytes";
}
std::ostream& operator<<(std::ostream& out, const OpenConnection& output) {
  return out << "open " << output.id << " to " << output.to;
}
std::ostream& operator<<(std::ostream& out, const CloseConnection& output) {
  return out << "close " << output.id;
}
std::ostream& operator<<(std::ostream& out, const SetReading& output) {
  return out << (output.reading ? "read " : "stop reading ") << output.id;
}
std::ostream& operator<<(std::ostream& out, const StartTls& output) {
  out << "start tls " << output.id;
  return output.server ? out << " with " << *output.server : out;
}
std::ostream& operator<<(std::ostream& out, const LogLine& output) {
  return out << "log " << output.level << ": " << output.text;
}
std::ostream& operator<<(std::ostream& out, const Ready& output) {
  return out << "ready: " << output.text;
}
std::ostream& operator<<(std::ostream& out, const Stopped& output) {
  return out << (output.clean ? "stopped" : "failed") << (output.reason.empty() ? "" : ": ") << output.reason;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const NodeEvent& event) {
  std::visit([&out](const auto& what) { out << what; }, event);
  return out;
}

std::ostream& operator<<(std::ostream& out, const NodeOutput& output) {
  std::visit([&out](const auto& what) { out << what; }, output);
  return out;
}

}  // namespace wallaby::node
