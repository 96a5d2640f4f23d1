// The names of result columns that have none of their own.

#include <utility>

#include "sql/plan/binder.h"

namespace wallaby::sql {
namespace {

/// A name, and whether it is a good one: a cast gives its type's name only to what has no good name itself.
struct Name {
  std::string text;
  bool good = false;
};

Name name_of(const ast::Expr& expr);

struct Namer {
  Name operator()(const ast::ColumnRef& node) const {
    return {node.names.empty() ? "" : node.names.back(), true};
  }
  Name operator()(const ast::Call& node) const { return {node.name, true}; }
  Name operator()(const ast::Special& node) const { return {node.name, true}; }
  Name operator()(const ast::ArrayExpr&) const { return {"array", true}; }
  Name operator()(const ast::RowExpr&) const { return {"row", true}; }
  Name operator()(const ast::Collate& node) const { return name_of(*node.operand); }
  Name operator()(const ast::BoolConst&) const { return {"bool", false}; }
  Name operator()(const ast::Cast& node) const {
    Name inner = name_of(*node.operand);
    return inner.good ? inner : Name{node.type.name, false};
  }
  Name operator()(const ast::Case& node) const {
    Name inner = node.otherwise ? name_of(*node.otherwise) : Name{};
    return inner.good ? inner : Name{"case", false};
  }
  Name operator()(const ast::Subquery& node) const {
    switch (node.kind) {
      case ast::SubqueryKind::kExists: return {"exists", true};
      case ast::SubqueryKind::kArray: return {"array", true};
      case ast::SubqueryKind::kScalar: break;
      default: return {};
    }
    const ast::Select* select = node.select.get();
    while (select->operation != ast::SetOperation::kNone) select = select->left.get();
    if (!select->values.empty()) return {"column1", true};
    if (select->targets.empty()) return {};
    const ast::Target& target = select->targets[0];
    return {target.alias.empty() ? column_name(*target.expr) : target.alias, true};
  }
  template <typename Other>
  Name operator()(const Other&) const {
    return {};
  }
};

Name name_of(const ast::Expr& expr) {
  return std::visit(Namer{}, expr.node);
}

}  // namespace

std::string column_name(const ast::Expr& expr) {
  Name name = name_of(expr);
  return name.text.empty() ? "?column?" : name.text;
}

}  // namespace wallaby::sql
