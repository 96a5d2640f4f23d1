#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "base/random.h"
#include "replication/messages.h"
#include "tests/replication/dialogue.h"
#include "tests/replication/trace_chain.h"

namespace wallaby::replication {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;

/// One commit's way from p1 over r1 to r2, with clocks that differ by hours and a network and disks of any speed.
class RandomWay {
 public:
  explicit RandomWay(uint64_t seed)
      : random_(seed), chain_{.r1_ahead = hours(random_.below(10)), .r2_ahead = -hours(random_.below(10))} {}

  CommitTrace go() {
    chain_.p1.joined("r1");
    chain_.r1.joined("r2");
    chain_.append_and_flush(8);
    int64_t sent = later();
    chain_.p1.sent(chain_.on_p1(sent), "r1", {Lsn{8}});
    chain_.r1.arrived(chain_.on_r1(later()), token(8));
    int64_t to_r1 = now_ - sent;
    for (Stage stage : {Stage::kReceived, Stage::kFlushed, Stage::kApplied}) {
      chain_.r1.reached(chain_.on_r1(happens("r1", stage)), stage, Lsn{8});
      if (stage == Stage::kReceived || random_.chance(60)) r1_reports();
    }
    sent = happens("r1", Stage::kSent);
    chain_.r1.sent(chain_.on_r1(sent), "r2", {Lsn{8}});
    chain_.r2.arrived(chain_.on_r2(later()), token(8));
    int64_t to_r2 = now_ - sent;
    for (Stage stage : {Stage::kReceived, Stage::kFlushed, Stage::kApplied}) {
      chain_.r2.reached(chain_.on_r2(happens("r2", stage)), stage, Lsn{8});
      if (stage == Stage::kApplied || random_.chance(60)) r2_reports();
    }
    r1_reports();
    chain_.p1.reached(chain_.on_p1(now_), Stage::kAcknowledged, Lsn{8});
    chain_.p1.told(Lsn{8}, Rung::kSync, {"r1"});
    chain_.r1.check_invariants();
    // Half of the shortest way there and back, and a rounding.
    r1_error = microseconds((to_r1 + r1_back_) / 2 + 1);
    r2_error = r1_error + microseconds((to_r2 + r2_back_) / 2 + 1);
    return *chain_.p1.trace("p1", Lsn{8});
  }

  std::map<std::string, Duration> truth;  ///< "r1 received": when it happened
  Duration r1_error{}, r2_error{};        ///< at most

 private:
  int64_t later() { return now_ += static_cast<int64_t>(random_.below(random_.chance(20) ? 20'000 : 300)); }
  int64_t happens(const std::string& node, Stage stage) {
    truth[node + " " + std::string(to_string(stage))] = microseconds(later());
    return now_;
  }
  static std::vector<TraceEntry> over_the_wire(std::vector<TraceEntry> entries) {
    std::string bytes;
    encode_message(Report{.traces = std::move(entries)}, bytes);
    auto message = decode_message(
        {proto::MessageType::kReport, std::string_view(bytes).substr(proto::kMessageHeaderSize), {}});
    EXPECT_TRUE(message) << message.error().message;
    return std::get<Report>(*message).traces;
  }
  void r1_reports() {
    auto news = chain_.r1.take_news(chain_.on_r1(now_));
    int64_t left = now_;
    chain_.p1.reported(chain_.on_p1(later()), "r1", over_the_wire(news));
    if (!news.empty()) r1_back_ = std::min(r1_back_, now_ - left);
  }
  void r2_reports() {
    auto news = chain_.r2.take_news(chain_.on_r2(now_));
    int64_t left = now_;
    chain_.r1.reported(chain_.on_r1(later()), "r2", over_the_wire(news));
    if (!news.empty()) r2_back_ = std::min(r2_back_, now_ - left);
  }

  Random random_;
  Chain chain_;
  int64_t now_ = 400;  ///< microseconds of p1's clock
  int64_t r1_back_ = 1'000'000, r2_back_ = 1'000'000;
};

TEST(TraceLog, EstimatesAreInTheOrderOfCausesAndOffByHalfOfTheNetworkAtMost) {
  for (uint64_t seed = 1; seed <= 1000; ++seed) {
    RandomWay way(seed);
    CommitTrace trace = way.go();
    EXPECT_TRUE(trace.complete);
    std::vector<std::string> order;
    for (const TracePoint& point : trace.points) {
      order.push_back(point.node + " " + std::string(to_string(point.stage)));
      ASSERT_TRUE(point.at) << order.back();
      auto known = way.truth.find(order.back());
      if (known == way.truth.end()) continue;
      ASSERT_LE(std::chrono::abs(*point.at - known->second), point.node == "r1" ? way.r1_error : way.r2_error)
          << "seed " << seed << ": " << order.back() << " in " << line(trace);
    }
    auto before = [&](const char* first, const char* then) {
      return std::ranges::find(order, first) < std::ranges::find(order, then);
    };
    ASSERT_TRUE(before("p1 flushed", "p1 sent") && before("p1 sent", "r1 received") &&
                before("r1 received", "r1 flushed") && before("r1 flushed", "r1 applied") &&
                before("r1 flushed", "r1 sent") && before("r1 sent", "r2 received") &&
                before("r2 received", "r2 flushed") && before("r2 flushed", "r2 applied") &&
                before("r2 applied", "p1 acknowledged"))
        << "seed " << seed << ": " << line(trace);
  }
}

}  // namespace
}  // namespace wallaby::replication
