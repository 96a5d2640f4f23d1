#include "base/posix_file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace wallaby {
namespace {

constexpr size_t kOpenFiles = 64;
constexpr mode_t kFileMode = 0600;
constexpr mode_t kDirectoryMode = 0700;
constexpr uint64_t kZeroPiece = 1 << 20;
/// Linux transfers at most about 2 GiB a call; smaller pieces also let a signal through.
constexpr uint64_t kReadPiece = 1 << 30;

std::unexpected<Error> failed(std::string_view doing, const std::string& path) {
  int number = errno;
  ErrorCode code = ErrorCode::kIo;
  if (number == ENOENT) code = ErrorCode::kNotFound;
  if (number == ENOSPC || number == EDQUOT) code = ErrorCode::kDiskFull;
  if (number == EEXIST) code = ErrorCode::kExists;
  return error(code, "cannot {} {}: {}", doing, path, std::strerror(number));
}

template <typename Call>
auto retry_interrupted(Call call) {
  auto result = call();
  while (result == -1 && errno == EINTR) result = call();
  return result;
}

/// Advances over `count` written bytes; drops what is done.
void advance(std::vector<iovec>& pieces, size_t& first, size_t count) {
  while (first < pieces.size() && count >= pieces[first].iov_len) count -= pieces[first++].iov_len;
  if (count == 0) return;
  pieces[first].iov_base = static_cast<char*>(pieces[first].iov_base) + count;
  pieces[first].iov_len -= count;
}

Result<void> write_vector(int file, uint64_t offset, std::vector<iovec>& pieces, const std::string& path) {
  size_t first = 0;
  advance(pieces, first, 0);
  while (first < pieces.size()) {
    int count = static_cast<int>(std::min<size_t>(pieces.size() - first, IOV_MAX));
    ssize_t written = retry_interrupted(
        [&] { return ::pwritev(file, pieces.data() + first, count, static_cast<off_t>(offset)); });
    if (written < 0) return failed("write", path);
    offset += static_cast<uint64_t>(written);
    advance(pieces, first, static_cast<size_t>(written));
  }
  return {};
}

Result<void> make_one_directory(const std::string& path) {
  if (::mkdir(path.c_str(), kDirectoryMode) == 0) return {};
  int number = errno;
  struct stat found{};
  if (number == EEXIST && ::stat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode)) return {};
  errno = number;
  return failed("make directory", path);
}

}  // namespace

FileHandle::~FileHandle() {
  ::close(number_);
}

PosixFileSystem::PosixFileSystem(std::string root) : root_(std::move(root)) {
  while (root_.size() > 1 && root_.ends_with('/')) root_.pop_back();
}

std::string PosixFileSystem::full(const std::string& path) const {
  return path.empty() ? root_ : root_ + "/" + path;
}

Result<std::shared_ptr<FileHandle>> PosixFileSystem::open(const std::string& path, Access access) {
  uint64_t names_changed = 0;
  {
    std::lock_guard lock(mutex_);
    auto found = std::ranges::find_if(open_, [&](const OpenFile& file) {
      return file.path == path && (access == Access::kRead || file.access == access);
    });
    if (found != open_.end()) {
      open_.splice(open_.begin(), open_, found);
      return found->handle;
    }
    names_changed = names_changed_;
  }
  int flags = (access == Access::kWrite ? O_RDWR : O_RDONLY) | O_CLOEXEC;
  int number = retry_interrupted([&] { return ::open(full(path).c_str(), flags); });
  if (number < 0) return failed("open", full(path));
  auto handle = std::make_shared<FileHandle>(number);
  std::lock_guard lock(mutex_);
  // Renamed or removed meanwhile, perhaps this very file: then the handle serves this call only.
  if (names_changed == names_changed_) remember(path, access, handle);
  return handle;
}

void PosixFileSystem::remember(const std::string& path, Access access, std::shared_ptr<FileHandle> handle) {
  open_.push_front(OpenFile{path, access, std::move(handle)});
  if (open_.size() > kOpenFiles) open_.pop_back();
}

void PosixFileSystem::forget(const std::string& path) {
  ++names_changed_;
  open_.remove_if([&](const OpenFile& file) { return file.path == path; });
}

Result<std::vector<std::string>> PosixFileSystem::list(const std::string& directory) {
  std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(full(directory).c_str()), ::closedir);
  if (!stream) return failed("list", full(directory));
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(stream.get())) {
    std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(std::move(name));
    errno = 0;
  }
  if (errno != 0) return failed("list", full(directory));
  std::ranges::sort(names);
  return names;
}

bool PosixFileSystem::exists(const std::string& path) {
  return ::access(full(path).c_str(), F_OK) == 0;
}

Result<uint64_t> PosixFileSystem::size(const std::string& path) {
  struct stat found{};
  if (::stat(full(path).c_str(), &found) != 0) return failed("look at", full(path));
  return static_cast<uint64_t>(found.st_size);
}

Result<std::string> PosixFileSystem::read(const std::string& path, uint64_t offset, uint64_t length) {
  auto file = open(path, Access::kRead);
  if (!file) return std::unexpected(file.error());
  // Never more than the file has: a caller may ask for "all of it".
  struct stat found{};
  if (::fstat((*file)->number(), &found) != 0) return failed("look at", full(path));
  uint64_t end = static_cast<uint64_t>(found.st_size);
  std::string bytes(offset < end ? std::min(length, end - offset) : 0, '\0');
  size_t have = 0;
  while (have < bytes.size()) {
    size_t piece = std::min<size_t>(bytes.size() - have, kReadPiece);
    ssize_t count = retry_interrupted([&] {
      return ::pread((*file)->number(), bytes.data() + have, piece, static_cast<off_t>(offset + have));
    });
    if (count < 0) return failed("read", full(path));
    if (count == 0) break;
    have += static_cast<size_t>(count);
  }
  bytes.resize(have);
  return bytes;
}

