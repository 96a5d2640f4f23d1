// sql/views/catalog_model.h
//
// The catalog as PostgreSQL's own catalogs see it: one list of relations (tables, their indexes, sequences), each with an OID,
// and the texts that go with them. The views and their functions are made from it.
#pragma once

#include <string>
#include <vector>

#include "sql/storage/catalog.h"

namespace wallaby::sql {

struct Relation {
  Oid oid = 0;
  std::string name;
  char kind = 'r';               ///< r table, i index, S sequence
  const Table* table = nullptr;  ///< of a table, and the one of an index
  const Index* index = nullptr;  ///< of an index that is not a primary key
  const Sequence* sequence = nullptr;
  bool is_primary_key() const { return kind == 'i' && !index; }
  std::vector<uint16_t> columns() const {
    return index ? index->columns : table ? table->primary_key : std::vector<uint16_t>{};
  }
  bool is_unique() const { return is_primary_key() || (index && index->unique); }
};

/// Each table with its indexes, then the sequences. They point into the catalog.
std::vector<Relation> relations_of(const Catalog& catalog);
/// nullptr: none has this number, or this name.
const Relation* find_relation(const std::vector<Relation>& relations, Oid oid);
const Relation* find_relation(const std::vector<Relation>& relations, std::string_view name);
/// Constraints have no numbers of their own here: their index's, moved out of the way.
inline constexpr Oid kConstraintOffset = 1'000'000'000;
/// "nextval('users_id_seq'::regclass)" for a serial column, "" for an identity column.
std::string column_default(const Column& column);
/// As PostgreSQL shows it: 'x' is 'x'::text.
std::string default_as_shown(const Column& column);
/// "id, name"
std::string column_list(const Table& table, const std::vector<uint16_t>& columns);
/// "CREATE UNIQUE INDEX users_pkey ON public.users USING btree (id)"
std::string index_definition(const Relation& index);
/// "PRIMARY KEY (id)", "UNIQUE (name)"; empty when the index was not made by a constraint.
std::string constraint_definition(const Relation& index);
/// 'a' always, 'd' by default, "" none
std::string_view identity_code(const Column& column);
bool is_not_null(const Table& table, size_t column);

}  // namespace wallaby::sql
