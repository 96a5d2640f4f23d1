// The gate beside a model that knows nothing of queues: after every random event the model asks, for each commit that
// still waits, whether its promise holds, straight from the words of commit_gate.h. It never forgets a flush.
#include <algorithm>
#include <optional>
#include <utility>

#include <gtest/gtest.h>

#include "base/random.h"
#include "replication/commit_gate.h"
#include "tests/replication/dialogue.h"

namespace wallaby::replication {
namespace {

using std::chrono::milliseconds;

struct Model {
  struct Commit {
    TxnId txn = 0;
    Lsn lsn;
    std::optional<Rung> rung;
  };
  /// What the gate should say of one event.
  struct Expected {
    std::vector<std::pair<TxnId, Rung>> released;  ///< in log order
    bool degrade = false, rearm = false;
    bool operator==(const Expected&) const = default;
  };
  Policy policy;
  bool degraded = false, stopped = false;
  bool asked = false;  ///< for the next degrade or re-arm record
  Lsn visible, appended, flushed, ceiling = kMaxLsn, shown_unflushed;
  std::set<NodeName> members;
  std::map<NodeName, Positions> streams;
  std::vector<Commit> waiting;
  std::vector<std::pair<Lsn, TimePoint>> flushes;
  std::optional<std::pair<Lsn, TimePoint>> target;  ///< while degraded; nullopt: the next flush
  bool on_trust = false;  ///< the last re-arm was, and nothing was acknowledged under the promise since

  Rung governing() const { return degraded ? Rung::kAsync : policy.rung; }

  Lsn met(Rung rung) const {
    if (rung == Rung::kOff) return appended;
    if (rung == Rung::kAsync) return flushed;
    std::map<NodeName, std::optional<Lsn>> at;
    for (const NodeName& name : members) {
      auto stream = streams.find(name);
      at[name] =
          stream == streams.end() ? std::nullopt : std::optional(stream->second.at(*replica_stage(rung)));
    }
    return std::min(flushed, policy.replicas_for(rung).met(at));
  }

  void flush(TimePoint now, Lsn to) {
    if (to > flushed) flushes.emplace_back(to, now);
    if (to > flushed && !target) target = flushes.back();
    flushed = to;
  }
  void throw_switch(Policy next) {
    policy = std::move(next);
    degraded = asked = on_trust = false;
  }
  void set_degraded(TimePoint now, bool to) {
    if (to == degraded || (to && !policy.may_degrade())) return;
    degraded = to;
    asked = false;
    target = {flushed, now};
  }

  /// Whether replicas alone have kept something back for the rule's time.
  bool too_long(TimePoint now) const {
    if (degraded || stopped || !policy.may_degrade() || visible >= std::min(flushed, ceiling)) return false;
    auto oldest = std::ranges::find_if(flushes, [&](const auto& flush) { return flush.first > visible; });
    return now - oldest->second >= policy.on_missing.after;
  }
  /// Whether enough members keep up again.
  bool keeps_up(TimePoint now) {
    if (!degraded || stopped || !target || met(policy.rung) < target->first) return false;
    bool late = now - target->second > std::min<Duration>(policy.on_missing.after, std::chrono::seconds(1));
    bool idle = met(policy.rung) == flushed, trusted = std::exchange(on_trust, late && (idle || on_trust));
    if (!late) return true;
    target = {flushed, now};
    if (idle && trusted) target.reset();
    return idle && !trusted;
  }

  Expected settle(TimePoint now, bool ticked) {
    Expected expected;
    if (!stopped) {
      Lsn reached = std::min(met(governing()), ceiling);
      if (reached > visible && !degraded) on_trust = false;
      visible = std::max(visible, reached);
      if (visible > flushed && governing() == Rung::kOff) shown_unflushed = visible;
      std::erase_if(waiting, [&](const Commit& commit) {
        bool early = commit.rung && *commit.rung < governing();
        bool holds = (early || commit.lsn <= visible) && (!commit.rung || commit.lsn <= met(*commit.rung));
        if (holds) expected.released.emplace_back(commit.txn, commit.rung.value_or(governing()));
        return holds;
      });
    }
    expected.degrade = ticked && !asked && too_long(now);
    expected.rearm = !asked && keeps_up(now);
    asked = asked || expected.degrade || expected.rearm;
    return expected;
  }
};

class CommitGateModel : public testing::TestWithParam<uint64_t> {
 protected:
  /// A policy of any kind, degrading ones more often than others.
  Policy any_policy() {
    static const std::vector<std::string_view> kSets{"",
                                                     "ALL",
                                                     "ANY 1 (*)",
                                                     "ANY 2 (*)",
                                                     "ANY 1 (r1, r2)",
                                                     "ANY 2 (r1, r2, r4)",
                                                     "FIRST 1 (r3, r1)",
                                                     "FIRST 2 (*)"};
    static const std::vector<std::string_view> kRules{"block", "reject", "degrade=50ms", "degrade=300ms",
                                                      "degrade=3s"};
    Policy policy{.rung = kRungs[random.below(kRungs.size())],
                  .on_missing = *parse_on_missing(kRules[random.below(kRules.size())])};
    if (std::string_view set = kSets[random.below(kSets.size())]; !set.empty())
      policy.sync_replicas = *SyncReplicas::parse(set);
    return policy;
  }

