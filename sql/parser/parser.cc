#include "sql/parser/parser.h"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <utility>

#include <pg_query.h>

#include "sql/parser/tree.h"
#include "sql/types/utf8.h"

namespace wallaby::sql {

namespace {

using parser::Refused;
using parser::TreeReader;

/// Texts shorter than this cannot nest deep enough to harm: parsing them costs no look at their tokens.
constexpr size_t kHarmless = 2000;
/// Levels of nesting that libpg_query and the unpacking survive on a stack of 8 MiB (measured: about 4300), with room to spare.
constexpr int kMaxNesting = 2000;

/// Memory for one unpacked tree: taken in pieces, given back at once. A tree of many small nodes costs few allocations.
class Arena {
 public:
  Arena() : interface_{&Arena::take, &Arena::give_back, this} {}
  ~Arena() {
    for (void* piece : pieces_) std::free(piece);
  }
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ProtobufCAllocator* interface() { return &interface_; }

 private:
  static constexpr size_t kPiece = 32 << 10;

  static void* take(void* self, size_t size) { return static_cast<Arena*>(self)->take(size); }
  static void give_back(void*, void*) {}
  void* take(size_t size) {
    size = (size + 15) & ~size_t{15};
    if (size > left_) {
      left_ = std::max(size, kPiece);
      next_ = static_cast<char*>(std::malloc(left_));
      if (!next_) return nullptr;
      pieces_.push_back(next_);
    }
    left_ -= size;
    return std::exchange(next_, next_ + size);
  }

