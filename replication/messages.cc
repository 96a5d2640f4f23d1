#include "replication/messages.h"

#include <ostream>

namespace wallaby::replication {
namespace {

struct Printer {
  std::ostream& out;

  void operator()(const Hello& hello) const {
    out << "hello from " << hello.name << " (" << hello.directory << "), ";
    if (hello.cluster)
      out << "cluster " << *hello.cluster;
    else
      out << "empty";
    if (hello.copying) out << ", copying";
    out << ", log end " << hello.end << '@' << hello.timeline;
    if (hello.protocol != kLinkProtocol) out << ", protocol " << hello.protocol;
  }
  void operator()(const Answer& answer) const {
    out << "answer of " << answer.name << ": ";
    std::visit(*this, answer.decision);
  }
  void operator()(const Continue& decision) const { out << "continue from " << decision.from; }
  void operator()(const Snapshot& decision) const {
    out << "snapshot at " << decision.position << " (" << decision.file_size << " bytes), then log from "
        << decision.log_from << ": " << decision.reason;
  }
  void operator()(const Wait& decision) const { out << "wait: " << decision.reason; }
  void operator()(const Refuse& decision) const {
    out << "refuse (" << to_string(decision.kind) << "): " << decision.reason;
  }
  void operator()(const Data& data) const {
    out << "data from " << data.from << " of " << data.segment << ", flushed " << data.feeder_flushed;
    for (Lsn end : data.traced) out << ", traced " << end;
    if (data.awaited) out << ", awaited: " << *data.awaited;
  }
  void operator()(const Keepalive& keepalive) const {
    out << "keepalive " << keepalive.number << ", flushed " << keepalive.feeder_flushed;
    if (keepalive.acknowledged != Lsn{}) out << ", acknowledged " << keepalive.acknowledged;
  }
  void operator()(const Report& report) const {
    out << "report " << report.positions;
    if (report.holds != ReplicaHolds{}) out << ", " << report.holds;
    out << ", keepalive " << report.keepalive;
    if (!report.way.empty()) out << ", " << report.way;
    for (const TraceEntry& entry : report.traces) out << "; trace of " << entry;
  }
  void operator()(const CopyBlock& block) const {
    out << "copy block at " << block.offset << (block.last ? ", the last" : "");
  }
  void operator()(const Goodbye& goodbye) const {
    out << "goodbye (" << to_string(goodbye.kind) << "): " << goodbye.reason;
  }
};

}  // namespace

std::string_view to_string(RefusalKind kind) {
  switch (kind) {
    case RefusalKind::kOther: return "other";
    case RefusalKind::kCluster: return "cluster";
    case RefusalKind::kProtocol: return "protocol";
    case RefusalKind::kName: return "name";
    case RefusalKind::kDiverged: return "diverged";
    case RefusalKind::kAhead: return "ahead";
  }
  return "unknown";
}

std::string_view to_string(GoodbyeKind kind) {
  switch (kind) {
    case GoodbyeKind::kShutdown: return "shutdown";
    case GoodbyeKind::kDropped: return "dropped";
    case GoodbyeKind::kReplaced: return "replaced";
    case GoodbyeKind::kFailed: return "failed";
    case GoodbyeKind::kSlotLost: return "slot lost";
  }
  return "unknown";
}

std::ostream& operator<<(std::ostream& out, const Message& message) {
  std::visit(Printer{out}, message);
  return out;
}

std::ostream& operator<<(std::ostream& out, const Decision& decision) {
  std::visit(Printer{out}, decision);
  return out;
}

}  // namespace wallaby::replication
