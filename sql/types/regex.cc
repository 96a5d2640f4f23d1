#include <array>
#include <string>

#include <re2/re2.h>

#include "sql/types/pattern.h"

namespace wallaby::sql {
namespace {

/// As many groups as a replacement can name: \0 to \9.
constexpr int kMaxGroups = 100;
constexpr size_t kCached = 16;

re2::StringPiece piece(std::string_view text) {
  return {text.data(), text.size()};
}

class Re2Regex : public Regex {
 public:
  Re2Regex(const TranslatedRegex& translated, const RE2::Options& options)
      : regex_(translated.pattern, options), has_lazy_(translated.has_lazy) {}

  const RE2& regex() const { return regex_; }

  bool matches(std::string_view text) const override { return RE2::PartialMatch(piece(text), regex_); }

  SqlResult<void> check_extent() const override {
    if (has_lazy_)
      return not_supported(
          "a quantifier that takes as little as possible (*?), where the match itself counts,");
    return {};
  }

  std::vector<Group> find(std::string_view text, size_t from) const override {
    auto count = static_cast<size_t>(regex_.NumberOfCapturingGroups()) + 1;
    std::vector<re2::StringPiece> pieces(count);
    if (!regex_.Match(piece(text), from, text.size(), RE2::UNANCHORED, pieces.data(),
                      static_cast<int>(count)))
      return {};
    std::vector<Group> groups;
    for (const re2::StringPiece& found : pieces) {
      groups.push_back(found.data() == nullptr ? Group()
                                               : Group(std::string_view(found.data(), found.size())));
    }
    return groups;
  }

 private:
  RE2 regex_;
  bool has_lazy_;
};

struct Cached {
  std::string pattern;
  bool ignore_case = false;
  std::shared_ptr<const Regex> regex;
};

}  // namespace

SqlResult<std::shared_ptr<const Regex>> compile_regex(std::string_view pattern, bool ignore_case) {
  // One statement has few patterns, and each thread its own cache: no lock, no growth.
  thread_local std::array<Cached, kCached> cache;
  thread_local size_t next = 0;
  for (const Cached& entry : cache) {
    if (entry.regex != nullptr && entry.pattern == pattern && entry.ignore_case == ignore_case)
      return entry.regex;
  }
  auto translated = translate_regex(pattern);
  if (!translated) return std::unexpected(translated.error());
  RE2::Options options;
  options.set_case_sensitive(!ignore_case);
  options.set_dot_nl(true);
  options.set_longest_match(true);  // POSIX; a lazy quantifier does not change whether there is a match
  options.set_log_errors(false);
  options.set_max_mem(8 << 20);
  auto regex = std::make_shared<Re2Regex>(*translated, options);
  if (!regex->regex().ok() || regex->regex().NumberOfCapturingGroups() > kMaxGroups) {
    return not_supported("this regular expression", regex->regex().error());
  }
  cache[next] = {std::string(pattern), ignore_case, regex};
  next = (next + 1) % kCached;
  return regex;
}

}  // namespace wallaby::sql
