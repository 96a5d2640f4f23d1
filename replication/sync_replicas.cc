#include "replication/sync_replicas.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <ostream>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/check.h"

namespace wallaby::replication {
namespace {

constexpr size_t kMaxCount = 1000;

/// Cuts the text into words, numbers and the signs ( ) , *.
class Tokens {
 public:
  explicit Tokens(std::string_view text) : rest_(text) {}

  /// The next token without taking it; empty at the end.
  std::string_view peek() {
    while (!rest_.empty() && std::isspace(static_cast<unsigned char>(rest_.front()))) rest_.remove_prefix(1);
    size_t length = 0;
    while (length < rest_.size() && is_letter(rest_[length])) ++length;
    return rest_.substr(0, length > 0 ? length : std::min<size_t>(1, rest_.size()));
  }
  std::string_view take() {
    std::string_view token = peek();
    rest_.remove_prefix(token.size());
    return token;
  }
  bool take(std::string_view sign) {
    if (peek() != sign) return false;
    take();
    return true;
  }

 private:
  static bool is_letter(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-';
  }
  std::string_view rest_;
};

bool is_keyword(std::string_view token, std::string_view keyword) {
  return std::ranges::equal(token, keyword, [](unsigned char a, char b) { return std::toupper(a) == b; });
}

bool is_number(std::string_view token) {
  return !token.empty() && std::isdigit(static_cast<unsigned char>(token.front()));
}

template <typename... Args>
std::unexpected<Error> wrong(std::string_view text, fmt::format_string<Args...> why, Args&&... args) {
  return error(ErrorCode::kInvalidArgument,
               "sync-replicas '{}': {}; write ALL, ANY n (names) or FIRST n (names), where names are * or "
               "name, ...; for example ANY 1 (r1, r2)",
               text, fmt::format(why, std::forward<Args>(args)...));
}

std::string_view shown(std::string_view token) {
  return token.empty() ? "the end" : token;
}

/// names := "*" | name ("," name)*. Nothing for *.
Result<std::vector<NodeName>> parse_names(std::string_view text, Tokens& tokens) {
  std::vector<NodeName> names;
  if (tokens.take("*")) return names;
  do {
    Result<NodeName> name = parse_node_name(tokens.peek());
    if (!name) return wrong(text, "a replica's name is expected at '{}'", shown(tokens.peek()));
    tokens.take();
    if (std::ranges::find(names, *name) != names.end()) return wrong(text, "'{}' is listed twice", *name);
    names.push_back(std::move(*name));
  } while (tokens.take(","));
  return names;
}

/// Whether the text begins like a list of names: a name or *, then a comma or nothing.
bool is_list(Tokens tokens) {
  std::string_view first = tokens.take();
  if (first != "*" && !parse_node_name(first)) return false;
  return tokens.peek().empty() || tokens.peek() == ",";
}

}  // namespace

SyncReplicas SyncReplicas::all() {
  return {};
}

SyncReplicas SyncReplicas::any(size_t count) {
  WALLABY_CHECK(count > 0, "ANY 0 would promise nothing");
  SyncReplicas set;
  set.method_ = Method::kAny;
  set.count_ = count;
  return set;
}

SyncReplicas SyncReplicas::first(size_t count) {
  SyncReplicas set = any(count);
  set.method_ = Method::kFirst;
  return set;
}

Result<SyncReplicas> SyncReplicas::parse(std::string_view text) {
  Tokens tokens(text);
  SyncReplicas set;
  bool any = is_keyword(tokens.peek(), "ANY"), first = is_keyword(tokens.peek(), "FIRST");
  if (is_keyword(tokens.peek(), "ALL")) {
    tokens.take();
  } else if (any || first || is_number(tokens.peek())) {
    std::string_view where = any ? "behind ANY" : first ? "behind FIRST" : "before '('";
    if (any || first) tokens.take();
    set.method_ = any ? Method::kAny : Method::kFirst;
    std::string_view number = tokens.take();
    auto [end, code] = std::from_chars(number.data(), number.data() + number.size(), set.count_);
    if (code != std::errc{} || end != number.data() + number.size() || set.count_ > kMaxCount)
      return wrong(text, "a number from 1 to {} belongs {}, not '{}'", kMaxCount, where, shown(number));
    if (set.count_ == 0) return wrong(text, "the number of replicas must be greater than zero");
    if (!tokens.take("(")) return wrong(text, "'(' belongs before '{}'", shown(tokens.peek()));
    Result<std::vector<NodeName>> names = parse_names(text, tokens);
    if (!names) return std::unexpected(names.error());
    if (!names->empty() && set.count_ > names->size())
      return wrong(text, "{} replicas can never be found among {}", set.count_, names->size());
    set.names_ = std::move(*names);
    if (!tokens.take(")")) return wrong(text, "')' is missing at '{}'", shown(tokens.peek()));
  } else if (is_list(tokens)) {
    Result<std::vector<NodeName>> names = parse_names(text, tokens);
    if (!names) return std::unexpected(names.error());
    set = SyncReplicas::first(1);
    set.names_ = std::move(*names);
  } else {
    return wrong(text, "'{}' is not a way to choose replicas", shown(tokens.peek()));
  }
  if (!tokens.peek().empty()) return wrong(text, "'{}' does not belong there", tokens.peek());
  return set;
}

bool SyncReplicas::counts(const NodeName& name) const {
  return names_.empty() || std::ranges::find(names_, name) != names_.end();
}

std::vector<const SyncReplicas::Member*> SyncReplicas::first_of(
    const std::map<NodeName, std::optional<Lsn>>& members) const {
  std::vector<const Member*> chosen;
  auto choose = [&](const Member& member) {
    if (member.second && chosen.size() < count_) chosen.push_back(&member);
  };
  if (names_.empty()) std::ranges::for_each(members, choose);
  for (const NodeName& name : names_)
    if (auto member = members.find(name); member != members.end()) choose(*member);
  return chosen;
}

Lsn SyncReplicas::met(const std::map<NodeName, std::optional<Lsn>>& members) const {
  switch (method_) {
    case Method::kAll: {
      if (members.empty()) return {};
      Lsn least = kMaxLsn;
      for (const auto& [name, position] : members) least = std::min(least, position.value_or(Lsn{}));
      return least;
    }
    case Method::kFirst: {
      std::vector<const Member*> chosen = first_of(members);
      if (chosen.size() < count_) return {};
      Lsn least = kMaxLsn;
      for (const Member* member : chosen) least = std::min(least, *member->second);
      return least;
    }
    case Method::kAny: break;
  }
  // The furthest position that enough members have reached. Members are few: counting beats sorting a copy.
  Lsn best;
  for (const auto& [name, position] : members) {
    if (!position || *position <= best || !counts(name)) continue;
    auto reached = [&, target = *position](const auto& member) {
      return member.second && *member.second >= target && counts(member.first);
    };
    if (static_cast<size_t>(std::ranges::count_if(members, reached)) >= count_) best = *position;
  }
  return best;
}

bool SyncReplicas::possible(const std::map<NodeName, std::optional<Lsn>>& members) const {
  auto streams = [&](const Member& member) { return member.second && counts(member.first); };
  auto streaming = static_cast<size_t>(std::ranges::count_if(members, streams));
  return is_all() ? streaming > 0 && streaming == members.size() : streaming >= count_;
}

std::vector<NodeName> SyncReplicas::missing(const std::map<NodeName, std::optional<Lsn>>& members,
                                            Lsn target) const {
  std::vector<NodeName> names;
  if (met(members) >= target) return names;
  if (method_ == Method::kFirst && possible(members)) {
    for (const Member* member : first_of(members))
      if (*member->second < target) names.push_back(member->first);
  } else {
    for (const auto& [name, position] : members)
      if (counts(name) && (!position || *position < target)) names.push_back(name);
    for (const NodeName& name : names_)
      if (!members.contains(name)) names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

std::vector<NodeName> SyncReplicas::met_by(const std::map<NodeName, std::optional<Lsn>>& members,
                                           Lsn target) const {
  std::vector<NodeName> names;
  if (method_ == Method::kFirst) {
    for (const Member* member : first_of(members))
      if (*member->second >= target) names.push_back(member->first);
    std::ranges::sort(names);
    return names;
  }
  for (const auto& [name, position] : members)
    if (position && *position >= target && counts(name)) names.push_back(name);
  return names;
}

std::string to_string(const SyncReplicas& set) {
  if (set.is_all()) return "ALL";
  return fmt::format("{} {} ({})", set.method() == SyncReplicas::Method::kAny ? "ANY" : "FIRST", set.count(),
                     set.names().empty() ? "*" : fmt::format("{}", fmt::join(set.names(), ", ")));
}

std::ostream& operator<<(std::ostream& out, const SyncReplicas& set) {
  return out << to_string(set);
}

}  // namespace wallaby::replication
