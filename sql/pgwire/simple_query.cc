// The simple protocol: one text with any number of statements.
//
//     Query "INSERT ...; SELECT ..."  ->  CommandComplete  RowDescription DataRow CommandComplete  ReadyForQuery
//
// The text is parsed as a whole first, so a syntax error anywhere runs nothing. Outside of BEGIN it is one transaction: an error undoes
// what came before it, and the last statement is answered when the commit is. Each statement is planned when those before
// it have run (CREATE TABLE t; INSERT INTO t). One statement alone commits by itself.
#include <utility>

#include "sql/pgwire/connection.h"
#include "sql/pgwire/row_encoder.h"

namespace wallaby::sql::pgwire {

void Connection::simple_query(TimePoint now, const Query& query) {
  unnamed_.reset();
  unnamed_portal_.reset();
  query_.emplace(RunningQuery());
  if (auto ready = session_->bind_literals(now, query.text); ready.portal) {
    query_->statements = {ready.prepared->statement};
    return run_statement(std::move(ready.portal), std::move(ready.prepared));
  }
  auto statements = session_->parse(query.text);
  if (!statements) return fail(statements.error());
  if (statements->empty()) {
    encoder().empty_query();
    doing_ = Doing::kFinishing;
    return;
  }
  query_->statements = std::move(*statements);
  doing_ = Doing::kNextStatement;
}

void Connection::next_statement(TimePoint now) {
  RunningQuery& query = *query_;
  auto prepared = session_->prepare(now, query.statements[query.next], {});
  if (!prepared) return fail(prepared.error());
  if (!(*prepared)->parameters.empty()) return fail(sql_error("42P02", "there is no parameter $1"));
  auto portal = session_->bind(now, *prepared, {});
  if (!portal) return fail(portal.error());
  run_statement(std::move(*portal), std::move(*prepared));
}

void Connection::run_statement(std::unique_ptr<Portal> portal, PreparedPtr prepared) {
  RunningQuery& query = *query_;
  ++query.next;
  query.portal = {std::move(portal), std::move(prepared), {}};
  query.describe_first = !query.portal.portal->columns().empty() ||
                         std::holds_alternative<ast::Select>(query.portal.prepared->statement->node);
  // An Execute without Sync may have begun the transaction already.
  begin_execution(query.portal, 0, query.statements.size() == 1 && executed_ == 0);
}

/// Not before the first row or the end: until then the statement may still be waiting to be run.
void Connection::describe_to_query() {
  query_->describe_first = false;
  auto out = encoder();
  encode_row_description(query_->portal.portal->columns(), {}, out, true);
}

}  // namespace wallaby::sql::pgwire