  /// Something happens to both. True: a tick.
  bool event() {
    NodeName name = "r" + std::to_string(random.between(1, 4));
    uint64_t dice = random.below(100);
    if (dice < 25) {
      model.appended = model.appended + 8 * random.between(1, 4);
      std::optional<Rung> own;
      if (random.chance(30)) own = kRungs[random.below(kRungs.size())];
      model.waiting.push_back({++txn, model.appended, own});
      gate.enqueue(now, txn, model.appended, own);
    } else if (dice < 28) {
      model.appended = model.appended + 8;  // a control record
      gate.local(now, model.appended, model.flushed);
    } else if (dice < 46) {
      model.flush(now, Lsn{random.between(model.flushed.value / 8, model.appended.value / 8) * 8});
      gate.local(now, model.appended, model.flushed);
    } else if (dice < 72) {
      auto stream = model.streams.find(name);
      if (stream == model.streams.end()) return false;
      Positions& at = stream->second;
      at.received = Lsn{random.between(at.received.value, std::max(at.received, model.flushed).value)};
      at.flushed = Lsn{random.between(at.flushed.value, at.received.value)};
      at.applied = Lsn{random.between(at.applied.value, at.flushed.value)};
      if (Lsn all = std::max(at.received, model.flushed); random.chance(50)) at = {all, all, all};
      gate.reported(now, name, at);
    } else if (dice < 77) {
      uint64_t from = random.below(model.flushed.value + 1);
      model.streams[name] = {Lsn{from}, Lsn{from}, Lsn{from / 2}};
      gate.joined(now, name, model.streams[name]);
    } else if (dice < 79) {
      model.streams.erase(name);
      gate.left(now, name);
    } else if (dice < 81) {
      if (!model.members.erase(name)) model.members.insert(name);
      gate.set_members(now, model.members);
    } else if (dice < 82) {
      model.throw_switch(any_policy());
      gate.set_policy(now, model.policy);
    } else if (dice < 84) {
      model.stopped = random.chance(30);
      gate.set_stopped(now, model.stopped ? std::optional<std::string>("a test") : std::nullopt);
    } else if (dice < 86) {
      TxnId given_up = random.between(1, txn + 1);
      std::erase_if(model.waiting, [&](const Model::Commit& commit) { return commit.txn == given_up; });
      gate.abandon(given_up);
    } else if (dice < 88) {
      model.ceiling = random.chance(60) ? kMaxLsn : Lsn{random.below(model.appended.value + 16)};
      gate.set_ceiling(now, model.ceiling);
    } else if (dice < 92) {
      // Mostly what was asked for; now and then a record that was overtaken.
      bool to = random.chance(90) ? model.asked != model.degraded : random.chance(50);
      model.set_degraded(now, to);
      gate.set_degraded(now, to);
    } else {
      gate.tick(now);
      return true;
    }
    return false;
  }

  /// What the gate says, held against the model and against the invariants.
  void compare(bool ticked) {
    Lsn announced = model.visible;
    Model::Expected expected = model.settle(now, ticked), said;
    for (const GateOutput& output : gate.take_outputs()) {
      if (const auto* visible = std::get_if<VisibleTo>(&output)) {
        ASSERT_GT(visible->lsn, announced);
        ASSERT_TRUE(said.released.empty()) << "visibility comes before replies";
        announced = visible->lsn;
      } else if (const auto* release = std::get_if<Release>(&output)) {
        said.released.emplace_back(release->txn, release->rung);
        ASSERT_TRUE(std::ranges::is_sorted(release->by));
        ASSERT_EQ(release->by.empty(), !replica_stage(release->rung));
      } else if (const auto* degrade = std::get_if<Degrade>(&output)) {
        said.degrade = true;
        ASSERT_NE(degrade->reason.find("was not met within"), std::string::npos);
      } else if (std::holds_alternative<Rearm>(output)) {
        said.rearm = true;
      }
    }
    ASSERT_EQ(said.released, expected.released);
    ASSERT_EQ(said.degrade, expected.degrade);
    ASSERT_EQ(said.rearm, expected.rearm);
    ASSERT_EQ(gate.visible(), model.visible);
    ASSERT_EQ(announced, model.visible);
    ASSERT_LE(gate.visible(), std::max(model.flushed, model.shown_unflushed));
    ASSERT_EQ(gate.waiting(), model.waiting.size());
    ASSERT_EQ(gate.degraded(), model.degraded);
    ASSERT_TRUE(!ticked || gate.next_deadline() > now) << "a tick leaves nothing due";
    bool kept_back =
        gate.visible() < model.flushed ||
        std::ranges::any_of(
            model.waiting, [](const auto& commit) { return commit.rung && replica_stage(*commit.rung); });
    ASSERT_EQ(gate.missing_text().empty(), !kept_back);
    gate.check_invariants();
    released += expected.released.size();
    degrades += expected.degrade;
    rearms += expected.rearm;
  }

  Random random{GetParam()};
  Model model;
  TimePoint now;
  CommitGate gate{now, model.policy, false, {}, {}};
  TxnId txn = 0;
  size_t released = 0, degrades = 0, rearms = 0;
};

TEST_P(CommitGateModel, AgreesWithTheGateAfterEveryEvent) {
  for (int step = 0; step < 20000; ++step) {
    now += milliseconds(random.below(50));
    bool ticked = event();
    compare(ticked);
    if (HasFatalFailure()) FAIL() << "step " << step << ", policy " << model.policy;
  }
  EXPECT_GT(released, 2000u) << "the run must have released something";
  EXPECT_GT(degrades, 10u);
  EXPECT_GT(rearms, 5u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, CommitGateModel, testing::Range<uint64_t>(1, 9));

}  // namespace
}  // namespace wallaby::replication
