#include <algorithm>

#include "sql/types/pattern.h"
#include "sql/types/utf8.h"

namespace wallaby::sql {
namespace {

SqlError ends_with_escape() {
  return sql_error("22025", "LIKE pattern must not end with escape character");
}

/// The next character of the pattern, its escape taken off.
SqlResult<std::string_view> literal(std::string_view pattern, size_t at) {
  if (pattern[at] == '\\') {
    if (++at == pattern.size()) return ends_with_escape();
  }
  return pattern.substr(at, character_size(pattern[at]));
}

}  // namespace

// Without recursion: after a mismatch the newest % takes one character more. Older ones never need to, because what
// stands between two of them was matched as early as possible.
SqlResult<bool> matches_like(std::string_view text, std::string_view pattern) {
  size_t at = 0, in = 0;
  size_t retry_pattern = std::string_view::npos, retry_text = 0;
  while (at < text.size()) {
    if (in < pattern.size() && pattern[in] == '%') {
      retry_pattern = ++in;
      retry_text = at;
      continue;
    }
    if (in < pattern.size() && pattern[in] == '_') {
      ++in;
      at += character_size(text[at]);
      continue;
    }
    if (in < pattern.size()) {
      auto wanted = literal(pattern, in);
      if (!wanted) return std::unexpected(wanted.error());
      if (text.substr(at).starts_with(*wanted)) {
        in += wanted->size() + (pattern[in] == '\\' ? 1 : 0);
        at += wanted->size();
        continue;
      }
    }
    if (retry_pattern == std::string_view::npos) return false;
    retry_text += character_size(text[retry_text]);
    at = std::min(retry_text, text.size());
    in = retry_pattern;
  }
  while (in < pattern.size() && pattern[in] == '%') ++in;
  return in == pattern.size();
}

SqlResult<std::string> like_escape(std::string_view pattern, std::string_view escape) {
  std::string out;
  if (escape.empty()) {  // no escape at all: backslashes are ordinary
    for (char c : pattern) {
      if (c == '\\') out += '\\';
      out += c;
    }
    return out;
  }
  if (text_length(escape) > 1) {
    return sql_error("22025", "invalid escape string").hint("Escape string must be empty or one character.");
  }
  if (escape == "\\") return std::string(pattern);
  bool escaped = false;
  for (size_t at = 0; at < pattern.size();) {
    std::string_view c = pattern.substr(at, character_size(pattern[at]));
    at += c.size();
    if (c == escape && !escaped) {
      out += '\\';
      escaped = true;
      continue;
    }
    if (c == "\\" && !escaped) out += '\\';
    out += c;
    escaped = false;
  }
  return out;
}

}  // namespace wallaby::sql
