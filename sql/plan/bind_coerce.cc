// How an expression gets to another type, and what type a type's name means.

#include <utility>

#include "sql/plan/binder.h"
#include "sql/types/type_io.h"

namespace wallaby::sql {
namespace {

bool is_string(TypeId type) {
  return type == TypeId::kText || type == TypeId::kVarchar || type == TypeId::kBpchar ||
         type == TypeId::kName;
}

BoundPtr make_cast(CastMethod method, const Cast* cast, TypeId to, BoundPtr expr) {
  int location = expr->location;
  BoundPtr out = make_bound(BoundKind::kCast, to, {std::move(expr)}, location);
  out->cast_method = method;
  out->cast = cast;
  return fold(out);
}

constexpr int32_t kModifierBase = 4;
constexpr int32_t kLongestVarchar = 10485760, kMostDigits = 1000;

}  // namespace

SqlResult<BoundPtr> Binder::coerce_parameter(BoundPtr expr, Type to) {
  TypeId& type = parameters_[static_cast<size_t>(expr->index - 1)];
  if (type != TypeId::kUnknown && type != to.id) {
    return sql_error("42P08", "inconsistent types deduced for parameter ${}", expr->index)
        .at(position(expr->location))
        .detail("{} versus {}", to_string(type), to_string(to.id));
  }
  type = to.id;
  expr->type = {to.id};
  return expr;
}

SqlResult<BoundPtr> Binder::coerce_unknown(BoundPtr expr, Type to, CastKind kind) {
  if (expr->kind == BoundKind::kParameter) {
    auto typed = coerce_parameter(std::move(expr), to);
    return typed ? fit(*typed, to, kind) : typed;
  }
  if (!is_constant(*expr)) return BoundPtr();
  if (expr->value.is_null()) return make_null({to.id}, expr->location);
  auto value = parse_value({to.id}, expr->value.text());
  if (!value) {
    SqlError error = value.error();
    error.change().position = position(expr->location);
    return std::unexpected(error);
  }
  return fit(make_constant({to.id}, std::move(*value), expr->location), to, kind);
}

/// varchar(n) and numeric(p, s): a cast cuts off, an assignment refuses.
SqlResult<BoundPtr> Binder::fit(BoundPtr expr, Type to, CastKind kind) {
  if (to.modifier < 0 || expr->type == to) return expr;
  int location = expr->location;
  BoundPtr out = make_bound(BoundKind::kFit, to.id, {std::move(expr)}, location);
  out->type = to;
  out->explicit_fit = kind == CastKind::kExplicit && to.id != TypeId::kNumeric;
  return fold(out);
}

SqlResult<BoundPtr> Binder::coerce(BoundPtr expr, Type to, CastKind kind) {
  TypeId from = expr->type.id;
  if (from == to.id) return fit(std::move(expr), to, kind);
  if (from == TypeId::kUnknown) return coerce_unknown(std::move(expr), to, kind);
  if (const Cast* cast = find_cast(from, to.id, kind)) {
    CastMethod method = cast->evaluate ? CastMethod::kFunction : CastMethod::kRelabel;
    return fit(make_cast(method, cast, to.id, std::move(expr)), to, kind);
  }
  if (is_string(to.id) && kind != CastKind::kImplicit) {
    CastMethod method = is_string(from) ? CastMethod::kRelabel : CastMethod::kPrint;
    return fit(make_cast(method, nullptr, to.id, std::move(expr)), to, kind);
  }
  if (is_string(from) && kind == CastKind::kExplicit) {
    return fit(make_cast(CastMethod::kParse, nullptr, to.id, std::move(expr)), to, kind);
  }
  return BoundPtr();
}

SqlResult<BoundPtr> Binder::settle(BoundPtr expr) {
  if (expr->type.id != TypeId::kUnknown || expr->kind == BoundKind::kDefault) return expr;
  return coerce(std::move(expr), {TypeId::kText}, CastKind::kImplicit);
}

SqlResult<BoundPtr> Binder::assign(BoundPtr expr, const Column& column) {
  if (expr->kind == BoundKind::kDefault) return expr;
  auto out = coerce(expr, column.type, CastKind::kAssignment);
  if (!out || *out) return out;
  return sql_error("42804", "column \"{}\" is of type {} but expression is of type {}", column.name,
                   to_string(column.type.id), to_string(expr->type.id))
      .at(position(expr->location))
      .hint("You will need to rewrite or cast the expression.");
}

SqlResult<Type> Binder::type_of(const ast::TypeName& name) {
  TypeId id = type_named(name.name);
  if (id == TypeId::kInvalid || id == TypeId::kUnknown) {
    if (is_type_left_out(name.name))
      return not_supported("the type " + name.name).at(position(name.location));
    return sql_error("42704", "type \"{}\" does not exist", name.name).at(position(name.location));
  }
  std::vector<int32_t> modifiers;
  for (const ast::ExprPtr& modifier : name.modifiers) {
    const auto* number = std::get_if<ast::IntConst>(&modifier->node);
    if (!number) {
      return sql_error("42601", "type modifiers must be simple constants or identifiers")
          .at(position(name.location));
    }
    modifiers.push_back(static_cast<int32_t>(number->value));
  }
  Type type{id};
  if (!modifiers.empty()) {
    if (id == TypeId::kVarchar && modifiers.size() == 1) {
      if (modifiers[0] < 1) {
        return sql_error("22023", "length for type varchar must be at least 1").at(position(name.location));
      }
      if (modifiers[0] > kLongestVarchar) {
        return sql_error("22023", "length for type varchar cannot exceed {}", kLongestVarchar)
            .at(position(name.location));
      }
      type.modifier = modifiers[0] + kModifierBase;
    } else if (id == TypeId::kNumeric && modifiers.size() <= 2) {
      int32_t scale = modifiers.size() == 2 ? modifiers[1] : 0;
      if (modifiers[0] < 1 || modifiers[0] > kMostDigits) {
        return sql_error("22023", "NUMERIC precision {} must be between 1 and {}", modifiers[0], kMostDigits)
            .at(position(name.location));
      }
      if (scale < 0 || scale > 38 || modifiers[0] > 38) {
        return not_supported("numeric with more than 38 digits, or with a negative scale")
            .at(position(name.location));
      }
      type.modifier = (modifiers[0] << 16 | scale) + kModifierBase;
    } else if (id == TypeId::kBpchar && modifiers.size() == 1) {
      if (modifiers[0] < 1)
        return sql_error("22023", "length for type char must be at least 1").at(position(name.location));
      if (modifiers[0] > kLongestVarchar)
        return sql_error("22023", "length for type char cannot exceed {}", kLongestVarchar)
            .at(position(name.location));
      type.modifier = modifiers[0] + kModifierBase;
    } else if (id == TypeId::kTimestamp || id == TypeId::kTimestamptz || id == TypeId::kInterval) {
      return not_supported("a precision of " + to_string(id)).at(position(name.location));
    } else {
      return sql_error("42601", "type modifier is not allowed for type \"{}\"", name.name)
          .at(position(name.location));
    }
  }
  if (!name.array) return type;
  TypeId array = array_of(id);
  if (array == TypeId::kInvalid) {
    return not_supported("an array of " + to_string(id)).at(position(name.location));
  }
  return Type{array};
}

}  // namespace wallaby::sql
