// Transactions beside a model: each has its own copy of the state, savepoints are copies of that copy, and the
// store after a commit is the model with that transaction's last words.
#include <gtest/gtest.h>

#include "base/random.h"
#include "engine/transaction.h"
#include "tests/engine/model_store.h"

namespace wallaby::engine {
namespace {

using test::ModelRows;
using test::ModelTables;

ModelTables everything(const Transaction& tx) {
  ModelTables tables;
  for (const std::string& name : tx.tables()) {
    ModelRows& rows = tables[name];
    EXPECT_TRUE(tx.scan(name, {}, [&](const Row& row) {
      EXPECT_TRUE(rows.empty() || std::prev(rows.end())->first < row.key);
      rows.emplace(row.key, row.value);
      return true;
    }));
  }
  return tables;
}

struct Client {
  Transaction tx;
  ModelTables tables;
  std::vector<std::pair<Transaction::Savepoint, ModelTables>> savepoints;
};

void change(Client& client, Random& random) {
  std::string table = "t" + std::to_string(random.below(3));
  std::string key(1, static_cast<char>('a' + random.below(8)));
  auto found = client.tables.find(table);
  bool there = found != client.tables.end();
  switch (random.below(12)) {
    case 0: {
      auto made = client.tx.create_table(table);
      ASSERT_EQ(made.has_value(), !there);
      client.tables[table];
      break;
    }
    case 1: {
      auto dropped = client.tx.drop_table(table);
      ASSERT_EQ(dropped.has_value(), there);
      client.tables.erase(table);
      break;
    }
    case 2: client.savepoints.emplace_back(client.tx.savepoint(), client.tables); break;
    case 3:
      if (client.savepoints.empty()) break;
      client.savepoints.resize(random.between(1, client.savepoints.size()));
      client.tx.rollback_to(client.savepoints.back().first);
      client.tables = client.savepoints.back().second;
      break;
    case 4:
    case 5:
    case 6:
    case 7: {
      auto erased = client.tx.erase(table, key);
      ASSERT_EQ(erased.has_value(), there);
      if (there) {
        ASSERT_EQ(*erased, found->second.erase(key) == 1);
      }
      break;
    }
    default: {
      std::string value = std::to_string(random.below(1000));
      ASSERT_EQ(client.tx.put(table, key, value).has_value(), there);
      if (there) found->second[key] = value;
      break;
    }
  }
}

class TransactionModel : public testing::TestWithParam<uint64_t> {};

TEST_P(TransactionModel, EachLivesInItsOwnCopy) {
  Random random(GetParam());
  Store store;
  test::ModelStore model;
  std::vector<Client> clients;
  int commits = 0, conflicts = 0;
  for (int i = 0; i < 2000; ++i) {
    if (clients.size() < 4 || random.chance(5)) {
      View view = store.visible_view();
      ModelTables tables = model.at(view.position());
      clients.push_back({Transaction(std::move(view)), std::move(tables), {}});
    }
    auto client = clients.begin() + static_cast<ptrdiff_t>(random.below(clients.size()));
    ASSERT_NO_FATAL_FAILURE(change(*client, random));
    ASSERT_EQ(everything(client->tx), client->tables) << "step " << i;
    ASSERT_EQ(client->tx.empty(), client->tx.size() == 0);
    if (!random.chance(15)) continue;
    bool only_one = store.applied() == client->tx.view().position();
    if (client->tx.conflict(store)) {
      ASSERT_FALSE(only_one) << "nobody to lose against";
      ++conflicts;
    } else {
      ++commits;
      uint64_t size = client->tx.size();
      Changes changes = client->tx.take_changes();
      ASSERT_GE(size, encoded_size(changes));
      Lsn lsn = store.applied() + 8;
      model.apply(lsn, changes);
      store.apply(lsn, views_of(changes));
      if (only_one) {
        ASSERT_EQ(model.newest(), client->tables);
      }
      if (random.chance(70)) store.set_visible(lsn);
      store.check_invariants();
    }
    clients.erase(client);
  }
  EXPECT_GT(commits, 50);
  EXPECT_GT(conflicts, 20);
}

INSTANTIATE_TEST_SUITE_P(Seeds, TransactionModel, testing::Range<uint64_t>(1, 13));

}  // namespace
}  // namespace wallaby::engine
