#include "engine/transaction.h"

#include <gmock/gmock.h>

namespace wallaby::engine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class TransactionTest : public testing::Test {
 protected:
  TransactionTest() {
    apply({{ChangeKind::kCreateTable, "t", {}, {}},
           {ChangeKind::kPut, "t", "a", "1"},
           {ChangeKind::kPut, "t", "c", "3"},
           {ChangeKind::kPut, "t", "e", "5"}});
  }

  void apply(const Changes& changes) {
    store.apply(store.applied() + 8, views_of(changes));
    store.set_visible(store.applied());
    store.check_invariants();
  }
  Transaction begin() { return Transaction(store.visible_view()); }
  /// As a node does it; false: 40001.
  bool commit(Transaction tx) {
    if (tx.conflict(store)) return false;
    apply(tx.take_changes());
    return true;
  }
  static std::string rows(const Transaction& tx, KeyRange range = {}, const std::string& table = "t") {
    std::string rows;
    bool there = tx.scan(table, range, [&](const Row& row) {
      rows += fmt::format("{}={} ", row.key, row.value);
      return true;
    });
    return there ? rows : "no table";
  }

  Store store;
};

TEST_F(TransactionTest, ReadsItsOwnWrites) {
  Transaction tx = begin();
  EXPECT_TRUE(tx.empty());
  ASSERT_TRUE(tx.put("t", "b", "2"));
  ASSERT_TRUE(tx.put("t", "c", "30"));
  EXPECT_EQ(tx.erase("t", "e"), true);
  EXPECT_EQ(tx.erase("t", "nothing"), false);
  ASSERT_TRUE(tx.put("t", "z", "26"));
  EXPECT_EQ(tx.get("t", "b"), "2");
  EXPECT_EQ(tx.get("t", "c"), "30");
  EXPECT_EQ(tx.get("t", "e"), std::nullopt);
  EXPECT_EQ(tx.get("t", "a"), "1");
  EXPECT_EQ(rows(tx), "a=1 b=2 c=30 z=26 ");
  EXPECT_EQ(rows(tx, {"b", "c"}), "b=2 ");
  EXPECT_EQ(rows(tx, {"d", "e"}), "");
  EXPECT_EQ(rows(tx, {"e", ""}), "z=26 ");
  EXPECT_EQ(rows(tx, {"z", "a"}), "");
  EXPECT_FALSE(tx.empty());
  // Nobody else sees any of it.
  EXPECT_EQ(rows(begin()), "a=1 c=3 e=5 ");
  ASSERT_TRUE(commit(std::move(tx)));
  EXPECT_EQ(rows(begin()), "a=1 b=2 c=30 z=26 ");
}

TEST_F(TransactionTest, AScanStopsWhereverItIsTold) {
  Transaction tx = begin();
  ASSERT_TRUE(tx.put("t", "b", "2"));
  ASSERT_TRUE(tx.put("t", "c", "30"));
  ASSERT_TRUE(tx.put("t", "f", "6"));
  for (int wanted = 1; wanted <= 5; ++wanted) {
    int visits = 0;
    tx.scan("t", {}, [&](const Row&) { return ++visits < wanted; });
    EXPECT_EQ(visits, wanted);
  }
}

TEST_F(TransactionTest, OneChangeAKeyTablesFirst) {
  Transaction tx = begin();
  ASSERT_TRUE(tx.put("t", "c", "x"));
  ASSERT_TRUE(tx.put("t", "c", "y"));
  ASSERT_TRUE(tx.put("t", "b", "passing"));
  EXPECT_EQ(tx.erase("t", "b"), true);
  EXPECT_EQ(tx.erase("t", "a"), true);
  ASSERT_TRUE(tx.create_table("u"));
  ASSERT_TRUE(tx.put("u", "k", "v"));
  ASSERT_TRUE(tx.create_table("gone"));
  ASSERT_TRUE(tx.drop_table("gone"));
  EXPECT_THAT(tx.tables(), ElementsAre("t", "u"));
  EXPECT_THAT(tx.take_changes(), ElementsAre(Change{ChangeKind::kCreateTable, "u", {}, {}},  //
                                             Change{ChangeKind::kDelete, "t", "a", {}},      //
                                             Change{ChangeKind::kPut, "t", "c", "y"},        //
                                             Change{ChangeKind::kPut, "u", "k", "v"}));
  EXPECT_TRUE(tx.empty());
  EXPECT_EQ(tx.size(), 0u);
  EXPECT_THAT(tx.take_changes(), IsEmpty());
}

