#include "sql/session/query_run.h"

namespace wallaby::sql {

QueryRun::QueryRun(Conversation& session, PreparedPtr prepared, Row parameters, std::string_view text)
    : session_(session), prepared_(std::move(prepared)), parameters_(std::move(parameters)), text_(text) {}

QueryRun::~QueryRun() {
  if (opened_) session_.remove_run(*this);
}

SqlResult<bool> QueryRun::open() {
  if (opened_) return true;
  OpenTransaction* transaction = session_.transaction();
  SqlResult<bool> ready = transaction ? session_.need_snapshot() : session_.may_read();
  if (!ready || !*ready) return ready;
  if (!transaction) {
    auto view = session_.backend().visible_view();
    if (!view) return std::unexpected(from_node(view.error()));
    view_ = std::move(*view);
  }
  DataSource source = transaction ? DataSource(*transaction->data) : DataSource(*view_);
  auto fresh = session_.fresh(prepared_, source, text_, parameters_);
  if (!fresh) return std::unexpected(fresh.error());
  prepared_ = *fresh;
  context_.emplace(session_.exec_context(source, prepared_->catalog, parameters_));
  context_->waits = waits;
  opened_ = true;
  session_.add_run(*this);
  restart();
  return true;
}

void QueryRun::restart() {
  execution_ = prepared_->plan->start(*context_);
}

SqlResult<Step> QueryRun::pull(Row& row) {
  context_->eval.wall_time = session_.wall_time();
  session_.evaluating = &*context_;
  auto step = execution_->next(row);
  session_.evaluating = nullptr;
  return step;
}

SqlResult<Step> QueryRun::next(Row& row) {
  if (!kept_.empty()) {
    row = std::move(kept_.front());
    kept_.pop_front();
    return Step::kRow;
  }
  if (kept_all_) return Step::kEnd;
  if (dropped_) return std::unexpected(*dropped_);
  if (context_->budget <= 0) context_->budget = kRowsBeforeRest;
  return pull(row);
}

SqlResult<void> QueryRun::keep_rest() {
  if (kept_all_ || dropped_ || !execution_) return {};
  size_t bytes = 0;
  context_->waits = nullptr;  // this is done inside of another statement
  for (;;) {
    Row row;
    context_->budget = INT64_MAX;
    auto step = pull(row);
    if (!step) return std::unexpected(step.error());
    if (*step == Step::kEnd) break;
    if (*step == Step::kRest) continue;
    bytes += memory_of(row);
    if (bytes > kMaxKept)
      return sql_error("53200", "the rest of an open cursor or portal does not fit into {} MiB",
                       kMaxKept >> 20)
          .hint("Close it, or fetch its rows, before the transaction changes tables.");
    kept_.push_back(std::move(row));
  }
  kept_all_ = true;
  execution_.reset();
  context_.reset();
  view_.reset();
  return {};
}

void QueryRun::drop(SqlError reason) {
  execution_.reset();
  context_.reset();
  view_.reset();
  kept_.clear();
  kept_all_ = false;
  dropped_ = std::move(reason);
}

}  // namespace wallaby::sql
