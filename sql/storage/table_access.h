// sql/storage/table_access.h
//
// Rows of SQL tables as rows of engine tables, and the indexes beside them.
//
//     table users(id int primary key, name text)     engine table `users`
//       (7, 'Alice')            key: 01 80 00 00 07  value: columns in order, without the key's (row_codec.h)
//     index users_name_idx(name)                     engine table `users_name_idx`
//       ('Alice')               key: name, then the row's key (unless unique)   value: the row's key
//
// Keys are encoded so that their bytes sort as their values do (key_codec.h): a range on the primary key is a range of
// engine keys. Text sorts byte by byte, which is PostgreSQL's collation "C". A table without a primary key has a hidden
// row number for a key. A native table's key and value are its two texts, byte for byte.
//
// A row that a uniqueness rule refuses: 23505 with PostgreSQL's detail. NULLs never collide, a primary key has none: the
// entry of a unique index that has a NULL in it ends with the row's key, as that of any other index.
//
// Whoever writes a table builds on its definition: a TableWriter makes its transaction depend on the catalog's row of
// it, so that a column or an index that another transaction added meanwhile is never missed (40001).
//
// Errors: SqlError. Ownership: the DataSource and the Table must outlive it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/store.h"
#include "sql/sql_error.h"
#include "sql/storage/catalog.h"
#include "sql/storage/data_source.h"
#include "sql/storage/key_codec.h"
#include "sql/types/value.h"

namespace wallaby::sql {

/// Appends what the value of the primary key's column number `part` (from 0) is in the engine key. Keys, and the bounds
/// of ranges of keys, are these in a row.
void append_key_part(const Table& table, size_t part, const Value& value, std::string& out);
/// The engine key of a row: its primary key.
std::string encode_key(const Table& table, const Row& row);
/// The row's engine value.
void encode_row(const Table& table, const Row& row, std::string& out);
/// XX001 when the bytes are not a row of this table; 22021 when those of a native table are not text.
SqlResult<Row> decode_row(const Table& table, std::string_view key, std::string_view value);
/// The key of a row's entry in one of the table's indexes.
std::string index_entry_key(const Table& table, const Index& index, const Row& row, std::string_view row_key);

/// "(id)=(1)", "(a, b)=(1, x)": as the details of errors name a key.
std::string key_text(const Table& table, const std::vector<uint16_t>& columns, const Row& row);

/// A stored row: its engine key is its identity.
struct StoredRow {
  std::string key;
  Row values;
};

/// Numbers rows of tables without a primary key (a hidden sequence, see sequences.h).
class RowNumbers {
 public:
  virtual ~RowNumbers() = default;
  virtual int64_t next_row_number(const Table& table) = 0;
};

/// Changes to one table with all its indexes. On an error nothing has changed (the statement is undone as a whole anyway).
class TableWriter {
 public:
  /// `numbers` is asked for rows of a table without a primary key alone.
  TableWriter(const Table& table, engine::Transaction& transaction, RowNumbers& numbers);
  /// 23505 when the primary key or a unique index holds these values already; `row` is complete (defaults in, NOT NULL checked). Returns its key.
  SqlResult<std::string> insert(const Row& row);
  SqlResult<void> update(const StoredRow& old_row, const Row& new_row);
  SqlResult<void> erase(const StoredRow& row);
  /// The stored row that `row` would collide with, on these columns (a primary key's or unique index's); nullopt: none.
  SqlResult<std::optional<StoredRow>> find_conflict(
      const Row& row, const Index* index) const;  ///< index null: the primary key

 private:
  SqlResult<void> check_unique(const Row& row, const Index* index) const;
  SqlResult<void> put(std::string_view key, const Row& row);
  SqlResult<void> move_entries(const StoredRow& old_row, std::string_view new_key, const Row& new_row);

  const Table& table_;
  engine::Transaction& transaction_;
  RowNumbers& numbers_;
};

/// One row by its whole primary key.
SqlResult<std::optional<StoredRow>> find_by_key(const DataSource& source, const Table& table,
                                                std::string_view key);

/// Rows in key order, a piece at a time: between two calls nothing is held but the last key, so that a scan can rest while others have their turn.
class TableScan {
 public:
  TableScan(const DataSource& source, std::shared_ptr<const Table> table, engine::KeyRange range);
  /// Appends up to `limit` rows; fewer means the end.
  SqlResult<void> next(size_t limit, std::vector<StoredRow>& out);
  bool at_end() const { return end_; }

 private:
  const DataSource& source_;
  std::shared_ptr<const Table> table_;
  engine::KeyRange range_;
  bool end_ = false;
};

/// Rows by a secondary index, in the index's order; a range over encoded prefixes of its columns.
class IndexScan {
 public:
  IndexScan(const DataSource& source, std::shared_ptr<const Table> table, const Index& index,
            engine::KeyRange range);
  SqlResult<void> next(size_t limit, std::vector<StoredRow>& out);
  bool at_end() const { return end_; }

 private:
  const DataSource& source_;
  std::shared_ptr<const Table> table_;
  const Index& index_;
  engine::KeyRange range_;
  bool end_ = false;
};

}  // namespace wallaby::sql
