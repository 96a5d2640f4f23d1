// sql/plan/defining.h
//
// What the parts of definitions share: the statement that runs, the catalog it runs on, and the catalog's writer.
//
// One Defining lives as long as one run of one statement. `catalog` is as it was when the statement began; a part that changes a relation
// more than once works on its own copy of the definition.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sql/parser/ast.h"
#include "sql/plan/plan.h"
#include "sql/sql_error.h"
#include "sql/storage/catalog.h"
#include "sql/storage/catalog_rows.h"

namespace wallaby::sql {

enum class RelationKind : uint8_t { kNone, kTable, kIndex, kSequence };

struct Defining {
  const ast::Statement& statement;
  ExecContext& exec;
  engine::Transaction& transaction;
  std::shared_ptr<const Catalog> catalog;
  CatalogWriter writer;
  std::set<std::string> chosen;  ///< names that this statement has given already

  int position(int location) const { return position_of(*statement.text, location); }
  /// For the client, and the statement goes on.
  void notice(SqlError error) { exec.notices.push_back(std::move(error).severity("NOTICE")); }
  RelationKind kind_of(std::string_view name) const;
  bool is_taken(std::string_view name) const {
    return catalog->has_relation(name) || chosen.contains(std::string(name));
  }
};

/// 3F000 for schemas other than public, at the name's position.
SqlResult<void> check_schema(const Defining& defining, const ast::RangeVar& name);
/// The table that an ALTER, TRUNCATE, CREATE INDEX names; 42P01, 42809.
SqlResult<std::shared_ptr<const Table>> need_table(const Defining& defining, const ast::RangeVar& name);
/// 42P01 `relation "x" does not exist`, or 3F000.
SqlError no_relation(const ast::RangeVar& name);
/// A catalog row can be changed only of tables that have one.
SqlResult<void> refuse_native(const Table& table, std::string_view what);

/// "users" + "name" + "key" -> "users_name_key", no longer than 63 bytes, with a number when it is taken. It is noted as chosen.
std::string choose_name(Defining& defining, std::string_view table, std::string_view columns,
                        std::string_view label);
/// "a_b" for the columns of an index.
std::string joined_names(const Table& table, const std::vector<uint16_t>& columns);

/// One column of CREATE TABLE or ADD COLUMN. With it comes the sequence that fills it, when there is one (its OID is not set yet).
struct DefinedColumn {
  Column column;
  std::optional<Sequence> sequence;
};
SqlResult<DefinedColumn> define_column(Defining& defining, std::string_view table,
                                       const ast::ColumnDef& definition);
/// The value of a default that is the same for every row: what ADD COLUMN gives to the rows that are there. 0A000 when it is not.
SqlResult<Value> constant_default(Defining& defining, const Column& column, const ast::Expr& expr);
/// True for types that a primary key or index can be of; 0A000 says why not.
SqlResult<void> check_key_column(const Column& column);

/// A primary key or UNIQUE that a table definition asks for.
struct WantedKey {
  bool primary = false;
  std::string name;  ///< empty: chosen
  std::vector<uint16_t> columns;
  int location = -1;
};
/// Column names to positions: 42703 `column "x" named in key does not exist`, 42701 `column "x" appears twice in primary key constraint`.
SqlResult<WantedKey> find_key(const Defining& defining, const Table& table,
                              const ast::TableConstraint& constraint);
/// Names the keys and puts them into the definition: the primary key, then an index for each UNIQUE. Same columns: one key.
SqlResult<void> add_keys(Defining& defining, Table& table, std::vector<WantedKey> keys);

/// Fills an index that is new from the table's rows. 23505 `could not create unique index "x"`.
SqlResult<void> fill_index(Defining& defining, const Table& table, const Index& index);
/// Writes all rows of `from` anew as rows of `to`, with all indexes: when the key or the columns change. `convert` makes the new row.
SqlResult<void> rewrite_table(Defining& defining, const Table& from, const Table& to,
                              const std::function<void(Row&)>& convert);

SqlResult<void> run_definition(Defining& defining, const ast::CreateTable& create);
SqlResult<void> run_definition(Defining& defining, const ast::CreateIndex& create);
SqlResult<void> run_definition(Defining& defining, const ast::CreateSequence& create);
SqlResult<void> run_definition(Defining& defining, const ast::Drop& drop);
SqlResult<void> run_definition(Defining& defining, const ast::Truncate& truncate);
SqlResult<void> run_definition(Defining& defining, const ast::AlterTable& alter);
SqlResult<void> run_definition(Defining& defining, const ast::CreateRole& create);
SqlResult<void> run_definition(Defining& defining, const ast::AlterRole& alter);
SqlResult<void> run_definition(Defining& defining, const ast::DropRole& drop);

}  // namespace wallaby::sql
