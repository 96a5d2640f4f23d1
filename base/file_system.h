// base/file_system.h
//
// The one small interface through which every core reaches files. It stands for one data directory: all
// paths are relative to it and use '/'. Two implementations: POSIX (base/posix_file_system.h) and the
// simulator's disk, which forgets on a power cut what this interface does not promise to keep.
//
// What is durable, and when:
//   bytes            after sync(path) has returned without an error
//   a name           (create, rename, remove, make_directory) after sync_directory(parent) has returned
// A failed sync promises nothing about the bytes, now or later; it must never be retried as if it could
// (see reliability notes in docs/architecture.md). The caller stops instead.
//
// Errors: kNotFound, kExists, kDiskFull, kIo, each with the path in the sentence.
// Threads: implementations may be called from several threads at once on different paths, and a write may
// run beside a sync of the same path.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/shared_bytes.h"

namespace wallaby {

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  /// The directory that paths are relative to, for messages to people.
  virtual std::string root() const = 0;
  /// Names in a directory, sorted; kNotFound when it does not exist. "" is the root.
  virtual Result<std::vector<std::string>> list(const std::string& directory) = 0;
  virtual bool exists(const std::string& path) = 0;
  virtual Result<uint64_t> size(const std::string& path) = 0;
  /// Up to `length` bytes; shorter only where the file ends.
  virtual Result<std::string> read(const std::string& path, uint64_t offset, uint64_t length) = 0;

  /// An empty file; an existing one is emptied.
  virtual Result<void> create(const std::string& path) = 0;
  /// Writes all pieces one after the other from `offset`; the file must exist, and grows as needed.
  virtual Result<void> write(const std::string& path, uint64_t offset,
                             std::span<const SharedBytes> pieces) = 0;
  /// Writes zeros from `offset` to `offset + length`. Real zeros, not a hole: the blocks are allocated and
  /// written, so that a later overwrite and sync need no journal commit.
  virtual Result<void> zero(const std::string& path, uint64_t offset, uint64_t length) = 0;
  virtual Result<void> truncate(const std::string& path, uint64_t length) = 0;
  /// fdatasync.
  virtual Result<void> sync(const std::string& path) = 0;

  /// Replaces `to` if it exists.
  virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
  virtual Result<void> remove(const std::string& path) = 0;
  /// Fine when it exists already.
  virtual Result<void> make_directory(const std::string& path) = 0;
  virtual Result<void> sync_directory(const std::string& path) = 0;

  /// Bytes that a file here may still take.
  virtual Result<uint64_t> free_bytes() = 0;

  /// read() of the whole file.
  Result<std::string> read_all(const std::string& path);
  /// Makes `path` hold exactly `bytes`, durably and at once: writes `path`.tmp, syncs, renames, syncs the
  /// directory. A crash leaves the old file or the new one.
  Result<void> replace(const std::string& path, std::string bytes);
  /// Removes every file in the directory (not the directory), then syncs it. Fine when it does not exist.
  Result<void> remove_all_in(const std::string& directory);
};

/// "wal" for "wal/x", "" for "x".
std::string parent_directory(const std::string& path);

}  // namespace wallaby
