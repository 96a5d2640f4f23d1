#include "sim/bank_checker.h"

#include <gtest/gtest.h>

#include "sim/trace.h"
#include "tests/sql/storage_fixture.h"

namespace wallaby::sim {
namespace {

using StepKind = BankStep::Kind;

/// A log of the bank's tables, with accounts 1 and 2 at 100 each, and an index on balances.
class BankCheckerTest : public sql::StorageTest {
 protected:
  BankCheckerTest() {
    engine::Transaction tx = begin();
    sql::CatalogWriter definitions(tx);
    for (const sql::Table& table : {accounts(), payments(), notes()}) EXPECT_TRUE(definitions.put(table));
    EXPECT_TRUE(definitions.put(numbers()));
    log(tx);
    open(1, 2);
  }

  static sql::Table table(std::string name, sql::Oid oid, std::vector<sql::Column> columns) {
    sql::Table table;
    table.oid = oid;
    table.name = std::move(name);
    table.columns = std::move(columns);
    return table;
  }
  static sql::Table accounts() {
    sql::Table made = table("accounts", sql::kFirstOid,
                            {column("id", sql::TypeId::kInt4), column("balance", sql::TypeId::kInt8),
                             column("op", sql::TypeId::kText)});
    made.primary_key = {0};
    made.indexes = {{sql::kFirstOid + 2, "by_balance", "accounts", {1}, false, false}};
    return made;
  }
  static sql::Table payments() {
    sql::Table made = table("payments", sql::kFirstOid + 3,
                            {column("id", sql::TypeId::kInt4), column("op", sql::TypeId::kText)});
    made.primary_key = {0};
    made.indexes = {{sql::kFirstOid + 5, "payments_op_key", "payments", {1}, true, true}};
    return made;
  }
  static sql::Table notes() {
    return table("notes", sql::kFirstOid + 6,
                 {column("op", sql::TypeId::kText), column("note", sql::TypeId::kText)});
  }
  static sql::Sequence numbers() {
    return {sql::kFirstOid + 7, "payments_id_seq", {sql::TypeId::kInt4, -1}, 1, 1, "payments", "id"};
  }

  /// The record of these changes; when the checker throws, the store has not got it.
  Lsn log(engine::Changes changes) {
    checker.in_log(store.applied() + 8, engine::views_of(changes));
    apply(changes);
    return store.applied();
  }
  Lsn log(engine::Transaction& tx) { return log(tx.take_changes()); }
  void write(engine::Transaction& tx, int64_t id, int64_t balance, const std::string& op) {
    sql::Table table = accounts();
    sql::Row row{number(id), number(balance), text(op)};
    sql::TableWriter writer(table, tx, *this);
    auto old = sql::find_by_key(sql::DataSource(tx), table, sql::encode_key(table, row));
    if (*old)
      EXPECT_TRUE(writer.update(**old, row));
    else
      EXPECT_TRUE(writer.insert(row));
  }
  void insert(engine::Transaction& tx, const sql::Table& table, sql::Row row) {
    EXPECT_TRUE(sql::TableWriter(table, tx, *this).insert(row));
  }
  void open(int64_t from, int64_t to) {
    checker.may_commit({"b0.1", {{StepKind::kOpen, from, to, 100}}, 0, 0, {}, {}});
    engine::Transaction tx = begin();
    for (int64_t id = from; id <= to; ++id) write(tx, id, 100, "b0.1");
    log(tx);
  }
  /// The primary has heard COMMIT.
  void heard(const std::string& name, std::vector<BankStep> steps, uint64_t payments = 0,
             uint64_t notes = 0) {
    checker.may_commit({name, std::move(steps), payments, notes, {}, {}});
  }
  Lsn pay(const std::string& name, int64_t id, std::optional<int64_t> stored) {
    heard(name, {}, 1);
    engine::Transaction tx = begin();
    insert(tx, payments(), {number(id), text(name)});
    if (stored) {
      EXPECT_TRUE(memory.set(numbers(), *stored, true));
      memory.store_used({"payments_id_seq"}, tx);
    }
    return log(tx);
  }

