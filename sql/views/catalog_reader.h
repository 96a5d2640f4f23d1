// sql/views/catalog_reader.h
//
// Inside of catalog_eval: a query's tables while it is read (catalog_select.cc), and the value of an expression in one row of them
// (catalog_eval.cc).
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sql/views/catalog_columns.h"
#include "sql/views/catalog_eval.h"

namespace wallaby::sql {

/// Columns that are not NULL, as they are printed.
using CatalogRow = std::map<std::string, std::string, std::less<>>;

/// A table of FROM with the row that the loop is at; null row: the outer side of a LEFT JOIN found no partner.
struct BoundTable {
  std::string alias;
  const CatalogRow* row = nullptr;
};

/// The rows that an expression sees: the innermost query's tables first.
struct CatalogScope {
  std::vector<BoundTable> tables;
  const CatalogScope* outer = nullptr;
};

class CatalogReader {
 public:
  CatalogReader(ExecContext& context, std::span<const Cell> parameters)
      : context_(context), parameters_(parameters), columns_(*context.views) {}

  CatalogAnswer select(const ast::Select& query, const CatalogScope* outer);
  Cell eval(const ast::ExprPtr& expr, const CatalogScope& scope);
  /// NULL is not true.
  bool is_true(const ast::ExprPtr& expr, const CatalogScope& scope);

 private:
  struct Source;
  struct Loop;

  // catalog_select.cc
  CatalogAnswer combine(const ast::Select& query, const CatalogScope* outer);
  void add_source(const ast::TableRef& table, std::vector<Source>& sources,
                  std::vector<const ast::Expr*>& conditions, const CatalogScope* outer);
  const std::vector<CatalogRow>& rows_of(const ast::RangeVar& table);
  void run(Loop& loop, size_t at);
  void emit(Loop& loop);
  bool holds(const ast::Expr& condition, const CatalogScope& scope);

  // catalog_eval.cc
  Cell eval(const ast::Expr& expr, const CatalogScope& scope);
  Cell column(const ast::ColumnRef& ref, const CatalogScope& scope);
  Cell operation(const ast::Operator& op, const CatalogScope& scope);
  Cell any_all(const ast::AnyAll& node, const CatalogScope& scope);
  Cell case_of(const ast::Case& node, const CatalogScope& scope);
  Cell special(const ast::Special& node, const CatalogScope& scope);
  Cell subquery(const ast::Subquery& node, const CatalogScope& scope);
  Cell cast(const ast::Cast& node, const CatalogScope& scope);
  Cell call(const ast::Call& node, const CatalogScope& scope);
  Cell call_function(std::string_view name, const std::vector<Cell>& given);

  ExecContext& context_;
  std::span<const Cell> parameters_;
  CatalogColumns columns_;
  std::map<const VirtualTable*, std::vector<CatalogRow>> made_;         ///< views that were read already
  std::map<std::string, std::vector<CatalogRow>, std::less<>> common_;  ///< of WITH
};

/// Compares as numbers when both are, else byte by byte; nullopt: one is NULL.
std::optional<int> compare_cells(const Cell& a, const Cell& b);

}  // namespace wallaby::sql
