#include "sql/views/catalog_eval.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "sql/types/compare.h"
#include "sql/types/function.h"
#include "sql/types/type.h"
#include "sql/types/type_io.h"
#include "sql/views/catalog_model.h"
#include "sql/views/catalog_reader.h"

namespace wallaby::sql {

namespace {

Cell truth(bool value) {
  return value ? "t" : "f";
}

std::optional<int64_t> number_of(const Cell& cell) {
  if (!cell) return std::nullopt;
  int64_t value = 0;
  auto [end, failed] = std::from_chars(cell->data(), cell->data() + cell->size(), value);
  if (failed != std::errc() || end != cell->data() + cell->size() || cell->empty()) return std::nullopt;
  return value;
}

/// The elements of '{a,b}', and of a vector '1 2' (pg_index.indkey); the arrays of catalogs hold names and numbers only.
std::vector<std::string> elements_of(const std::string& array) {
  std::vector<std::string> all;
  bool braces = array.starts_with('{') && array.ends_with('}');
  std::string_view rest = braces ? std::string_view(array).substr(1, array.size() - 2) : array;
  while (!rest.empty()) {
    size_t end = std::min(rest.find(braces ? ',' : ' '), rest.size());
    all.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return all;
}

/// By the same regular expressions and patterns as in queries on tables; what they refuse does not match.
Cell match(std::string_view op, const Cell& text, const Cell& pattern) {
  if (!text || !pattern) return std::nullopt;
  std::array<TypeId, 2> types{TypeId::kText, TypeId::kText};
  auto callable = resolve_operator(op, types);
  if (!callable) return std::nullopt;
  EvalContext context;
  std::array<Value, 2> arguments{Value(*text), Value(*pattern)};
  auto result = callable->function->evaluate(arguments, context);
  if (!result || result->is_null()) return std::nullopt;
  return truth(result->boolean());
}

}  // namespace

std::optional<int> compare_cells(const Cell& a, const Cell& b) {
  if (!a || !b) return std::nullopt;
  auto x = number_of(a), y = number_of(b);
  if (x && y) return *x < *y ? -1 : *x > *y ? 1 : 0;
  int order = a->compare(*b);
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

bool CatalogReader::is_true(const ast::ExprPtr& expr, const CatalogScope& scope) {
  return !expr || eval(*expr, scope) == "t";
}

Cell CatalogReader::eval(const ast::ExprPtr& expr, const CatalogScope& scope) {
  return expr ? eval(*expr, scope) : std::nullopt;
}

Cell CatalogReader::eval(const ast::Expr& expr, const CatalogScope& scope) {
  struct Visitor {
    CatalogReader& reader;
    const CatalogScope& scope;
    Cell eval(const ast::ExprPtr& each) const { return reader.eval(each, scope); }

    Cell operator()(const ast::NullConst&) const { return std::nullopt; }
    Cell operator()(const ast::BoolConst& node) const { return truth(node.value); }
    Cell operator()(const ast::IntConst& node) const { return std::to_string(node.value); }
    Cell operator()(const ast::DecimalConst& node) const { return node.text; }
    Cell operator()(const ast::StringConst& node) const { return node.value; }
    Cell operator()(const ast::Param& node) const {
      auto at = static_cast<size_t>(node.number) - 1;
      return at < reader.parameters_.size() ? reader.parameters_[at] : std::nullopt;
    }
    Cell operator()(const ast::ColumnRef& node) const { return reader.column(node, scope); }
    Cell operator()(const ast::Cast& node) const { return reader.cast(node, scope); }
    Cell operator()(const ast::Operator& node) const { return reader.operation(node, scope); }
    Cell operator()(const ast::BoolOp& node) const {
      if (node.kind == ast::BoolKind::kNot) {
        Cell value = eval(node.operands[0]);
        return value ? truth(*value != "t") : std::nullopt;
      }
      bool wanted = node.kind == ast::BoolKind::kOr;
      bool null = false;
      for (const ast::ExprPtr& operand : node.operands) {
        Cell value = eval(operand);
        if (value && (*value == "t") == wanted) return truth(wanted);
        null = null || !value;
      }
      return null ? std::nullopt : truth(!wanted);
    }
    Cell operator()(const ast::NullTest& node) const {
      return truth(eval(node.operand).has_value() != node.is_null);
    }
    Cell operator()(const ast::BoolTest& node) const {
      using enum ast::BoolTestKind;
      Cell value = eval(node.operand);
      switch (node.kind) {
        case kTrue: return truth(value == "t");
        case kNotTrue: return truth(value != "t");
        case kFalse: return truth(value == "f");
        case kNotFalse: return truth(value != "f");
        case kUnknown: return truth(!value);
        case kNotUnknown: return truth(value.has_value());
      }
      return std::nullopt;
    }
    Cell operator()(const ast::Distinct& node) const {
      return truth((eval(node.left) != eval(node.right)) != node.negated);
    }
    Cell operator()(const ast::InList& node) const {
      Cell value = eval(node.operand);
      if (!value) return std::nullopt;
      bool found = std::ranges::any_of(
          node.list, [&](const ast::ExprPtr& each) { return compare_cells(value, eval(each)) == 0; });
      return truth(found != node.negated);
    }
    Cell operator()(const ast::Between& node) const {
      Cell value = eval(node.operand);
      auto low = compare_cells(value, eval(node.low)), high = compare_cells(value, eval(node.high));
      if (!low || !high) return std::nullopt;
      return truth((*low >= 0 && *high <= 0) != node.negated);
    }
    Cell operator()(const ast::AnyAll& node) const { return reader.any_all(node, scope); }
    Cell operator()(const ast::ArrayExpr& node) const {
      std::string text;
      for (const ast::ExprPtr& element : node.elements)
        text += (text.empty() ? "" : ",") + eval(element).value_or("NULL");
      return "{" + text + "}";
    }
    Cell operator()(const ast::Case& node) const { return reader.case_of(node, scope); }
    Cell operator()(const ast::Special& node) const { return reader.special(node, scope); }
    Cell operator()(const ast::Call& node) const { return reader.call(node, scope); }
    Cell operator()(const ast::Subquery& node) const { return reader.subquery(node, scope); }
    Cell operator()(const ast::RowExpr&) const { return std::nullopt; }
    Cell operator()(const ast::Collate& node) const { return eval(node.operand); }
    Cell operator()(const ast::Indirection&) const { return std::nullopt; }
    Cell operator()(const ast::Default&) const { return std::nullopt; }
  };
  return std::visit(Visitor{*this, scope}, expr.node);
}

Cell CatalogReader::column(const ast::ColumnRef& ref, const CatalogScope& scope) {
  if (ref.names.empty() || ref.star) return std::nullopt;
  const std::string& name = ref.names.back();
  for (const CatalogScope* level = &scope; level; level = level->outer) {
    for (const BoundTable& table : level->tables) {
      if (ref.names.size() > 1 && table.alias != ref.names[ref.names.size() - 2]) continue;
      if (table.row) {
        if (auto found = table.row->find(name); found != table.row->end()) return found->second;
      }
      if (ref.names.size() > 1) return std::nullopt;
    }
  }
  return std::nullopt;
}

Cell CatalogReader::operation(const ast::Operator& op, const CatalogScope& scope) {
  Cell right = eval(op.right, scope);
  if (!op.left) {
    auto value = number_of(right);
    return op.name == "-" && value ? Cell(std::to_string(-*value)) : std::nullopt;
  }
  Cell left = eval(op.left, scope);
  if (op.name == "||") return left && right ? Cell(*left + *right) : std::nullopt;
  static constexpr std::array<std::string_view, 8> kMatches{"~",  "!~",  "~*",  "!~*",
                                                            "~~", "!~~", "~~*", "!~~*"};
  if (std::ranges::find(kMatches, op.name) != kMatches.end()) return match(op.name, left, right);
  if (auto a = number_of(left), b = number_of(right); a && b) {
    if (op.name == "+") return std::to_string(*a + *b);
    if (op.name == "-") return std::to_string(*a - *b);
    if (op.name == "*") return std::to_string(*a * *b);
    if (op.name == "&") return std::to_string(*a & *b);
  }
  auto order = compare_cells(left, right);
  if (!order) return std::nullopt;
  if (op.name == "=") return truth(*order == 0);
  if (op.name == "<>" || op.name == "!=") return truth(*order != 0);
  if (op.name == "<") return truth(*order < 0);
  if (op.name == "<=") return truth(*order <= 0);
  if (op.name == ">") return truth(*order > 0);
  if (op.name == ">=") return truth(*order >= 0);
  return std::nullopt;
}

Cell CatalogReader::any_all(const ast::AnyAll& node, const CatalogScope& scope) {
  Cell value = eval(node.left, scope), array = eval(node.array, scope);
  if (!value || !array) return std::nullopt;
  auto elements = elements_of(*array);
  auto equal = [&](const std::string& each) { return (compare_cells(value, each) == 0) == (node.op == "="); };
  return truth(node.all ? std::ranges::all_of(elements, equal) : std::ranges::any_of(elements, equal));
}

Cell CatalogReader::case_of(const ast::Case& node, const CatalogScope& scope) {
  Cell operand = eval(node.operand, scope);
  for (const ast::CaseWhen& branch : node.branches) {
    Cell when = eval(branch.when, scope);
    if (node.operand ? compare_cells(operand, when) == 0 : when == "t") return eval(branch.then, scope);
  }
  return eval(node.otherwise, scope);
}

Cell CatalogReader::special(const ast::Special& node, const CatalogScope& scope) {
  if (node.name == "coalesce") {
    for (const ast::ExprPtr& each : node.arguments)
      if (Cell value = eval(each, scope)) return value;
    return std::nullopt;
  }
  if (node.name == "nullif") {
    Cell value = eval(node.arguments[0], scope);
    return compare_cells(value, eval(node.arguments[1], scope)) == 0 ? std::nullopt : value;
  }
  return call_function(node.name, {});
}

Cell CatalogReader::subquery(const ast::Subquery& node, const CatalogScope& scope) {
  CatalogAnswer answer = select(*node.select, &scope);
  switch (node.kind) {
    case ast::SubqueryKind::kExists: return truth(!answer.rows.empty());
    case ast::SubqueryKind::kScalar:
      return answer.rows.empty() || answer.rows[0].empty() ? std::nullopt : answer.rows[0][0];
    case ast::SubqueryKind::kArray: {
      std::string text;
      for (const auto& row : answer.rows) text += (text.empty() ? "" : ",") + row.at(0).value_or("NULL");
      return "{" + text + "}";
    }
    case ast::SubqueryKind::kAny:
    case ast::SubqueryKind::kAll: {
      Cell left = eval(node.left, scope);
      auto equal = [&](const std::vector<Cell>& row) {
        return !row.empty() && (compare_cells(left, row[0]) == 0) == (node.op == "=");
      };
      return truth(node.kind == ast::SubqueryKind::kAll ? std::ranges::all_of(answer.rows, equal)
                                                        : std::ranges::any_of(answer.rows, equal));
    }
  }
  return std::nullopt;
}

Cell CatalogReader::cast(const ast::Cast& node, const CatalogScope& scope) {
  Cell value = eval(node.operand, scope);
  if (!value) return std::nullopt;
  if (node.type.name == "regclass") {
    auto relations = relations_of(*context_.catalog);
    if (auto oid = number_of(value)) {
      const Relation* relation = find_relation(relations, static_cast<Oid>(*oid));
      return relation ? relation->name : value;
    }
    // 'users'::regclass is a number that shows itself as a name. Here it is compared with numbers, always.
    std::string_view name = std::string_view(*value).substr(value->rfind('.') + 1);
    if (const VirtualTable* view = context_.views->find({}, name)) return std::to_string(view->oid);
    const Relation* relation = find_relation(relations, name);
    return std::to_string(relation ? relation->oid : 0);
  }
  if (node.type.name == "bool") return truth(*value == "t" || *value == "true" || *value == "1");
  if (node.type.name == "regtype") {
    if (auto oid = number_of(value)) return to_string(static_cast<TypeId>(*oid));
    return std::to_string(static_cast<Oid>(type_named(*value)));
  }
  return value;
}

Cell CatalogReader::call(const ast::Call& node, const CatalogScope& scope) {
  std::vector<Cell> given;
  for (const ast::ExprPtr& argument : node.arguments) given.push_back(eval(argument, scope));
  std::string_view name = node.name;
  if (name.ends_with("_is_visible")) return "t";
  if (name.starts_with("has_") && name.ends_with("_privilege")) return "t";
  if (name == "pg_relation_is_publishable" || name == "pg_is_other_temp_schema") return "f";
  if (name == "current_schemas") return "{pg_catalog,public}";
  if (name == "array_to_string" && given.size() > 1 && given[0] && given[1]) {
    std::string joined;
    for (const std::string& element : elements_of(*given[0]))
      joined += (joined.empty() ? "" : *given[1]) + element;
    return joined;
  }
  if (name == "array_position" && given.size() > 1 && given[0] && given[1]) {
    auto elements = elements_of(*given[0]);
    auto found = std::ranges::find(elements, *given[1]);
    return found == elements.end() ? Cell() : std::to_string(found - elements.begin() + 1);
  }
  return call_function(name, given);
}

/// A function as in any query. Its arguments are text here, so which one is meant is tried: a number in a catalog is mostly an OID.
Cell CatalogReader::call_function(std::string_view name, const std::vector<Cell>& given) {
  for (TypeId number : {TypeId::kOid, TypeId::kInt8, TypeId::kUnknown}) {
    std::vector<TypeId> types;
    for (const Cell& cell : given)
      types.push_back(!cell || number_of(cell)       ? number
                      : *cell == "t" || *cell == "f" ? TypeId::kBool
                                                     : TypeId::kUnknown);
    auto callable = resolve_function(name, types);
    if (!callable) continue;
    // One that does something must not do it in a query that is understood half.
    if (callable->function->volatility == Volatility::kVolatile) return std::nullopt;
    std::vector<Value> arguments;
    for (size_t at = 0; at < given.size(); ++at) {
      auto value = given[at] ? parse_value({callable->arguments[at]}, *given[at]) : SqlResult<Value>(Value());
      if (!value || (value->is_null() && callable->function->strict)) return std::nullopt;
      arguments.push_back(std::move(*value));
    }
    auto result = callable->function->evaluate(arguments, context_.eval);
    if (!result || result->is_null()) return std::nullopt;
    return print_value(callable->result, *result);
  }
  return std::nullopt;
}

}  // namespace wallaby::sql