TEST_F(TransactionTest, ConflictsWithChangesToWhatItDependsOn) {
  Transaction untouched = begin(), lost = begin(), twin = begin();
  for (Transaction* tx : {&untouched, &lost, &twin}) ASSERT_TRUE(tx->put("t", "new", "row"));
  untouched.depend_on("t", "a");
  lost.depend_on("t", "c");
  lost.depend_on("t", "c");
  EXPECT_FALSE(lost.conflict(store));
  apply({{ChangeKind::kPut, "t", "c", "30"}});
  EXPECT_FALSE(untouched.conflict(store));
  EXPECT_TRUE(lost.conflict(store));

  twin.depend_on("elsewhere", "k");
  EXPECT_FALSE(twin.conflict(store));
  apply({{ChangeKind::kCreateTable, "elsewhere", {}, {}}});
  EXPECT_TRUE(twin.conflict(store));
}

TEST_F(TransactionTest, ConflictsWithNewAndGoneRowsOfATableItDependsOn) {
  Transaction reader = begin(), other = begin();
  reader.depend_on_rows("t");
  other.depend_on_rows("t");
  EXPECT_FALSE(reader.conflict(store));
  apply({{ChangeKind::kPut, "t", "x", "new"}});
  EXPECT_TRUE(reader.conflict(store));
  Transaction later = begin();
  later.depend_on_rows("t");
  apply({{ChangeKind::kDelete, "t", "x", {}}});
  EXPECT_TRUE(later.conflict(store));
  EXPECT_THAT(later.take_changes(), IsEmpty());
  EXPECT_FALSE(later.conflict(store)) << "a transaction that was taken depends on nothing";
}

TEST_F(TransactionTest, AViewKnowsWhereTablesChangedLast) {
  std::optional<Lsn> first = store.visible_view().last_table_change();
  ASSERT_TRUE(first);
  apply({{ChangeKind::kPut, "t", "x", "new"}});
  EXPECT_EQ(store.visible_view().last_table_change(), first);
  View before = store.visible_view();
  apply({{ChangeKind::kCreateTable, "u", {}, {}}});
  EXPECT_EQ(before.last_table_change(), std::nullopt);
  EXPECT_EQ(store.newest_view().last_table_change(), store.applied());
  EXPECT_GT(store.applied(), *first);
}

