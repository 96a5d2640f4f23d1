// Functions of regular expressions: replace, match, substring.
#include <memory>

#include "sql/types/function_tables.h"
#include "sql/types/pattern.h"
#include "sql/types/utf8.h"

namespace wallaby::sql {
namespace {

using enum TypeId;

/// What the last argument of the functions says: "gi".
struct Flags {
  bool global = false, ignore_case = false;
};
SqlResult<Flags> flags_of(std::string_view text) {
  Flags flags;
  for (char c : text) {
    if (c == 'g') {
      flags.global = true;
    } else if (c == 'i') {
      flags.ignore_case = true;
    } else if (c == 'c') {
      flags.ignore_case = false;
    } else if (c == 's' || c == 't') {  // the default
    } else if (std::string_view("bempnqwx").find(c) != std::string_view::npos) {
      return not_supported(fmt::format("the regular expression option \"{}\"", c));
    } else {
      return sql_error("22023", "invalid regular expression option: \"{}\"", c);
    }
  }
  return flags;
}

/// Compiled for functions to which it matters where a match ends.
SqlResult<std::shared_ptr<const Regex>> regex_for_extent(std::string_view pattern, bool ignore_case) {
  auto regex = compile_regex(pattern, ignore_case);
  if (!regex) return regex;
  if (auto ok = (*regex)->check_extent(); !ok) return std::unexpected(ok.error());
  return regex;
}

/// \1 to \9 are groups, \& is the whole match, \\ a backslash.
void append_replacement(std::string& out, std::string_view with, const std::vector<Group>& groups) {
  for (size_t at = 0; at < with.size(); ++at) {
    if (with[at] != '\\' || at + 1 == with.size()) {
      out += with[at];
      continue;
    }
    char c = with[++at];
    if (c == '&' || (c >= '1' && c <= '9')) {
      size_t group = c == '&' ? 0 : static_cast<size_t>(c - '0');
      if (group < groups.size() && groups[group]) out += *groups[group];
    } else if (c == '\\') {
      out += '\\';
    } else {
      out.append("\\").append(1, c);
    }
  }
}

SqlResult<Value> regexp_replace(Arguments a, EvalContext&) {
  auto flags = flags_of(a.size() > 3 ? std::string_view(a[3].text()) : "");
  if (!flags) return std::unexpected(flags.error());
  auto regex = regex_for_extent(a[1].text(), flags->ignore_case);
  if (!regex) return std::unexpected(regex.error());
  std::string_view text = a[0].text();
  std::string out;
  size_t at = 0, search = 0;
  while (search <= text.size()) {
    std::vector<Group> groups = (*regex)->find(text, search);
    if (groups.empty()) break;
    auto start = static_cast<size_t>(groups[0]->data() - text.data());
    out += text.substr(at, start - at);
    append_replacement(out, a[2].text(), groups);
    at = start + groups[0]->size();
    search = at;
    if (!flags->global) break;
    if (groups[0]->empty()) {  // go on behind the next character
      if (search == text.size()) break;
      search += character_size(text[search]);
      out += text.substr(at, search - at);
      at = search;
    }
  }
  out += text.substr(at);
  return Value(std::move(out));
}

SqlResult<Value> regexp_match(Arguments a, EvalContext&) {
  auto flags = flags_of(a.size() > 2 ? std::string_view(a[2].text()) : "");
  if (!flags) return std::unexpected(flags.error());
  if (flags->global) {
    return sql_error("22023", "regexp_match() does not support the \"global\" option")
        .hint("Use the regexp_matches function instead.");
  }
  auto regex = regex_for_extent(a[1].text(), flags->ignore_case);
  if (!regex) return std::unexpected(regex.error());
  std::vector<Group> groups = (*regex)->find(a[0].text(), 0);
  if (groups.empty()) return Value();
  if (groups.size() > 1) groups.erase(groups.begin());  // without groups, the whole match is the answer
  std::vector<Value> values;
  for (const Group& group : groups) values.push_back(group ? text_value(*group) : Value());
  return Value(std::make_shared<const std::vector<Value>>(std::move(values)));
}

SqlResult<Value> regexp_like(Arguments a, EvalContext&) {
  auto flags = flags_of(a.size() > 2 ? std::string_view(a[2].text()) : "");
  if (!flags) return std::unexpected(flags.error());
  if (flags->global) return sql_error("22023", "regexp_like() does not support the \"global\" option");
  auto regex = compile_regex(a[1].text(), flags->ignore_case);
  if (!regex) return std::unexpected(regex.error());
  return Value((*regex)->matches(a[0].text()));
}

/// substring(text from pattern): the first group, or all of the match.
SqlResult<Value> substring(Arguments a, EvalContext&) {
  auto regex = regex_for_extent(a[1].text(), false);
  if (!regex) return std::unexpected(regex.error());
  std::vector<Group> groups = (*regex)->find(a[0].text(), 0);
  if (groups.empty()) return Value();
  const Group& group = groups.size() > 1 ? groups[1] : groups[0];
  return group ? text_value(*group) : Value();
}

}  // namespace

Functions pattern_functions() {
  return {
      {"regexp_replace", {kText, kText, kText}, kText, regexp_replace},
      {"regexp_replace", {kText, kText, kText, kText}, kText, regexp_replace},
      {"regexp_match", {kText, kText}, kTextArray, regexp_match},
      {"regexp_match", {kText, kText, kText}, kTextArray, regexp_match},
      {"regexp_like", {kText, kText}, kBool, regexp_like},
      {"regexp_like", {kText, kText, kText}, kBool, regexp_like},
      {"substring", {kText, kText}, kText, substring},
  };
}

}  // namespace wallaby::sql
