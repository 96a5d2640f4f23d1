// Expressions as EXPLAIN prints them: PostgreSQL's way of writing out what it understood, with brackets around every operator.

#include <utility>

#include <fmt/format.h>

#include "sql/plan/expr_binder.h"
#include "sql/types/type_io.h"

namespace wallaby::sql {
namespace {

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (char c : text) {
    if (c == '\'') out += c;
    out += c;
  }
  return out + "'";
}

std::string constant(const Bound& expr) {
  std::string type = to_string(expr.type);
  if (expr.value.is_null()) return fmt::format("NULL::{}", type);
  std::string text = print_value(expr.type.id, expr.value);
  switch (expr.type.id) {
    case TypeId::kBool: return expr.value.boolean() ? "true" : "false";
    case TypeId::kInt4:
    case TypeId::kNumeric:
      if (!text.starts_with('-')) return text;
      break;
    default: break;
  }
  return fmt::format("{}::{}", quoted(text), type);
}

class Printer {
 public:
  explicit Printer(bool qualified) : qualified_(qualified) {}

  std::string print(const Bound& expr) const {
    switch (expr.kind) {
      case BoundKind::kConstant: return constant(expr);
      case BoundKind::kParameter: return fmt::format("${}", expr.index);
      case BoundKind::kColumn:
      case BoundKind::kArgument: return name(expr);
      case BoundKind::kCompare: return binary(expr, sign_of(expr.compare));
      case BoundKind::kCall: return call(expr);
      case BoundKind::kCast:
      case BoundKind::kFit: return fmt::format("({})::{}", print(*expr.args[0]), to_string(expr.type));
      case BoundKind::kAnd: return joined(expr, " AND ");
      case BoundKind::kOr: return joined(expr, " OR ");
      case BoundKind::kNot: return fmt::format("(NOT {})", print(*expr.args[0]));
      case BoundKind::kIsNull: return is(expr, "NULL");
      case BoundKind::kIsTrue: return is(expr, "TRUE");
      case BoundKind::kIsFalse: return is(expr, "FALSE");
      case BoundKind::kDistinct:
        return binary(expr, expr.negated ? "IS NOT DISTINCT FROM" : "IS DISTINCT FROM");
      case BoundKind::kInList: return in_list(expr);
      case BoundKind::kAnyAll:
        return fmt::format("({} {} {} ({}))", print(*expr.args[0]), expr.name, expr.all ? "ALL" : "ANY",
                           print(*expr.args[1]));
      case BoundKind::kArray: return fmt::format("ARRAY[{}]", list(expr, 0));
      case BoundKind::kCase: return choice(expr);
      case BoundKind::kCoalesce: return fmt::format("COALESCE({})", list(expr, 0));
      case BoundKind::kGreatest: return fmt::format("GREATEST({})", list(expr, 0));
      case BoundKind::kLeast: return fmt::format("LEAST({})", list(expr, 0));
      case BoundKind::kNullIf: {
        const Bound& equal = *expr.args[1];
        return equal.args.size() == 2
                   ? fmt::format("NULLIF({}, {})", print(*equal.args[0]), print(*equal.args[1]))
                   : fmt::format("NULLIF({})", print(*expr.args[0]));
      }
      case BoundKind::kSubquery: return "(SubPlan)";
      case BoundKind::kAggregate: return expr.name;
      case BoundKind::kDefault: return "DEFAULT";
    }
    return {};
  }

 private:
  std::string name(const Bound& expr) const {
    if (qualified_ || expr.name.find('(') != std::string::npos) return expr.name;
    return expr.name.substr(expr.name.rfind('.') + 1);
  }
  std::string binary(const Bound& expr, std::string_view sign) const {
    return fmt::format("({} {} {})", print(*expr.args[0]), sign, print(*expr.args[1]));
  }
  std::string is(const Bound& expr, std::string_view what) const {
    return fmt::format("({} IS {}{})", print(*expr.args[0]), expr.negated ? "NOT " : "", what);
  }
  std::string list(const Bound& expr, size_t first) const {
    std::string out;
    for (size_t i = first; i < expr.args.size(); ++i) out += (i > first ? ", " : "") + print(*expr.args[i]);
    return out;
  }
  std::string joined(const Bound& expr, std::string_view with) const {
    std::string out;
    for (const BoundPtr& arg : expr.args) {
      if (!out.empty()) out += with;
      out += print(*arg);
    }
    return fmt::format("({})", out);
  }
  std::string call(const Bound& expr) const {
    bool is_sign = !expr.name.empty() && std::string_view("abcdefghijklmnopqrstuvwxyz_").find(expr.name[0]) ==
                                             std::string_view::npos;
    if (!is_sign) return fmt::format("{}({})", expr.name, list(expr, 0));
    if (expr.args.size() == 1) return fmt::format("({} {})", expr.name, print(*expr.args[0]));
    return binary(expr, expr.name);
  }
  std::string in_list(const Bound& expr) const {
    std::vector<Value> values;
    for (size_t i = 1; i < expr.args.size(); ++i) {
      if (!is_constant(*expr.args[i]))
        return fmt::format("({} = ANY (ARRAY[{}]))", print(*expr.args[0]), list(expr, 1));
      values.push_back(expr.args[i]->value);
    }
    TypeId array = array_of(expr.compare_type);
    if (array == TypeId::kInvalid)
      return fmt::format("({} = ANY (ARRAY[{}]))", print(*expr.args[0]), list(expr, 1));
    Value value(Array(std::make_shared<const std::vector<Value>>(std::move(values))));
    return fmt::format("({} = ANY ({}::{}))", print(*expr.args[0]), quoted(print_value(array, value)),
                       to_string(array));
  }
  std::string choice(const Bound& expr) const {
    std::string out = "CASE";
    size_t i = 0;
    for (; i + 1 < expr.args.size(); i += 2) {
      out += fmt::format(" WHEN {} THEN {}", print(*expr.args[i]), print(*expr.args[i + 1]));
    }
    return out + fmt::format(" ELSE {} END", print(*expr.args[i]));
  }

  bool qualified_;
};

}  // namespace

std::string print(const Bound& expr, bool qualified) {
  return Printer(qualified).print(expr);
}

}  // namespace wallaby::sql
