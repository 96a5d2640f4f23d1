#include "tests/sql/type_expressions.h"

#include <optional>
#include <vector>

#include "base/random.h"
#include "sql/types/date_time.h"
#include "sql/types/function.h"
#include "sql/types/type_io.h"
#include "sql/types/utf8.h"

namespace wallaby::sql {
namespace {

struct Typed {
  TypeId type = TypeId::kUnknown;
  Value value;
};

class Evaluator {
 public:
  explicit Evaluator(std::string_view text) : rest_(text) {
    context_.transaction_time = days_from({2024, 5, 6}) * kMicrosecondsPerDay + 7 * kMicrosecondsPerHour;
    context_.random = &random_;
  }

  SqlResult<Typed> all() {
    auto value = expression();
    skip_spaces();
    if (value && !rest_.empty()) return sql_error("42601", "the test's reader stops at: {}", rest_);
    return value;
  }

 private:
  void skip_spaces() {
    while (!rest_.empty() && is_space(rest_[0])) rest_.remove_prefix(1);
  }
  bool take(std::string_view token) {
    skip_spaces();
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }
  static bool is_sign(char c) {
    return std::string_view("+-*/<>=~!@#%^&|`?").find(c) != std::string_view::npos;
  }
  std::string_view take_while(auto accepts) {
    size_t size = 0;
    while (size < rest_.size() && accepts(rest_[size])) ++size;
    std::string_view token = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return token;
  }
  std::string_view sign() {
    skip_spaces();
    return take_while(is_sign);
  }

  SqlResult<Typed> expression() {
    auto left = operand();
    if (!left) return left;
    std::string_view op = sign();
    if (op.empty()) return left;
    // "1 - -2": the last sign belongs to what follows.
    auto right = operand();
    if (!right) return right;
    return call_operator(op, {*std::move(left), *std::move(right)});
  }

  SqlResult<Typed> operand() {
    auto value = primary();
    while (value && take("::")) {
      auto type = type_name();
      if (!type) return std::unexpected(type.error());
      value = cast(*std::move(value), *type);
    }
    return value;
  }

  SqlResult<Typed> primary() {
    skip_spaces();
    if (rest_.empty()) return sql_error("42601", "the test's reader wants an operand");
    char c = rest_[0];
    if (c == '\'') return Typed{TypeId::kUnknown, Value(quoted())};
    if (is_digit(c)) return number();
    if (take("(")) {
      auto value = expression();
      if (value && !take(")")) return sql_error("42601", "the test's reader wants )");
      return value;
    }
    if (is_sign(c)) {
      std::string_view op = sign();
      auto value = operand();
      if (!value) return value;
      return call_operator(op, {*std::move(value)});
    }
    return word();
  }

  std::string quoted() {
    std::string out;
    rest_.remove_prefix(1);
    while (!rest_.empty()) {
      if (rest_.starts_with("''")) {
        out += '\'';
        rest_.remove_prefix(2);
      } else if (rest_[0] == '\'') {
        rest_.remove_prefix(1);
        break;
      } else {
        out += rest_[0];
        rest_.remove_prefix(1);
      }
    }
    return out;
  }

  SqlResult<Typed> number() {
    std::string_view digits = take_while([](char c) { return is_digit(c) || c == '.'; });
    for (TypeId type : {TypeId::kInt4, TypeId::kInt8, TypeId::kNumeric}) {
      if (auto value = parse_value({type}, digits)) return Typed{type, *std::move(value)};
    }
    return sql_error("42601", "the test's reader knows no number {}", digits);
  }

