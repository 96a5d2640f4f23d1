// sql/plan/access_path.h
//
// How the rows of one table are found: which part of a WHERE becomes bounds of keys, and what stays to be checked row by row.
//
//     PRIMARY KEY (a, b), index on c
//     a = 1 AND b = $1             one key
//     a = 1 AND b IN (3, 4)        two keys
//     a = 1 AND b > 5 AND d = 6    the keys from (1, 5) to the last of 1; filter d = 6
//     c = 7                        the index's keys that begin with 7, and for each its row
//     d = 6                        all rows; filter
//
// A bound may be a constant, a parameter, or anything else that does not change while the table is read: for the inner table of a join
// also the columns of the outer one.
//
// Rows come in the order of the key that is used (order()). The best path has the longest equal prefix; the primary key wins a tie.
//
// Ownership: an AccessPath is part of a plan. A run points to its path and context. Between two calls it holds copies of rows alone, so
// the transaction may change in between.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/store.h"
#include "sql/plan/bound.h"
#include "sql/plan/row_node.h"
#include "sql/storage/catalog.h"
#include "sql/storage/table_access.h"

namespace wallaby::sql {

struct KeyBound {
  BoundPtr value;
  bool inclusive = false;
};

struct AccessPath {
  std::shared_ptr<const Table> table;
  const Index* index = nullptr;          ///< null: the table's own key
  std::vector<BoundPtr> equal;           ///< values of the first columns of the key
  std::vector<BoundPtr> any;             ///< what the next column may be: values, or one array
  bool any_is_array = false;             ///< `any` is one expression that gives an array
  std::optional<KeyBound> lower, upper;  ///< of the next column
  BoundPtr condition;                    ///< what the key answers, for EXPLAIN
  BoundPtr filter;                       ///< what is left
  bool in_key_order = false;             ///< all rows are read, for the sake of their order
  std::string alias;  ///< how the statement calls the table, for EXPLAIN; empty: by its name

  bool uses_key() const { return !equal.empty() || !any.empty() || lower || upper; }
  /// The whole key is given: at most one row for each.
  bool whole_key() const;
  /// Columns of the table that the key is made of, in order.
  const std::vector<uint16_t>& order() const { return index ? index->columns : table->primary_key; }
  void explain(ExplainText& out, int depth) const;
  /// The first line: "Index Scan using users_pkey on users u".
  std::string title() const;
};

/// `conditions`: what AND joins; columns of the table are at `offset` of the row and up. The columns of other tables count as known.
AccessPath choose_access(std::shared_ptr<const Table> table, int offset, std::vector<BoundPtr> conditions);

/// The rows that the keys lead to. The filter is the caller's: see TableReader.
class AccessRun {
 public:
  AccessRun(const AccessPath& path, const RunContext& context) : path_(path), context_(context) {}
  /// Finds out the keys, with `row` for the columns of other tables that they use. Begins anew.
  SqlResult<void> start(std::span<const Value> row);
  /// kRest when the budget is used up.
  SqlResult<Step> next(StoredRow& row);

 private:
  SqlResult<void> add_ranges(const std::string& prefix, std::span<const Value> row);
  SqlResult<std::vector<Value>> any_values(const Frame& frame) const;
  bool narrow(size_t part, Value& value, int& out_of_range) const;
  void append_part(size_t part, const Value& value, std::string& out) const;
  TypeId part_type(size_t part) const;
  SqlResult<bool> fill();
  SqlResult<bool> find_key();

  const AccessPath& path_;
  RunContext context_;
  std::vector<engine::KeyRange> ranges_;  ///< when the whole key is given: `from` is the key
  size_t next_range_ = 0;
  std::optional<TableScan> table_scan_;
  std::optional<IndexScan> index_scan_;
  std::vector<StoredRow> buffer_;
  size_t next_row_ = 0, batch_ = 0;
};

/// The rows of a table that a WHERE keeps: what UPDATE and DELETE work on.
class TableReader {
 public:
  TableReader(const AccessPath& path, const RunContext& context)
      : path_(path), context_(context), run_(path, context) {}
  SqlResult<Step> next(StoredRow& row);

 private:
  const AccessPath& path_;
  RunContext context_;
  AccessRun run_;
  bool started_ = false;
};

}  // namespace wallaby::sql
