// The gate beside a model that knows nothing of queues: after every random event the model asks, for each commit that
// still waits, whether its promise holds, straight from the words of commit_gate.h.
#include <algorithm>
#include <iterator>

#include <gtest/gtest.h>

#include "base/random.h"
#include "replication/commit_gate.h"
#include "tests/replication/dialogue.h"

namespace wallaby::replication {
namespace {

struct Model {
  struct Commit {
    TxnId txn = 0;
    Lsn lsn;
    std::optional<Rung> rung;
  };
  Policy policy;
  Lsn visible, appended, flushed;
  bool stopped = false;
  std::set<NodeName> members;
  std::map<NodeName, Positions> streams;
  std::vector<Commit> waiting;

  Lsn met(Rung rung) const {
    if (rung == Rung::kAsync) return flushed;
    std::map<NodeName, std::optional<Lsn>> at;
    for (const NodeName& name : members) {
      auto stream = streams.find(name);
      at[name] =
          stream == streams.end() ? std::nullopt : std::optional(stream->second.at(*replica_stage(rung)));
    }
    return std::min(flushed, policy.replicas_for(rung).met(at));
  }

  /// The transactions to be released now, in log order.
  std::vector<TxnId> settle() {
    std::vector<TxnId> released;
    if (stopped) return released;
    visible = std::max(visible, met(policy.rung));
    std::erase_if(waiting, [&](const Commit& commit) {
      bool early = commit.rung && *commit.rung < policy.rung;
      bool holds = (early || commit.lsn <= visible) && (!commit.rung || commit.lsn <= met(*commit.rung));
      if (holds) released.push_back(commit.txn);
      return holds;
    });
    return released;
  }
};

class CommitGateModel : public testing::TestWithParam<uint64_t> {};

TEST_P(CommitGateModel, AgreesWithTheGateAfterEveryEvent) {
  Random random(GetParam());
  const std::vector<NodeName> names{"r1", "r2", "r3", "r4"};
  const std::vector<Rung> rungs{Rung::kAsync, Rung::kSemiSync, Rung::kDurable, Rung::kSync};
  const std::vector<std::string_view> sets{
      "", "ALL", "ANY 1 (*)", "ANY 2 (*)", "ANY 1 (r1, r2)", "ANY 2 (r1, r2, r4)"};
  Model model;
  CommitGate gate(model.policy, {}, {});
  TimePoint now;
  TxnId txn = 0;
  size_t released_in_all = 0;

  for (int step = 0; step < 10000; ++step) {
    now += std::chrono::milliseconds(random.below(50));
    NodeName name = names[random.below(names.size())];
    uint64_t dice = random.below(100);
    if (dice < 30) {
      model.appended = model.appended + 8 * random.between(1, 4);
      std::optional<Rung> own;
      if (random.chance(30)) own = rungs[random.below(rungs.size())];
      model.waiting.push_back({++txn, model.appended, own});
      gate.enqueue(now, txn, model.appended, own);
    } else if (dice < 50) {
      model.flushed = Lsn{random.between(model.flushed.value / 8, model.appended.value / 8) * 8};
      gate.local(now, model.appended, model.flushed);
    } else if (dice < 80) {
      auto stream = model.streams.find(name);
      if (stream == model.streams.end()) continue;
      Positions& at = stream->second;
      at.received = Lsn{random.between(at.received.value, std::max(at.received, model.flushed).value)};
      at.flushed = Lsn{random.between(at.flushed.value, at.received.value)};
      at.applied = Lsn{random.between(at.applied.value, at.flushed.value)};
      gate.reported(now, name, at);
    } else if (dice < 86) {
      uint64_t from = random.below(model.flushed.value + 1);
      model.streams[name] = {Lsn{from}, Lsn{from}, Lsn{from / 2}};
      gate.joined(now, name, model.streams[name]);
    } else if (dice < 88) {
      model.streams.erase(name);
      gate.left(now, name);
    } else if (dice < 91) {
      if (!model.members.erase(name)) model.members.insert(name);
      gate.set_members(now, model.members);
    } else if (dice < 93) {
      model.policy = Policy{.rung = rungs[random.below(rungs.size())]};
      if (std::string_view set = sets[random.below(sets.size())]; !set.empty())
        model.policy.sync_replicas = *SyncReplicas::parse(set);
      gate.set_policy(now, model.policy);
    } else if (dice < 95) {
      model.stopped = random.chance(30);
      gate.set_stopped(now, model.stopped ? std::optional<std::string>("a test") : std::nullopt);
    } else if (dice < 98) {
      TxnId given_up = random.between(1, txn + 1);
      std::erase_if(model.waiting, [&](const Model::Commit& commit) { return commit.txn == given_up; });
      gate.abandon(given_up);
    } else {
      if (gate.next_deadline() <= now) gate.tick(now);
    }

    Lsn visible_before = model.visible;
    std::vector<TxnId> expected = model.settle(), released;
    Lsn announced = visible_before;
    for (const GateOutput& output : gate.take_outputs()) {
      if (const auto* visible = std::get_if<VisibleTo>(&output)) {
        ASSERT_GT(visible->lsn, announced);
        ASSERT_TRUE(released.empty()) << "visibility comes before replies";
        announced = visible->lsn;
      }
      if (const auto* release = std::get_if<Release>(&output)) {
        released.push_back(release->txn);
        ASSERT_TRUE(std::ranges::is_sorted(release->by));
        ASSERT_EQ(release->by.empty(), release->rung == Rung::kAsync);
      }
    }
    ASSERT_EQ(released, expected) << "step " << step;
    ASSERT_EQ(gate.visible(), model.visible) << "step " << step;
    ASSERT_EQ(announced, model.visible) << "step " << step;
    ASSERT_EQ(gate.waiting(), model.waiting.size()) << "step " << step;
    gate.check_invariants();
    released_in_all += released.size();
  }
  EXPECT_GT(released_in_all, 1000u) << "the run must have released something";
}

INSTANTIATE_TEST_SUITE_P(Seeds, CommitGateModel, testing::Range<uint64_t>(1, 9));

}  // namespace
}  // namespace wallaby::replication