  std::string_view name() {
    skip_spaces();
    take("pg_catalog.");
    return take_while([](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
  }

  SqlResult<Type> type_name() {
    std::string name(this->name());
    TypeId id = type_named(name);
    int32_t modifier = -1;
    if (take("(")) {
      auto first = number();
      if (!first) return std::unexpected(first.error());
      modifier = static_cast<int32_t>(first->value.integer()) + (id == TypeId::kTimestamptz ? 0 : 4);
      if (id == TypeId::kNumeric) {
        int64_t scale = 0;
        if (take(",")) scale = (*number()).value.integer();
        modifier = static_cast<int32_t>((first->value.integer() << 16 | scale) + 4);
      }
      take(")");
    }
    if (take("[]")) id = array_of(id);
    return Type{id, modifier};
  }

  SqlResult<Typed> word() {
    std::string_view before = rest_;
    std::string_view word = name();
    if (word == "NULL" || word == "null") return Typed{};
    if (word == "true" || word == "false") return Typed{TypeId::kBool, Value(word == "true")};
    skip_spaces();
    if (rest_.starts_with('\'')) {
      TypeId type = type_named(word);
      return cast({TypeId::kUnknown, Value(quoted())}, {type});
    }
    if (!take("(")) return sql_error("42601", "the test's reader stops at: {}", before);
    std::vector<Typed> arguments;
    if (!take(")")) {
      do {
        auto argument = expression();
        if (!argument) return argument;
        arguments.push_back(*std::move(argument));
      } while (take(","));
      if (!take(")")) return sql_error("42601", "the test's reader wants )");
    }
    auto callable = resolve_function(word, types_of(arguments));
    if (!callable) return std::unexpected(callable.error());
    return call(*callable, std::move(arguments));
  }

  static std::vector<TypeId> types_of(const std::vector<Typed>& arguments) {
    std::vector<TypeId> types;
    for (const Typed& argument : arguments) types.push_back(argument.type);
    return types;
  }

  SqlResult<Typed> cast(Typed value, Type type) {
    if (value.value.is_null()) return Typed{type.id, Value()};
    SqlResult<Value> result = value.value;
    if (value.type == TypeId::kUnknown) {
      result = parse_value({type.id}, value.value.text(), context_.transaction_time);
    } else if (value.type != type.id) {
      const Cast* found = find_cast(value.type, type.id, CastKind::kExplicit);
      if (found == nullptr) {
        return sql_error("42846", "cannot cast type {} to {}", to_string(value.type), to_string(type.id));
      }
      if (found->evaluate != nullptr) result = found->evaluate({&value.value, 1}, context_);
    }
    if (result) result = fit_to(type, *std::move(result), true);
    if (!result) return std::unexpected(result.error());
    return Typed{type.id, *std::move(result)};
  }

  SqlResult<Typed> call_operator(std::string_view op, std::vector<Typed> arguments) {
    auto callable = resolve_operator(op, types_of(arguments));
    if (!callable) return std::unexpected(callable.error());
    return call(*callable, std::move(arguments));
  }

  SqlResult<Typed> call(const Callable& callable, std::vector<Typed> arguments) {
    std::vector<Value> values;
    bool has_null = false;
    for (size_t i = 0; i < arguments.size(); ++i) {
      auto value = cast(std::move(arguments[i]), {callable.arguments[i]});
      if (!value) return value;
      has_null = has_null || value->value.is_null();
      values.push_back(std::move(value->value));
    }
    if (has_null && callable.function->strict) return Typed{callable.result, Value()};
    auto result = callable.function->evaluate(values, context_);
    if (!result) return std::unexpected(result.error());
    return Typed{callable.result, *std::move(result)};
  }

  std::string_view rest_;
  Random random_{1};
  EvalContext context_;
};

}  // namespace

std::string evaluate_expression(std::string_view expression) {
  auto result = Evaluator(expression).all();
  if (!result) {
    const ErrorFields& error = result.error().fields();
    std::string line = fmt::format("ERROR {}: {}", error.code, error.message);
    if (!error.detail.empty()) line += " DETAIL: " + error.detail;
    if (!error.hint.empty()) line += " HINT: " + error.hint;
    return line;
  }
  if (result->value.is_null()) return to_string(result->type) + " NULL";
  std::string text = print_value(result->type, result->value);
  return to_string(result->type) + (text.empty() ? "" : " " + text);
}

}  // namespace wallaby::sql
