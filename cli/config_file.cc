#include "cli/config_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

namespace wallaby::cli {
namespace {

constexpr std::string_view kBlank = " \t\r";

std::string_view trimmed(std::string_view text) {
  size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

/// The value without quotes and comment; an error is a quote that never closes, or text behind it.
bool take_value(std::string_view text, std::string& value) {
  text = trimmed(text);
  if (!text.starts_with('"')) {
    value = trimmed(text.substr(0, text.find('#')));
    return true;
  }
  size_t close = text.find('"', 1);
  if (close == std::string_view::npos) return false;
  std::string_view rest = trimmed(text.substr(close + 1));
  value = text.substr(1, close - 1);
  return rest.empty() || rest.starts_with('#');
}

}  // namespace

Result<std::vector<ConfigLine>> parse_config(std::string_view text, const std::string& file) {
  std::vector<ConfigLine> lines;
  size_t number = 0;
  while (!text.empty()) {
    size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.empty() || line.starts_with('#')) continue;

    size_t equals = line.find('=');
    ConfigLine setting{.line = number};
    setting.name = trimmed(line.substr(0, equals));
    if (equals == std::string_view::npos || setting.name.empty() ||
        !take_value(line.substr(equals + 1), setting.value)) {
      return error(ErrorCode::kInvalidArgument, "{}:{}: '{}' is not of the form `name = value`", file, number,
                   line);
    }
    auto before = std::ranges::find(lines, setting.name, &ConfigLine::name);
    if (before != lines.end()) {
      return error(ErrorCode::kInvalidArgument, "{}:{}: '{}' was already set in line {}", file, number,
                   setting.name, before->line);
    }
    lines.push_back(std::move(setting));
  }
  return lines;
}

Result<std::vector<ConfigLine>> read_config(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in.is_open() || in.bad()) {
    return error(ErrorCode::kInvalidArgument, "cannot read the configuration {}: {}", file,
                 std::strerror(errno));
  }
  return parse_config(text, file);
}

}  // namespace wallaby::cli
