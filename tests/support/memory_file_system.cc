#include "tests/support/memory_file_system.h"

#include <algorithm>
#include <utility>

namespace wallaby::testing {

std::optional<Error> MemoryFileSystem::operation(const std::string& path) {
  if (++operations_ != failing_) return std::nullopt;
  return Error{failure_, "injected failure on " + path};
}

Result<std::shared_ptr<MemoryFileSystem::File>> MemoryFileSystem::find(const std::string& path) const {
  auto found = names_.find(path);
  if (found == names_.end()) return error(ErrorCode::kNotFound, "{} does not exist", path);
  return found->second;
}

uint64_t MemoryFileSystem::used() const {
  uint64_t bytes = 0;
  for (const auto& [path, file] : names_) bytes += file->bytes.size();
  return bytes;
}

void MemoryFileSystem::apply(Names& names, const NameChange& change) {
  if (!change.goes.empty()) names.erase(change.goes);
  if (!change.appears.empty()) names[change.appears] = change.file;
}

void MemoryFileSystem::persist(File& file, uint64_t sector) {
  uint64_t from = sector * kSector;
  if (from >= file.bytes.size()) return;
  std::string bytes = file.bytes.substr(from, kSector);
  if (file.durable.size() < from + bytes.size()) file.durable.resize(from + bytes.size());
  file.durable.replace(from, bytes.size(), bytes);
}

void MemoryFileSystem::cut_power(const Keep& keep) {
  for (const NameChange& change : std::exchange(unflushed_names_, {}))
    if (keep()) apply(durable_names_, change);
  names_ = durable_names_;
  for (auto& [path, file] : names_) {
    for (uint64_t sector : std::exchange(file->dirty, {}))
      if (keep()) persist(*file, sector);
    file->bytes = file->durable;
  }
}

void MemoryFileSystem::damage(const std::string& path, const std::function<void(std::string&)>& change) {
  File& file = *names_.at(path);
  change(file.bytes);
  file.durable = file.bytes;
  file.dirty.clear();
}

std::unique_ptr<MemoryFileSystem> MemoryFileSystem::clone() const {
  auto copy = std::make_unique<MemoryFileSystem>();
  copy->directories_ = directories_;
  for (const auto& [path, file] : names_)
    copy->names_[path] = std::make_shared<File>(File{file->bytes, file->bytes, {}});
  copy->durable_names_ = copy->names_;
  return copy;
}

std::map<std::string, std::string> MemoryFileSystem::snapshot() const {
  std::map<std::string, std::string> all;
  for (const auto& [path, file] : names_) all[path] = file->bytes;
  return all;
}

Result<std::vector<std::string>> MemoryFileSystem::list(const std::string& directory) {
  if (!directories_.contains(directory)) return error(ErrorCode::kNotFound, "{} does not exist", directory);
  std::vector<std::string> found;
  for (const auto& [path, file] : names_)
    if (parent_directory(path) == directory)
      found.push_back(path.substr(directory.empty() ? 0 : directory.size() + 1));
  for (const std::string& path : directories_)
    if (!path.empty() && parent_directory(path) == directory)
      found.push_back(path.substr(directory.empty() ? 0 : directory.size() + 1));
  std::ranges::sort(found);
  return found;
}

bool MemoryFileSystem::exists(const std::string& path) {
  return names_.contains(path) || directories_.contains(path);
}

Result<uint64_t> MemoryFileSystem::size(const std::string& path) {
  auto file = find(path);
  if (!file) return std::unexpected(file.error());
  return (*file)->bytes.size();
}

Result<std::string> MemoryFileSystem::read(const std::string& path, uint64_t offset, uint64_t length) {
  auto file = find(path);
  if (!file) return std::unexpected(file.error());
  if (offset >= (*file)->bytes.size()) return std::string();
  return (*file)->bytes.substr(offset, length);
}

Result<void> MemoryFileSystem::create(const std::string& path) {
  if (auto failure = operation(path)) return std::unexpected(*failure);
  if (!directories_.contains(parent_directory(path)))
    return error(ErrorCode::kNotFound, "the directory of {} does not exist", path);
  NameChange change{parent_directory(path), path, "", std::make_shared<File>()};
  apply(names_, change);
  unflushed_names_.push_back(std::move(change));
  return {};
}

Result<void> MemoryFileSystem::put(const std::string& path, uint64_t offset, std::string_view bytes) {
  auto file = find(path);
  if (!file) return std::unexpected(file.error());
  uint64_t end = offset + bytes.size();
  uint64_t had = (*file)->bytes.size();
  if (end > had && used() + (end - had) > capacity_)
    return error(ErrorCode::kDiskFull, "no space left for {}", path);
  if (end > had) (*file)->bytes.resize(end);
  (*file)->bytes.replace(offset, bytes.size(), bytes);
  if (bytes.empty()) return {};
  for (uint64_t sector = std::min(had, offset) / kSector; sector <= (end - 1) / kSector; ++sector)
    (*file)->dirty.insert(sector);
  return {};
}

Result<void> MemoryFileSystem::write(const std::string& path, uint64_t offset,
                                     std::span<const SharedBytes> pieces) {
  auto failure = operation(path);
  for (const SharedBytes& piece : pieces) {
    // A failing write may have done half of its work.
    std::string_view bytes = failure ? piece.view().substr(0, piece.size() / 2) : piece.view();
    if (auto done = put(path, offset, bytes); !done) return done;
    if (failure) return std::unexpected(*failure);
    offset += piece.size();
  }
  return failure ? Result<void>(std::unexpected(*failure)) : Result<void>();
}

Result<void> MemoryFileSystem::zero(const std::string& path, uint64_t offset, uint64_t length) {
  if (auto failure = operation(path)) return std::unexpected(*failure);
  return put(path, offset, std::string(length, '\0'));
}

Result<void> MemoryFileSystem::truncate(const std::string& path, uint64_t length) {
  if (auto failure = operation(path)) return std::unexpected(*failure);
  auto file = find(path);
  if (!file) return std::unexpected(file.error());
  (*file)->bytes.resize(length);
  if ((*file)->durable.size() > length) (*file)->durable.resize(length);
  return {};
}

Result<void> MemoryFileSystem::sync(const std::string& path) {
  auto file = find(path);
  if (!file) return std::unexpected(file.error());
  auto failure = operation(path);
  std::set<uint64_t> dirty = std::exchange((*file)->dirty, {});
  if (failure) return std::unexpected(*failure);
  for (uint64_t sector : dirty) persist(**file, sector);
  return {};
}

Result<void> MemoryFileSystem::rename(const std::string& from, const std::string& to) {
  if (auto failure = operation(from)) return std::unexpected(*failure);
  auto file = find(from);
  if (!file) return std::unexpected(file.error());
  NameChange change{parent_directory(to), to, from, *file};
  apply(names_, change);
  unflushed_names_.push_back(std::move(change));
  return {};
}

Result<void> MemoryFileSystem::remove(const std::string& path) {
  if (auto failure = operation(path)) return std::unexpected(*failure);
  if (auto file = find(path); !file) return std::unexpected(file.error());
  NameChange change{parent_directory(path), "", path, nullptr};
  apply(names_, change);
  unflushed_names_.push_back(std::move(change));
  return {};
}

Result<void> MemoryFileSystem::make_directory(const std::string& path) {
  directories_.insert(path);
  return {};
}

Result<void> MemoryFileSystem::sync_directory(const std::string& path) {
  if (auto failure = operation(path)) return std::unexpected(*failure);
  std::vector<NameChange> rest;
  for (NameChange& change : std::exchange(unflushed_names_, {}))
    if (change.directory == path)
      apply(durable_names_, change);
    else
      rest.push_back(std::move(change));
  unflushed_names_ = std::move(rest);
  return {};
}

Result<uint64_t> MemoryFileSystem::free_bytes() {
  return capacity_ - std::min(capacity_, used());
}

}  // namespace wallaby::testing
