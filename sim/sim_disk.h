// sim/sim_disk.h
//
// A data directory in memory that forgets on a power cut whatever base/file_system.h does not promise to keep.
//
// Each file has three faces:
//
//     cache     what reads see now (the page cache)
//     durable   what a sync has promised
//     pending   for each 512-byte sector, the contents that it was given since: any of them may be on the platter
//
// Names live apart from files, as inodes do: a create, rename or remove is pending until its directory is synced.
//
// crash() is a power cut. Each pending sector on its own keeps its durable content, gets one of its pending ones, or
// is garbled; a garbled sector spoils only bytes that differ from the durable ones (a sector is written whole or
// not at all, so bytes that were flushed before do not suffer from a later write beside them). A file's length is
// the old one or a newer one. Pending names are kept or lost: sometimes a prefix of what happened, as a journal
// would do, sometimes any subset. A killed process loses nothing here.
//
// Faults that a test or a life switches on:
//   fail_syncs(n)     the next n syncs fail: some of their sectors reach the disk, the rest stays readable until the
//                     crash and is then gone, and later syncs do not know of them any more (as Linux does it)
//   set_capacity(b)   writes that need more than this fail with kDiskFull
//   cut_after(n)      after n more operations the power is gone: every operation fails and changes nothing,
//                     until crash() has run. So any program can be cut between any two of its operations.
//   flip_bit(...)     damage at rest, in durable and cache alike
//
// A sync may take time: begin_sync() notes what it covers, end_sync() makes just that durable; writes in between
// stay pending. sync() is both at once.
//
// Owns everything. Threads: none. Copyable: a copy is a second disk with the same content.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "base/random.h"

namespace wallaby::sim {

inline constexpr uint64_t kSectorSize = 512;

/// What a running sync covers.
struct SyncTicket {
  uint64_t inode = 0;
  uint64_t upto = 0;  ///< all that was written before this moment
};

class SimDisk : public FileSystem {
 public:
  explicit SimDisk(std::string name = "sim") : name_(std::move(name)) {}

  // --- the interface of every node ---
  std::string root() const override { return name_; }
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

  // --- a sync that takes time ---
  Result<SyncTicket> begin_sync(const std::string& path);
  Result<void> end_sync(const SyncTicket& ticket, const std::string& path);

  // --- faults ---
  void crash(Random& random);
  /// The plainest power cut: nothing that is pending survives.
  void crash_losing_all();
  void fail_syncs(uint64_t count) { failing_syncs_ = count; }
  /// Chance decides what a failing sync still brings to the disk.
  void set_random(Random random) { random_ = random; }
  void set_capacity(uint64_t bytes) { capacity_ = bytes; }
  uint64_t capacity() const { return capacity_; }
  uint64_t used() const;
  void cut_after(uint64_t operations) { operations_left_ = operations; }
  void cancel_cut() { operations_left_.reset(); }
  /// The power went; only crash() brings it back.
  bool power_lost() const { return power_lost_; }
  void flip_bit(const std::string& path, uint64_t offset, unsigned bit);

  // --- for checkers ---
  /// Whether these bytes, as reads see them now, survive any power cut, their name included.
  bool certain(const std::string& path, uint64_t offset, uint64_t length) const;
  /// Reads beside the operation count.
  std::string peek(const std::string& path, uint64_t offset, uint64_t length) const;
  std::optional<uint64_t> peek_size(const std::string& path) const;
  std::vector<std::string> peek_names(const std::string& directory) const;
  uint64_t failed_syncs() const { return failed_syncs_; }
  uint64_t full_errors() const { return full_errors_; }
  /// Operations that changed something, syncs included.
  uint64_t operations() const { return operations_; }

 private:
  struct Version {
    uint64_t when = 0;
    std::string bytes;  ///< of the whole sector
  };
  struct Length {
    uint64_t when = 0;
    uint64_t bytes = 0;
  };
  struct File {
    std::string cache, durable;
    std::map<uint64_t, std::vector<Version>> sectors;  ///< pending, by sector number
    std::vector<Length> lengths;                       ///< pending
    uint64_t newest_sync = 0;                          ///< what the sync that began last covers
  };
  struct NameChange {
    enum class Kind : uint8_t { kBind, kRename, kRemove, kMakeDirectory } kind = Kind::kBind;
    std::string from, to;  ///< `to` is the name made; for kRemove the name taken away is `from`
    uint64_t inode = 0;
  };
  struct Names {
    std::map<std::string, uint64_t> files;
    std::set<std::string> directories{""};
  };

  Result<void> begin_operation(const std::string& path);
  Result<File*> find(const std::string& path);
  const File* find(const std::string& path) const;
  void touched(File& file, uint64_t from, uint64_t to);
  Result<void> reserve(const std::string& path, File& file, uint64_t end);
  void change_names(NameChange change);
  static void apply(Names& names, const NameChange& change);
  static void thin_out(std::vector<Version>& versions, uint64_t sync);
  void forget_unnamed();
  void crash_in_mood(unsigned mood, Random& random);
  void crash_file(File& file, Random& random, unsigned mood);

  std::string name_;
  std::map<uint64_t, File> files_;
  Names names_, durable_names_;
  std::vector<NameChange> pending_names_;
  uint64_t next_inode_ = 1;
  uint64_t clock_ = 1;  ///< counts changes
  uint64_t capacity_ = UINT64_MAX;
  uint64_t failing_syncs_ = 0, failed_syncs_ = 0, full_errors_ = 0, operations_ = 0;
  std::optional<uint64_t> operations_left_;
  bool power_lost_ = false;
  Random random_{1};
};

}  // namespace wallaby::sim
