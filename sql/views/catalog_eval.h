// sql/views/catalog_eval.h
//
// Answers a query on the system catalogs leniently: what it does not know is NULL, and never an error. An error would end psql's \d in
// the middle, poison a transaction in which somebody pressed TAB, and end a driver that asks for types when it connects.
//
//     SELECT c.relname FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
//     WHERE c.relkind IN ('r','p') AND c.relname OPERATOR(pg_catalog.~) '^(us.*)$' AND pg_catalog.pg_table_is_visible(c.oid)
//
// A reader of trees and text: every value is text or NULL, true is 't'. The rows are those of the system views (system_views.h), so
// both ways of asking find the same in them; a catalog that is not there (pg_policy, pg_publication, ...) has no rows, which is true: there
// are no policies and no publications. FROM is a nested loop; a condition is tested as soon
// as all tables that it names have a row, so that psql's joins of three catalogs stay quick. Subqueries are answered in the row that they stand in.
//
// Only for queries whose tables are catalogs (sql/views/catalog_queries.h). Users' tables are never read in here: what they hold must be right or
// refused. Left out: windows and most aggregates (NULL), RIGHT and FULL JOIN (as inner ones).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sql/parser/ast.h"
#include "sql/plan/plan.h"

namespace wallaby::sql {

using Cell = std::optional<std::string>;

struct CatalogAnswer {
  std::vector<std::string> columns;
  std::vector<std::vector<Cell>> rows;
};

/// `parameters`: $1, $2, ... as text. The context: its views, its catalog, its session's functions.
CatalogAnswer answer_catalog_query(const ast::Select& query, ExecContext& context,
                                   std::span<const Cell> parameters);

}  // namespace wallaby::sql
