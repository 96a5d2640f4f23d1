// Queries and what stands in FROM.
#include <utility>

#include "sql/parser/tree.h"

namespace wallaby::sql::parser {

namespace {

void take_alias(const PgQuery__Alias* alias, std::string& name, std::vector<std::string>* columns) {
  if (!alias) return;
  name = alias->aliasname;
  if (columns) *columns = strings_of({alias->n_colnames, alias->colnames});
}

std::string locking_text(const PgQuery__LockingClause& node) {
  switch (node.strength) {
    case PG_QUERY__LOCK_CLAUSE_STRENGTH__LCS_FORKEYSHARE: return "FOR KEY SHARE";
    case PG_QUERY__LOCK_CLAUSE_STRENGTH__LCS_FORSHARE: return "FOR SHARE";
    case PG_QUERY__LOCK_CLAUSE_STRENGTH__LCS_FORNOKEYUPDATE: return "FOR NO KEY UPDATE";
    default: return "FOR UPDATE";
  }
}

}  // namespace

ast::SelectPtr TreeReader::select(const PgQuery__Node* node) {
  if (!node || node->node_case != PG_QUERY__NODE__NODE_SELECT_STMT) refuse("this kind of query");
  return std::make_unique<ast::Select>(select(*node->select_stmt));
}

ast::Select TreeReader::select(const PgQuery__SelectStmt& node) {
  Deeper deeper(*this);
  ast::Select query;
  if (node.into_clause) refuse("SELECT INTO");
  if (node.n_window_clause > 0) refuse("WINDOW");
  if (node.limit_option == PG_QUERY__LIMIT_OPTION__LIMIT_OPTION_WITH_TIES) refuse("FETCH ... WITH TIES");
  if (node.with_clause) with_clause(*node.with_clause, query.with);
  for (const PgQuery__Node* item : NodeList{node.n_distinct_clause, node.distinct_clause}) {
    // Plain DISTINCT is a list of one empty node.
    if (item->node_case != PG_QUERY__NODE__NODE__NOT_SET) query.distinct_on.push_back(need_expr(item));
    query.distinct = true;
  }
  if (!query.distinct_on.empty()) query.distinct = false;
  query.targets = targets({node.n_target_list, node.target_list});
  query.from = from_list({node.n_from_clause, node.from_clause});
  query.where = expr(node.where_clause);
  query.group_by = exprs({node.n_group_clause, node.group_clause});
  query.having = expr(node.having_clause);
  for (const PgQuery__Node* row : NodeList{node.n_values_lists, node.values_lists})
    query.values.push_back(exprs({row->list->n_items, row->list->items}));
  for (const PgQuery__Node* item : NodeList{node.n_sort_clause, node.sort_clause})
    query.order_by.push_back(order_item(*item));
  // LIMIT ALL and LIMIT NULL are a NULL constant: the same as none.
  query.limit = expr(node.limit_count);
  query.offset = expr(node.limit_offset);
  if (node.n_locking_clause > 0) {
    query.for_update = true;
    query.locking = locking_text(*node.locking_clause[0]->locking_clause);
  }
  query.all = node.all;
  switch (node.op) {
    case PG_QUERY__SET_OPERATION__SETOP_UNION: query.operation = ast::SetOperation::kUnion; break;
    case PG_QUERY__SET_OPERATION__SETOP_INTERSECT: query.operation = ast::SetOperation::kIntersect; break;
    case PG_QUERY__SET_OPERATION__SETOP_EXCEPT: query.operation = ast::SetOperation::kExcept; break;
    default: return query;
  }
  query.left = std::make_unique<ast::Select>(select(*node.larg));
  query.right = std::make_unique<ast::Select>(select(*node.rarg));
  return query;
}

void TreeReader::with_clause(const PgQuery__WithClause& node, std::vector<ast::CommonTable>& out) {
  for (const PgQuery__Node* each : NodeList{node.n_ctes, node.ctes}) {
    const PgQuery__CommonTableExpr& common = *each->common_table_expr;
    if (common.ctequery && common.ctequery->node_case != PG_QUERY__NODE__NODE_SELECT_STMT)
      refuse("a data-modifying statement in WITH", common.location);
    ast::CommonTable made;
    made.name = common.ctename;
    made.columns = strings_of({common.n_aliascolnames, common.aliascolnames});
    made.select = select(common.ctequery);
    made.recursive = node.recursive;
    made.location = common.location;
    out.push_back(std::move(made));
  }
}

std::vector<ast::TableRefPtr> TreeReader::from_list(NodeList list) {
  std::vector<ast::TableRefPtr> all;
  for (const PgQuery__Node* node : list) all.push_back(table_ref(*node));
  return all;
}

ast::RangeVar TreeReader::range_var(const PgQuery__RangeVar& node) {
  ast::RangeVar table;
  table.schema = node.schemaname;
  table.name = node.relname;
  table.location = node.location;
  take_alias(node.alias, table.alias, &table.column_aliases);
  return table;
}

ast::TableRefPtr TreeReader::table_ref(const PgQuery__Node& node) {
  Deeper deeper(*this);
  auto made = std::make_unique<ast::TableRef>();
  switch (node.node_case) {
    case PG_QUERY__NODE__NODE_RANGE_VAR: made->node = range_var(*node.range_var); return made;
    case PG_QUERY__NODE__NODE_JOIN_EXPR: {
      const PgQuery__JoinExpr& given = *node.join_expr;
      ast::Join join;
      join.left = table_ref(*given.larg);
      join.right = table_ref(*given.rarg);
      join.on = expr(given.quals);
      join.using_columns = strings_of({given.n_using_clause, given.using_clause});
      join.natural = given.is_natural;
      take_alias(given.alias, join.alias, nullptr);
      if (given.join_using_alias) refuse("an alias for USING");
      switch (given.jointype) {
        case PG_QUERY__JOIN_TYPE__JOIN_LEFT: join.kind = ast::JoinKind::kLeft; break;
        case PG_QUERY__JOIN_TYPE__JOIN_RIGHT: join.kind = ast::JoinKind::kRight; break;
        case PG_QUERY__JOIN_TYPE__JOIN_FULL: join.kind = ast::JoinKind::kFull; break;
        default:
          join.kind = join.on || join.natural || !join.using_columns.empty() ? ast::JoinKind::kInner
                                                                             : ast::JoinKind::kCross;
      }
      made->node = std::move(join);
      return made;
    }
    case PG_QUERY__NODE__NODE_RANGE_SUBSELECT: {
      ast::DerivedTable table;
      table.select = select(node.range_subselect->subquery);
      table.lateral = node.range_subselect->lateral;
      take_alias(node.range_subselect->alias, table.alias, &table.column_aliases);
      made->node = std::move(table);
      return made;
    }
    case PG_QUERY__NODE__NODE_RANGE_FUNCTION: {
      const PgQuery__RangeFunction& given = *node.range_function;
      if (given.ordinality) refuse("WITH ORDINALITY");
      if (given.is_rowsfrom || given.n_functions != 1) refuse("ROWS FROM");
      if (given.n_coldeflist > 0) refuse("a column definition list");
      ast::TableFunction table;
      table.call = need_expr(given.functions[0]->list->items[0]);
      table.location = table.call->location;
      take_alias(given.alias, table.alias, &table.column_aliases);
      made->node = std::move(table);
      return made;
    }
    case PG_QUERY__NODE__NODE_RANGE_TABLE_SAMPLE: refuse("TABLESAMPLE");
    default: refuse("this kind of table in FROM");
  }
}

std::vector<ast::Target> TreeReader::targets(NodeList list) {
  std::vector<ast::Target> all;
  all.reserve(list.count);
  for (const PgQuery__Node* node : list)
    all.push_back({need_expr(node->res_target->val), node->res_target->name, node->res_target->location});
  return all;
}

}  // namespace wallaby::sql::parser
