// Plans for statements, and what they run in: snapshots, contexts, permission to write.
#include "sql/session/conversation.h"
#include "sql/session/tasks.h"
#include "sql/views/catalog_queries.h"

namespace wallaby::sql {
namespace {

/// Statements that a Plan is made for; the others are the session's own.
bool is_planned(const ast::Statement::Node& node) {
  return std::visit(
      [](const auto& statement) {
        using T = std::decay_t<decltype(statement)>;
        return !(std::is_same_v<T, ast::Transaction> || std::is_same_v<T, ast::Set> ||
                 std::is_same_v<T, ast::Show> || std::is_same_v<T, ast::AlterSystem> ||
                 std::is_same_v<T, ast::Discard> || std::is_same_v<T, ast::Prepare> ||
                 std::is_same_v<T, ast::ExecutePrepared> || std::is_same_v<T, ast::Deallocate> ||
                 std::is_same_v<T, ast::DeclareCursor> || std::is_same_v<T, ast::Fetch> ||
                 std::is_same_v<T, ast::CloseCursor> || std::is_same_v<T, ast::Copy> ||
                 std::is_same_v<T, ast::Utility>);
      },
      node);
}

}  // namespace

SqlResult<PreparedPtr> Conversation::plan(const ast::StatementPtr& statement,
                                          const std::vector<TypeId>& declared, const DataSource& source) {
  auto catalog = services_.catalogs.of(source);
  if (!catalog) return std::unexpected(catalog.error());
  // Inside a transaction that changes definitions the catalog is this transaction's alone.
  bool shared = !(transaction_ && transaction_->definitions);
  if (shared)
    if (PreparedPtr known = services_.plans.get(statement, declared, **catalog)) return known;
  auto made = std::make_shared<Prepared>();
  made->statement = statement;
  made->declared = declared;
  made->catalog = *catalog;
  PlanContext context{*catalog, &views_, declared};
  auto plan = make_plan(statement, context);
  if (!plan) {
    // What the planner cannot do with the system catalogs, the lenient reader of psql's questions can.
    PlanPtr lenient = plan_catalog_query(statement, context);
    if (!lenient) return std::unexpected(plan.error());
    plan = std::move(lenient);
  }
  made->plan = *plan;
  made->parameters = (*plan)->parameters();
  made->columns = (*plan)->columns();
  if (shared) services_.plans.put(made);
  return made;
}

SqlResult<PreparedPtr> Conversation::plan_now(const ast::StatementPtr& statement,
                                              const std::vector<TypeId>& declared) {
  if (is_planned(statement->node)) {
    if (transaction_ && transaction_->data) return plan(statement, declared, DataSource(*transaction_->data));
    auto view = services_.backend.visible_view();
    if (!view) return std::unexpected(from_node(view.error()));
    return plan(statement, declared, DataSource(*view));
  }
  auto made = std::make_shared<Prepared>();
  made->statement = statement;
  made->declared = declared;
  SqlResult<std::vector<ResultColumn>> columns;
  if (const auto* show = std::get_if<ast::Show>(&statement->node)) columns = show_columns(*show);
  if (const auto* fetch = std::get_if<ast::Fetch>(&statement->node)) columns = fetch_columns(*this, *fetch);
  if (const auto* execute = std::get_if<ast::ExecutePrepared>(&statement->node))
    columns = execute_columns(*this, *execute);
  if (!columns) return std::unexpected(columns.error());
  made->columns = std::move(*columns);
  return made;
}

SqlResult<PreparedPtr> Conversation::fresh(const PreparedPtr& prepared, const DataSource& source,
                                           std::string_view text, Row& parameters) {
  auto catalog = services_.catalogs.of(source);
  if (!catalog) return std::unexpected(catalog.error());
  if (prepared->catalog == *catalog) return prepared;
  // Other tables may want other types of the same literals, and may say so at their places.
  bool literals = !text.empty();
  auto statements = literals ? parse(text) : Statements{prepared->statement};
  if (!statements) return std::unexpected(statements.error());
  auto planned = plan(statements->front(), literals ? std::vector<TypeId>() : prepared->declared, source);
  if (!planned) return planned;
  // The client was told parameters and columns: the new plan must have the same.
  auto same_types = [](const std::vector<ResultColumn>& a, const std::vector<ResultColumn>& b) {
    if (a.size() != b.size()) return false;
    for (size_t i = 0; i < a.size(); ++i)
      if (a[i].name != b[i].name || a[i].type != b[i].type) return false;
    return true;
  };
  bool same = same_types((*planned)->columns, prepared->columns) &&
              (literals || (*planned)->parameters == prepared->parameters);
  if (!same) return sql_error("0A000", "cached plan must not change result type");
  if (literals) parameters.clear();
  return planned;
}

ExecContext Conversation::exec_context(DataSource source, std::shared_ptr<const Catalog> catalog,
                                       std::span<const Value> parameters) {
  ExecContext context{.source = source, .catalog = std::move(catalog)};
  context.eval.statement_time = statement_time_;
  context.eval.transaction_time = transaction_ ? transaction_->started : statement_time_;
  context.eval.wall_time = wall_time();
  context.eval.system = this;
  context.parameters = parameters;
  context.views = &views_;
  context.sequences = &services_.sequences;
  context.numbers = this;
  context.budget = 0;
  context.entropy = services_.entropy;
  return context;
}

SqlResult<bool> Conversation::may_read() {
  if (!told_unseen_) return true;
  if (calls_.answered()) {
    node::ReplyBody reply = calls_.take();
    told_unseen_.reset();  // visible; or in another history, where nothing is to be waited for
    if (const auto* failed = std::get_if<node::Failed>(&reply))
      return std::unexpected(from_node(failed->error));
    return true;
  }
  if (interrupt_) return std::unexpected(*interrupt_);
  if (calls_.waiting()) return false;
  services_.backend.wait_for(now_, calls_, calls_.begin(), *told_unseen_);
  return calls_.answered() ? may_read() : SqlResult<bool>(false);
}

SqlResult<bool> Conversation::need_snapshot() {
  if (transaction_->data) return true;
  auto ready = may_read();
  if (!ready || !*ready) return ready;
  auto view = services_.backend.visible_view();
  if (!view) return std::unexpected(from_node(view.error()));
  transaction_->data.emplace(std::move(*view));
  return true;
}

SqlResult<void> Conversation::check_writable(std::string_view command) const {
  auto standby = services_.backend.read_only();
  bool refused =
      standby || (transaction_ ? transaction_->read_only : settings_.effective().default_read_only);
  if (!refused) return {};
  SqlError error = sql_error("25006", "cannot execute {} in a read-only transaction", command);
  if (standby) {
    // The node's sentence says the same and then where to: "...; write to the primary at 127.0.0.1:7400".
    std::string_view where = standby->message;
    if (size_t part = where.rfind("; "); part != std::string_view::npos) where.remove_prefix(part + 2);
    error.change().hint = where;
  }
  return std::unexpected(std::move(error));
}

SqlResult<void> Conversation::written(const node::ReplyBody& reply) {
  if (const auto* failed = std::get_if<node::Failed>(&reply)) {
    if (failed->error.code == ErrorCode::kUnknownOutcome) {
      // Nobody knows whether it will be visible: reads do not wait for it, but still for what was told before.
      if (failed->token) last_commit_ = failed->token;
      SqlError error = from_node(failed->error);
      if (failed->token)
        error.change().hint =
            fmt::format("SELECT commit_status('{}') tells what became of it.", to_string(*failed->token));
      return std::unexpected(std::move(error));
    }
    if (interrupt_) return std::unexpected(*interrupt_);
    if (failed->error.code == ErrorCode::kConflict)
      return sql_error("40001", "could not serialize access due to concurrent update");
    return std::unexpected(from_node(failed->error));
  }
  const auto& written = std::get<node::Written>(reply);
  if (!written.token) return {};
  last_commit_ = written.token;
  told_unseen_ = written.token;
  commit_untold_ = settings_.effective().report_commit_lsn;
  return {};
}

SqlResult<bool> Conversation::see_definitions() {
  // The commit stands: who will not wait for the rest is told so.
  if (std::exchange(seeing_, Seeing::kNo) == Seeing::kGivenUp) return true;
  auto seen = may_read();
  if (seen && !*seen) seeing_ = Seeing::kWaits;
  return seen;
}

}  // namespace wallaby::sql
