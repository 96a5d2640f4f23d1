#include "replication/ack_mode.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <ostream>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "base/units.h"

namespace wallaby::replication {
namespace {

constexpr std::array<std::pair<Rung, std::string_view>, 5> kNames{{{Rung::kOff, "off"},
                                                                   {Rung::kAsync, "async"},
                                                                   {Rung::kSemiSync, "semi-sync"},
                                                                   {Rung::kDurable, "durable"},
                                                                   {Rung::kSync, "sync"}}};

constexpr Duration kDefaultDegrade = std::chrono::seconds(10);

bool same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

}  // namespace

std::string_view to_string(Rung rung) {
  for (const auto& [known, name] : kNames)
    if (known == rung) return name;
  return "no rung";
}

Result<Rung> parse_rung(std::string_view text) {
  for (const auto& [rung, name] : kNames)
    if (same_word(name, text)) return rung;
  return error(ErrorCode::kInvalidArgument,
               "'{}' is not an ack mode; choose off, async, semi-sync, durable or sync", text);
}

std::ostream& operator<<(std::ostream& out, Rung rung) {
  return out << to_string(rung);
}

Stage promised_stage(Rung rung) {
  switch (rung) {
    case Rung::kOff: return Stage::kAppended;
    case Rung::kSemiSync: return Stage::kReceived;
    case Rung::kAsync:
    case Rung::kDurable: return Stage::kFlushed;
    case Rung::kSync: return Stage::kApplied;
  }
  WALLABY_CHECK(false, "rung {}", static_cast<int>(rung));
}

std::optional<Stage> replica_stage(Rung rung) {
  return rung <= Rung::kAsync ? std::nullopt : std::optional(promised_stage(rung));
}

std::string to_string(const OnMissing& on_missing) {
  switch (on_missing.rule) {
    case OnMissing::Rule::kBlock: return "block";
    case OnMissing::Rule::kReject: return "reject";
    case OnMissing::Rule::kDegrade: break;
  }
  std::string after = to_human(on_missing.after);
  std::erase(after, ' ');
  return "degrade=" + after;
}

Result<OnMissing> parse_on_missing(std::string_view text) {
  using enum OnMissing::Rule;
  if (same_word(text, "block")) return OnMissing{kBlock};
  if (same_word(text, "reject")) return OnMissing{kReject};
  if (same_word(text, "degrade")) return OnMissing{kDegrade, kDefaultDegrade};
  constexpr std::string_view kPrefix = "degrade=";
  if (same_word(text.substr(0, kPrefix.size()), kPrefix)) {
    auto after = parse_duration(text.substr(kPrefix.size()));
    if (!after) return std::unexpected(after.error());
    auto whole = std::chrono::floor<std::chrono::microseconds>(*after);
    if (whole > Duration::zero()) return OnMissing{kDegrade, whole};
  }
  return error(ErrorCode::kInvalidArgument,
               "'{}' does not say what to do when replicas are missing; choose block, reject or degrade=10s "
               "(any time above zero)",
               text);
}

SyncReplicas Policy::replicas_for(Rung for_rung) const {
  if (sync_replicas) return *sync_replicas;
  return for_rung == Rung::kSync ? SyncReplicas::all() : SyncReplicas::any(1);
}

std::string to_string(const Policy& policy) {
  std::string text(to_string(policy.rung));
  if (policy.sync_replicas) text += fmt::format(", sync-replicas {}", to_string(*policy.sync_replicas));
  if (policy.on_missing != OnMissing{}) text += fmt::format(", on-missing {}", to_string(policy.on_missing));
  return text;
}

std::ostream& operator<<(std::ostream& out, const Policy& policy) {
  return out << to_string(policy);
}

}  // namespace wallaby::replication
