// sql/storage/data_source.h
//
// Where a statement reads: a snapshot (a read outside of a transaction), or a transaction (its snapshot and its own
// writes). Both answer the same questions; this hides which.
//
// Ownership: it points to the view or transaction and must not outlive it. What get() and scan() hand out lasts until
// the next change to the transaction, or until the view goes.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/store.h"
#include "engine/transaction.h"

namespace wallaby::sql {

class DataSource {
 public:
  explicit DataSource(const engine::View& view) : view_(&view) {}
  explicit DataSource(engine::Transaction& transaction) : transaction_(&transaction) {}

  bool has_table(std::string_view table) const;
  std::vector<std::string> tables() const;
  /// As long as it stays the same, so does tables(); nullopt: not known, ask for tables().
  std::optional<Lsn> last_table_change() const;
  std::optional<std::string_view> get(std::string_view table, std::string_view key) const;
  /// In key order until `visit` returns false; false when there is no such table.
  bool scan(std::string_view table, const engine::KeyRange& range,
            const std::function<bool(const engine::Row&)>& visit) const;
  /// The transaction to write to; nullptr for a snapshot.
  engine::Transaction* transaction() const { return transaction_; }

 private:
  const engine::View* view_ = nullptr;
  engine::Transaction* transaction_ = nullptr;
};

}  // namespace wallaby::sql
