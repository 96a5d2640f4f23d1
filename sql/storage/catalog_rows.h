// sql/storage/catalog_rows.h
//
// The catalog as rows of its engine table, and how definitions change: CatalogWriter puts rows and moves the version.
//
//     CatalogWriter writer(transaction);
//     users.oid = *writer.take_oids(2);         the table and its primary key's index
//     writer.put(users);                        relation/users
//
// Two transactions that change definitions both write the row `state`, so one of them fails with 40001.
//
// The state's value: version (u64), next OID (u32), both little-endian.
//
// Errors: SqlError. Engine tables of relations are made and dropped here too, so that a definition and its table are never
// apart. Ownership: the transaction must outlive the writer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/reserved.h"
#include "engine/transaction.h"
#include "sql/sql_error.h"
#include "sql/storage/catalog.h"
#include "sql/storage/data_source.h"

namespace wallaby::sql {

inline constexpr std::string_view kCatalogTable = engine::kSqlCatalog;
inline constexpr std::string_view kSequencesTable = "sql.sequences";
inline constexpr std::string_view kRelationPrefix = engine::kSqlRelation;
inline constexpr std::string_view kRolePrefix = "role/";
/// The first OID of a user's object, as in PostgreSQL.
inline constexpr Oid kFirstOid = 16384;

/// "relation/users"
std::string relation_key(std::string_view name);
/// True for engine tables that are SQL's own: "sql.catalog".
bool is_system_table(std::string_view name);
/// 0A000 for names that cannot be engine tables.
SqlResult<void> check_relation_name(std::string_view name);

struct CatalogState {
  uint64_t version = 0;
  Oid next_oid = kFirstOid;
};
/// Version 0 where nothing was defined yet. XX001 when the row is none.
SqlResult<CatalogState> read_catalog_state(const DataSource& source);

class CatalogWriter {
 public:
  explicit CatalogWriter(engine::Transaction& transaction) : transaction_(transaction) {}

  /// The first of so many.
  SqlResult<Oid> take_oids(uint32_t count);
  /// New definitions or changed ones. The engine tables of a table and of its indexes are made when they are not there.
  SqlResult<void> put(const Table& table);
  SqlResult<void> put(const Sequence& sequence);
  SqlResult<void> put(const Role& role);
  /// With the engine tables and the sequence's value.
  SqlResult<void> drop(const Table& table);
  SqlResult<void> drop(const Sequence& sequence);
  SqlResult<void> drop(const Role& role);
  /// The index alone; its table's definition is put without it by the caller.
  SqlResult<void> drop_entries(const Index& index);
  /// All rows go. Transactions that write rows of the old table lose (40001).
  SqlResult<void> empty_engine_table(std::string_view name);

 private:
  SqlResult<void> need_table(std::string_view name);
  SqlResult<void> set(std::string_view key, std::string_view definition);
  SqlResult<void> erase(std::string_view key);
  SqlResult<void> move_version(std::string_view key, std::string_view definition);
  SqlResult<void> write_state(const CatalogState& state);

  engine::Transaction& transaction_;
};

}  // namespace wallaby::sql
