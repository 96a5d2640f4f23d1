// wallaby_trace: the last commits and when each reached its stages, at each node.
#include "sql/session/services.h"
#include "sql/views/system_views.h"

namespace wallaby::sql {
namespace {

using enum TypeId;
constexpr uint64_t kCommits = 100;

/// Traces of the newest commits are answered at once; this keeps them.
class Asker final : public node::Session {
 public:
  void answer(node::RequestId, node::ReplyBody body) override { reply = std::move(body); }
  void reached(TimePoint, node::RequestId) override {}
  void views_dropped(const std::string&) override {}
  std::optional<node::ReplyBody> reply;
};

SqlResult<std::vector<Row>> trace(ViewSource& source) {
  Asker asker;
  node::Backend& backend = source.view_services().backend;
  backend.open(asker);
  backend.traces(asker, 1, node::GetTraces{kCommits, {}, false});
  backend.close(asker);
  std::vector<Row> rows;
  if (!asker.reply) return rows;
  if (const auto* failed = std::get_if<node::Failed>(&*asker.reply))
    return std::unexpected(from_node(failed->error));
  for (const replication::CommitTrace& commit : std::get<node::Traces>(*asker.reply).traces) {
    for (const replication::TracePoint& point : commit.points) {
      std::string stage(to_string(point.stage));
      if (!point.to.empty()) stage += " to " + point.to;
      Value at = point.at ? Value(std::chrono::duration<double, std::milli>(*point.at).count()) : Value();
      rows.push_back({text_value(to_string(commit.token)),
                      commit.rung ? text_value(to_string(*commit.rung)) : Value(), text_value(point.node),
                      text_value(stage), std::move(at), Value(commit.complete)});
    }
  }
  return rows;
}

}  // namespace

std::vector<ViewDefinition> trace_views() {
  std::vector<ViewDefinition> views;
  views.push_back(make_view("pg_catalog", "wallaby_trace", 12900,
                            {{"token", kText},
                             {"rung", kText},
                             {"node", kText},
                             {"stage", kText},
                             {"at_ms", kFloat8},
                             {"complete", kBool}},
                            trace));
  return views;
}

}  // namespace wallaby::sql
