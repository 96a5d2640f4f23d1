// sql/types/pattern.h
//
// Patterns that text is compared with.
//
// LIKE: % stands for any characters, _ for one, a backslash takes the next character as it is. LIKE ... ESCAPE 'x' becomes
// LIKE like_escape(pattern, 'x'), which writes the pattern with backslashes.
//
// Regular expressions are PostgreSQL's ("advanced", from Tcl) in what people type, and matched by RE2. RE2 runs in time linear in the
// text with bounded memory whatever the pattern, so that no client can hold a server with (a*)*b; libraries that backtrack, and
// std::regex, cannot promise that. The two languages differ, so the pattern is read here first, and written anew for RE2; what
// it cannot say (back references, looking ahead, word borders) is refused with 0A000.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sql/sql_error.h"

namespace wallaby::sql {

/// 22025 when the pattern ends with its escape.
SqlResult<bool> matches_like(std::string_view text, std::string_view pattern);
SqlResult<std::string> like_escape(std::string_view pattern, std::string_view escape);

struct TranslatedRegex {
  std::string pattern;  ///< in RE2's language
  bool has_lazy =
      false;  ///< has a quantifier such as *?, which changes how long a match is, but not whether there is one
};
/// 2201B `invalid regular expression: parentheses () not balanced`.
SqlResult<TranslatedRegex> translate_regex(std::string_view pattern);

/// One group of a match; nullopt: it took no part.
using Group = std::optional<std::string_view>;
class Regex {
 public:
  virtual ~Regex() = default;
  virtual bool matches(std::string_view text) const = 0;
  /// 0A000 when PostgreSQL might find another match than find() does (lazy quantifiers).
  virtual SqlResult<void> check_extent() const = 0;
  /// The leftmost and of those the longest match at or after byte `from`. groups[0] is the whole of it; empty: none.
  virtual std::vector<Group> find(std::string_view text, size_t from) const = 0;
};
/// Kept for the next call with the same pattern: an expression runs it for each row.
SqlResult<std::shared_ptr<const Regex>> compile_regex(std::string_view pattern, bool ignore_case);

}  // namespace wallaby::sql
