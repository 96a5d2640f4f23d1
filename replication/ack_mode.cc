#include "replication/ack_mode.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <ostream>
#include <utility>

#include <fmt/format.h>

namespace wallaby::replication {
namespace {

constexpr std::array<std::pair<Rung, std::string_view>, 4> kNames{{{Rung::kAsync, "async"},
                                                                   {Rung::kSemiSync, "semi-sync"},
                                                                   {Rung::kDurable, "durable"},
                                                                   {Rung::kSync, "sync"}}};

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
               "'{}' is not an ack mode; choose async, semi-sync, durable or sync", text);
}

std::ostream& operator<<(std::ostream& out, Rung rung) {
  return out << to_string(rung);
}

std::optional<Stage> replica_stage(Rung rung) {
  switch (rung) {
    case Rung::kAsync: return std::nullopt;
    case Rung::kSemiSync: return Stage::kReceived;
    case Rung::kDurable: return Stage::kFlushed;
    case Rung::kSync: return Stage::kApplied;
  }
  return std::nullopt;
}

SyncReplicas Policy::replicas_for(Rung for_rung) const {
  if (sync_replicas) return *sync_replicas;
  return for_rung == Rung::kSync ? SyncReplicas::all() : SyncReplicas::any(1);
}

std::string to_string(const Policy& policy) {
  std::string text(to_string(policy.rung));
  if (policy.sync_replicas) text += fmt::format(", sync-replicas {}", to_string(*policy.sync_replicas));
  return text;
}

std::ostream& operator<<(std::ostream& out, const Policy& policy) {
  return out << to_string(policy);
}

}  // namespace wallaby::replication
