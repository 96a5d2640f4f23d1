#include "sim/crash_table.h"

#include <algorithm>

#include <fmt/format.h>

namespace wallaby::sim {
namespace {

using replication::Rung;

constexpr const char* kRowNames[] = {
    "appended",       "flushed on the primary only", "received by one replica", "flushed there",
    "applied on all", "the same primary restarts"};

size_t index_of(Rung rung) {
  return static_cast<size_t>(std::ranges::find(replication::kRungs, rung) - replication::kRungs.begin());
}

// --- the contract ------------------------------------------------------------------------------------------------------

/// A replica takes over: is the commit there?
bool survives(Reached reached) {
  return reached >= Reached::kReceived;
}

/// May its client have been told?
bool may_be_told(Rung rung, Reached reached) {
  switch (rung) {
    case Rung::kOff: return true;
    case Rung::kAsync: return reached >= Reached::kFlushed;
    case Rung::kSemiSync: return reached >= Reached::kReceived;
    case Rung::kDurable: return reached >= Reached::kReplicaFlushed;
    case Rung::kSync: return reached >= Reached::kApplied;
  }
  return false;
}

}  // namespace

void CrashTable::add(uint64_t seed, const CrashLife& life) {
  ++lives_;
  if (!life.broken.empty())
    return broken_.push_back(fmt::format("seed {}, {}: {}", seed, to_string(life.rung), life.broken));
  std::array<bool, kReachedCount + 1> lived{};
  for (const CommitFate& fate : life.commits) count(seed, life, index_of(life.rung), fate, lived);
  for (size_t row = 0; row < lived.size(); ++row) rows_[row][index_of(life.rung)].lives += lived[row];
}

void CrashTable::count(uint64_t seed, const CrashLife& life, size_t rung, const CommitFate& fate,
                       std::array<bool, kReachedCount + 1>& lived) {
  auto broken = [&](const std::string& what) {
    broken_.push_back(fmt::format("seed {}, {}, {}: {}", seed, to_string(life.rung),
                                  kRowNames[static_cast<int>(fate.reached)], what));
  };
  auto note = [&](Cell& cell) {
    ++cell.commits;
    cell.told += fate.told;
    cell.there += fate.there;
    cell.unread += fate.unread;
  };
  if (fate.told && !may_be_told(life.rung, fate.reached)) broken("a client was told OK");
  if (life.replica_power && fate.reached == Reached::kReceived) return note(both_lost_);
  int row = life.restarted ? kRestart : static_cast<int>(fate.reached);
  lived[static_cast<size_t>(row)] = true;
  note(rows_[static_cast<size_t>(row)][rung]);
  if (life.restarted) {
    if (!fate.there && fate.reached >= Reached::kFlushed)
      broken("it was flushed, and it is gone after the restart");
    if (!fate.there && fate.told && life.rung != Rung::kOff)
      broken("its client was told OK, and it is gone after the restart");
  } else if (fate.there != survives(fate.reached)) {
    broken(fate.there ? "it is there" : "it is gone");
  }
}

std::string CrashTable::cell_text(int row, size_t rung) const {
  const Cell& cell = rows_[static_cast<size_t>(row)][rung];
  if (cell.lives == 0) return "no life";
  std::string fate = cell.there == cell.commits ? "survives" : cell.there == 0 ? "gone" : "mixed";
  std::string told = cell.told == 0 ? "no OK" : "OK";
  if (row != kRestart) return fmt::format("{}; {} ({})", fate, told, cell.lives);
  if (replication::kRungs[rung] == Rung::kOff) return fmt::format("flushed: there ({})", cell.lives);
  if (replication::kRungs[rung] == Rung::kAsync) return fmt::format("OK: there ({})", cell.lives);
  return fmt::format("there{} ({})", cell.unread > 0 ? ", unread first" : "", cell.lives);
}

std::vector<std::string> CrashTable::wrongs() const {
  std::vector<std::string> wrongs = broken_;
  for (size_t row = 0; row < rows_.size(); ++row)
    for (size_t rung = 0; rung < kRungCount; ++rung) {
      const Cell& cell = rows_[row][rung];
      std::string where =
          fmt::format("{}, {}", replication::to_string(replication::kRungs[rung]), kRowNames[row]);
      bool restart = static_cast<int>(row) == kRestart;
      bool waits = replication::replica_stage(replication::kRungs[rung]).has_value();
      if (cell.lives == 0)
        wrongs.push_back(where + ": no life came there");
      else if (!restart && cell.told == 0 &&
               may_be_told(replication::kRungs[rung], static_cast<Reached>(row)))
        wrongs.push_back(where + ": no client was told OK, though it may be");
      else if (restart && waits && cell.unread == 0)
        wrongs.push_back(where + ": nothing had to be acknowledged again");
    }
  return wrongs;
}

std::string CrashTable::text() const {
  std::string text = fmt::format("{:<28}", "the commit had reached");
  for (Rung rung : replication::kRungs) text += fmt::format("{:<28}", replication::to_string(rung));
  for (int row = 0; row <= kRestart; ++row) {
    text += fmt::format("\n{:<28}", kRowNames[row]);
    for (size_t rung = 0; rung < kRungCount; ++rung) text += fmt::format("{:<28}", cell_text(row, rung));
  }
  uint64_t commits = 0;
  for (const Row& row : rows_)
    for (const Cell& cell : row) commits += cell.commits;
  text += fmt::format("\n\nin brackets: lives; {} lives and {} commits in all", lives_, commits);
  text +=
      fmt::format("\nreceived by one replica, and then that one lost its power, too: {} of {} commits gone\n",
                  both_lost_.commits - both_lost_.there, both_lost_.commits);
  constexpr size_t kTold = 20;
  std::vector<std::string> all = wrongs();
  for (size_t i = 0; i < std::min(all.size(), kTold); ++i) text += "WRONG: " + all[i] + "\n";
  if (all.size() > kTold) text += fmt::format("... and {} more\n", all.size() - kTold);
  return text;
}

}  // namespace wallaby::sim
