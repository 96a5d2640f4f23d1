// How a call finds its function: PostgreSQL's rules (its manual, "Type Conversion"), step by step.
#include "sql/types/function.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

#include <fmt/format.h>

#include "sql/types/function_tables.h"

namespace wallaby::sql {
namespace {

/// All tables, by name. Built once; the rows never move.
class Index {
 public:
  Index() {
    for (auto table : {comparison_operators, integer_operators, real_operators, text_operators,
                       date_operators, json_functions, string_functions, pattern_functions,
                       encoding_functions, number_functions, real_functions, date_functions,
                       date_part_functions, array_functions, system_functions, cast_functions}) {
      append(rows_, table());
    }
    for (const Function& row : rows_) by_name_[row.name].push_back(&row);
  }
  std::span<const Function* const> named(std::string_view name) const {
    auto found = by_name_.find(name);
    if (found == by_name_.end()) return {};
    return found->second;
  }

 private:
  Functions rows_;
  std::unordered_map<std::string_view, std::vector<const Function*>> by_name_;
};
const Index& functions() {
  static const Index index;
  return index;
}

using Types = std::span<const TypeId>;

struct Candidate {
  const Function* function = nullptr;
  std::vector<TypeId> arguments;  ///< as many as the call has
};
using Candidates = std::vector<Candidate>;

/// Those with the right number of arguments, variadic ones counted out.
Candidates candidates_for(std::string_view name, size_t count) {
  Candidates candidates;
  for (const Function* function : functions().named(name)) {
    std::vector<TypeId> arguments = function->arguments;
    if (function->variadic && count >= arguments.size()) arguments.resize(count, arguments.back());
    if (arguments.size() == count) candidates.push_back({function, std::move(arguments)});
  }
  return candidates;
}

/// Keeps the candidates with the highest score.
template <typename Score>
void keep_best(Candidates& candidates, Score score) {
  size_t best = 0;
  for (const Candidate& candidate : candidates) best = std::max(best, score(candidate));
  std::erase_if(candidates, [&](const Candidate& candidate) { return score(candidate) < best; });
}

size_t count_arguments(const Candidate& candidate, Types types, auto matches) {
  size_t count = 0;
  for (size_t i = 0; i < types.size(); ++i) {
    if (types[i] != TypeId::kUnknown && matches(types[i], candidate.arguments[i])) ++count;
  }
  return count;
}

/// For argument `i`, which is unknown: the category that its candidates agree on. "string" wins where they do not.
std::optional<Category> agreed_category(const Candidates& candidates, size_t i) {
  Category first = category_of(candidates[0].arguments[i]);
  bool agree = true;
  for (const Candidate& candidate : candidates) {
    Category category = category_of(candidate.arguments[i]);
    if (category == Category::kString) return category;
    agree = agree && category == first;
  }
  return agree ? std::optional(first) : std::nullopt;
}

/// Lets the unknown arguments choose by category; leaves the candidates alone where that leads nowhere.
void choose_by_category(Candidates& candidates, Types types) {
  Candidates kept = candidates;
  for (size_t i = 0; i < types.size(); ++i) {
    if (types[i] != TypeId::kUnknown) continue;
    std::optional<Category> category = agreed_category(candidates, i);
    if (!category) return;
    bool has_preferred = std::ranges::any_of(candidates, [&](const Candidate& candidate) {
      TypeId type = candidate.arguments[i];
      return category_of(type) == *category && is_preferred(type);
    });
    std::erase_if(kept, [&](const Candidate& candidate) {
      TypeId type = candidate.arguments[i];
      return category_of(type) != *category || (has_preferred && !is_preferred(type));
    });
  }
  if (!kept.empty()) candidates = std::move(kept);
}

/// The last rule: unknowns are of the type that all others have.
void take_unknowns_for_the_known_type(Candidates& candidates, Types types) {
  TypeId known = TypeId::kUnknown;
  for (TypeId type : types) {
    if (type == TypeId::kUnknown) continue;
    if (known != TypeId::kUnknown && known != type) return;
    known = type;
  }
  if (known == TypeId::kUnknown) return;
  Candidates kept = candidates;
  std::erase_if(kept, [&](const Candidate& candidate) {
    return !std::ranges::all_of(candidate.arguments, [&](TypeId type) { return can_coerce(known, type); });
  });
  if (kept.size() == 1) candidates = std::move(kept);
}

const Candidate* exact(const Candidates& candidates, Types types) {
  auto found = std::ranges::find_if(
      candidates, [&](const Candidate& candidate) { return std::ranges::equal(candidate.arguments, types); });
  return found == candidates.end() ? nullptr : &*found;
}

/// Narrows them down to one if PostgreSQL's rules can; none fits, or several do, otherwise.
void select(Candidates& candidates, Types types) {
  std::erase_if(candidates, [&](const Candidate& candidate) {
    for (size_t i = 0; i < types.size(); ++i) {
      if (!can_coerce(types[i], candidate.arguments[i])) return true;
    }
    return false;
  });
  if (candidates.size() <= 1) return;
  keep_best(candidates, [&](const Candidate& candidate) {
    return count_arguments(candidate, types, [](TypeId given, TypeId wanted) { return given == wanted; });
  });
  if (candidates.size() == 1) return;
  keep_best(candidates, [&](const Candidate& candidate) {
    return count_arguments(candidate, types, [](TypeId given, TypeId wanted) {
      return given == wanted || (is_preferred(wanted) && category_of(wanted) == category_of(given));
    });
  });
  if (candidates.size() == 1 || std::ranges::find(types, TypeId::kUnknown) == types.end()) return;
  choose_by_category(candidates, types);
  if (candidates.size() > 1) take_unknowns_for_the_known_type(candidates, types);
}

Callable callable_of(const Candidate& candidate) {
  return {candidate.function, candidate.arguments, candidate.function->result};
}

std::string written(std::string_view name, Types types) {
  if (types.size() == 1) return fmt::format("{} {}", name, to_string(types[0]));
  return fmt::format("{} {} {}", to_string(types[0]), name, to_string(types[1]));
}

std::string list_of(Types types) {
  std::string list;
  for (TypeId type : types) list += (list.empty() ? "" : ", ") + to_string(type);
  return list;
}

}  // namespace

SqlResult<Callable> resolve_operator(std::string_view given_name, Types types) {
  std::string_view name = given_name == "!=" ? "<>" : given_name;
  Candidates candidates = candidates_for(name, types.size());
  // With one side unknown, the first guess is that both are of the known type.
  std::vector<TypeId> guess(types.begin(), types.end());
  if (types.size() == 2) {
    if (guess[0] == TypeId::kUnknown) guess[0] = types[1];
    if (guess[1] == TypeId::kUnknown) guess[1] = types[0];
  }
  if (const Candidate* match = exact(candidates, guess)) return callable_of(*match);
  select(candidates, types);
  if (candidates.size() == 1) return callable_of(candidates[0]);
  if (candidates.size() > 1) {
    return sql_error("42725", "operator is not unique: {}", written(name, types))
        .hint("Could not choose a best candidate operator. You might need to add explicit type casts.");
  }
  if (is_operator_left_out(name)) return not_supported(fmt::format("the operator {}", written(name, types)));
  bool one = types.size() == 1;
  return sql_error("42883", "operator does not exist: {}", written(name, types))
      .hint(
          "No operator matches the given name and argument type{}. You might need to add {}explicit type "
          "cast{}.",
          one ? "" : "s", one ? "an " : "", one ? "" : "s");
}

SqlResult<Callable> resolve_function(std::string_view name, Types types) {
  Candidates candidates = candidates_for(name, types.size());
  if (const Candidate* match = exact(candidates, types)) return callable_of(*match);
  // A type's name with a literal: date('2024-01-01') reads it.
  if (types.size() == 1 && types[0] == TypeId::kUnknown) {
    TypeId own[] = {type_named(name)};
    const Candidate* match = own[0] == TypeId::kInvalid ? nullptr : exact(candidates, own);
    if (match != nullptr) return callable_of(*match);
  }
  select(candidates, types);
  if (candidates.size() == 1) return callable_of(candidates[0]);
  if (candidates.size() > 1) {
    return sql_error("42725", "function {}({}) is not unique", name, list_of(types))
        .hint("Could not choose a best candidate function. You might need to add explicit type casts.");
  }
  if (is_function_left_out(name))
    return not_supported(fmt::format("the function {}({})", name, list_of(types)));
  return sql_error("42883", "function {}({}) does not exist", name, list_of(types))
      .hint(
          "No function matches the given name and argument types. You might need to add explicit type "
          "casts.");
}

bool is_function(std::string_view name) {
  return !functions().named(name).empty();
}

TypeId common_type(Types types) {
  TypeId chosen = TypeId::kUnknown;
  for (TypeId type : types) {
    if (type == TypeId::kUnknown || type == chosen) continue;
    if (chosen == TypeId::kUnknown) {
      chosen = type;
      continue;
    }
    if (category_of(type) != category_of(chosen)) return TypeId::kInvalid;
    if (!is_preferred(chosen) && can_coerce(chosen, type) && !can_coerce(type, chosen)) chosen = type;
  }
  if (chosen == TypeId::kUnknown) return TypeId::kText;
  bool all = std::ranges::all_of(types, [&](TypeId type) { return can_coerce(type, chosen); });
  return all ? chosen : TypeId::kInvalid;
}

}  // namespace wallaby::sql
