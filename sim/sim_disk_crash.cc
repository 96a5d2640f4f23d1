// What a power cut leaves behind, and what a checker may know about it beforehand.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "sim/sim_disk.h"

namespace wallaby::sim {
namespace {

/// How a power cut treats what is pending; one mood a crash, because the clean extremes are the classic cases.
enum Mood : unsigned { kAllLost, kAllKept, kMixed, kMixedMore, kMoods };

/// Bytes that differ between old and new become old, new or noise, each on its own.
std::string garbled(const std::string& before, const std::string& after, Random& random) {
  std::string result = before;
  bool noise = random.chance(50);
  for (size_t i = 0; i < result.size(); ++i) {
    if (before[i] == after[i]) continue;
    if (noise)
      result[i] = static_cast<char>(random.next());
    else if (random.chance(50))
      result[i] = after[i];
  }
  return result;
}

}  // namespace

void SimDisk::crash_file(File& file, Random& random, unsigned mood) {
  auto keeps = [&](double percent) {
    return mood == kAllKept || (mood != kAllLost && random.chance(percent));
  };
  std::string after = file.durable;
  if (!file.lengths.empty() && keeps(50)) {
    size_t pick = mood == kAllKept ? file.lengths.size() - 1 : random.below(file.lengths.size());
    after.resize(file.lengths[pick].bytes, '\0');
  }
  for (const auto& [sector, versions] : file.sectors) {
    uint64_t at = sector * kSectorSize;
    if (at >= after.size() || !keeps(60)) continue;
    size_t pick = mood == kAllKept || random.chance(60) ? versions.size() - 1 : random.below(versions.size());
    std::string content = versions[pick].bytes;
    if (mood != kAllKept && random.chance(20)) {
      std::string before(kSectorSize, '\0');
      if (at < file.durable.size()) file.durable.copy(before.data(), kSectorSize, at);
      content = garbled(before, content, random);
    }
    content.copy(after.data() + at, std::min(kSectorSize, after.size() - at));
  }
  file.cache = after;
  file.durable = std::move(after);
  file.sectors.clear();
  file.lengths.clear();
}

void SimDisk::crash(Random& random) {
  crash_in_mood(static_cast<unsigned>(random.below(kMoods)), random);
}

void SimDisk::crash_losing_all() {
  Random unused(0);
  crash_in_mood(kAllLost, unused);
}

void SimDisk::crash_in_mood(unsigned mood, Random& random) {
  bool journal = random.chance(50);
  size_t prefix = random.below(pending_names_.size() + 1);
  for (size_t i = 0; i < pending_names_.size(); ++i) {
    bool kept = mood == kAllKept || (mood != kAllLost && (journal ? i < prefix : random.chance(50)));
    if (kept) apply(durable_names_, pending_names_[i]);
  }
  pending_names_.clear();
  names_ = durable_names_;
  forget_unnamed();
  for (auto& [inode, file] : files_) crash_file(file, random, mood);
  failing_syncs_ = 0;
  operations_left_.reset();
  power_lost_ = false;
}

void SimDisk::flip_bit(const std::string& path, uint64_t offset, unsigned bit) {
  auto file = find(path);
  WALLABY_CHECK(file && offset < (*file)->cache.size(), "{} has no byte {}", path, offset);
  auto mask = static_cast<char>(1u << bit);
  (*file)->cache[offset] = static_cast<char>((*file)->cache[offset] ^ mask);
  if (offset < (*file)->durable.size()) (*file)->durable[offset] = (*file)->cache[offset];
  (*file)->sectors.erase(offset / kSectorSize);
}

bool SimDisk::certain(const std::string& path, uint64_t offset, uint64_t length) const {
  auto now = names_.files.find(path);
  auto later = durable_names_.files.find(path);
  if (now == names_.files.end() || later == durable_names_.files.end() || now->second != later->second)
    return false;
  for (const NameChange& change : pending_names_)
    if (change.from == path || change.to == path) return false;
  const File& file = files_.at(now->second);
  uint64_t end = offset + length;
  if (file.cache.size() < end || file.durable.size() < end) return false;
  if (file.cache.compare(offset, length, file.durable, offset, length) != 0) return false;
  for (const Length& pending : file.lengths)
    if (pending.bytes < end) return false;
  for (auto sector = file.sectors.lower_bound(offset / kSectorSize);
       sector != file.sectors.end() && sector->first * kSectorSize < end; ++sector) {
    uint64_t base = sector->first * kSectorSize;
    uint64_t from = std::max(offset, base), to = std::min(end, base + kSectorSize);
    for (const Version& version : sector->second)
      if (version.bytes.compare(from - base, to - from, file.durable, from, to - from) != 0) return false;
  }
  return true;
}

std::string SimDisk::peek(const std::string& path, uint64_t offset, uint64_t length) const {
  const File* file = find(path);
  if (!file || offset >= file->cache.size()) return {};
  return file->cache.substr(offset, length);
}

std::optional<uint64_t> SimDisk::peek_size(const std::string& path) const {
  const File* file = find(path);
  if (!file) return std::nullopt;
  return file->cache.size();
}

std::vector<std::string> SimDisk::peek_names(const std::string& directory) const {
  std::string prefix = directory.empty() ? "" : directory + "/";
  std::vector<std::string> names;
  for (const auto& [path, inode] : names_.files)
    if (path.starts_with(prefix) && path.find('/', prefix.size()) == std::string::npos)
      names.push_back(path.substr(prefix.size()));
  for (const std::string& path : names_.directories)
    if (!path.empty() && path != directory && path.starts_with(prefix) &&
        path.find('/', prefix.size()) == std::string::npos)
      names.push_back(path.substr(prefix.size()));
  std::ranges::sort(names);
  return names;
}

}  // namespace wallaby::sim
