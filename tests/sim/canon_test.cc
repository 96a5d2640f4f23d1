#include "sim/canon.h"

#include <gtest/gtest.h>

#include "engine/store.h"
#include "sim/trace.h"
#include "tests/sim/log_maker.h"

namespace wallaby::sim {
namespace {

class CanonTest : public testing::Test {
 protected:
  void SetUp() override { canon.begin(LogMaker::kCluster); }
  /// The client asks for it, the primary logs it.
  wal::Frame written(const std::string& operation, engine::Changes asked, engine::Changes logged) {
    ledger.issued(operation, asked);
    return log.changes(logged);
  }
  wal::Frame written(const std::string& operation, const engine::Changes& changes) {
    return written(operation, changes, changes);
  }

  Ledger ledger;
  Canon canon{ledger};
  LogMaker log;
};

TEST_F(CanonTest, KnowsEveryStateOfTheTables) {
  engine::Change first = put("t", "k", "c1.1.0|");
  canon.add(written("c1.1", {first}, {create("t"), first}), "p1");
  Lsn one = canon.end();
  canon.add(written("c1.2", {put("t", "k", "c1.2.0|"), put("t", "l", "c1.2.1|")}), "p1");
  Lsn two = canon.end();
  canon.add(written("c1.3", {del("t", "k")}), "p1");

  EXPECT_EQ(canon.value("t", "k", Lsn{}), std::nullopt);
  EXPECT_FALSE(canon.has_table("t", Lsn{}));
  EXPECT_EQ(canon.value("t", "k", one), "c1.1.0|");
  EXPECT_EQ(canon.value("t", "k", two), "c1.2.0|");
  EXPECT_EQ(canon.value("t", "k", canon.end()), std::nullopt);
  EXPECT_EQ(canon.rows("t", {}, 0, two).size(), 2u);
  EXPECT_EQ(canon.rows("t", {}, 1, two).size(), 1u);
  EXPECT_EQ(canon.rows("t", {"l", ""}, 0, canon.end()).size(), 1u);
  EXPECT_EQ(canon.ends_between(one, canon.end()).size(), 2u);
}

TEST_F(CanonTest, ItsDigestIsTheStores) {
  engine::Store store;
  engine::Changes changes{create("t"), put("t", "k", "c1.1.0|"), put("t", "l", "c1.1.1|")};
  canon.add(written("c1.1", {changes[1], changes[2]}, changes), "p1");
  store.apply(canon.end(), engine::views_of(changes));
  EXPECT_EQ(canon.digest_at(canon.end()), store.digest().value);
  engine::Changes more{del("t", "k"), put("t", "l", "c1.2.0|")};
  canon.add(written("c1.2", more), "p1");
  store.apply(canon.end(), engine::views_of(more));
  EXPECT_EQ(canon.digest_at(canon.end()), store.digest().value);
}

TEST_F(CanonTest, AnIndexOfTheBankMayGoAndIsKnownWhileItWasThere) {
  BankChecker bank;
  Canon with_bank{ledger, &bank};
  with_bank.begin(LogMaker::kCluster);
  bank.may_commit({"b1.1", {}, 0, 0, "ix_b1_1", {}});
  bank.may_commit({"b1.2", {}, 0, 0, {}, "ix_b1_1"});
  engine::Store store;
  auto log_it = [&](const engine::Changes& changes) {
    with_bank.add(log.changes(changes), "p1");
    store.apply(with_bank.end(), engine::views_of(changes));
    EXPECT_EQ(with_bank.digest_at(with_bank.end()), store.digest().value);
    return with_bank.end();
  };
  Lsn made = log_it({create("ix_b1_1"), put("ix_b1_1", "k", "v")});
  Lsn gone = log_it({{engine::ChangeKind::kDropTable, "ix_b1_1", "", ""}});
  EXPECT_TRUE(with_bank.has_table("ix_b1_1", made));
  EXPECT_FALSE(with_bank.has_table("ix_b1_1", gone));
  EXPECT_THROW(with_bank.add(log.changes({put("ix_b1_1", "k", "v")}), "p1"), BrokenPromise);
}

TEST_F(CanonTest, FollowsPolicyAndMembers) {
  canon.add(log.policy(replication::Rung::kSync), "p1");
  Lsn before = canon.end();
  canon.add(log.member("r1", 11), "p1");
  EXPECT_EQ(canon.cluster_at(before).policy.rung, replication::Rung::kSync);
  EXPECT_TRUE(canon.cluster_at(before).members.empty());
  EXPECT_TRUE(canon.cluster_at(canon.end()).members.contains("r1"));
}

TEST_F(CanonTest, AnotherRecordAtTheSamePlaceIsFoundOut) {
  engine::Change change = put("t", "k", "c1.1.0|");
  canon.add(written("c1.1", {change}, {create("t"), change}), "p1");
  LogMaker other;
  wal::Frame frame = other.changes({create("t"), put("t", "k", "c1.9.0|")});
  EXPECT_THROW(canon.add(frame, "p1"), BrokenPromise);
  EXPECT_THROW(canon.compare(frame, "r1"), BrokenPromise);
}

TEST_F(CanonTest, AReplicaMayNotHoldWhatThePrimaryNeverFlushed) {
  EXPECT_THROW(canon.compare(log.policy(replication::Rung::kAsync), "r1"), BrokenPromise);
}

TEST_F(CanonTest, NoValueThatNobodyWrote) {
  EXPECT_THROW(canon.add(log.changes({create("t"), put("t", "k", "c1.1.0|")}), "p1"), BrokenPromise);
}

TEST_F(CanonTest, NoHalfBatch) {
  engine::Change first = put("t", "k", "c1.1.0|"), second = put("t", "l", "c1.1.1|");
  EXPECT_THROW(canon.add(written("c1.1", {first, second}, {create("t"), first}), "p1"), BrokenPromise);
}

TEST_F(CanonTest, NoWriteTwice) {
  engine::Change change = put("t", "k", "c1.1.0|");
  canon.add(written("c1.1", {change}, {create("t"), change}), "p1");
  EXPECT_THROW(canon.add(log.changes({change}), "p1"), BrokenPromise);
}

TEST_F(CanonTest, NoWriteThatWasRefused) {
  engine::Change change = put("t", "k", "c1.1.0|");
  wal::Frame frame = written("c1.1", {change}, {create("t"), change});
  ledger.refused("c1.1", "the disk is full");
  EXPECT_THROW(canon.add(frame, "p1"), BrokenPromise);
}

TEST_F(CanonTest, AnAnswersTokenIsTheRecordsPlace) {
  engine::Change change = put("t", "k", "c1.1.0|");
  canon.add(written("c1.1", {change}, {create("t"), change}), "p1");
  ledger.answered("c1.1", canon.end());
  EXPECT_THROW(ledger.answered("c1.1", canon.end() + 8), BrokenPromise);
}

}  // namespace
}  // namespace wallaby::sim
