#include "base/file_system.h"

namespace wallaby {

std::string parent_directory(const std::string& path) {
  size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

Result<std::string> FileSystem::read_all(const std::string& path) {
  auto length = size(path);
  if (!length) return std::unexpected(length.error());
  return read(path, 0, *length);
}

Result<void> FileSystem::replace(const std::string& path, std::string bytes) {
  std::string draft = path + ".tmp";
  SharedBytes piece(std::move(bytes));
  if (auto done = create(draft); !done) return done;
  if (auto done = write(draft, 0, std::span(&piece, 1)); !done) return done;
  if (auto done = sync(draft); !done) return done;
  if (auto done = rename(draft, path); !done) return done;
  return sync_directory(parent_directory(path));
}

Result<void> FileSystem::remove_all_in(const std::string& directory) {
  if (!exists(directory)) return {};
  auto names = list(directory);
  if (!names) return std::unexpected(names.error());
  for (const std::string& name : *names)
    if (auto removed = remove(directory + "/" + name); !removed) return removed;
  return sync_directory(directory);
}

}  // namespace wallaby
