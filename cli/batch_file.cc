#include "cli/batch_file.h"

#include <utility>

#include "cli/escape.h"

namespace wallaby::cli {
namespace {

/// The escape at text[at] == '\\', outside of '...'; moves `at` to its last character.
Result<std::string> take_escape(std::string_view text, size_t& at) {
  if (at + 1 == text.size()) return error(ErrorCode::kInvalidArgument, "the line ends with a backslash");
  char what = text[at + 1];
  if (std::string_view("tnr\\x").find(what) == std::string_view::npos) {
    ++at;
    return std::string(1, what);
  }
  size_t length = what == 'x' ? 4 : 2;
  auto bytes = unescape(text.substr(at, length));
  at += length - 1;
  return bytes;
}

}  // namespace

Result<std::vector<std::string>> split_words(std::string_view line) {
  std::vector<std::string> words;
  bool in_word = false;
  char quote = 0;
  for (size_t at = 0; at < line.size(); ++at) {
    char c = line[at];
    bool blank = c == ' ' || c == '\t' || c == '\r';
    if (quote == 0 && blank) {
      in_word = false;
      continue;
    }
    if (!in_word) words.emplace_back();
    in_word = true;
    if (c == quote) {
      quote = 0;
    } else if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == '\\' && quote != '\'') {
      auto bytes = take_escape(line, at);
      if (!bytes) return std::unexpected(bytes.error());
      words.back() += *bytes;
    } else {
      words.back() += c;
    }
  }
  if (quote != 0)
    return error(ErrorCode::kInvalidArgument, "the {} quote is not closed",
                 quote == '"' ? "double" : "single");
  return words;
}

Result<std::optional<engine::Change>> parse_batch_line(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  size_t begin = line.find_first_not_of(" \t");
  if (begin == std::string_view::npos || line[begin] == '#') return std::nullopt;
  line.remove_prefix(begin);

  size_t first_end = line.find_first_of(" \t");
  bool fields = first_end != std::string_view::npos && line[first_end] == '\t';
  auto parts = fields ? split_fields(line) : split_words(line);
  if (!parts) return std::unexpected(parts.error());

  const std::string& command = parts->front();
  if (command != "put" && command != "del")
    return error(ErrorCode::kInvalidArgument, "'{}' is neither put nor del", escape(command));
  size_t wanted = command == "put" ? 4 : 3;
  if (parts->size() != wanted) {
    return error(ErrorCode::kInvalidArgument, "{} takes {}, here are {} words; quote what holds blanks",
                 command, command == "put" ? "TABLE KEY VALUE" : "TABLE KEY", parts->size() - 1);
  }
  engine::Change change{.kind = command == "put" ? engine::ChangeKind::kPut : engine::ChangeKind::kDelete,
                        .table = std::move((*parts)[1]),
                        .key = std::move((*parts)[2])};
  if (wanted == 4) change.value = std::move((*parts)[3]);
  if (auto fine = engine::check_change(engine::view_of(change)); !fine) return std::unexpected(fine.error());
  return change;
}

Result<engine::Changes> parse_batch(std::string_view name, std::string_view text) {
  engine::Changes changes;
  for (size_t number = 1; !text.empty(); ++number) {
    size_t end = text.find('\n');
    auto change = parse_batch_line(text.substr(0, end));
    if (!change) return error(change.error().code, "{}:{}: {}", name, number, change.error().message);
    if (*change) changes.push_back(std::move(**change));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return changes;
}

}  // namespace wallaby::cli
