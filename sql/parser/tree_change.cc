// INSERT, UPDATE, DELETE, TRUNCATE, COPY.
#include <utility>

#include "sql/parser/tree.h"

namespace wallaby::sql::parser {

ast::Insert TreeReader::insert(const PgQuery__InsertStmt& node) {
  if (node.with_clause) refuse("WITH in INSERT", node.with_clause->location);
  ast::Insert made;
  made.table = range_var(*node.relation);
  for (const PgQuery__Node* column : NodeList{node.n_cols, node.cols}) {
    if (column->res_target->n_indirection > 0)
      refuse("assigning a part of a column", column->res_target->location);
    made.columns.push_back({column->res_target->name, column->res_target->location});
  }
  if (node.select_stmt) made.source = select(node.select_stmt);
  if (node.override == PG_QUERY__OVERRIDING_KIND__OVERRIDING_USER_VALUE)
    made.overriding = ast::Overriding::kUser;
  if (node.override == PG_QUERY__OVERRIDING_KIND__OVERRIDING_SYSTEM_VALUE)
    made.overriding = ast::Overriding::kSystem;
  if (const PgQuery__OnConflictClause* given = node.on_conflict_clause) {
    ast::OnConflict conflict;
    conflict.location = given->location;
    conflict.update = given->action == PG_QUERY__ON_CONFLICT_ACTION__ONCONFLICT_UPDATE;
    if (const PgQuery__InferClause* infer = given->infer) {
      if (infer->where_clause) refuse("a partial index as ON CONFLICT's target", infer->location);
      for (const PgQuery__Node* each : NodeList{infer->n_index_elems, infer->index_elems}) {
        if (each->index_elem->expr) refuse("an expression as ON CONFLICT's target", infer->location);
        conflict.columns.push_back(each->index_elem->name);
      }
      conflict.constraint = infer->conname;
    }
    conflict.assignments = assignments({given->n_target_list, given->target_list});
    conflict.where = expr(given->where_clause);
    made.on_conflict = std::move(conflict);
  }
  made.returning = targets({node.n_returning_list, node.returning_list});
  return made;
}

std::vector<ast::Assignment> TreeReader::assignments(NodeList list) {
  std::vector<ast::Assignment> all;
  for (const PgQuery__Node* node : list) {
    const PgQuery__ResTarget& target = *node->res_target;
    if (target.n_indirection > 0) refuse("assigning a part of a column", target.location);
    all.push_back({target.name, need_expr(target.val), target.location});
  }
  return all;
}

ast::Update TreeReader::update(const PgQuery__UpdateStmt& node) {
  if (node.with_clause) refuse("WITH in UPDATE", node.with_clause->location);
  ast::Update made;
  made.table = range_var(*node.relation);
  made.assignments = assignments({node.n_target_list, node.target_list});
  made.from = from_list({node.n_from_clause, node.from_clause});
  made.where = expr(node.where_clause);
  made.returning = targets({node.n_returning_list, node.returning_list});
  return made;
}

ast::Delete TreeReader::remove(const PgQuery__DeleteStmt& node) {
  if (node.with_clause) refuse("WITH in DELETE", node.with_clause->location);
  ast::Delete made;
  made.table = range_var(*node.relation);
  made.using_tables = from_list({node.n_using_clause, node.using_clause});
  made.where = expr(node.where_clause);
  made.returning = targets({node.n_returning_list, node.returning_list});
  return made;
}

ast::Truncate TreeReader::truncate(const PgQuery__TruncateStmt& node) {
  ast::Truncate made;
  for (const PgQuery__Node* table : NodeList{node.n_relations, node.relations})
    made.tables.push_back(range_var(*table->range_var));
  made.restart_identity = node.restart_seqs;
  made.cascade = node.behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE;
  return made;
}

ast::Copy TreeReader::copy(const PgQuery__CopyStmt& node) {
  ast::Copy made;
  if (node.relation) made.table = range_var(*node.relation);
  if (node.query) {
    if (node.query->node_case != PG_QUERY__NODE__NODE_SELECT_STMT)
      refuse("COPY of a data-modifying statement");
    made.query = inner_statement(node.query);
  }
  made.columns = strings_of({node.n_attlist, node.attlist});
  made.from = node.is_from;
  made.file = node.filename;
  made.program = node.is_program;
  made.where = expr(node.where_clause);
  for (const PgQuery__Node* each : NodeList{node.n_options, node.options}) {
    const PgQuery__DefElem& option = *each->def_elem;
    ast::CopyOption taken{option.defname, option_text(option.arg), {}, option.location};
    if (option.arg && option.arg->node_case == PG_QUERY__NODE__NODE_LIST)
      taken.list = strings_of({option.arg->list->n_items, option.arg->list->items});
    if (option.arg && option.arg->node_case == PG_QUERY__NODE__NODE_A_STAR) taken.value = "*";
    made.options.push_back(std::move(taken));
  }
  return made;
}

}  // namespace wallaby::sql::parser
