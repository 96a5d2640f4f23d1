#include "sim/sim_disk.h"

#include <algorithm>
#include <utility>

namespace wallaby::sim {
namespace {

/// A pending sector remembers at most this many contents; crash states in between hardly differ.
constexpr size_t kMaxVersions = 6;

std::string sector_of(const std::string& bytes, uint64_t sector) {
  std::string content(kSectorSize, '\0');
  uint64_t from = sector * kSectorSize;
  if (from < bytes.size()) bytes.copy(content.data(), kSectorSize, from);
  return content;
}

}  // namespace

Result<void> SimDisk::begin_operation(const std::string& path) {
  if (operations_left_ && *operations_left_ == 0) power_lost_ = true;
  if (power_lost_) return error(ErrorCode::kIo, "{}/{}: the power is gone", name_, path);
  if (operations_left_) --*operations_left_;
  ++operations_;
  return {};
}

Result<SimDisk::File*> SimDisk::find(const std::string& path) {
  auto name = names_.files.find(path);
  if (name == names_.files.end()) return error(ErrorCode::kNotFound, "{}/{}: no such file", name_, path);
  return &files_.at(name->second);
}

const SimDisk::File* SimDisk::find(const std::string& path) const {
  auto name = names_.files.find(path);
  return name == names_.files.end() ? nullptr : &files_.at(name->second);
}

Result<std::vector<std::string>> SimDisk::list(const std::string& directory) {
  if (!names_.directories.contains(directory))
    return error(ErrorCode::kNotFound, "{}/{}: no such directory", name_, directory);
  return peek_names(directory);
}

bool SimDisk::exists(const std::string& path) {
  return names_.files.contains(path) || names_.directories.contains(path);
}

Result<uint64_t> SimDisk::size(const std::string& path) {
  auto file = find(path);
  if (!file) return std::unexpected(file.error());
  return (*file)->cache.size();
}

Result<std::string> SimDisk::read(const std::string& path, uint64_t offset, uint64_t length) {
  if (power_lost_) return error(ErrorCode::kIo, "{}/{}: the power is gone", name_, path);
  auto file = find(path);
  if (!file) return std::unexpected(file.error());
  return peek(path, offset, length);
}

Result<void> SimDisk::create(const std::string& path) {
  if (auto fine = begin_operation(path); !fine) return fine;
  if (!names_.directories.contains(parent_directory(path)))
    return error(ErrorCode::kNotFound, "{}/{}: no such directory", name_, parent_directory(path));
  if (auto file = find(path)) {
    uint64_t length = (*file)->cache.size();
    (*file)->cache.clear();
    touched(**file, 0, length);
    return {};
  }
  uint64_t inode = next_inode_++;
  files_[inode];
  change_names(NameChange{NameChange::Kind::kBind, "", path, inode});
  return {};
}

uint64_t SimDisk::used() const {
  uint64_t bytes = 0;
  for (const auto& [name, inode] : names_.files) bytes += files_.at(inode).cache.size();
  return bytes;
}

Result<void> SimDisk::reserve(const std::string& path, File& file, uint64_t end) {
  if (end <= file.cache.size()) return {};
  if (used() + (end - file.cache.size()) > capacity_) {
    ++full_errors_;
    return error(ErrorCode::kDiskFull, "{}/{}: no space left on device", name_, path);
  }
  return {};
}

void SimDisk::touched(File& file, uint64_t from, uint64_t to) {
  uint64_t when = clock_++;
  if (file.lengths.empty() ? file.cache.size() != file.durable.size()
                           : file.cache.size() != file.lengths.back().bytes)
    file.lengths.push_back(Length{when, file.cache.size()});
  if (from == to) return;
  for (uint64_t sector = from / kSectorSize; sector <= (to - 1) / kSectorSize; ++sector) {
    std::string content = sector_of(file.cache, sector);
    auto pending = file.sectors.find(sector);
    if (pending == file.sectors.end()) {
      if (content != sector_of(file.durable, sector))
        file.sectors[sector].push_back(Version{when, std::move(content)});
      continue;
    }
    pending->second.push_back(Version{when, std::move(content)});
    if (pending->second.size() > kMaxVersions) thin_out(pending->second, file.newest_sync);
  }
}

/// Forgets one content, but neither the newest nor the one that a running sync is going to make durable.
void SimDisk::thin_out(std::vector<Version>& versions, uint64_t sync) {
  for (size_t i = 1; i + 1 < versions.size(); ++i) {
    if (versions[i].when < sync && versions[i + 1].when >= sync) continue;
    versions.erase(versions.begin() + static_cast<long>(i));
    return;
  }
}

Result<void> SimDisk::write(const std::string& path, uint64_t offset, std::span<const SharedBytes> pieces) {
  if (auto fine = begin_operation(path); !fine) return fine;
  auto file = find(path);
  if (!file) return std::unexpected(file.error());
  uint64_t end = offset;
  for (const SharedBytes& piece : pieces) end += piece.size();
  if (auto room = reserve(path, **file, end); !room) return room;
  std::string& cache = (*file)->cache;
  uint64_t from = std::min<uint64_t>(offset, cache.size());
  if (cache.size() < end) cache.resize(end, '\0');
  uint64_t at = offset;
  for (const SharedBytes& piece : pieces) {
    piece.view().copy(cache.data() + at, piece.size());
    at += piece.size();
  }
  touched(**file, from, end);
  return {};
}

Result<void> SimDisk::zero(const std::string& path, uint64_t offset, uint64_t length) {
  SharedBytes zeros(std::string(length, '\0'));
  return write(path, offset, std::span(&zeros, 1));
}

Result<void> SimDisk::truncate(const std::string& path, uint64_t length) {
  if (auto fine = begin_operation(path); !fine) return fine;
  auto file = find(path);
  if (!file) return std::unexpected(file.error());
  if (auto room = reserve(path, **file, length); !room) return room;
  uint64_t before = (*file)->cache.size();
  (*file)->cache.resize(length, '\0');
  touched(**file, std::min(before, length), std::max(before, length));
  return {};
}

Result<SyncTicket> SimDisk::begin_sync(const std::string& path) {
  if (auto fine = begin_operation(path); !fine) return std::unexpected(fine.error());
  auto name = names_.files.find(path);
  if (name == names_.files.end()) return error(ErrorCode::kNotFound, "{}/{}: no such file", name_, path);
  files_.at(name->second).newest_sync = clock_;
  return SyncTicket{name->second, clock_};
}

Result<void> SimDisk::end_sync(const SyncTicket& ticket, const std::string& path) {
  if (power_lost_) return error(ErrorCode::kIo, "{}/{}: the power is gone", name_, path);
  bool fails = failing_syncs_ > 0;
  if (fails) --failing_syncs_, ++failed_syncs_;
  auto found = files_.find(ticket.inode);
  if (found == files_.end()) return {};  // removed meanwhile, and forgotten
  File& file = found->second;

  auto covered = [&](const auto& versions) {
    return std::ranges::find_if(versions, [&](const auto& version) { return version.when >= ticket.upto; });
  };
  if (auto end = covered(file.lengths); end != file.lengths.begin()) {
    // The length goes first: a failed sync may have lost data, but its blocks are there.
    file.durable.resize(std::prev(end)->bytes, '\0');
    file.lengths.erase(file.lengths.begin(), end);
  }
  for (auto sector = file.sectors.begin(); sector != file.sectors.end();) {
    std::vector<Version>& versions = sector->second;
    if (auto end = covered(versions); end != versions.begin()) {
      uint64_t at = sector->first * kSectorSize;
      if (at < file.durable.size() && !(fails && random_.chance(50)))
        std::prev(end)->bytes.copy(file.durable.data() + at, std::min(kSectorSize, file.durable.size() - at));
      versions.erase(versions.begin(), end);
    }
    sector = versions.empty() ? file.sectors.erase(sector) : std::next(sector);
  }
  if (fails) return error(ErrorCode::kIo, "{}/{}: fdatasync: input/output error", name_, path);
  return {};
}

Result<void> SimDisk::sync(const std::string& path) {
  auto ticket = begin_sync(path);
  if (!ticket) return std::unexpected(ticket.error());
  return end_sync(*ticket, path);
}

void SimDisk::apply(Names& names, const NameChange& change) {
  switch (change.kind) {
    case NameChange::Kind::kBind:
      if (names.directories.contains(parent_directory(change.to))) names.files[change.to] = change.inode;
      return;
    case NameChange::Kind::kRename: {
      // The inode, not what `from` means by now: an earlier change may have been lost.
      auto from = names.files.find(change.from);
      if (from != names.files.end() && from->second == change.inode) names.files.erase(from);
      if (names.directories.contains(parent_directory(change.to))) names.files[change.to] = change.inode;
      return;
    }
    case NameChange::Kind::kRemove: {
      auto from = names.files.find(change.from);
      if (from != names.files.end() && from->second == change.inode) names.files.erase(from);
      return;
    }
    case NameChange::Kind::kMakeDirectory: names.directories.insert(change.to); return;
  }
}

void SimDisk::change_names(NameChange change) {
  apply(names_, change);
  pending_names_.push_back(std::move(change));
}

Result<void> SimDisk::rename(const std::string& from, const std::string& to) {
  if (auto fine = begin_operation(from); !fine) return fine;
  auto name = names_.files.find(from);
  if (name == names_.files.end()) return error(ErrorCode::kNotFound, "{}/{}: no such file", name_, from);
  if (!names_.directories.contains(parent_directory(to)))
    return error(ErrorCode::kNotFound, "{}/{}: no such directory", name_, parent_directory(to));
  change_names(NameChange{NameChange::Kind::kRename, from, to, name->second});
  return {};
}

Result<void> SimDisk::remove(const std::string& path) {
  if (auto fine = begin_operation(path); !fine) return fine;
  auto name = names_.files.find(path);
  if (name == names_.files.end()) return error(ErrorCode::kNotFound, "{}/{}: no such file", name_, path);
  change_names(NameChange{NameChange::Kind::kRemove, path, "", name->second});
  return {};
}

Result<void> SimDisk::make_directory(const std::string& path) {
  if (names_.directories.contains(path)) return {};
  if (auto fine = begin_operation(path); !fine) return fine;
  if (!names_.directories.contains(parent_directory(path)))
    return error(ErrorCode::kNotFound, "{}/{}: no such directory", name_, parent_directory(path));
  change_names(NameChange{NameChange::Kind::kMakeDirectory, "", path, 0});
  return {};
}

Result<void> SimDisk::sync_directory(const std::string& path) {
  if (auto fine = begin_operation(path); !fine) return fine;
  if (!names_.directories.contains(path))
    return error(ErrorCode::kNotFound, "{}/{}: no such directory", name_, path);
  std::vector<NameChange> later;
  for (NameChange& change : pending_names_) {
    const std::string& name = change.to.empty() ? change.from : change.to;
    if (parent_directory(name) == path)
      apply(durable_names_, change);
    else
      later.push_back(std::move(change));
  }
  pending_names_ = std::move(later);
  forget_unnamed();
  return {};
}

void SimDisk::forget_unnamed() {
  std::set<uint64_t> named;
  for (const Names* names : {&names_, &durable_names_})
    for (const auto& [name, inode] : names->files) named.insert(inode);
  for (const NameChange& change : pending_names_) named.insert(change.inode);
  std::erase_if(files_, [&](const auto& entry) { return !named.contains(entry.first); });
}

Result<uint64_t> SimDisk::free_bytes() {
  if (power_lost_) return error(ErrorCode::kIo, "{}: the power is gone", name_);
  uint64_t bytes = used();
  return bytes < capacity_ ? capacity_ - bytes : 0;
}

}  // namespace wallaby::sim
