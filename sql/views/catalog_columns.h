// sql/views/catalog_columns.h
//
// What a query on system catalogs gives (catalog_eval.h): its columns with names and types, before a row is read.
//
//     SELECT c.relname, c.relnatts + 1 AS n, count(*), c.no_such FROM pg_catalog.pg_class c ...
//            relname name, n int2, count int8, no_such text
//
// Types are a guess from the parts of an expression: a column has the type of its view, a comparison is a boolean, a function gives what its
// table says; whatever is not known is text. So psql aligns numbers to the right, and a driver makes true and false of booleans.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sql/parser/ast.h"
#include "sql/plan/plan.h"
#include "sql/types/type.h"

namespace wallaby::sql {

struct CatalogOutput {
  std::string name;
  TypeId type = TypeId::kText;
  const ast::Expr* expr = nullptr;  ///< null: one of *, the column `name` of `table`
  std::string table;
};

class CatalogColumns {
 public:
  explicit CatalogColumns(const VirtualTables& views) : views_(views) {}

  /// Kept: the same query is asked for in each row that it stands in.
  const std::vector<CatalogOutput>& of(const ast::Select& query);

 private:
  struct Column {
    std::string name;
    TypeId type;
  };
  struct Table {
    std::string alias;
    std::vector<Column> columns;
  };
  struct Level {
    std::vector<Table> tables;
    const Level* outer = nullptr;
  };
  struct TypeOf;

  const std::vector<CatalogOutput>& of(const ast::Select& query, const Level* outer);
  std::vector<CatalogOutput> targets_of(const ast::Select& query, const Level* outer);
  std::vector<Column> columns_of(const ast::Select& query, const std::vector<std::string>& names,
                                 const Level* outer);
  void add(const ast::TableRef& table, Level& level);
  std::vector<Column> columns_of(const ast::RangeVar& table) const;
  TypeId type_of(const ast::Expr& expr, const Level& level);

  const VirtualTables& views_;
  std::map<std::string, std::vector<Column>, std::less<>> common_;  ///< of WITH
  std::map<const ast::Select*, std::vector<CatalogOutput>> known_;
};

/// The view that a name in FROM means; nullptr: there is none.
const VirtualTable* find_catalog(const VirtualTables& views, const ast::RangeVar& table);

}  // namespace wallaby::sql
