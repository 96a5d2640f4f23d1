// A query on catalogs: its FROM as a nested loop, its rows, their order.
#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "sql/types/type_io.h"
#include "sql/views/catalog_eval.h"
#include "sql/views/catalog_reader.h"

namespace wallaby::sql {

/// One table of FROM.
struct CatalogReader::Source {
  std::string alias;
  std::vector<CatalogRow> rows;
  const ast::DerivedTable* lateral =
      nullptr;                    ///< its rows are made anew for each row of the tables before it
  const ast::Expr* on = nullptr;  ///< of a LEFT JOIN: a row without a partner stays
  bool left_join = false;
};

struct CatalogReader::Loop {
  const ast::Select& query;
  std::vector<Source> sources;
  std::vector<std::vector<const ast::Expr*>>
      conditions;  ///< [i]: can be tested once the first i tables have rows
  CatalogScope scope;
  const std::vector<CatalogOutput>& outputs;
  CatalogAnswer& answer;
  std::vector<std::vector<Cell>> keys;  ///< to sort by, a list a row
};

namespace {

/// Aliases that an expression names; an unqualified column may be anybody's.
struct Names {
  std::set<std::string> aliases;
  bool any = false;
};

void collect(const ast::ExprPtr& expr, Names& names);

struct Collector {
  Names& names;
  void all(const std::vector<ast::ExprPtr>& list) const {
    for (const ast::ExprPtr& each : list) collect(each, names);
  }
  void operator()(const ast::ColumnRef& node) const {
    if (node.names.size() > 1)
      names.aliases.insert(node.names[node.names.size() - 2]);
    else
      names.any = true;
  }
  void operator()(const ast::Operator& node) const {
    collect(node.left, names);
    collect(node.right, names);
  }
  void operator()(const ast::BoolOp& node) const { all(node.operands); }
  void operator()(const ast::NullTest& node) const { collect(node.operand, names); }
  void operator()(const ast::InList& node) const {
    collect(node.operand, names);
    all(node.list);
  }
  void operator()(const ast::Cast& node) const { collect(node.operand, names); }
  void operator()(const ast::Collate& node) const { collect(node.operand, names); }
  void operator()(const ast::Call& node) const { all(node.arguments); }
  void operator()(const ast::NullConst&) const {}
  void operator()(const ast::BoolConst&) const {}
  void operator()(const ast::IntConst&) const {}
  void operator()(const ast::DecimalConst&) const {}
  void operator()(const ast::StringConst&) const {}
  void operator()(const ast::Param&) const {}
  template <typename Other>
  void operator()(const Other&) const {
    names.any = true;  // rare ones wait for all tables
  }
};

void collect(const ast::Expr& expr, Names& names) {
  std::visit(Collector{names}, expr.node);
}

void collect(const ast::ExprPtr& expr, Names& names) {
  if (expr) collect(*expr, names);
}

void split(const ast::ExprPtr& expr, std::vector<const ast::Expr*>& out) {
  if (!expr) return;
  const auto* both = std::get_if<ast::BoolOp>(&expr->node);
  if (!both || both->kind != ast::BoolKind::kAnd) return out.push_back(expr.get());
  for (const ast::ExprPtr& each : both->operands) split(each, out);
}

/// count(x): each row brings 1 or 0, rows of one group are added up.
const ast::Call* counted(const CatalogOutput& output) {
  const auto* call = output.expr ? std::get_if<ast::Call>(&output.expr->node) : nullptr;
  return call && call->name == "count" && !call->window ? call : nullptr;
}

using Outputs = std::vector<CatalogOutput>;

void add_up_groups(const Outputs& outputs, std::vector<std::vector<Cell>>& rows) {
  std::vector<std::vector<Cell>> groups;
  for (std::vector<Cell>& row : rows) {
    auto same = [&](const std::vector<Cell>& group) {
      for (size_t at = 0; at < outputs.size(); ++at)
        if (!counted(outputs[at]) && group[at] != row[at]) return false;
      return true;
    };
    auto group = std::ranges::find_if(groups, same);
    if (group == groups.end()) {
      groups.push_back(std::move(row));
      continue;
    }
    for (size_t at = 0; at < outputs.size(); ++at)
      if (counted(outputs[at]))
        (*group)[at] = std::to_string(std::stoll(*(*group)[at]) + std::stoll(*row[at]));
  }
  rows = std::move(groups);
}

/// Which output column ORDER BY names, by number or by name.
std::optional<size_t> output_of(const ast::OrderItem& item, const CatalogAnswer& answer) {
  if (const auto* position = std::get_if<ast::IntConst>(&item.expr->node)) {
    auto at = static_cast<size_t>(position->value) - 1;
    return at < answer.columns.size() ? std::optional(at) : std::nullopt;
  }
  const auto* column = std::get_if<ast::ColumnRef>(&item.expr->node);
  if (!column || column->names.size() != 1) return std::nullopt;
  auto found = std::ranges::find(answer.columns, column->names[0]);
  if (found == answer.columns.end()) return std::nullopt;
  return static_cast<size_t>(found - answer.columns.begin());
}

std::optional<int64_t> constant(const ast::ExprPtr& expr) {
  const auto* number = expr ? std::get_if<ast::IntConst>(&expr->node) : nullptr;
  return number ? std::optional(number->value) : std::nullopt;
}

void sort_rows(const ast::Select& query, std::vector<std::vector<Cell>>& rows,
               const std::vector<std::vector<Cell>>& keys) {
  std::vector<size_t> order(rows.size());
  for (size_t at = 0; at < order.size(); ++at) order[at] = at;
  std::ranges::stable_sort(order, [&](size_t a, size_t b) {
    for (size_t key = 0; key < query.order_by.size(); ++key) {
      const Cell &x = keys[a][key], &y = keys[b][key];
      bool descending = query.order_by[key].descending;
      if (!x || !y) {
        if (x.has_value() == y.has_value()) continue;
        return y.has_value() == descending;  // NULLs last, first when descending
      }
      int result = *compare_cells(x, y);
      if (result != 0) return descending ? result > 0 : result < 0;
    }
    return false;
  });
  std::vector<std::vector<Cell>> sorted;
  for (size_t at : order) sorted.push_back(std::move(rows[at]));
  rows = std::move(sorted);
}

/// To sort by where only the output is left to sort by.
std::vector<std::vector<Cell>> keys_of_output(const ast::Select& query, const CatalogAnswer& answer) {
  std::vector<std::vector<Cell>> keys;
  for (const auto& row : answer.rows) {
    keys.emplace_back();
    for (const ast::OrderItem& item : query.order_by) {
      auto at = output_of(item, answer);
      keys.back().push_back(at && *at < row.size() ? row[*at] : Cell());
    }
  }
  return keys;
}

std::vector<CatalogRow> as_rows(const CatalogAnswer& answer, const std::vector<std::string>& names) {
  std::vector<CatalogRow> rows;
  for (const auto& cells : answer.rows) {
    CatalogRow row;
    for (size_t at = 0; at < cells.size(); ++at)
      if (cells[at]) row[at < names.size() ? names[at] : answer.columns[at]] = *cells[at];
    rows.push_back(std::move(row));
  }
  return rows;
}

void finish(const ast::Select& query, CatalogAnswer& answer) {
  if (auto offset = constant(query.offset)) {
    size_t skipped = std::min<size_t>(answer.rows.size(), static_cast<size_t>(std::max<int64_t>(*offset, 0)));
    answer.rows.erase(answer.rows.begin(), answer.rows.begin() + static_cast<ptrdiff_t>(skipped));
  }
  auto limit = constant(query.limit);
  if (limit && *limit >= 0 && answer.rows.size() > static_cast<size_t>(*limit))
    answer.rows.resize(static_cast<size_t>(*limit));
}

}  // namespace

CatalogAnswer CatalogReader::select(const ast::Select& query, const CatalogScope* outer) {
  for (const ast::CommonTable& common : query.with)
    if (!common.recursive) common_[common.name] = as_rows(select(*common.select, outer), common.columns);
  if (query.operation != ast::SetOperation::kNone) return combine(query, outer);

  CatalogAnswer answer;
  const Outputs& outputs = columns_.of(query);
  for (const CatalogOutput& output : outputs) answer.columns.push_back(output.name);
  Loop loop{query, {}, {}, {{}, outer}, outputs, answer, {}};
  std::vector<const ast::Expr*> conditions;
  split(query.where, conditions);
  for (const ast::TableRefPtr& table : query.from) add_source(*table, loop.sources, conditions, outer);
  loop.conditions.resize(loop.sources.size() + 1);
  for (const ast::Expr* condition : conditions) {
    Names names;
    collect(*condition, names);
    size_t needed = names.any ? loop.sources.size() : 0;
    for (size_t at = 0; at < loop.sources.size(); ++at)
      if (names.aliases.contains(loop.sources[at].alias)) needed = std::max(needed, at + 1);
    loop.conditions[needed].push_back(condition);
  }
  run(loop, 0);
  bool counts = std::ranges::any_of(outputs, [](const auto& output) { return counted(output); });
  if (counts && query.group_by.empty() && answer.rows.empty()) {
    answer.rows.emplace_back();
    for (const CatalogOutput& output : outputs)
      answer.rows[0].push_back(counted(output) ? Cell("0") : Cell());
  }
  if (counts || !query.group_by.empty()) {
    add_up_groups(outputs, answer.rows);
    loop.keys = keys_of_output(query, answer);
  }
  if (!query.order_by.empty()) sort_rows(query, answer.rows, loop.keys);
  if (query.distinct) {
    std::set<std::vector<Cell>> seen;
    std::erase_if(answer.rows, [&](const std::vector<Cell>& row) { return !seen.insert(row).second; });
  }
  finish(query, answer);
  return answer;
}

CatalogAnswer CatalogReader::combine(const ast::Select& query, const CatalogScope* outer) {
  CatalogAnswer answer = select(*query.left, outer), right = select(*query.right, outer);
  std::set<std::vector<Cell>> of_right(right.rows.begin(), right.rows.end());
  if (query.operation == ast::SetOperation::kUnion)
    std::ranges::move(right.rows, std::back_inserter(answer.rows));
  else
    std::erase_if(answer.rows, [&](const std::vector<Cell>& row) {
      return of_right.contains(row) != (query.operation == ast::SetOperation::kIntersect);
    });
  if (!query.all) {
    std::set<std::vector<Cell>> seen;
    std::erase_if(answer.rows, [&](const std::vector<Cell>& row) { return !seen.insert(row).second; });
  }
  sort_rows(query, answer.rows, keys_of_output(query, answer));
  finish(query, answer);
  return answer;
}

void CatalogReader::add_source(const ast::TableRef& table, std::vector<Source>& sources,
                               std::vector<const ast::Expr*>& conditions, const CatalogScope* outer) {
  if (const auto* range = std::get_if<ast::RangeVar>(&table.node)) {
    sources.push_back({.alias = range->alias.empty() ? range->name : range->alias, .rows = rows_of(*range)});
  } else if (const auto* derived = std::get_if<ast::DerivedTable>(&table.node); derived && derived->lateral) {
    sources.push_back({.alias = derived->alias, .rows = {}, .lateral = derived});
  } else if (derived) {
    sources.push_back(
        {.alias = derived->alias, .rows = as_rows(select(*derived->select, outer), derived->column_aliases)});
  } else if (const auto* function = std::get_if<ast::TableFunction>(&table.node)) {
    sources.push_back({.alias = function->alias, .rows = {}});
  } else if (const auto* join = std::get_if<ast::Join>(&table.node)) {
    add_source(*join->left, sources, conditions, outer);
    add_source(*join->right, sources, conditions, outer);
    if (join->kind == ast::JoinKind::kLeft) {
      sources.back().left_join = true;
      sources.back().on = join->on.get();
    } else {
      split(join->on, conditions);
    }
  }
}

const std::vector<CatalogRow>& CatalogReader::rows_of(const ast::RangeVar& table) {
  if (table.schema.empty())
    if (auto found = common_.find(table.name); found != common_.end()) return found->second;
  const VirtualTable* view = find_catalog(*context_.views, table);
  auto [at, fresh] = made_.try_emplace(view);
  if (!fresh || !view) return at->second;
  if (auto rows = context_.views->rows(*view)) {
    for (const Row& row : *rows) {
      CatalogRow& printed = at->second.emplace_back();
      for (size_t i = 0; i < row.size(); ++i) {
        const Column& column = view->columns[i];
        if (!row[i].is_null()) printed.emplace(column.name, print_value(column.type.id, row[i]));
      }
    }
  }
  return at->second;
}

bool CatalogReader::holds(const ast::Expr& condition, const CatalogScope& scope) {
  return eval(condition, scope) == "t";
}

void CatalogReader::run(Loop& loop, size_t at) {
  for (const ast::Expr* condition : loop.conditions[at])
    if (!holds(*condition, loop.scope)) return;
  if (at == loop.sources.size()) return emit(loop);
  const Source& source = loop.sources[at];
  std::vector<CatalogRow> made;
  if (source.lateral)
    made = as_rows(select(*source.lateral->select, &loop.scope), source.lateral->column_aliases);
  loop.scope.tables.push_back({source.alias, nullptr});
  bool found = false;
  for (const CatalogRow& row : source.lateral ? made : source.rows) {
    loop.scope.tables.back().row = &row;
    if (source.on && !holds(*source.on, loop.scope)) continue;
    found = true;
    run(loop, at + 1);
  }
  if (source.left_join && !found) {
    loop.scope.tables.back().row = nullptr;
    run(loop, at + 1);
  }
  loop.scope.tables.pop_back();
}

void CatalogReader::emit(Loop& loop) {
  std::vector<Cell> row;
  for (const CatalogOutput& output : loop.outputs) {
    if (const ast::Call* count = counted(output))
      row.push_back(count->star || eval(count->arguments.at(0), loop.scope) ? "1" : "0");
    else if (output.expr)
      row.push_back(eval(*output.expr, loop.scope));
    else
      row.push_back(column({{output.table, output.name}, false}, loop.scope));
  }
  std::vector<Cell> keys;
  for (const ast::OrderItem& item : loop.query.order_by) {
    auto output = output_of(item, loop.answer);
    keys.push_back(output ? row[*output] : eval(item.expr, loop.scope));
  }
  loop.keys.push_back(std::move(keys));
  loop.answer.rows.push_back(std::move(row));
}

CatalogAnswer answer_catalog_query(const ast::Select& query, ExecContext& context,
                                   std::span<const Cell> parameters) {
  return CatalogReader(context, parameters).select(query, nullptr);
}

}  // namespace wallaby::sql
