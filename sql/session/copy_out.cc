// COPY table TO STDOUT, COPY (query) TO STDOUT: a query's rows as lines.
#include "sql/parser/parser.h"
#include "sql/session/copy_format.h"
#include "sql/session/query_run.h"
#include "sql/session/tasks.h"

namespace wallaby::sql {
namespace {

/// A name as a query text needs it.
std::string quoted(std::string_view name) {
  std::string out = "\"";
  for (char c : name) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

class CopyOut final : public Task {
 public:
  CopyOut(Conversation& session, const ast::Copy& statement) : session_(session), statement_(statement) {}

  SqlResult<Outcome> step(Turn& turn) override {
    if (session_.calls().waiting()) return Outcome::kWaiting;
    if (!run_)
      if (auto made = begin(); !made) return std::unexpected(made.error());
    if (!writer_) {
      auto open = run_->open();
      if (!open) return std::unexpected(open.error());
      if (!*open) return Outcome::kWaiting;
      writer_.emplace(*options_);
      turn.sink->copy_out(run_->columns().size());
      line_.clear();
      writer_->header(run_->columns(), line_);
      if (!line_.empty()) turn.sink->copy_line(line_);
    }
    return lines(turn);
  }

 private:
  SqlResult<void> begin() {
    if (statement_.program || !statement_.file.empty())
      return sql_error("42501", "must be superuser or have privileges of the {} role to COPY to {}",
                       statement_.program ? "pg_execute_server_program" : "pg_write_server_files",
                       statement_.program ? "or from an external program" : "a file")
          .hint("Anyone can COPY to stdout or from stdin. psql's \\copy command also works for anyone.");
    auto options = copy_options(statement_, {});
    if (!options) return std::unexpected(options.error());
    options_ = std::move(*options);
    auto query = query_of();
    if (!query) return std::unexpected(query.error());
    auto prepared = session_.plan_now(*query, {});
    if (!prepared) return std::unexpected(without_position(prepared.error()));
    if (!(*prepared)->plan || (*prepared)->plan->writes())
      return not_supported("COPY from a statement that changes tables");
    run_ = std::make_unique<QueryRun>(session_, *prepared, Row{});
    return {};
  }

  /// COPY t (a, b) TO is COPY (SELECT a, b FROM t) TO.
  SqlResult<ast::StatementPtr> query_of() const {
    if (statement_.query) return statement_.query;
    std::string text = "SELECT ";
    if (statement_.columns.empty()) text += '*';
    for (size_t i = 0; i < statement_.columns.size(); ++i)
      text += (i == 0 ? "" : ", ") + quoted(statement_.columns[i]);
    text += " FROM ";
    if (!statement_.table.schema.empty()) text += quoted(statement_.table.schema) + ".";
    text += quoted(statement_.table.name);
    auto parsed = parse(text);
    if (!parsed) return std::unexpected(parsed.error());
    return parsed->front();
  }

  /// Positions in a text that the client has not written mean nothing to it.
  SqlError without_position(SqlError error) const {
    if (!statement_.query) error.change().position = 0;
    return error;
  }

  SqlResult<Outcome> lines(Turn& turn) {
    Row row;
    for (;;) {
      if (turn.sink->full()) return Outcome::kResting;
      auto step = run_->next(row);
      if (!step) return std::unexpected(step.error());
      if (*step == Step::kRest) return Outcome::kResting;
      if (*step == Step::kEnd) break;
      line_.clear();
      writer_->row(run_->columns(), row, line_);
      turn.sink->copy_line(line_);
      ++count_;
    }
    session_.set_tag(fmt::format("COPY {}", count_));
    return Outcome::kDone;
  }

  Conversation& session_;
  const ast::Copy& statement_;
  std::optional<CopyOptions> options_;
  std::unique_ptr<QueryRun> run_;
  std::optional<CopyWriter> writer_;
  std::string line_;
  uint64_t count_ = 0;
};

}  // namespace

TaskPtr make_copy_out_task(Conversation& session, const ast::Copy& statement) {
  return std::make_unique<CopyOut>(session, statement);
}

}  // namespace wallaby::sql