Result<void> PosixFileSystem::create(const std::string& path) {
  int number = retry_interrupted(
      [&] { return ::open(full(path).c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, kFileMode); });
  if (number < 0) return failed("create", full(path));
  auto handle = std::make_shared<FileHandle>(number);
  std::lock_guard lock(mutex_);
  forget(path);
  remember(path, Access::kWrite, std::move(handle));
  return {};
}

Result<void> PosixFileSystem::write(const std::string& path, uint64_t offset,
                                    std::span<const SharedBytes> pieces) {
  auto file = open(path, Access::kWrite);
  if (!file) return std::unexpected(file.error());
  std::vector<iovec> vector;
  vector.reserve(pieces.size());
  // pwritev only reads from these; the type is shared with preadv.
  for (const SharedBytes& piece : pieces)
    vector.push_back({const_cast<char*>(piece.view().data()), piece.size()});
  return write_vector((*file)->number(), offset, vector, full(path));
}

Result<void> PosixFileSystem::zero(const std::string& path, uint64_t offset, uint64_t length) {
  static const std::vector<char> zeros(kZeroPiece, '\0');
  auto file = open(path, Access::kWrite);
  if (!file) return std::unexpected(file.error());
  for (uint64_t end = offset + length; offset < end;) {
    uint64_t piece = std::min(kZeroPiece, end - offset);
    std::vector<iovec> vector{{const_cast<char*>(zeros.data()), piece}};
    if (auto done = write_vector((*file)->number(), offset, vector, full(path)); !done) return done;
    offset += piece;
  }
  return {};
}

Result<void> PosixFileSystem::truncate(const std::string& path, uint64_t length) {
  auto file = open(path, Access::kWrite);
  if (!file) return std::unexpected(file.error());
  if (retry_interrupted([&] { return ::ftruncate((*file)->number(), static_cast<off_t>(length)); }) != 0)
    return failed("truncate", full(path));
  return {};
}

Result<void> PosixFileSystem::sync(const std::string& path) {
  auto file = open(path, Access::kWrite);
  if (!file) return std::unexpected(file.error());
  if (retry_interrupted([&] { return ::fdatasync((*file)->number()); }) != 0)
    return failed("flush", full(path));
  return {};
}

Result<void> PosixFileSystem::rename(const std::string& from, const std::string& to) {
  if (::rename(full(from).c_str(), full(to).c_str()) != 0) return failed("rename", full(from));
  std::lock_guard lock(mutex_);
  forget(from);
  forget(to);
  return {};
}

Result<void> PosixFileSystem::remove(const std::string& path) {
  if (::unlink(full(path).c_str()) != 0) return failed("remove", full(path));
  std::lock_guard lock(mutex_);
  forget(path);
  return {};
}

Result<void> PosixFileSystem::make_directory(const std::string& path) {
  if (!path.empty()) return make_one_directory(full(path));
  // The root comes with its parents: nobody else will make them.
  for (size_t slash = root_.find('/', 1); slash != std::string::npos; slash = root_.find('/', slash + 1)) {
    std::string parent = root_.substr(0, slash);
    if (::access(parent.c_str(), F_OK) == 0) continue;
    if (auto made = make_one_directory(parent); !made) return made;
  }
  return make_one_directory(root_);
}

Result<void> PosixFileSystem::sync_directory(const std::string& path) {
  int number =
      retry_interrupted([&] { return ::open(full(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (number < 0) return failed("open directory", full(path));
  FileHandle directory(number);
  if (::fsync(number) != 0) return failed("flush directory", full(path));
  return {};
}

Result<uint64_t> PosixFileSystem::free_bytes() {
  struct statvfs found{};
  if (retry_interrupted([&] { return ::statvfs(root_.c_str(), &found); }) != 0)
    return failed("ask for free space in", root_);
  return static_cast<uint64_t>(found.f_bavail) * found.f_frsize;
}

Result<DirectoryLock> DirectoryLock::take(const std::string& directory) {
  std::string path = directory + "/lock";
  int number =
      retry_interrupted([&] { return ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kFileMode); });
  if (number < 0) return failed("open", path);
  auto file = std::make_shared<FileHandle>(number);
  if (retry_interrupted([&] { return ::flock(number, LOCK_EX | LOCK_NB); }) != 0) {
    if (errno != EWOULDBLOCK) return failed("lock", path);
    std::array<char, 32> text{};
    ssize_t length = ::pread(number, text.data(), text.size(), 0);
    std::string pid(text.data(), length > 0 ? static_cast<size_t>(length) : 0);
    pid = pid.substr(0, pid.find('\n'));
    return error(
        ErrorCode::kExists,
        "data directory {} is in use by another process (pid {}); stop it first, or use another --data",
        directory, pid.empty() ? "unknown" : pid);
  }
  std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(number, 0) != 0 || ::pwrite(number, pid.data(), pid.size(), 0) < 0)
    return failed("write", path);
  return DirectoryLock(std::move(file));
}

}  // namespace wallaby
