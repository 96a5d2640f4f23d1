#include "engine/store.h"

#include <gmock/gmock.h>

namespace wallaby::engine {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Change put(std::string key, std::string value, std::string table = "t") {
  return {ChangeKind::kPut, std::move(table), std::move(key), std::move(value)};
}
Change erase(std::string key, std::string table = "t") {
  return {ChangeKind::kDelete, std::move(table), std::move(key), {}};
}
Change create(std::string table) {
  return {ChangeKind::kCreateTable, std::move(table), {}, {}};
}
Change drop(std::string table) {
  return {ChangeKind::kDropTable, std::move(table), {}, {}};
}

class StoreTest : public testing::Test {
 protected:
  void apply(uint64_t lsn, const Changes& changes) {
    store.apply(Lsn{lsn}, views_of(changes));
    store.check_invariants();
  }
  void show(uint64_t lsn) {
    store.set_visible(Lsn{lsn});
    store.check_invariants();
  }
  void tidy() {
    while (store.tidy(100)) {
    }
    store.check_invariants();
  }
  std::vector<std::string> keys(const View& view, const std::string& from = "", const std::string& to = "") {
    std::vector<std::string> keys;
    view.scan("t", {from, to}, [&](const Row& row) {
      keys.emplace_back(row.key);
      return true;
    });
    return keys;
  }

