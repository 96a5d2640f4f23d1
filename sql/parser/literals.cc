#include "sql/parser/literals.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "sql/parser/parser.h"
#include "sql/types/utf8.h"

namespace wallaby::sql {

namespace {

/// Longer texts are bulk loads and long lists, which are not sent twice in the same shape; each would push many small
/// ones out.
constexpr size_t kLongest = 8 << 10;
constexpr std::string_view kSpace = " \t\n\r\f\v";

bool begins_name(char c) {
  return is_letter(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
/// A dollar sign would do too, but in a shape it has another meaning.
bool in_name(char c) {
  return begins_name(c) || is_digit(c);
}

/// Reads a text from left to right; each function takes one token, and says false for what is not for us.
class LiteralScanner {
 public:
  explicit LiteralScanner(std::string_view text) : text_(text) { shape_.text.reserve(text.size() + 16); }

  std::optional<Shape> scan() {
    while (at_ < text_.size()) {
      char c = text_[at_];
      bool good = begins_name(c) ? name()
                  : is_digit(c)  ? number()
                  : c == '\''    ? string()
                  : c == '"'     ? quoted_name()
                  : c == ';'     ? end()
                                 : sign();
      if (!good) return std::nullopt;
    }
    if (shape_.literals.empty()) return std::nullopt;
    if (shape_.length == 0) shape_.length = text_.size();
    return std::move(shape_);
  }

 private:
  char next(size_t ahead = 1) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  void keep(size_t end) {
    shape_.text.append(text_.substr(at_, end - at_));
    at_ = end;
  }

  bool name() {
    size_t end = at_ + 1;
    while (end < text_.size() && in_name(text_[end])) ++end;
    char after = end < text_.size() ? text_[end] : '\0';
    if (after == '\'' || after == '&') return false;  // E'..', N'..', U&'..'
    keep(end);
    return true;
  }

  bool quoted_name() {
    size_t end = text_.find('"', at_ + 1);
    if (end == text_.npos || text_.substr(at_, end - at_).contains('$')) return false;
    keep(end + 1);
    return true;
  }

  bool number() {
    const char* from = text_.data() + at_;
    int64_t value = 0;
    auto [end, failed] = std::from_chars(from, text_.data() + text_.size(), value);
    if (failed != std::errc()) return false;
    // With a minus before it this one would be an integer again.
    if (value == int64_t{std::numeric_limits<int32_t>::max()} + 1) return false;
    at_ += static_cast<size_t>(end - from);
    return take(value);
  }

  bool string() {
    std::string value;
    size_t from = at_ + 1;
    for (;;) {
      size_t quote = text_.find('\'', from);
      if (quote == text_.npos) return false;
      value.append(text_.substr(from, quote - from));
      at_ = quote + 1;
      if (at_ == text_.size() || text_[at_] != '\'') break;
      value += '\'';
      from = at_ + 1;
    }
    // 'a'
    // 'b' is one string for the grammar.
    size_t after = std::min(text_.find_first_not_of(kSpace, at_), text_.size());
    if (after < text_.size() && text_[after] == '\'') return false;
    return take(std::move(value));
  }

  bool take(Literal literal) {
    if (at_ < text_.size() && (in_name(text_[at_]) || text_[at_] == '.' || text_[at_] == '"')) return false;
    shape_.literals.push_back(std::move(literal));
    shape_.text += '$';
    shape_.text += std::to_string(shape_.literals.size());
    return true;
  }

  bool end() {
    shape_.length = at_;
    while (at_ < text_.size() && (text_[at_] == ';' || kSpace.contains(text_[at_]))) keep(at_ + 1);
    return at_ == text_.size();
  }

  bool sign() {
    char c = text_[at_];
    bool comment = (c == '-' && next() == '-') || (c == '/' && next() == '*');
    if (comment || c == '$' || c == '\\' || (c == '.' && is_digit(next()))) return false;
    keep(at_ + 1);
    return true;
  }

  std::string_view text_;
  size_t at_ = 0;
  Shape shape_;
};

/// Counts the parameters that stand where they mean what a literal would.
class SafePlaces {
 public:
  ptrdiff_t count(const ast::Statement& statement) {
    std::visit([this](const auto& node) { statement_node(node); }, statement.node);
    return count_;
  }

 private:
  template <class Node>
  void statement_node(const Node&) {}

  void statement_node(const ast::Select& select) {
    if (!select.with.empty() || select.operation != ast::SetOperation::kNone) return;
    if (!std::ranges::all_of(select.from, [](const ast::TableRefPtr& ref) {
          const auto* table = std::get_if<ast::RangeVar>(&ref->node);
          return table && is_plain(*table);
        }))
      return;
    condition(select.where);
    value(select.limit);
    value(select.offset);
  }
  void statement_node(const ast::Insert& insert) {
    if (!is_plain(insert.table) || !insert.source) return;
    for (const auto& row : insert.source->values)
      for (const ast::ExprPtr& each : row) value(each);
    if (!insert.on_conflict) return;
    assignments(insert.on_conflict->assignments);
    condition(insert.on_conflict->where);
  }
  void statement_node(const ast::Update& update) {
    if (!is_plain(update.table) || !update.from.empty()) return;
    assignments(update.assignments);
    condition(update.where);
  }
  void statement_node(const ast::Delete& remove) {
    if (is_plain(remove.table) && remove.using_tables.empty()) condition(remove.where);
  }

  /// Not a system view: questions about those are answered by other rules.
  static bool is_plain(const ast::RangeVar& table) {
    return (table.schema.empty() || table.schema == "public") && !table.name.starts_with("pg_");
  }

  /// $1 or -$1
  void value(const ast::ExprPtr& expr) {
    if (!expr) return;
    const auto* sign = std::get_if<ast::Operator>(&expr->node);
    bool negative = sign && sign->name == "-" && !sign->left;
    if (is_parameter(negative ? *sign->right : *expr)) ++count_;
  }
  static bool is_parameter(const ast::Expr& expr) { return std::holds_alternative<ast::Param>(expr.node); }
  static bool is_column(const ast::Expr& expr) { return std::holds_alternative<ast::ColumnRef>(expr.node); }

  void condition(const ast::ExprPtr& expr) {
    if (!expr) return;
    if (const auto* all = std::get_if<ast::BoolOp>(&expr->node))
      for (const ast::ExprPtr& each : all->operands) condition(each);
    if (const auto* between = std::get_if<ast::Between>(&expr->node);
        between && is_column(*between->operand)) {
      value(between->low);
      value(between->high);
    }
    constexpr std::string_view kComparisons[] = {"=", "<>", "<", "<=", ">", ">="};
    if (const auto* compared = std::get_if<ast::Operator>(&expr->node);
        compared && std::ranges::find(kComparisons, compared->name) != std::end(kComparisons))
      beside_column(*compared);
  }

  void assignments(const std::vector<ast::Assignment>& all) {
    for (const ast::Assignment& each : all) {
      value(each.value);
      constexpr std::string_view kComputing[] = {"+", "-", "*", "/", "%", "||"};
      if (const auto* computed = each.value ? std::get_if<ast::Operator>(&each.value->node) : nullptr;
          computed && std::ranges::find(kComputing, computed->name) != std::end(kComputing))
        beside_column(*computed);
    }
  }

  void beside_column(const ast::Operator& expr) {
    if (!expr.left) return;
    if (is_column(*expr.left)) value(expr.right);
    if (is_column(*expr.right)) value(expr.left);
  }

  ptrdiff_t count_ = 0;
};

}  // namespace

std::optional<Shape> take_literals(std::string_view text) {
  if (text.size() > kLongest) return std::nullopt;
  auto shape = LiteralScanner(text).scan();
  if (!shape || !check_text(text)) return std::nullopt;
  return shape;
}

SqlResult<std::vector<ast::StatementPtr>> parse_shape(std::string_view shape) {
  auto parsed = parse(shape);
  // Counted in the text: libpg_query lets a parameter stand in places that no tree of ours has, as in SET.
  auto literals = std::ranges::count(shape, '$');
  bool safe = parsed && parsed->size() == 1 && SafePlaces().count(*parsed->front()) == literals;
  if (!safe) return std::vector<ast::StatementPtr>();
  return parsed;
}

}  // namespace wallaby::sql
