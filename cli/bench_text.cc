#include "cli/bench_text.h"

#include <fmt/format.h>

#include "cli/json.h"
#include "cli/units.h"

namespace wallaby::cli {
namespace {

double rate(uint64_t count, double seconds) {
  return seconds > 0 ? static_cast<double>(count) / seconds : 0;
}
double microseconds(Duration duration) {
  return std::chrono::duration<double, std::micro>(duration).count();
}
double per_flush(const BenchFigures& figures) {
  return figures.flushes > 0 ? static_cast<double>(figures.done) / static_cast<double>(figures.flushes) : 0;
}

}  // namespace

std::string bench_text(const BenchPlan& plan, const BenchFigures& figures) {
  std::string out =
      fmt::format("{}, {} client{}, depth {}, values of {}{}, {:.1f} s\n", plan.get ? "get" : "put",
                  plan.clients, plan.clients == 1 ? "" : "s", plan.depth, human_size(plan.size),
                  plan.get ? "" : ", " + figures.rung, figures.seconds);
  auto line = [&out](const char* label, const std::string& text) {
    out += fmt::format("  {:<19}{}\n", label, text);
  };
  line(plan.get ? "reads/s" : "commits/s",
       human_count(static_cast<uint64_t>(rate(figures.done, figures.seconds))));
  line("p50, p99, p99.9",
       fmt::format("{}, {}, {}", to_human(figures.p50), to_human(figures.p99), to_human(figures.p999)));
  if (!plan.get) line("commits per flush", fmt::format("{:.1f}", per_flush(figures)));
  if (figures.failed > 0) line("failed", human_count(figures.failed));
  if (figures.disk) {
    line("the disk's limit", fmt::format("{} flushes/s, {} each (4 KiB overwritten, fdatasync)",
                                         human_count(static_cast<uint64_t>(figures.disk->flushes_per_s)),
                                         to_human(figures.disk->median)));
  }
  return out;
}

std::string bench_json(const BenchPlan& plan, const BenchFigures& figures) {
  Json json = Json::object();
  json.add("op", plan.get ? "get" : "put").add("clients", plan.clients).add("depth", plan.depth);
  json.add("size_bytes", plan.size).add("ack", figures.rung).add("seconds", figures.seconds);
  json.add("done", figures.done).add("failed", figures.failed);
  json.add(plan.get ? "reads_per_s" : "commits_per_s", rate(figures.done, figures.seconds));
  json.add("p50_us", microseconds(figures.p50)).add("p99_us", microseconds(figures.p99));
  json.add("p999_us", microseconds(figures.p999));
  if (!plan.get) json.add("flushes", figures.flushes).add("commits_per_flush", per_flush(figures));
  if (!figures.disk) return json.add_null("disk_flushes_per_s").text();
  json.add("disk_flushes_per_s", figures.disk->flushes_per_s)
      .add("disk_p50_us", microseconds(figures.disk->median));
  return json.text();
}

}  // namespace wallaby::cli
