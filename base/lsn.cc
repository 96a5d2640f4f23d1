#include "base/lsn.h"

#include <charconv>
#include <optional>
#include <ostream>

#include <fmt/format.h>

namespace wallaby {
namespace {

std::optional<uint64_t> parse_number(std::string_view text, int number_base) {
  uint64_t value = 0;
  auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value, number_base);
  if (text.empty() || code != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::unexpected<Error> not_a_position(std::string_view text, std::string_view example) {
  return error(ErrorCode::kInvalidArgument, "'{}' is not a log position; write it as {}", text, example);
}

}  // namespace

std::string to_string(Lsn lsn) {
  return fmt::format("{:X}/{:X}", lsn.value >> 32, lsn.value & 0xFFFFFFFF);
}

Result<Lsn> parse_lsn(std::string_view text) {
  size_t slash = text.find('/');
  if (slash == std::string_view::npos) return not_a_position(text, "0/1A8");
  auto high = parse_number(text.substr(0, slash), 16);
  auto low = parse_number(text.substr(slash + 1), 16);
  if (!high || !low || *high > 0xFFFFFFFF || *low > 0xFFFFFFFF) return not_a_position(text, "0/1A8");
  return Lsn{*high << 32 | *low};
}

std::ostream& operator<<(std::ostream& out, Lsn lsn) {
  return out << to_string(lsn);
}

std::string to_string(TimelineId timeline) {
  return std::to_string(timeline.value);
}
std::ostream& operator<<(std::ostream& out, TimelineId timeline) {
  return out << timeline.value;
}

std::string to_string(Token token) {
  return to_string(token.lsn) + "@" + to_string(token.timeline);
}

Result<Token> parse_token(std::string_view text) {
  size_t at = text.find('@');
  auto lsn = parse_lsn(text.substr(0, at));
  if (!lsn) return not_a_position(text, "0/1A8@1, as a write prints it");
  if (at == std::string_view::npos) return Token{*lsn, TimelineId{}};
  auto timeline = parse_number(text.substr(at + 1), 10);
  if (!timeline || *timeline == 0 || *timeline > 0xFFFFFFFF)
    return not_a_position(text, "0/1A8@1, as a write prints it");
  return Token{*lsn, TimelineId{static_cast<uint32_t>(*timeline)}};
}

std::ostream& operator<<(std::ostream& out, Token token) {
  return out << to_string(token);
}

std::ostream& operator<<(std::ostream& out, SegmentId id) {
  return out << fmt::format("{:08X}-{:016X}", id.timeline.value, id.first.value);
}

}  // namespace wallaby
