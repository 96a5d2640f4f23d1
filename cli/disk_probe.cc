#include "cli/disk_probe.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <vector>

namespace wallaby::cli {
namespace {

constexpr size_t kBlock = 4096;
constexpr size_t kBlocks = 1024;

/// Removed and closed at the end, whatever happens.
struct ProbeFile {
  std::string path;
  int number = -1;
  ~ProbeFile() {
    if (number < 0) return;
    close(number);
    unlink(path.c_str());
  }
};

/// Keeps every processor busy with nothing, as long as it lives, and gives way to everybody.
class Awake {
 public:
  Awake() {
    for (unsigned i = 0; i < std::max(1u, std::thread::hardware_concurrency()); ++i)
      threads_.emplace_back([this] { spin(); });
  }
  ~Awake() {
    done_ = true;
    for (std::thread& thread : threads_) thread.join();
  }
  Awake(const Awake&) = delete;
  Awake& operator=(const Awake&) = delete;

 private:
  void spin() {
    sched_param none{};
    if (pthread_setschedparam(pthread_self(), SCHED_IDLE, &none) != 0) return;
    while (!done_) {
    }
  }
  std::atomic<bool> done_ = false;
  std::vector<std::thread> threads_;
};

std::unexpected<Error> failed(const std::string& path, const char* what) {
  return error(ErrorCode::kIo, "the disk cannot be measured: {} {}: {}", what, path, std::strerror(errno));
}

}  // namespace

Result<DiskSpeed> probe_disk(const std::string& directory, Duration duration) {
  ProbeFile file{directory + "/wallaby-disk-probe-" + std::to_string(getpid())};
  file.number = open(file.path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  if (file.number < 0) return failed(file.path, "open");

  std::string block(kBlock, '\0');
  auto write_block = [&](size_t index) {
    auto offset = static_cast<off_t>(index % kBlocks * kBlock);
    return pwrite(file.number, block.data(), kBlock, offset) == static_cast<ssize_t>(kBlock);
  };
  for (size_t index = 0; index < kBlocks; ++index)
    if (!write_block(index)) return failed(file.path, "write");
  if (fsync(file.number) != 0) return failed(file.path, "fsync");

  Awake awake;
  using Clock = std::chrono::steady_clock;
  std::vector<Duration> taken;
  auto began = Clock::now();
  auto now = began;
  for (size_t index = 0; now - began < duration; ++index) {
    std::memset(block.data(), static_cast<int>(index % 255 + 1), kBlock);
    if (!write_block(index)) return failed(file.path, "write");
    if (fdatasync(file.number) != 0) return failed(file.path, "fdatasync");
    auto done = Clock::now();
    taken.push_back(done - now);
    now = done;
  }
  if (taken.empty()) return error(ErrorCode::kInvalidArgument, "the disk cannot be measured in no time");
  double seconds = std::chrono::duration<double>(now - began).count();
  auto middle = taken.begin() + static_cast<std::ptrdiff_t>(taken.size() / 2);
  std::nth_element(taken.begin(), middle, taken.end());
  return DiskSpeed{static_cast<double>(taken.size()) / seconds, *middle};
}

}  // namespace wallaby::cli
