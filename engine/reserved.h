// engine/reserved.h
//
// The names by which SQL's tables are known to those who do not speak SQL.
//
// The rows of an SQL table lie in an ordinary engine table, but its columns, keys and indexes are described in the catalog,
// the engine table `sql.catalog`. Who wrote such a row without the description would break it. So the native door asks first:
//
//     sql.catalog has "relation/users"      users is SQL's (a table, an index, a sequence): read it, do not write it
//     the name begins with "sql."           the catalog itself and what else SQL keeps: the same
//     neither                               an ordinary table, everybody's
#pragma once

#include <string>
#include <string_view>

#include "engine/store.h"

namespace wallaby::engine {

inline constexpr std::string_view kSqlPrefix = "sql.";
inline constexpr std::string_view kSqlCatalog = "sql.catalog";
/// In front of a relation's name in the catalog's keys.
inline constexpr std::string_view kSqlRelation = "relation/";

/// Only SQL may write, make or drop this table. One lookup in the catalog, none when there is no catalog.
inline bool belongs_to_sql(const View& view, std::string_view table) {
  if (table.starts_with(kSqlPrefix)) return true;
  if (!view.has_table(kSqlCatalog)) return false;
  std::string key(kSqlRelation);
  key += table;
  return view.get(kSqlCatalog, key).has_value();
}

}  // namespace wallaby::engine
