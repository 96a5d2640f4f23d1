// sql/storage/catalog.h
//
// The relations that SQL knows at one moment: tables, indexes, sequences, and roles, as read from the catalog's engine table.
//
//     engine table `sql.catalog`
//       state                   -> version and the next OID; two transactions that define anything meet here (40001)
//       relation/users          -> the definition of table users with its indexes            Protobuf: proto/catalog.proto
//       relation/users_name_key -> an index: "of users"
//       relation/users_id_seq   -> of a sequence
//       role/alice              -> login, superuser, replication, SCRAM keys
//     engine table `sql.sequences`
//       users_id_seq            -> the last value that a committed transaction has used
//
// The version is a hash over all changes of definitions, one after the other: equal versions mean equal definitions, on every node
// and inside of transactions that have not committed too. So a plan that was made for a version is good wherever it is met.
//
// The catalog is data like any other: it is in the log, replicas replay it, a transaction that fails takes its CREATE TABLE with it.
// A Catalog never changes; CatalogCache hands out the one of a view's version, so that a statement pays one key lookup.
//
// A table that the native door made (an engine table without a row in the catalog) appears as (key text primary key, value text).
// A definition whose engine table the native door has dropped is gone with it.
//
// Names: SQL tables and indexes are engine tables of the same name, so a name must be printable ASCII without blank and '/', at most 63 bytes, and
// must not begin with "sql." (0A000 else: check_relation_name() in catalog_rows.h).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sql/sql_error.h"
#include "sql/storage/data_source.h"
#include "sql/types/type.h"
#include "sql/types/value.h"

namespace wallaby::sql {

enum class IdentityKind : uint8_t { kNone, kAlways, kByDefault };

struct Column {
  std::string name;
  Type type;
  bool not_null = false;
  std::string default_text;  ///< SQL; empty: none
  IdentityKind identity = IdentityKind::kNone;
  std::string sequence;          ///< that fills it: serial and identity
  std::optional<Value> missing;  ///< ADD COLUMN ... DEFAULT: what rows that are older than the column have
  bool operator==(const Column&) const = default;
};

/// An index is an engine table of its own name. The primary key is none of these: it is the table's order.
struct Index {
  Oid oid = 0;
  std::string name, table;
  std::vector<uint16_t> columns;  ///< positions in Table::columns
  bool unique = false;
  bool constraint = false;  ///< made by UNIQUE in CREATE TABLE
  bool operator==(const Index&) const = default;
};

enum class TableOrigin : uint8_t { kSql, kNative };

struct Table {
  Oid oid = 0;
  std::string name;
  TableOrigin origin = TableOrigin::kSql;
  std::vector<Column> columns;
  std::vector<uint16_t> primary_key;  ///< positions; empty: rows are ordered by a hidden row number
  std::string primary_key_name;       ///< "users_pkey"; its own oid is oid + 1
  std::vector<Index> indexes;
  bool operator==(const Table&) const = default;

  /// Position of a column; nullopt: none of this name.
  std::optional<uint16_t> find(std::string_view column) const;
};

struct Sequence {
  Oid oid = 0;
  std::string name;
  Type type;  ///< int2, int4, int8: its largest value
  int64_t start = 1, increment = 1;
  std::string owner_table, owner_column;  ///< dropped with it; empty: nobody's
  bool operator==(const Sequence&) const = default;
};

struct Role {
  Oid oid = 0;
  std::string name;
  bool login = true, superuser = false;
  std::string scram;  ///< "SCRAM-SHA-256$4096:salt$StoredKey:ServerKey" as in pg_authid; empty: no password
  bool replication = false;  ///< may log in as a replica
  bool operator==(const Role&) const = default;
};

class Catalog {
 public:
  /// Reads all of it. XX001 when a row is none of ours.
  static SqlResult<std::shared_ptr<const Catalog>> load(const DataSource& source);

  uint64_t version() const { return version_; }
  /// A SQL table or a native one; nullptr: no such table.
  std::shared_ptr<const Table> find_table(std::string_view name) const;
  const Index* find_index(std::string_view name) const;
  const Sequence* find_sequence(std::string_view name) const;
  const Role* find_role(std::string_view name) const;
  std::shared_ptr<const Table> table_of_oid(Oid oid) const;
  /// By name. Native tables are included.
  const std::map<std::string, std::shared_ptr<const Table>, std::less<>>& tables() const { return tables_; }
  const std::map<std::string, Sequence, std::less<>>& sequences() const { return sequences_; }
  const std::map<std::string, Role, std::less<>>& roles() const { return roles_; }
  /// What keeps a new relation from having this name; empty: nothing.
  bool has_relation(std::string_view name) const;

 private:
  SqlResult<void> load_definitions(const DataSource& source);
  void load_tables(const DataSource& source);

  uint64_t version_ = 0;
  std::map<std::string, std::shared_ptr<const Table>, std::less<>> tables_;
  std::map<std::string, Sequence, std::less<>> sequences_;
  std::map<std::string, Role, std::less<>> roles_;
  std::map<std::string, std::string, std::less<>> index_tables_;  ///< index -> table
};

/// One a node: the catalogs that were read last. Which one a source has is told by its version and by which engine tables there are (those
/// of the native door are not versioned).
class CatalogCache {
 public:
  SqlResult<std::shared_ptr<const Catalog>> of(const DataSource& source);

 private:
  struct Entry {
    uint64_t version = 0;
    std::optional<Lsn> table_change;
    std::vector<std::string> engine_tables;
    std::shared_ptr<const Catalog> catalog;
  };
  /// Newest first. More than one, because readers and writers are at different positions while a commit waits.
  std::vector<Entry> entries_;
};

}  // namespace wallaby::sql
