// sql/storage/catalog_codec.h
//
// Definitions to the bytes of the catalog's rows and back (proto/catalog.proto, docs/formats/sql.md).
//
// Errors: XX001 for bytes that are no definition, or one that does not hold together (a key column that is not there, a type
// that no column can have), so that nothing behind this needs to check.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "sql/sql_error.h"
#include "sql/storage/catalog.h"

namespace wallaby::sql {

std::string encode_relation(const Table& table);
std::string encode_relation(const Sequence& sequence);
/// An index's own row: so every engine table of SQL has one, and the native door keeps off it.
std::string encode_relation(const Index& index);
std::string encode_role(const Role& role);

/// What an index's row says: its definition stands with its table.
struct IndexOf {
  std::string table;
};

SqlResult<std::variant<Table, Sequence, IndexOf>> decode_relation(std::string_view name,
                                                                  std::string_view bytes);
SqlResult<Role> decode_role(std::string_view name, std::string_view bytes);

}  // namespace wallaby::sql
