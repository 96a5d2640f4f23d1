// The store beside the model, through random histories.
#include <map>

#include <gtest/gtest.h>

#include "base/random.h"
#include "engine/store.h"
#include "tests/engine/model_store.h"

namespace wallaby::engine {
namespace {

using test::ModelRows;
using test::ModelTables;

ModelTables everything(const View& view) {
  ModelTables tables;
  for (const std::string& name : view.tables()) {
    ModelRows& rows = tables[name];
    std::string before;
    view.scan(name, {}, [&](const Row& row) {
      EXPECT_TRUE(rows.empty() || before < row.key);
      before = row.key;
      rows.emplace(row.key, row.value);
      return true;
    });
  }
  return tables;
}

struct World {
  Store store;
  test::ModelStore model;
  Random random;
  std::vector<View> views;
  // For conflicts: when a key, and a table as such, was last touched.
  std::map<std::pair<std::string, std::string>, Lsn> key_changed;
  std::map<std::string, Lsn> table_changed;

  explicit World(uint64_t seed) : random(seed) {}

  void apply() {
    Changes changes = test::random_record(random, model.newest());
    Lsn lsn = store.applied() + 8 * random.between(5, 40);
    for (const Change& change : changes) {
      bool row = change.kind == ChangeKind::kPut || change.kind == ChangeKind::kDelete;
      (row ? key_changed[{change.table, change.key}] : table_changed[change.table]) = lsn;
    }
    model.apply(lsn, changes);
    store.apply(lsn, views_of(changes));
  }
  void check_conflict(const View& view) {
    std::string table = "t" + std::to_string(random.below(3)), key(1, "0123456789ab"[random.below(12)]);
    bool now = model.newest().contains(table), then = model.at(view.position()).contains(table);
    bool other_table = now != then || (now && table_changed[table] > view.position());
    ASSERT_EQ(store.table_conflict(view.position(), table), other_table);
    bool expected = other_table || (now && key_changed[{table, key}] > view.position());
    ASSERT_EQ(store.conflict(view.position(), table, key), expected)
        << table << ' ' << key << " at " << view.position();
  }
  void move_visible() {
    uint64_t lag = store.applied() - store.visible();
    store.set_visible(store.visible() + random.between(0, lag));
  }
  void close_one() {
    if (views.empty()) return;
    views.erase(views.begin() + static_cast<ptrdiff_t>(random.below(views.size())));
  }
  void check_view(const View& view) {
    const ModelTables& expected = model.at(view.position());
    ASSERT_EQ(everything(view), expected) << "at " << view.position();
    for (int i = 0; i < 3; ++i) {
      std::string table = "t" + std::to_string(random.below(3));
      std::string from = std::string(1, "0123456789ab"[random.below(12)]),
                  to = std::string(1, "3579b"[random.below(5)]);
      ModelRows in_range;
      bool there = view.scan(table, {from, to}, [&](const Row& row) {
        in_range.emplace(row.key, row.value);
        return true;
      });
      auto rows = expected.find(table);
      ASSERT_EQ(there, rows != expected.end());
      ASSERT_EQ(view.has_table(table), there);
      if (!there) continue;
      ModelRows wanted;
      for (const auto& [key, value] : rows->second)
        if (key >= from && key < to) wanted.emplace(key, value);
      ASSERT_EQ(in_range, wanted);
      ASSERT_EQ(view.count(table), rows->second.size());
      auto row = rows->second.find(from);
      auto value = view.get(table, from);
      ASSERT_EQ(value.has_value(), row != rows->second.end());
      if (value) {
        ASSERT_EQ(*value, row->second);
      }
    }
  }
  void step() {
    switch (random.below(10)) {
      case 0:
      case 1:
      case 2: apply(); break;
      case 3:
      case 4: move_visible(); break;
      case 5:
      case 6: views.push_back(store.visible_view()); break;
      case 7:
      case 8: close_one(); break;
      case 9: store.tidy(random.below(20)); break;
    }
    store.check_invariants();
  }
  void tidy() {
    while (store.tidy(3)) store.check_invariants();
  }
};

class StoreModel : public testing::TestWithParam<uint64_t> {};

TEST_P(StoreModel, EveryViewSeesItsPosition) {
  World world(GetParam());
  for (int i = 0; i < 600; ++i) {
    world.step();
    if (world.views.size() > 8) world.close_one();
    if (!world.views.empty()) {
      const View& view = world.views[world.random.below(world.views.size())];
      world.check_view(view);
      world.check_conflict(view);
    }
    world.check_view(world.store.newest_view());
    if (i % 50 == 0) {
      world.tidy();
      for (const View& view : world.views) world.check_view(view);
      world.model.forget_before(world.store.oldest_view());
    }
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST_P(StoreModel, MemoryReturnsWhenEverythingIsGone) {
  World world(GetParam() + 1000);
  for (int i = 0; i < 300; ++i) world.step();
  Changes drops;
  for (const auto& [table, rows] : world.model.newest())
    drops.push_back({ChangeKind::kDropTable, table, {}, {}});
  world.store.apply(world.store.applied() + 40, views_of(drops));
  world.store.set_visible(world.store.applied());
  while (!world.views.empty()) world.close_one();
  world.tidy();
  EXPECT_EQ(world.store.memory(), Store().memory());
  EXPECT_EQ(world.store.versions(), 0u);
  EXPECT_EQ(world.store.digest().value, 0u);
}

TEST_P(StoreModel, DigestsAreOfTheStateAlone) {
  World world(GetParam() + 2000);
  for (int i = 0; i < 200; ++i) world.step();
  // The same state, made in another order by other ways.
  Store other;
  Changes changes;
  const ModelTables& newest = world.model.newest();
  for (auto table = newest.rbegin(); table != newest.rend(); ++table) {
    changes.push_back({ChangeKind::kCreateTable, table->first, {}, {}});
    changes.push_back({ChangeKind::kPut, table->first, "passing", "by"});
    for (auto row = table->second.rbegin(); row != table->second.rend(); ++row)
      changes.push_back({ChangeKind::kPut, table->first, row->first, row->second});
    changes.push_back({ChangeKind::kDelete, table->first, "passing", {}});
  }
  other.apply(world.store.applied(), views_of(changes));
  EXPECT_EQ(other.digest(), world.store.digest());
  EXPECT_EQ(other.rows(), world.store.rows());
}

INSTANTIATE_TEST_SUITE_P(Seeds, StoreModel, testing::Range<uint64_t>(1, 25));

}  // namespace
}  // namespace wallaby::engine
