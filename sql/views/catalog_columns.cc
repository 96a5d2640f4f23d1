#include "sql/views/catalog_columns.h"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include "sql/plan/binder.h"
#include "sql/types/function.h"

namespace wallaby::sql {
namespace {

using enum TypeId;

bool is_number(TypeId type) {
  return type == kInt2 || type == kInt4 || type == kInt8 || type == kOid || type == kFloat8 ||
         type == kNumeric;
}

/// Of a cast, where the reader's text is what that type would print; regclass and its like stay text.
TypeId cast_type(const ast::TypeName& name) {
  if (name.array) return kText;
  TypeId type = type_named(name.name);
  return is_number(type) || type == kBool || type == kName ? type : kText;
}

}  // namespace

/// The type of an expression by its kind.
struct CatalogColumns::TypeOf {
  CatalogColumns& columns;
  const Level& level;

  TypeId of(const ast::ExprPtr& expr) const { return expr ? columns.type_of(*expr, level) : kText; }

  TypeId operator()(const ast::BoolConst&) const { return kBool; }
  TypeId operator()(const ast::IntConst&) const { return kInt4; }
  TypeId operator()(const ast::DecimalConst&) const { return kNumeric; }
  TypeId operator()(const ast::ColumnRef& node) const {
    if (node.names.empty()) return kText;
    for (const Level* at = &level; at; at = at->outer) {
      for (const Table& table : at->tables) {
        if (node.names.size() > 1 && table.alias != node.names[node.names.size() - 2]) continue;
        auto found = std::ranges::find(table.columns, node.names.back(), &Column::name);
        if (found != table.columns.end()) return found->type;
      }
    }
    return kText;
  }
  TypeId operator()(const ast::Cast& node) const { return cast_type(node.type); }
  TypeId operator()(const ast::Operator& node) const {
    static constexpr std::array<std::string_view, 4> kArithmetic{"+", "-", "*", "&"};
    if (node.name == "||") return kText;
    if (std::ranges::find(kArithmetic, node.name) == kArithmetic.end()) return kBool;
    TypeId type = of(node.left ? node.left : node.right);
    return is_number(type) ? type : kText;
  }
  TypeId operator()(const ast::BoolOp&) const { return kBool; }
  TypeId operator()(const ast::NullTest&) const { return kBool; }
  TypeId operator()(const ast::BoolTest&) const { return kBool; }
  TypeId operator()(const ast::Distinct&) const { return kBool; }
  TypeId operator()(const ast::InList&) const { return kBool; }
  TypeId operator()(const ast::Between&) const { return kBool; }
  TypeId operator()(const ast::AnyAll&) const { return kBool; }
  TypeId operator()(const ast::Case& node) const {
    TypeId type = of(node.branches.front().then);
    auto other = [&](const ast::ExprPtr& expr) {
      return expr && !std::holds_alternative<ast::NullConst>(expr->node) && of(expr) != type;
    };
    bool differ = std::ranges::any_of(node.branches, [&](const auto& branch) { return other(branch.then); });
    return differ || other(node.otherwise) ? kText : type;
  }
  TypeId operator()(const ast::Special& node) const {
    if (!node.arguments.empty()) return of(node.arguments[0]);  // COALESCE and its like
    auto callable = resolve_function(node.name, {});
    return callable ? callable->result : kText;
  }
  TypeId operator()(const ast::Call& node) const {
    if (node.window) return kText;
    if (node.name == "count") return kInt8;
    std::vector<TypeId> types;
    for (const ast::ExprPtr& argument : node.arguments)
      types.push_back(std::holds_alternative<ast::StringConst>(argument->node) ? kUnknown : of(argument));
    auto callable = resolve_function(node.name, types);
    return callable ? callable->result : kText;
  }
  TypeId operator()(const ast::Subquery& node) const {
    if (node.kind == ast::SubqueryKind::kArray) return kTextArray;
    if (node.kind != ast::SubqueryKind::kScalar) return kBool;
    const auto& outputs = columns.of(*node.select, &level);
    return outputs.empty() ? kText : outputs[0].type;
  }
  TypeId operator()(const ast::Collate& node) const { return of(node.operand); }
  template <typename Other>
  TypeId operator()(const Other&) const {
    return kText;
  }
};

const VirtualTable* find_catalog(const VirtualTables& views, const ast::RangeVar& table) {
  return views.find(table.schema, table.name);
}

const std::vector<CatalogOutput>& CatalogColumns::of(const ast::Select& query) {
  return of(query, nullptr);
}

const std::vector<CatalogOutput>& CatalogColumns::of(const ast::Select& query, const Level* outer) {
  if (auto found = known_.find(&query); found != known_.end()) return found->second;
  auto outputs = targets_of(query, outer);
  return known_[&query] = std::move(outputs);
}

std::vector<CatalogOutput> CatalogColumns::targets_of(const ast::Select& query, const Level* outer) {
  for (const ast::CommonTable& common : query.with)
    if (!common.recursive) common_[common.name] = columns_of(*common.select, common.columns, outer);
  if (query.operation != ast::SetOperation::kNone) {
    std::vector<CatalogOutput> left = of(*query.left, outer);
    const auto& right = of(*query.right, outer);
    for (size_t at = 0; at < left.size(); ++at)
      if (at < right.size() && left[at].type != right[at].type) left[at].type = kText;
    return left;
  }
  Level level{{}, outer};
  for (const ast::TableRefPtr& table : query.from) add(*table, level);
  std::vector<CatalogOutput> outputs;
  for (const ast::Target& target : query.targets) {
    const auto* ref = std::get_if<ast::ColumnRef>(&target.expr->node);
    if (!ref || !ref->star) {
      std::string name = target.alias.empty() ? column_name(*target.expr) : target.alias;
      outputs.push_back({std::move(name), type_of(*target.expr, level), target.expr.get(), {}});
      continue;
    }
    for (const Table& table : level.tables) {
      if (!ref->names.empty() && ref->names.back() != table.alias) continue;
      for (const Column& column : table.columns)
        outputs.push_back({column.name, column.type, nullptr, table.alias});
    }
  }
  return outputs;
}

std::vector<CatalogColumns::Column> CatalogColumns::columns_of(const ast::Select& query,
                                                               const std::vector<std::string>& names,
                                                               const Level* outer) {
  std::vector<Column> columns;
  for (const CatalogOutput& output : of(query, outer)) {
    size_t at = columns.size();
    columns.push_back({at < names.size() ? names[at] : output.name, output.type});
  }
  return columns;
}

std::vector<CatalogColumns::Column> CatalogColumns::columns_of(const ast::RangeVar& table) const {
  if (table.schema.empty())
    if (auto found = common_.find(table.name); found != common_.end()) return found->second;
  std::vector<Column> columns;
  if (const VirtualTable* view = find_catalog(views_, table))
    for (const sql::Column& column : view->columns) columns.push_back({column.name, column.type.id});
  return columns;
}

void CatalogColumns::add(const ast::TableRef& table, Level& level) {
  if (const auto* range = std::get_if<ast::RangeVar>(&table.node)) {
    level.tables.push_back({range->alias.empty() ? range->name : range->alias, columns_of(*range)});
  } else if (const auto* derived = std::get_if<ast::DerivedTable>(&table.node)) {
    const Level* around = derived->lateral ? &level : level.outer;
    level.tables.push_back({derived->alias, columns_of(*derived->select, derived->column_aliases, around)});
  } else if (const auto* join = std::get_if<ast::Join>(&table.node)) {
    add(*join->left, level);
    add(*join->right, level);
  }
}

TypeId CatalogColumns::type_of(const ast::Expr& expr, const Level& level) {
  return std::visit(TypeOf{*this, level}, expr.node);
}

}  // namespace wallaby::sql
