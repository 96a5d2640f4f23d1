// sql/parser/parse_cache.h
//
// Texts that were parsed lately, with their trees: drivers send the same text again and again, with the values as
// parameters. Bounded by entries and bytes; the least recently used goes first. A tree lives on while a statement uses it.
//
// Errors are not kept. Threads: one.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sql/parser/ast.h"
#include "sql/sql_error.h"

namespace wallaby::sql {

using Statements = std::vector<ast::StatementPtr>;

class ParseCache {
 public:
  using Parse = SqlResult<Statements>(std::string_view text);
  explicit ParseCache(Parse& parse, size_t max_entries = 1000, size_t max_bytes = 4 << 20)
      : parse_(parse), max_entries_(max_entries), max_bytes_(max_bytes) {}
  /// What `parse` makes of the text, or made of it before.
  SqlResult<std::shared_ptr<const Statements>> get(std::string_view text);
  size_t entries() const { return by_text_.size(); }
  size_t bytes() const { return bytes_; }

 private:
  struct Entry {
    std::string text;
    std::shared_ptr<const Statements> statements;
  };
  Parse& parse_;
  size_t max_entries_, max_bytes_, bytes_ = 0;
  std::list<Entry> newest_first_;
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_text_;
};

}  // namespace wallaby::sql
