// tests/support/memory_file_system.h
//
// A disk in memory that can fail and lose its power, for tests of what must survive both.
//
//     MemoryFileSystem files;
//     files.fail_at(7, ErrorCode::kIo);            // the 7th changing operation from now on fails
//     files.cut_power([] { return coin(); });      // each unflushed sector, each unflushed name: kept or lost
//
// It promises exactly what base/file_system.h says: bytes after sync(), names after sync_directory(). A sync that
// fails loses its bytes for good: they stay readable until the power is cut, and no later sync writes them, unless
// somebody wrote them again. A 512-byte sector is kept whole or not at all.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/file_system.h"

namespace wallaby::testing {

class MemoryFileSystem : public FileSystem {
 public:
  static constexpr uint64_t kSector = 512;

  /// Asked for each unflushed sector and name: true keeps it.
  using Keep = std::function<bool()>;
  void cut_power(const Keep& keep);
  /// All unflushed is lost, or all of it is kept.
  void cut_power_losing_all() {
    cut_power([] { return false; });
  }

  /// The n-th changing operation from now on (1: the next) fails. Once.
  void fail_at(uint64_t n, ErrorCode code) {
    failing_ = operations_ + n;
    failure_ = code;
  }
  bool failed() const { return failing_ != 0 && operations_ >= failing_; }
  uint64_t operations() const { return operations_; }
  /// What free_bytes() says, and what create and growth may take; kDiskFull beyond.
  void set_capacity(uint64_t bytes) { capacity_ = bytes; }
  uint64_t used() const;

  /// The bytes themselves, to look at and to damage.
  std::string& contents(const std::string& path) { return names_.at(path)->bytes; }
  /// Damage that is on the disk too.
  void damage(const std::string& path, const std::function<void(std::string& bytes)>& change);
  /// A copy with everything as it is, all of it durable.
  std::unique_ptr<MemoryFileSystem> clone() const;
  std::map<std::string, std::string> snapshot() const;

  std::string root() const override { return "memory"; }
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
  struct File {
    std::string bytes, durable;
    std::set<uint64_t> dirty;  ///< sectors that the next sync writes
  };
  using Names = std::map<std::string, std::shared_ptr<File>>;
  /// One change of names in a directory, not yet flushed: what appears, what goes.
  struct NameChange {
    std::string directory, appears, goes;
    std::shared_ptr<File> file;
  };

  Result<std::shared_ptr<File>> find(const std::string& path) const;
  std::optional<Error> operation(const std::string& path);
  Result<void> put(const std::string& path, uint64_t offset, std::string_view bytes);
  static void apply(Names& names, const NameChange& change);
  static void persist(File& file, uint64_t sector);

  Names names_, durable_names_;
  std::vector<NameChange> unflushed_names_;
  std::set<std::string> directories_{""};
  uint64_t operations_ = 0;
  uint64_t failing_ = 0;
  ErrorCode failure_ = ErrorCode::kIo;
  uint64_t capacity_ = 1ull << 40;
};

}  // namespace wallaby::testing
