#include "cli/progress.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include <fmt/format.h>

#include "cli/units.h"

namespace wallaby::cli {

std::string progress_text(uint64_t rows, uint64_t done, uint64_t all, Duration elapsed) {
  double seconds = std::max(std::chrono::duration<double>(elapsed).count(), 1e-3);
  std::string text = fmt::format("{}   {} rows/s", counted(rows, "row"),
                                 human_count(static_cast<uint64_t>(static_cast<double>(rows) / seconds)));
  if (all == 0) return text;
  double part = std::clamp(static_cast<double>(done) / static_cast<double>(all), 0.0, 1.0);
  constexpr size_t kWidth = 24;
  auto filled = static_cast<size_t>(part * kWidth);
  std::string bar = std::string(filled, '#') + std::string(kWidth - filled, '.');
  text = fmt::format("[{}] {:3.0f}%   {}", bar, part * 100, text);
  if (part > 0 && part < 1) {
    auto left =
        std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds * (1 - part) / part));
    text += fmt::format("   {} left", to_human(left));
  }
  return text;
}

ProgressLine::ProgressLine() : terminal_(isatty(STDERR_FILENO) != 0) {}

void ProgressLine::show(uint64_t rows, uint64_t done, uint64_t all, Duration elapsed) {
  if (!terminal_ || elapsed < next_) return;
  next_ = elapsed + std::chrono::milliseconds(100);
  fmt::print(stderr, "\r{}\x1b[K", progress_text(rows, done, all, elapsed));
  std::fflush(stderr);
  drawn_ = true;
}

void ProgressLine::clear() {
  if (drawn_) fmt::print(stderr, "\r\x1b[K");
  drawn_ = false;
}

}  // namespace wallaby::cli