  ProtobufCAllocator interface_;
  std::vector<void*> pieces_;
  char* next_ = nullptr;
  size_t left_ = 0;
};

struct Parsed {
  explicit Parsed(const char* text) : result(pg_query_parse_protobuf(text)) {}
  ~Parsed() { pg_query_free_protobuf_parse_result(result); }
  Parsed(const Parsed&) = delete;
  Parsed& operator=(const Parsed&) = delete;
  PgQueryProtobufParseResult result;
};

struct Scanned {
  explicit Scanned(const char* text) : result(pg_query_scan(text)) {}
  ~Scanned() { pg_query_free_scan_result(result); }
  Scanned(const Scanned&) = delete;
  Scanned& operator=(const Scanned&) = delete;
  PgQueryScanResult result;
};

SqlResult<void> check_query(std::string_view text) {
  if (text.size() > kMaxQuery)
    return sql_error("54000", "the query has {} bytes, the limit is {}", text.size(), kMaxQuery);
  return check_text(text);
}

/// The scanner reads all operator characters that follow a `/*` before it settles for the comment, so that a text of
/// nothing but `/*` costs it the square of its length: 200 kB take minutes. A run of them is refused when it would cost
/// more than this many characters; a comment's frame of a thousand stars is far below.
constexpr size_t kMaxLookedAt = 10'000'000;

SqlResult<void> check_comments(std::string_view text) {
  constexpr std::string_view kOperator = "+-*/<>=~!@#%^&|`?";
  for (size_t at = 0; (at = text.find("/*", at)) != std::string_view::npos;) {
    size_t end = std::min(text.find_first_not_of(kOperator, at), text.size());
    size_t opened = 0;
    for (size_t next = at; (next = text.find("/*", next)) < end; next += 2) ++opened;
    if (opened * (end - at) > kMaxLookedAt)
      return sql_error("54000", "{} comments begin one inside the other without a word between them", opened);
    at = end;
  }
  return {};
}

/// An upper bound of how deep the text's tree nests: operators and keywords since the last comma of each open parenthesis. Literals and names
/// do not nest, nor do the elements of a list; so a thousand rows of VALUES are flat.
SqlResult<void> check_nesting(const std::string& text) {
  if (text.size() < kHarmless) return {};
  Scanned scanned(text.c_str());
  if (scanned.result.error) return {};  // the grammar will say it better
  Arena arena;
  PgQuery__ScanResult* tokens = pg_query__scan_result__unpack(
      arena.interface(), scanned.result.pbuf.len, reinterpret_cast<const uint8_t*>(scanned.result.pbuf.data));
  if (!tokens) return sql_error("53200", "out of memory");
  std::vector<int> open{0};  // per open parenthesis: operators since its last comma
  int depth = 0;             // their sum
  for (size_t at = 0; at < tokens->n_tokens; ++at) {
    switch (tokens->tokens[at]->token) {
      case PG_QUERY__TOKEN__IDENT:
      case PG_QUERY__TOKEN__SCONST:
      case PG_QUERY__TOKEN__ICONST:
      case PG_QUERY__TOKEN__FCONST:
      case PG_QUERY__TOKEN__PARAM: break;
      case PG_QUERY__TOKEN__ASCII_40:  // (
      case PG_QUERY__TOKEN__ASCII_91:  // [
        open.push_back(1);
        ++depth;
        break;
      case PG_QUERY__TOKEN__ASCII_41:  // )
      case PG_QUERY__TOKEN__ASCII_93:  // ]
        if (open.size() > 1) {
          depth -= open.back();
          open.pop_back();
        }
        break;
      case PG_QUERY__TOKEN__ASCII_44:  // ,
        depth -= open.back();
        open.back() = 0;
        break;
      case PG_QUERY__TOKEN__ASCII_59:  // ;
        open.assign(1, 0);
        depth = 0;
        break;
      default: ++open.back(); ++depth;
    }
    if (depth > kMaxNesting) {
      return sql_error("54001", "stack depth limit exceeded")
          .hint("The statement nests deeper than {} levels; write it flatter.", kMaxNesting);
    }
  }
  return {};
}

SqlError error_of(const PgQueryError& error) {
  std::string_view message = error.message;
  std::string_view code = "42601";
  if (message.starts_with("invalid Unicode")) code = "22025";
  SqlError told = sql_error(code, "{}", message).at(error.cursorpos);
  // PostgreSQL's grammar gives these two a hint, which libpg_query does not hand on.
  if (message == "subquery in FROM must have an alias")
    told.change().hint = "For example, FROM (SELECT ...) [AS] foo.";
  if (message == "VALUES in FROM must have an alias")
    told.change().hint = "For example, FROM (VALUES ...) [AS] foo.";
  return told;
}

}  // namespace

SqlResult<std::vector<ast::StatementPtr>> parse(std::string_view given) {
  if (auto good = check_query(given); !good) return std::unexpected(good.error());
  if (auto good = check_comments(given); !good) return std::unexpected(good.error());
  auto text = std::make_shared<const std::string>(given);
  if (auto good = check_nesting(*text); !good) return std::unexpected(good.error());
  Parsed parsed(text->c_str());
  if (parsed.result.error) return std::unexpected(error_of(*parsed.result.error));
  Arena arena;
  PgQuery__ParseResult* tree =
      pg_query__parse_result__unpack(arena.interface(), parsed.result.parse_tree.len,
                                     reinterpret_cast<const uint8_t*>(parsed.result.parse_tree.data));
  if (!tree) return sql_error("53200", "out of memory");
  std::vector<ast::StatementPtr> statements;
  statements.reserve(tree->n_stmts);
  try {
    TreeReader reader(text);
    for (size_t at = 0; at < tree->n_stmts; ++at) {
      const PgQuery__RawStmt& raw = *tree->stmts[at];
      int length = raw.stmt_len > 0 ? raw.stmt_len : static_cast<int>(text->size()) - raw.stmt_location;
      statements.push_back(reader.statement(*raw.stmt, raw.stmt_location, length));
    }
  } catch (const Refused& refused) {
    return std::unexpected(refused.error);
  }
  return statements;
}

SqlResult<ast::StatementPtr> parse_expression(std::string_view text) {
  auto statements = parse("SELECT " + std::string(text));
  if (!statements) return std::unexpected(statements.error());
  const auto* query =
      statements->size() == 1 ? std::get_if<ast::Select>(&statements->front()->node) : nullptr;
  if (!query || query->targets.size() != 1) return sql_error("42601", "\"{}\" is not one expression", text);
  return statements->front();
}

}  // namespace wallaby::sql
