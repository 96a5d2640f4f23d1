#include "tests/engine/model_store.h"

#include <fmt/core.h>

namespace wallaby::engine::test {
namespace {

void apply_change(ModelTables& tables, const Change& change) {
  switch (change.kind) {
    case ChangeKind::kPut: tables.at(change.table)[change.key] = change.value; break;
    case ChangeKind::kDelete: tables.at(change.table).erase(change.key); break;
    case ChangeKind::kCreateTable: tables[change.table]; break;
    case ChangeKind::kDropTable: tables.erase(change.table); break;
  }
}

}  // namespace

void ModelStore::apply(Lsn lsn, const Changes& changes) {
  ModelTables tables = newest();
  for (const Change& change : changes) apply_change(tables, change);
  history_[lsn] = std::move(tables);
}

void ModelStore::forget_before(Lsn position) {
  history_.erase(history_.begin(), std::prev(history_.upper_bound(position)));
}

Changes random_record(Random& random, const ModelTables& newest) {
  ModelTables tables = newest;
  Changes changes;
  for (uint64_t i = random.between(1, random.chance(10) ? 30 : 4); i > 0; --i) {
    Change change{ChangeKind::kPut, fmt::format("t{}", random.below(3)), {}, {}};
    auto table = tables.find(change.table);
    if (table == tables.end()) {
      change.kind = ChangeKind::kCreateTable;
    } else if (random.chance(4)) {
      change.kind = ChangeKind::kDropTable;
    } else {
      // Few keys, so that histories grow and conflicts happen.
      change.key = fmt::format("{:x}", random.below(12));
      if (table->second.contains(change.key) && random.chance(35)) {
        change.kind = ChangeKind::kDelete;
      } else {
        change.value = std::string(random.below(40), static_cast<char>('a' + random.below(26)));
      }
    }
    apply_change(tables, change);
    changes.push_back(std::move(change));
  }
  return changes;
}

}  // namespace wallaby::engine::test