  Store store;
};
using StoreDeathTest = StoreTest;

TEST_F(StoreTest, VisibleAndNewestDiffer) {
  apply(8, {create("t"), put("hello", "world")});
  show(8);
  apply(16, {put("hello", "moon")});
  EXPECT_EQ(store.visible_view().get("t", "hello"), "world");
  EXPECT_EQ(store.newest_view().get("t", "hello"), "moon");
  show(16);
  EXPECT_EQ(store.visible_view().get("t", "hello"), "moon");
}

TEST_F(StoreTest, ASnapshotStaysWhileOthersMoveOn) {
  apply(8, {create("t"), put("a", "1"), put("b", "1")});
  show(8);
  View view = store.visible_view();
  std::string_view held = *view.get("t", "a");
  apply(16, {put("a", "2"), erase("b"), put("c", "2")});
  show(16);
  apply(24, {put("a", "3")});
  show(24);
  EXPECT_EQ(view.position(), Lsn{8});
  EXPECT_THAT(keys(view), ElementsAre("a", "b"));
  EXPECT_EQ(held, "1");
  EXPECT_THAT(keys(store.visible_view()), ElementsAre("a", "c"));
  // The middle version of `a` is seen by nobody.
  EXPECT_EQ(store.versions(), 5u);
  EXPECT_EQ(store.oldest_view(), Lsn{8});
  EXPECT_EQ(store.views(), 1u);
  view = View();
  tidy();
  EXPECT_EQ(store.versions(), 2u);
  EXPECT_EQ(store.oldest_view(), Lsn{24});
}

TEST_F(StoreTest, EveryVersionPastVisibleIsKept) {
  apply(8, {create("t"), put("a", "0")});
  for (uint64_t i = 2; i <= 9; ++i) apply(8 * i, {put("a", std::to_string(i))});
  show(8);
  EXPECT_EQ(store.versions(), 9u);
  show(40);
  EXPECT_EQ(store.visible_view().get("t", "a"), "5");
  EXPECT_EQ(store.versions(), 5u);
  show(72);
  EXPECT_EQ(store.versions(), 1u);
}

TEST_F(StoreTest, AVersionBetweenTwoSnapshotsGoes) {
  apply(8, {create("t"), put("a", "1")});
  show(8);
  View first = store.visible_view();
  for (uint64_t lsn = 16; lsn <= 800; lsn += 8) {
    apply(lsn, {put("a", std::to_string(lsn))});
    show(lsn);
  }
  View second = store.visible_view();
  apply(808, {put("a", "last")});
  show(808);
  EXPECT_EQ(store.versions(), 3u);
  EXPECT_EQ(first.get("t", "a"), "1");
  EXPECT_EQ(second.get("t", "a"), "800");
}

TEST_F(StoreTest, ScansAreHalfOpenAndStopWhenTold) {
  apply(8, {create("t"), put("", "empty"), put("a", "1"), put("b", "2"), put("c", "3")});
  View view = store.newest_view();
  EXPECT_THAT(keys(view), ElementsAre("", "a", "b", "c"));
  EXPECT_THAT(keys(view, "a", "c"), ElementsAre("a", "b"));
  EXPECT_THAT(keys(view, "aa"), ElementsAre("b", "c"));
  EXPECT_THAT(keys(view, "c", "a"), IsEmpty());
  int visits = 0;
  EXPECT_TRUE(view.scan("t", {}, [&](const Row&) { return ++visits < 2; }));
  EXPECT_EQ(visits, 2);
  EXPECT_FALSE(view.scan("other", {}, [](const Row&) { return true; }));
  EXPECT_EQ(view.count("t"), 4u);
}

TEST_F(StoreTest, KeysAreBytesInUnsignedOrder) {
  apply(8, {create("t"), put("\xFF", "high"), put(std::string("\0", 1), "low"), put("a", "")});
  EXPECT_THAT(keys(store.newest_view()), ElementsAre(std::string("\0", 1), "a", "\xFF"));
  EXPECT_EQ(store.newest_view().get("t", "a"), "");
}

TEST_F(StoreTest, ADroppedTableIsSeenByOlderSnapshotsOnly) {
  apply(8, {create("t"), put("a", "old"), create("u")});
  show(8);
  View before = store.visible_view();
  apply(16, {drop("t")});
  show(16);
  View between = store.visible_view();
  apply(24, {create("t"), put("b", "new")});
  show(24);

  EXPECT_THAT(before.tables(), ElementsAre("t", "u"));
  EXPECT_EQ(before.get("t", "a"), "old");
  EXPECT_THAT(between.tables(), ElementsAre("u"));
  EXPECT_FALSE(between.has_table("t"));
  EXPECT_EQ(between.get("t", "a"), std::nullopt);
  EXPECT_THAT(keys(store.visible_view()), ElementsAre("b"));
  EXPECT_EQ(store.rows(), 1u);
  EXPECT_EQ(store.versions(), 2u);
  before = View();
  tidy();
  EXPECT_EQ(store.versions(), 1u);
}

TEST_F(StoreTest, OneRecordMayDropAndMakeATable) {
  apply(8, {create("t"), put("a", "1"), put("b", "1")});
  show(8);
  View view = store.visible_view();
  apply(16, {drop("t"), create("t"), put("b", "2"), drop("t"), create("t"), put("c", "2"), put("c", "3"),
             erase("c")});
  show(16);
  EXPECT_THAT(keys(view), ElementsAre("a", "b"));
  EXPECT_THAT(keys(store.visible_view()), IsEmpty());
  EXPECT_TRUE(store.visible_view().has_table("t"));
  view = View();
  tidy();
  EXPECT_EQ(store.versions(), 0u);
}

TEST_F(StoreTest, ALargeDroppedTableGoesInSlices) {
  Changes changes = {create("t")};
  for (int i = 0; i < 5000; ++i) changes.push_back(put(std::to_string(i), "v"));
  apply(8, changes);
  show(8);
  apply(16, {drop("t")});
  show(16);
  EXPECT_GT(store.versions(), 4000u);
  EXPECT_TRUE(store.tidy(1000));
  EXPECT_LT(store.versions(), 4000u);
  store.check_invariants();
  tidy();
  EXPECT_EQ(store.versions(), 0u);
  EXPECT_EQ(store.memory(), Store().memory());
}

TEST_F(StoreTest, ALongSnapshotIsPaidForInSlices) {
  Changes changes = {create("t")};
  for (int i = 0; i < 5000; ++i) changes.push_back(put(std::to_string(i), "1"));
  apply(8, changes);
  show(8);
  View view = store.visible_view();
  changes.erase(changes.begin());
  apply(16, changes);
  show(16);
  tidy();
  view = View();
  EXPECT_GT(store.versions(), 9000u);
  // Each further record works off more than it adds.
  for (uint64_t i = 3; store.versions() > 5001; ++i) {
    ASSERT_LT(i, 200u);
    apply(8 * i, {put("0", "x")});
    show(8 * i);
  }
}

TEST_F(StoreTest, ConflictMeansANewerVersion) {
  apply(8, {create("t"), create("u"), put("a", "1"), put("b", "1")});
  show(8);
  View view = store.visible_view();
  Lsn snapshot = view.position();
  apply(16, {put("a", "2"), erase("b"), put("c", "2")});
  apply(24, {erase("c"), drop("u"), create("v")});
  show(24);
  tidy();
  EXPECT_TRUE(store.conflict(snapshot, "t", "a"));
  EXPECT_TRUE(store.conflict(snapshot, "t", "b"));
  // Made and deleted since: its tombstone waits for this snapshot.
  EXPECT_TRUE(store.conflict(snapshot, "t", "c"));
  EXPECT_FALSE(store.conflict(snapshot, "t", "d"));
  EXPECT_TRUE(store.conflict(snapshot, "u", "any"));
  EXPECT_TRUE(store.conflict(snapshot, "v", "any"));
  EXPECT_FALSE(store.conflict(snapshot, "never", "any"));
  EXPECT_FALSE(store.conflict(Lsn{24}, "t", "a"));
  EXPECT_FALSE(store.table_conflict(Lsn{24}, "u"));
  apply(32, {drop("t"), create("t")});
  EXPECT_TRUE(store.conflict(snapshot, "t", "d"));
  EXPECT_TRUE(store.table_conflict(Lsn{24}, "t"));
}

TEST_F(StoreTest, AKeyThatCameAndWentIsAConflictToo) {
  apply(8, {create("t")});
  show(8);
  View view = store.visible_view();
  apply(16, {put("a", "1")});
  apply(24, {erase("a")});
  show(24);
  tidy();
  // Only its tombstone is left, for the sake of this snapshot.
  EXPECT_EQ(store.versions(), 1u);
  EXPECT_TRUE(store.conflict(view.position(), "t", "a"));
  view = View();
  tidy();
  EXPECT_EQ(store.versions(), 0u);
}

TEST_F(StoreTest, ATombstoneLeavesWithItsLastReader) {
  apply(8, {create("t"), put("a", "1")});
  show(8);
  View view = store.visible_view();
  apply(16, {erase("a")});
  show(16);
  tidy();
  EXPECT_EQ(store.versions(), 2u);
  EXPECT_EQ(store.rows(), 0u);
  view = View();
  tidy();
  EXPECT_EQ(store.versions(), 0u);
}

TEST_F(StoreTest, AKeyThatComesBackIsNotSweptWithItsTombstone) {
  apply(8, {create("t"), put("a", "1")});
  apply(16, {erase("a")});
  apply(24, {put("a", "2")});
  apply(32, {erase("a")});
  apply(40, {put("a", "3")});
  show(32);
  tidy();
  EXPECT_EQ(store.visible_view().get("t", "a"), std::nullopt);
  show(40);
  tidy();
  EXPECT_EQ(store.visible_view().get("t", "a"), "3");
  EXPECT_EQ(store.versions(), 1u);
}

TEST_F(StoreTest, ViewsMayCloseInsideAScan) {
  Changes changes = {create("t")};
  for (char key = 'a'; key <= 'z'; ++key) changes.push_back(put({key}, "1"));
  apply(8, changes);
  show(8);
  View old = store.visible_view();
  changes.clear();
  for (char key = 'a'; key < 'z'; ++key)
    if (key != 'm') changes.push_back(erase({key}));
  apply(16, changes);
  show(16);
  // Closing `old` frees what this scan walks over, were it not put off.
  std::string seen;
  store.visible_view().scan("t", {}, [&](const Row& row) {
    old = View();
    View inner = store.visible_view();
    EXPECT_EQ(inner.count("t"), 2u);
    seen += row.key;
    return true;
  });
  EXPECT_EQ(seen, "mz");
  tidy();
  EXPECT_EQ(store.versions(), 2u);
  EXPECT_EQ(store.views(), 0u);
}

TEST_F(StoreTest, ATableOutlastsItsVersions) {
  apply(8, {create("t"), put("a", "1"), create("other"), put("x", "", "other")});
  show(8);
  View first = store.visible_view();
  apply(16, {put("a", "2")});
  show(16);
  View second = store.visible_view();
  apply(24, {drop("t")});
  show(24);
  tidy();
  // The table waits for `second`, its older version for `first`: now the table comes first.
  store.visible_view().scan("other", {}, [&](const Row&) {
    second = View();
    first = View();
    return true;
  });
  tidy();
  EXPECT_EQ(store.versions(), 1u);
}

TEST_F(StoreTest, MemoryCountsWhatIsThere) {
  uint64_t empty = store.memory();
  apply(8, {create("t"), put("key", std::string(100000, 'v'))});
  show(8);
  uint64_t one = store.memory();
  EXPECT_GT(one, empty + 100000);
  EXPECT_LT(one, empty + 102000);
  EXPECT_GT(store.checkpoint_size(), 100000u);
  apply(16, {put("key", "small")});
  EXPECT_GT(store.memory(), one);
  show(16);
  EXPECT_LT(store.memory(), empty + 2000);
}

TEST_F(StoreTest, DigestsTellKeysFromValuesAndTables) {
  auto digest = [](const Changes& changes) {
    Store store;
    store.apply(Lsn{8}, views_of(changes));
    return store.digest().value;
  };
  std::set<uint64_t> digests = {
      digest({}),
      digest({create("t")}),
      digest({create("u")}),
      digest({create("t"), put("ab", "c")}),
      digest({create("t"), put("a", "bc")}),
      digest({create("t"), put("", "abc")}),
      digest({create("t"), create("u"), put("ab", "c")}),
      digest({create("t"), create("u"), put("ab", "c", "u")}),
  };
  EXPECT_EQ(digests.size(), 8u);
}

// Checkpoints carry it and nodes compare it: it must not change by accident.
TEST_F(StoreTest, GoldenDigest) {
  apply(0x1A8, {create("t"), put("hello", "world")});
  EXPECT_EQ(testing::PrintToString(store.digest()), "537ececa9e38ee97 at 0/1A8");
}

TEST_F(StoreTest, AdvanceMovesThePositionAlone) {
  apply(8, {create("t"), put("a", "1")});
  uint64_t digest = store.digest().value;
  store.advance(Lsn{48});
  EXPECT_EQ(store.applied(), Lsn{48});
  EXPECT_EQ(store.digest(), (Digest{Lsn{48}, digest}));
}

TEST_F(StoreTest, FillTakesAStoreToACheckpoint) {
  Row rows[] = {{"a", "1"}, {"b", "2"}};
  store.fill(Lsn{64}, "empty", {});
  store.fill(Lsn{64}, "t", rows);
  Row more[] = {{"c", "3"}};
  store.fill(Lsn{64}, "t", more);
  store.advance(Lsn{64});
  show(64);
  EXPECT_THAT(store.visible_view().tables(), ElementsAre("empty", "t"));
  EXPECT_THAT(keys(store.visible_view()), ElementsAre("a", "b", "c"));
}

TEST_F(StoreDeathTest, BrokenPromisesStopTheProcess) {
  apply(8, {create("t"), put("a", "1")});
  EXPECT_DEATH(apply(8, {}), "record at 0/8 after 0/8");
  EXPECT_DEATH(apply(16, {erase("b")}), "record at 0/10: a missing key of table 't' is deleted");
  EXPECT_DEATH(apply(16, {put("a", "1", "u")}), "put into missing table 'u'");
  EXPECT_DEATH(apply(16, {create("t")}), "'t' is created twice");
  EXPECT_DEATH(apply(16, {drop("u")}), "missing table 'u' is dropped");
  EXPECT_DEATH(show(16), "runs past applied");
  show(8);
  EXPECT_DEATH(show(0), "moves back");
  View newest = store.newest_view();
  apply(16, {});
  EXPECT_DEATH(newest.get("t", "a"), "read after 0/10 was applied");
}

}  // namespace
}  // namespace wallaby::engine
