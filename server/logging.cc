#include "server/logging.h"

#include <unistd.h>
#include <chrono>
#include <cstdio>

#include <fmt/core.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "server/clock.h"

namespace wallaby::server {
namespace {

// Nothing is said about what takes less than this.
constexpr auto kSilentFor = std::chrono::milliseconds(500);
constexpr auto kRedrawEvery = std::chrono::milliseconds(100);
constexpr auto kLineEvery = std::chrono::seconds(2);

std::string in_units(uint64_t bytes) {
  constexpr double kMiB = 1024.0 * 1024.0;
  auto mib = static_cast<double>(bytes) / kMiB;
  return mib >= 1024 ? fmt::format("{:.1f} GiB", mib / 1024) : fmt::format("{:.0f} MiB", mib);
}

}  // namespace

void start_logging() {
  auto logger = spdlog::stderr_color_mt("wallaby");
  logger->set_pattern("%H:%M:%S.%e %^%-7l%$  %v");
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(logger);
}

void log_line(node::LogLevel level, const std::string& text) {
  switch (level) {
    case node::LogLevel::kInfo: spdlog::info("{}", text); return;
    case node::LogLevel::kWarning: spdlog::warn("{}", text); return;
    case node::LogLevel::kError: spdlog::error("{}", text); return;
  }
}

OpenProgressDisplay::OpenProgressDisplay()
    : terminal_(isatty(STDERR_FILENO) == 1), next_(steady_now() + kSilentFor) {}

void OpenProgressDisplay::show(std::string_view what, uint64_t done, uint64_t all) {
  TimePoint now = steady_now();
  if (now < next_) return;
  std::string text = describe_progress(what, done, all);
  if (terminal_) {
    fmt::print(stderr, "\r\x1b[K{}", text);
    std::fflush(stderr);
    drawn_ = true;
    next_ = now + kRedrawEvery;
  } else {
    log_line(node::LogLevel::kInfo, text);
    next_ = now + kLineEvery;
  }
}

void OpenProgressDisplay::clear() {
  if (!drawn_) return;
  fmt::print(stderr, "\r\x1b[K");
  std::fflush(stderr);
  drawn_ = false;
}

std::string describe_progress(std::string_view what, uint64_t done, uint64_t all) {
  if (all == 0) return fmt::format("{}: {}", what, in_units(done));
  return fmt::format("{}: {} % ({} of {})", what,
                     static_cast<int>(100.0 * static_cast<double>(done) / static_cast<double>(all)),
                     in_units(done), in_units(all));
}

}  // namespace wallaby::server
