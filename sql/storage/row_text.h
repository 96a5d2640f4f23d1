// sql/storage/row_text.h
//
// The bytes of SQL's engine tables in words, for tools that read logs and tables without a catalog: they show it the rows of
// the catalog as they pass, and ask for the others.
//
//     put users             01 80 00 00 07 = 01 00 05 ...    ->  (7, 'Alice')
//     put users_name_key    01 41 ... = 01 80 00 00 07       ->  ('Alice') -> (7)
//     put sql.sequences     users_id_seq = ...               ->  users_id_seq = 7
//     put sql.catalog       relation/users = ...             ->  table users (id integer, name text)
//
// Values are written as SQL literals. Where nothing is known about a table, or the bytes are none of its rows, there is no text:
// show the bytes. Within one record the catalog's rows may come behind the rows that they define: learn the whole record first.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/changes.h"
#include "sql/storage/catalog.h"

namespace wallaby::sql {

class RowText {
 public:
  /// Changes of the catalog are remembered, others passed over.
  void learn(const engine::ChangeView& change);
  /// A row of the catalog that was read.
  void learn(std::string_view catalog_key, std::string_view value);

  /// The whole row; nullopt: show the bytes.
  std::optional<std::string> row(std::string_view table, std::string_view key, std::string_view value) const;
  /// What its key alone tells: "(7)".
  std::optional<std::string> key(std::string_view table, std::string_view key) const;
  /// Column names with values as text (nullopt: NULL); empty: nothing is known.
  std::vector<std::pair<std::string, std::optional<std::string>>> columns(std::string_view table,
                                                                          std::string_view key,
                                                                          std::string_view value) const;
  /// "SQL table", "index of users", "part of SQL's catalog"; empty: none of SQL's.
  std::string kind(std::string_view table) const;

 private:
  const Table* find_table(std::string_view name) const;
  /// The table of an index, and the index in it.
  std::pair<const Table*, const Index*> find_index(std::string_view name) const;

  std::map<std::string, Table, std::less<>> tables_;
  std::map<std::string, std::string, std::less<>> index_tables_;
};

}  // namespace wallaby::sql
