#include "sql/parser/parse_cache.h"

#include <utility>

namespace wallaby::sql {

namespace {

/// A tree takes several times its text; counted roughly, so that the bound is one.
size_t cost(const std::string& text, const Statements& statements) {
  return 200 + (statements.empty() ? 1 : 16) * text.size();
}

}  // namespace

SqlResult<std::shared_ptr<const Statements>> ParseCache::get(std::string_view text) {
  if (auto found = by_text_.find(text); found != by_text_.end()) {
    newest_first_.splice(newest_first_.begin(), newest_first_, found->second);
    return found->second->statements;
  }
  auto parsed = parse_(text);
  if (!parsed) return std::unexpected(parsed.error());
  auto statements = std::make_shared<const Statements>(std::move(*parsed));
  newest_first_.push_front({std::string(text), statements});
  by_text_.emplace(newest_first_.front().text, newest_first_.begin());
  bytes_ += cost(newest_first_.front().text, *statements);
  while (newest_first_.size() > max_entries_ || (bytes_ > max_bytes_ && !newest_first_.empty())) {
    bytes_ -= cost(newest_first_.back().text, *newest_first_.back().statements);
    by_text_.erase(newest_first_.back().text);
    newest_first_.pop_back();
  }
  return statements;
}

}  // namespace wallaby::sql
