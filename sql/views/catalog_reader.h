// sql/views/catalog_reader.h
//
// Inside of catalog_eval: a query's tables while it is read (catalog_select.cc), and the value of an expression in one row of them
// (catalog_eval.cc).
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sql/views/catalog_eval.h"

namespace wallaby::sql {

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
  CatalogReader(const CatalogFacts& facts, std::span<const Cell> parameters)
      : facts_(facts), parameters_(parameters) {}

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
  std::vector<CatalogRow> rows_of(const ast::RangeVar& table, const CatalogScope* outer);
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

  const CatalogFacts& facts_;
  std::span<const Cell> parameters_;
  std::map<std::string, std::vector<CatalogRow>, std::less<>> made_;    ///< catalogs that were read already
  std::map<std::string, std::vector<CatalogRow>, std::less<>> common_;  ///< of WITH
};

/// Compares as numbers when both are, else byte by byte; nullopt: one is NULL.
std::optional<int> compare_cells(const Cell& a, const Cell& b);
/// The name that a target without an alias gets.
std::string catalog_target_name(const ast::Target& target);

}  // namespace wallaby::sql
