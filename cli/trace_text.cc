#include "cli/trace_text.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "cli/json.h"
#include "cli/write_text.h"

namespace wallaby::cli {
namespace {

using replication::CommitTrace;
using replication::Stage;
using replication::TracePoint;

double milliseconds(Duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

/// When `node` reached the stage (of kSent: when the record left for it); nullopt: it did not, or it has no such stage.
std::optional<Duration> time_of(const CommitTrace& trace, Stage stage, const NodeName& node) {
  for (const TracePoint& point : trace.points)
    if (point.stage == stage && (stage == Stage::kSent ? point.to : point.node) == node) return point.at;
  return std::nullopt;
}

bool is_fed_by(const CommitTrace& trace, const NodeName& node, const NodeName& feeder) {
  return std::ranges::any_of(trace.points, [&](const TracePoint& point) {
    return point.stage == Stage::kSent && point.node == feeder && point.to == node;
  });
}

/// What made the promise true: the replicas that the client was told of. A client that was told nothing, or on its own weaker
/// terms, leaves that open; then it is what happened last on the primary or on a replica that it feeds.
std::optional<Duration> before_acknowledged(const CommitTrace& trace, const TracePoint& acknowledged) {
  std::optional<Duration> latest = Duration::zero();
  bool told_by = trace.rung && !trace.by.empty();
  for (const TracePoint& point : trace.points) {
    if (!point.at || *point.at > *acknowledged.at || point.stage == Stage::kSent || &point == &acknowledged)
      continue;
    bool here = point.node == acknowledged.node;
    bool counts = told_by ? point.stage == replication::replica_stage(*trace.rung) &&
                                std::ranges::find(trace.by, point.node) != trace.by.end()
                          : is_fed_by(trace, point.node, acknowledged.node);
    if (here || counts) latest = std::max(latest, point.at);
  }
  return latest;
}

/// When the stage that leads to this one was reached.
std::optional<Duration> before(const CommitTrace& trace, const TracePoint& point) {
  switch (point.stage) {
    case Stage::kAppended: return point.at;
    case Stage::kSent: return time_of(trace, Stage::kFlushed, point.node);
    case Stage::kReceived: return time_of(trace, Stage::kSent, point.node);
    case Stage::kApplied: return time_of(trace, Stage::kFlushed, point.node);
    case Stage::kAcknowledged: return before_acknowledged(trace, point);
    case Stage::kFlushed: break;
  }
  auto received = time_of(trace, Stage::kReceived, point.node);
  return received ? received : time_of(trace, Stage::kAppended, point.node);
}

std::string bar(const CommitTrace& trace, const TracePoint& point, Duration whole) {
  if (point.stage == Stage::kAppended) return "";
  auto column = [&](Duration at) {
    double part = whole > Duration::zero() ? milliseconds(at) / milliseconds(whole) : 0;
    return static_cast<size_t>(std::lround(std::clamp(part, 0.0, 1.0) * kTraceWidth));
  };
  size_t from = std::min(column(before(trace, point).value_or(Duration::zero())), kTraceWidth - 1);
  size_t to = std::max(column(*point.at), from + 1);
  return std::string(from, ' ') + std::string(to - from, '#');
}

std::string headline(const CommitTrace& trace) {
  bool visible = std::ranges::any_of(
      trace.points, [](const TracePoint& point) { return point.stage == Stage::kAcknowledged && point.at; });
  if (!trace.rung) return visible ? "acknowledged, but its client was not told" : "not acknowledged yet";
  return written_text({trace.token, 0, *trace.rung, trace.by}) +
         (visible ? "" : "; readers do not see it yet");
}

std::string stage_text(const TracePoint& point) {
  std::string text(to_string(point.stage));
  return point.to.empty() ? text : text + " to " + point.to;
}

}  // namespace

std::string trace_text(const CommitTrace& trace) {
  Duration whole{};
  size_t nodes = 0, stages = 0, times = 0;
  auto time_text = [](const TracePoint& point) {
    return point.at ? fmt::format("{:.2f}", milliseconds(*point.at)) : std::string("-");
  };
  for (const TracePoint& point : trace.points) {
    whole = std::max(whole, point.at.value_or(Duration::zero()));
    nodes = std::max(nodes, point.node.size());
    stages = std::max(stages, stage_text(point).size());
    times = std::max(times, time_text(point).size());
  }
  std::string text = fmt::format("{}  {}\n", to_string(trace.token), headline(trace));
  for (const TracePoint& point : trace.points)
    text += fmt::format("  {:<{}}  {:<{}}  {:>{}}{}\n", point.node, nodes, stage_text(point), stages,
                        time_text(point), times, point.at ? " ms |" + bar(trace, point, whole) : "");
  return text;
}

std::string trace_json(const CommitTrace& trace) {
  Json json = Json::object(), by = Json::array(), points = Json::array();
  for (const NodeName& name : trace.by) by.push(std::string_view(name));
  for (const TracePoint& point : trace.points) {
    Json entry = Json::object();
    entry.add("node", point.node).add("stage", to_string(point.stage));
    if (!point.to.empty()) entry.add("to", point.to);
    points.push(point.at ? entry.add("at_ms", milliseconds(*point.at)) : entry.add_null("at_ms"));
  }
  json.add("token", to_string(trace.token));
  if (trace.rung)
    json.add("ack", to_string(*trace.rung));
  else
    json.add_null("ack");
  return json.add("by", by).add("complete", trace.complete).add("points", points).text();
}

}  // namespace wallaby::cli