TEST_F(TransactionTest, TablesComeAndGo) {
  Transaction tx = begin();
  ASSERT_TRUE(tx.put("t", "b", "2"));
  ASSERT_TRUE(tx.drop_table("t"));
  EXPECT_FALSE(tx.has_table("t"));
  EXPECT_THAT(tx.tables(), IsEmpty());
  EXPECT_EQ(tx.get("t", "a"), std::nullopt);
  EXPECT_EQ(tx.get("t", "b"), std::nullopt);
  EXPECT_EQ(rows(tx), "no table");
  EXPECT_EQ(tx.put("t", "a", "1").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(tx.erase("t", "a").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(tx.drop_table("t").error().code, ErrorCode::kNotFound);

  ASSERT_TRUE(tx.create_table("t"));
  EXPECT_EQ(rows(tx), "");
  EXPECT_EQ(tx.erase("t", "a"), false);
  ASSERT_TRUE(tx.put("t", "a", "new"));
  EXPECT_EQ(rows(tx), "a=new ");
  EXPECT_EQ(tx.create_table("t").error().code, ErrorCode::kExists);
  ASSERT_TRUE(commit(std::move(tx)));
  EXPECT_EQ(rows(begin()), "a=new ");
  EXPECT_EQ(store.rows(), 1u);

  Transaction last = begin();
  ASSERT_TRUE(last.drop_table("t"));
  ASSERT_TRUE(last.create_table("t"));
  ASSERT_TRUE(last.put("t", "a", "never"));
  ASSERT_TRUE(last.drop_table("t"));
  EXPECT_THAT(last.take_changes(), ElementsAre(Change{ChangeKind::kDropTable, "t", {}, {}}));
}

TEST_F(TransactionTest, RollbackRestoresExactlyWhatWasThere) {
  Transaction tx = begin();
  ASSERT_TRUE(tx.put("t", "b", "2"));
  uint64_t size = tx.size();
  auto first = tx.savepoint();
  ASSERT_TRUE(tx.put("t", "b", "20"));
  EXPECT_EQ(tx.erase("t", "a"), true);
  auto second = tx.savepoint();
  EXPECT_EQ(tx.erase("t", "b"), true);
  ASSERT_TRUE(tx.drop_table("t"));
  ASSERT_TRUE(tx.create_table("t"));
  ASSERT_TRUE(tx.put("t", "q", "17"));
  ASSERT_TRUE(tx.create_table("u"));
  EXPECT_EQ(rows(tx), "q=17 ");

  tx.rollback_to(second);
  EXPECT_EQ(rows(tx), "b=20 c=3 e=5 ");
  EXPECT_FALSE(tx.has_table("u"));
  tx.rollback_to(first);
  EXPECT_EQ(rows(tx), "a=1 b=2 c=3 e=5 ");
  EXPECT_EQ(tx.size(), size);
  // A savepoint may be returned to more than once.
  ASSERT_TRUE(tx.drop_table("t"));
  tx.rollback_to(first);
  EXPECT_EQ(rows(tx), "a=1 b=2 c=3 e=5 ");
  tx.rollback_to(0);
  EXPECT_TRUE(tx.empty());
  EXPECT_EQ(tx.size(), 0u);
}

TEST_F(TransactionTest, ASavepointOfNothingIsAPlaceLikeAnyOther) {
  Transaction tx = begin();
  EXPECT_EQ(tx.savepoint(), 0u);
  ASSERT_TRUE(tx.put("t", "new", "1"));
  auto one = tx.savepoint();
  EXPECT_EQ(tx.erase("t", "new"), true);
  ASSERT_TRUE(tx.empty());
  auto nothing = tx.savepoint();
  ASSERT_TRUE(tx.put("t", "new", "2"));
  tx.rollback_to(nothing);
  EXPECT_TRUE(tx.empty());
  tx.rollback_to(one);
  EXPECT_EQ(tx.get("t", "new"), "1");
  tx.rollback_to(0);
  EXPECT_TRUE(tx.empty());
}

TEST_F(TransactionTest, RowsMayComeInAnyOrder) {
  Transaction tx = begin();
  for (std::string_view key : {"m", "x", "b", "x", "n", "z"}) ASSERT_TRUE(tx.put("t", key, key));
  EXPECT_EQ(tx.get("t", "zz"), std::nullopt);
  EXPECT_EQ(tx.get("t", "n"), "n");
  EXPECT_EQ(rows(tx), "a=1 b=b c=3 e=5 m=m n=n x=x z=z ");
}

TEST_F(TransactionTest, TheFirstCommitterWins) {
  Transaction one = begin(), two = begin(), other = begin();
  ASSERT_TRUE(one.put("t", "a", "one"));
  ASSERT_TRUE(two.put("t", "a", "two"));
  ASSERT_TRUE(other.put("t", "c", "other"));
  EXPECT_TRUE(commit(std::move(one)));
  EXPECT_FALSE(commit(std::move(two)));
  EXPECT_TRUE(commit(std::move(other)));
  EXPECT_EQ(rows(begin()), "a=one c=other e=5 ");
}

TEST_F(TransactionTest, AppendedIsEnoughToWin) {
  Transaction late = begin();
  ASSERT_TRUE(late.put("t", "a", "late"));
  // In the log, not acknowledged yet: still invisible.
  Changes appended = {{ChangeKind::kPut, "t", "a", "first"}};
  store.apply(store.applied() + 8, views_of(appended));
  EXPECT_EQ(rows(begin()), "a=1 c=3 e=5 ");
  EXPECT_FALSE(commit(std::move(late)));
}

TEST_F(TransactionTest, DeletesInsertsAndReinsertsConflict) {
  Transaction deleter = begin(), updater = begin(), inserter = begin(), second = begin();
  EXPECT_EQ(deleter.erase("t", "a"), true);
  ASSERT_TRUE(updater.put("t", "a", "2"));
  ASSERT_TRUE(inserter.put("t", "new", "1"));
  ASSERT_TRUE(second.put("t", "new", "2"));
  EXPECT_TRUE(commit(std::move(deleter)));
  EXPECT_FALSE(commit(std::move(updater)));
  EXPECT_TRUE(commit(std::move(inserter)));
  Transaction remover = begin();
  EXPECT_EQ(remover.erase("t", "new"), true);
  EXPECT_TRUE(commit(std::move(remover)));
  // Absent before and absent now, but it was there in between.
  EXPECT_FALSE(commit(std::move(second)));
}

TEST_F(TransactionTest, TablesConflict) {
  Transaction writer = begin(), dropper = begin(), other_dropper = begin(), maker = begin(),
              other_maker = begin();
  ASSERT_TRUE(writer.put("t", "q", "1"));
  ASSERT_TRUE(dropper.drop_table("t"));
  ASSERT_TRUE(other_dropper.drop_table("t"));
  ASSERT_TRUE(maker.create_table("u"));
  ASSERT_TRUE(other_maker.create_table("u"));
  EXPECT_TRUE(commit(std::move(dropper)));
  EXPECT_FALSE(commit(std::move(other_dropper)));
  EXPECT_TRUE(commit(std::move(maker)));
  EXPECT_FALSE(commit(std::move(other_maker)));
  Transaction again = begin();
  ASSERT_TRUE(again.create_table("t"));
  EXPECT_TRUE(commit(std::move(again)));
  // There is a table of that name again, but not the one that it wrote to.
  EXPECT_FALSE(commit(std::move(writer)));
}

TEST_F(TransactionTest, DroppingWinsOverRowsWrittenMeanwhile) {
  Transaction dropper = begin(), writer = begin();
  ASSERT_TRUE(dropper.drop_table("t"));
  ASSERT_TRUE(writer.put("t", "a", "2"));
  EXPECT_TRUE(commit(std::move(writer)));
  EXPECT_TRUE(commit(std::move(dropper)));
  EXPECT_FALSE(begin().has_table("t"));
}

TEST_F(TransactionTest, ReplacingATableWinsOverRowsWrittenMeanwhile) {
  Transaction replacer = begin(), writer = begin();
  ASSERT_TRUE(replacer.drop_table("t"));
  ASSERT_TRUE(replacer.create_table("t"));
  ASSERT_TRUE(replacer.put("t", "a", "new"));
  ASSERT_TRUE(writer.put("t", "a", "2"));
  EXPECT_TRUE(commit(std::move(writer)));
  EXPECT_TRUE(commit(std::move(replacer)));
  EXPECT_EQ(rows(begin()), "a=new ");
}

// Snapshot isolation allows it, and so does PostgreSQL's REPEATABLE READ: each reads what the other writes.
TEST_F(TransactionTest, WriteSkewIsAllowed) {
  apply({{ChangeKind::kCreateTable, "on_call", {}, {}},
         {ChangeKind::kPut, "on_call", "alice", "yes"},
         {ChangeKind::kPut, "on_call", "bob", "yes"}});
  Transaction alice = begin(), bob = begin();
  ASSERT_EQ(alice.get("on_call", "bob"), "yes");
  ASSERT_TRUE(alice.put("on_call", "alice", "no"));
  ASSERT_EQ(bob.get("on_call", "alice"), "yes");
  ASSERT_TRUE(bob.put("on_call", "bob", "no"));
  EXPECT_TRUE(commit(std::move(alice)));
  EXPECT_TRUE(commit(std::move(bob)));
  EXPECT_EQ(rows(begin(), {}, "on_call"), "alice=no bob=no ");
}

TEST_F(TransactionTest, NoReadIsEverHalfOld) {
  Transaction reader = begin();
  EXPECT_EQ(reader.get("t", "a"), "1");
  apply({{ChangeKind::kPut, "t", "a", "9"},
         {ChangeKind::kPut, "t", "c", "9"},
         {ChangeKind::kDropTable, "t", {}, {}}});
  EXPECT_EQ(rows(reader), "a=1 c=3 e=5 ");
}

TEST_F(TransactionTest, StatementsOnTheNewestStateNeverConflict) {
  for (int i = 0; i < 10; ++i) {
    Transaction tx(store.newest_view());
    int value = std::stoi(std::string(*tx.get("t", "a")));
    ASSERT_TRUE(tx.put("t", "a", std::to_string(value + 1)));
    ASSERT_FALSE(tx.conflict(store));
    // Visibility lags behind all the time.
    Changes changes = tx.take_changes();
    store.apply(store.applied() + 8, views_of(changes));
  }
  EXPECT_EQ(store.newest_view().get("t", "a"), "11");
  EXPECT_EQ(store.visible_view().get("t", "a"), "1");
}

TEST_F(TransactionTest, LimitsChangeNothing) {
  Transaction tx = begin();
  EXPECT_EQ(tx.put("t", std::string(kMaxKey + 1, 'k'), "").error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(tx.put("t", "k", std::string(kMaxValue + 1, 'v')).error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(tx.create_table("a b").error().code, ErrorCode::kInvalidArgument);
  auto missing = tx.put("nope", "k", "v");
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(missing.error().message, HasSubstr("table 'nope' does not exist: create it first"));
  EXPECT_TRUE(tx.empty());
  EXPECT_EQ(tx.savepoint(), 0u);
}

TEST_F(TransactionTest, SizeIsNeverTooLow) {
  Transaction tx = begin();
  std::string long_name(kMaxTableName, 'n');
  ASSERT_TRUE(tx.create_table(long_name));
  ASSERT_TRUE(tx.put(long_name, "", ""));
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(tx.put(long_name, std::to_string(i), std::string(static_cast<size_t>(i * i * i), 'v')));
    ASSERT_TRUE(tx.put("t", std::string(1000, 'k') + std::to_string(i), ""));
  }
  EXPECT_EQ(tx.erase("t", "a"), true);
  uint64_t size = tx.size();
  uint64_t exact = encoded_size(tx.take_changes());
  EXPECT_GE(size, exact);
  EXPECT_LE(size, exact + exact / 10);
}

}  // namespace
}  // namespace wallaby::engine
