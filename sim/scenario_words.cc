#include "sim/scenario_words.h"

#include <charconv>

#include <fmt/core.h>

namespace wallaby::sim {
namespace {

uint64_t number(const std::string& text, std::string& unit) {
  uint64_t value = 0;
  auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{}) throw ScriptError(fmt::format("'{}' is no number", text));
  unit.assign(end, text.data() + text.size());
  return value;
}

/// Words between spaces; a quoted part keeps its spaces and loses its quotes.
std::vector<std::string> split(std::string_view line) {
  std::vector<std::string> words;
  bool quoted = false, in_word = false;
  for (char c : line) {
    if (c == ' ' && !quoted) {
      in_word = false;
      continue;
    }
    if (!in_word) words.emplace_back();
    in_word = true;
    if (c == '"')
      quoted = !quoted;
    else
      words.back() += c;
  }
  if (quoted) throw ScriptError("a quote is not closed");
  return words;
}

}  // namespace

Words::Words(std::string_view line, const std::set<std::string>& option_names) {
  for (std::string& word : split(line)) {
    size_t equals = word.find('=');
    if (equals != std::string::npos && option_names.contains(word.substr(0, equals)))
      options_[word.substr(0, equals)] = word.substr(equals + 1);
    else
      plain_.push_back(std::move(word));
  }
}

std::string Words::take(std::string_view what) {
  if (!more()) throw ScriptError(fmt::format("{} is missing", what));
  return plain_[next_++];
}

std::optional<std::string> Words::take_if_any() {
  if (!more()) return std::nullopt;
  return plain_[next_++];
}

std::optional<std::string> Words::option(const std::string& name) {
  auto found = options_.find(name);
  if (found == options_.end()) return std::nullopt;
  used_.insert(name);
  return found->second;
}

std::optional<uint64_t> Words::size_option(const std::string& name) {
  auto text = option(name);
  if (!text) return std::nullopt;
  return script_size(*text);
}

void Words::done() const {
  if (more()) throw ScriptError(fmt::format("'{}' is not understood", plain_[next_]));
  for (const auto& [name, value] : options_)
    if (!used_.contains(name)) throw ScriptError(fmt::format("{}= does not belong here", name));
}

Duration script_duration(const std::string& text) {
  std::string unit;
  auto value = static_cast<int64_t>(number(text, unit));
  if (unit == "ms") return std::chrono::milliseconds(value);
  if (unit == "s") return std::chrono::seconds(value);
  if (unit == "min") return std::chrono::minutes(value);
  throw ScriptError(fmt::format("'{}' is no duration: 300ms, 2s, 1min", text));
}

uint64_t script_size(const std::string& text) {
  std::string unit;
  uint64_t value = number(text, unit);
  if (unit.empty()) return value;
  if (unit == "K") return value << 10;
  if (unit == "M") return value << 20;
  throw ScriptError(fmt::format("'{}' is no size: 100, 4K, 1M", text));
}

}  // namespace wallaby::sim
