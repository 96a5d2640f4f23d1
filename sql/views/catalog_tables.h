// sql/views/catalog_tables.h
//
// PostgreSQL's system catalogs as far as Wallaby has something to say in them: what `\d` of psql, getTables() of a driver and
// hasTable() of a query builder read. Made anew for each question, from the Catalog; nothing is stored.
//
//     catalog_rows("pg_class", facts)   ->  {oid: 16384, relname: users, relkind: r, relnamespace: 2200, ...}, ...
//
// Everything is text, as psql shows it; a column that is not in a row is NULL. A catalog that is not here (pg_policy,
// pg_publication, ...) has no rows: that is true, there are no policies and no publications.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sql/storage/catalog.h"

namespace wallaby::sql {

struct CatalogFacts {
  const Catalog& catalog;
  std::string user, database;
};

using CatalogRow = std::map<std::string, std::string, std::less<>>;

std::vector<CatalogRow> catalog_rows(std::string_view relation, const CatalogFacts& facts);

/// "CREATE UNIQUE INDEX users_b_key ON public.users USING btree (b)"; `column` above 0: that column alone. Empty: no such index.
std::string index_definition(Oid index, int column, const Catalog& catalog);
/// "PRIMARY KEY (id)"; empty: no such constraint.
std::string constraint_definition(Oid constraint, const Catalog& catalog);
/// The name of a table, index or sequence; empty: none has this number.
std::string relation_name(Oid oid, const Catalog& catalog);
/// 0: none of this name. Knows the system catalogs that others refer to.
Oid relation_oid(std::string_view name, const Catalog& catalog);
/// 'x' -> 'x'::text, as PostgreSQL shows a default.
std::string default_as_shown(const Column& column);

}  // namespace wallaby::sql