  BankChecker checker;
};

TEST_F(BankCheckerTest, KnowsTheAccountsAtEveryPosition) {
  Lsn before = store.applied();
  heard("b1.2", {{StepKind::kAdd, 1, 1, -5}, {StepKind::kAdd, 2, 2, 5}});
  engine::Transaction tx = begin();
  write(tx, 1, 95, "b1.2");
  write(tx, 2, 105, "b1.2");
  Lsn lsn = log(tx);
  checker.committed("b1.2", lsn, {});
  EXPECT_EQ(checker.state_at(before).accounts, (Accounts{{1, {100, "b0.1"}}, {2, {100, "b0.1"}}}));
  EXPECT_EQ(checker.state_at(lsn).accounts, (Accounts{{1, {95, "b1.2"}}, {2, {105, "b1.2"}}}));
  EXPECT_EQ(checker.state_at(lsn + 64).accounts.size(), 2u);
  EXPECT_TRUE(checker.state_at(Lsn{}).accounts.empty());
}

TEST_F(BankCheckerTest, AnUpdateThatWasBuiltOnAnOldRowIsLost) {
  heard("b1.2", {{StepKind::kAdd, 1, 1, 5}});
  heard("b2.2", {{StepKind::kAdd, 1, 1, -10}});
  engine::Transaction first = begin(), second = begin();
  write(first, 1, 105, "b1.2");
  write(second, 1, 90, "b2.2");
  log(first);
  EXPECT_THROW(log(second.take_changes()), BrokenPromise);
}

TEST_F(BankCheckerTest, AnOperationIsThereWholeAndOnce) {
  heard("b1.2", {{StepKind::kAdd, 1, 1, -5}, {StepKind::kAdd, 2, 2, 5}});
  engine::Transaction half = begin();
  write(half, 1, 95, "b1.2");
  EXPECT_THROW(log(half), BrokenPromise);

  heard("b1.3", {{StepKind::kAdd, 2, 2, 1}});
  engine::Transaction once = begin();
  write(once, 2, 101, "b1.3");
  log(once);
  engine::Transaction twice = begin();
  write(twice, 2, 102, "b1.3");
  EXPECT_THROW(log(twice), BrokenPromise);
}

TEST_F(BankCheckerTest, WhatNobodyAskedToCommitIsNotThere) {
  engine::Transaction tx = begin();
  write(tx, 1, 101, "b1.2");
  EXPECT_THROW(log(tx), BrokenPromise);
}

TEST_F(BankCheckerTest, NorMoreThanWasAsked) {
  heard("b1.2", {{StepKind::kAdd, 1, 1, 1}});
  engine::Transaction tx = begin();
  write(tx, 1, 101, "b1.2");
  write(tx, 2, 101, "b1.2");
  EXPECT_THROW(log(tx), BrokenPromise);
}

TEST_F(BankCheckerTest, WhatFailedIsNotThere) {
  heard("b1.2", {{StepKind::kAdd, 1, 1, 1}});
  heard("b1.3", {{StepKind::kAdd, 2, 2, 1}});
  engine::Transaction told_before = begin(), told_after = begin();
  write(told_before, 1, 101, "b1.2");
  write(told_after, 2, 101, "b1.3");
  checker.refused("b1.2", "40001");
  EXPECT_THROW(log(told_before.take_changes()), BrokenPromise);
  log(told_after);
  EXPECT_THROW(checker.refused("b1.3", "57014"), BrokenPromise);
}

TEST_F(BankCheckerTest, ATokenNamesTheRecord) {
  heard("b1.2", {{StepKind::kAdd, 1, 1, 1}});
  EXPECT_THROW(checker.committed("b1.2", store.applied(), {}), BrokenPromise) << "it is nowhere";
  engine::Transaction tx = begin();
  write(tx, 1, 101, "b1.2");
  Lsn lsn = log(tx);
  checker.committed("b1.2", lsn, {});
  checker.unknown("b1.2", lsn);
  EXPECT_THROW(checker.committed("b1.2", lsn + 8, {}), BrokenPromise);
  EXPECT_THROW(checker.unknown("b1.2", lsn + 8), BrokenPromise);
}

TEST_F(BankCheckerTest, AnUnknownOutcomeIsWhereItsTokenSaysOrNowhere) {
  heard("b1.2", {{StepKind::kAdd, 1, 1, 1}});
  checker.unknown("b1.2", store.applied() + 800);
  engine::Transaction tx = begin();
  write(tx, 1, 101, "b1.2");
  EXPECT_THROW(log(tx), BrokenPromise);
}

TEST_F(BankCheckerTest, NumbersOfTheSequenceAreInTheLogAndAreReturned) {
  checker.numbers_asked(2);
  Lsn lsn = pay("b1.2", 1, 1);
  checker.committed("b1.2", lsn, {"1"});
  EXPECT_THROW(checker.committed("b1.2", lsn, {"2"}), BrokenPromise);
  EXPECT_EQ(checker.state_at(lsn).payments, 1u);
  EXPECT_THROW(pay("b1.3", 2, {}), BrokenPromise) << "after a restart 2 would be given again";
}

TEST_F(BankCheckerTest, NumbersDoNotJumpOverARestart) {
  checker.numbers_asked(3);
  pay("b1.2", 5, 5);  // some were run twice
  checker.process_began();
  checker.numbers_asked(1);
  pay("b1.3", 6, 6);
  checker.process_began();
  checker.numbers_asked(1);
  EXPECT_THROW(pay("b1.4", 39, 39), BrokenPromise);
}

TEST_F(BankCheckerTest, ARowThatIsWrittenOnceIsNotWrittenOver) {
  heard("b1.2", {}, 0, 1);
  engine::Transaction tx = begin();
  insert(tx, notes(), {text("b1.2"), text("first")});
  engine::Changes changes = tx.take_changes();
  log(changes);
  heard("b1.3", {}, 0, 1);
  engine::Transaction other = begin();
  insert(other, notes(), {text("b1.3"), text("second")});
  engine::Changes same_number = other.take_changes();
  for (engine::Change& change : same_number) change.key = changes[0].key;
  EXPECT_THROW(log(same_number), BrokenPromise);
}

TEST_F(BankCheckerTest, AnIndexHasAnEntryForEachRow) {
  heard("b1.2", {{StepKind::kAdd, 1, 1, 1}});
  engine::Transaction tx = begin();
  write(tx, 1, 101, "b1.2");
  engine::Changes changes = tx.take_changes();
  EXPECT_GT(std::erase_if(changes, [](const auto& change) { return change.table == "by_balance"; }), 0u);
  EXPECT_THROW(log(changes), BrokenPromise);
}

TEST_F(BankCheckerTest, LeavesOthersRecordsToTheLedger) {
  engine::Changes native{{engine::ChangeKind::kPut, "t0", "k", "c1.1.0|"}};
  EXPECT_FALSE(BankChecker::owns(Lsn{8}, engine::views_of(native)));
  engine::Changes mixed = native;
  mixed.push_back({engine::ChangeKind::kPut, "notes", "k", "v"});
  EXPECT_THROW(BankChecker::owns(Lsn{8}, engine::views_of(mixed)), BrokenPromise);
  mixed.erase(mixed.begin());
  EXPECT_TRUE(BankChecker::owns(Lsn{8}, engine::views_of(mixed)));
}

TEST(Bank, StepsTellWhatIsWrittenAndWhatQueriesShow) {
  Accounts accounts{{1, {100, "b0.1"}}, {9, {7, "b0.2"}}};
  BankOperation operation{"b1.2",
                          {{StepKind::kOpen, 1, 2, 100},
                           {StepKind::kAdd, 8, 11, 3},
                           {StepKind::kUpsert, 10, 10, 4},
                           {StepKind::kRemove, 9, 9, 0}},
                          0,
                          0,
                          {},
                          {}};
  EXPECT_EQ(perform(operation, accounts), (std::set<int64_t>{2, 9, 10}));
  EXPECT_EQ(accounts, (Accounts{{1, {100, "b0.1"}}, {2, {100, "b1.2"}}, {10, {4, "b1.2"}}}));
  BankState state{.tables = {}, .accounts = accounts};
  EXPECT_EQ(rows_of({BankQuery::Kind::kTotal, 0, 0, {}}, state), (std::vector<SqlRow>{{"3", "204"}}));
  EXPECT_EQ(rows_of({BankQuery::Kind::kRich, 100, 0, {}}, state), (std::vector<SqlRow>{{"1"}, {"2"}}));
  EXPECT_EQ(rows_of({BankQuery::Kind::kTotal, 0, 0, {}}, BankState{}),
            (std::vector<SqlRow>{{"0", std::nullopt}}));
}

}  // namespace
}  // namespace wallaby::sim
