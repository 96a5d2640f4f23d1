// base/posix_file_system.h
//
// The FileSystem interface on a real directory, and the lock that keeps two processes out of it.
//
//     auto lock = DirectoryLock::take("data");     // kExists: another process is in there
//     PosixFileSystem files("data");
//     files.make_directory("");                    // the directory itself, and its parents
//
// Files stay open between calls, the most recently used ones, because a write and an fdatasync per commit leave no
// time for open(). The table of open files is behind a mutex that is never held during I/O, so a write of one thread
// runs beside the fdatasync of another, on the same file too.
//
// Threads: any. Errors: see base/file_system.h; ENOENT is kNotFound, ENOSPC and EDQUOT are kDiskFull.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"

namespace wallaby {

/// An open file or directory; closed with the last user.
class FileHandle {
 public:
  explicit FileHandle(int number) : number_(number) {}
  ~FileHandle();
  FileHandle(const FileHandle&) = delete;
  FileHandle& operator=(const FileHandle&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

class PosixFileSystem : public FileSystem {
 public:
  explicit PosixFileSystem(std::string root);

  std::string root() const override { return root_; }
  Result<std::vector<std::string>> list(const std::string& directory) override;
  bool exists(const std::string& path) override;
  Result<uint64_t> size(const std::string& path) override;
  Result<std::string> read(const std::string& path, uint64_t offset, uint64_t length) override;

  Result<void> create(const std::string& path) override;
  Result<void> write(const std::string& path, uint64_t offset, std::span<const SharedBytes> pieces) override;
  Result<void> zero(const std::string& path, uint64_t offset, uint64_t length) override;
  Result<void> truncate(const std::string& path, uint64_t length) override;
  Result<void> sync(const std::string& path) override;

  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> remove(const std::string& path) override;
  Result<void> make_directory(const std::string& path) override;
  Result<void> sync_directory(const std::string& path) override;

  Result<uint64_t> free_bytes() override;

 private:
  enum class Access : uint8_t { kRead, kWrite };
  struct OpenFile {
    std::string path;
    Access access;
    std::shared_ptr<FileHandle> handle;
  };

  std::string full(const std::string& path) const;
  Result<std::shared_ptr<FileHandle>> open(const std::string& path, Access access);
  // Both with mutex_ held.
  void remember(const std::string& path, Access access, std::shared_ptr<FileHandle> handle);
  void forget(const std::string& path);

  std::string root_;
  std::mutex mutex_;
  std::list<OpenFile> open_;    ///< guarded by mutex_; most recently used first
  uint64_t names_changed_ = 0;  ///< guarded by mutex_; counts renames, removals, creations
};

/// Held as long as the object lives; the operating system lets go of it when the process dies, however it dies.
class DirectoryLock {
 public:
  /// kExists: "data directory X is in use by another process (pid N)".
  static Result<DirectoryLock> take(const std::string& directory);

 private:
  explicit DirectoryLock(std::shared_ptr<FileHandle> file) : file_(std::move(file)) {}
  std::shared_ptr<FileHandle> file_;
};

}  // namespace wallaby
