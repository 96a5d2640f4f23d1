// cli/sql_names.h
//
// What the reading commands need of SQL: the definition of the table that they read, asked of the node through the native door
// (the catalog is a table like any other), so that rows can be shown as rows and keys typed as values.
//
// A node without SQL tables, or one that does not answer, gives no definitions: then everything is bytes.
#pragma once

#include <optional>
#include <string>

#include "base/error.h"
#include "base/lsn.h"
#include "base/time.h"
#include "cli/json.h"
#include "server/client.h"
#include "sql/storage/row_text.h"

namespace wallaby::cli {

/// Of one table or index.
sql::RowText ask_for_definition(server::Client& client, const std::string& table, std::optional<Token> after,
                                Duration timeout);
sql::RowText ask_for_all_definitions(server::Client& client, Duration timeout);

/// The engine key: "7" as a value of an SQL table's primary key, and of other tables the bytes themselves. kInvalidArgument.
Result<std::string> typed_key(const sql::RowText& sql, const std::string& table, const std::string& text);
/// "row": {"id": "7", "name": "Alice"}, when the row is known to be an SQL table's.
void add_row(Json& json, const sql::RowText& sql, std::string_view table, std::string_view key,
             std::string_view value);

}  // namespace wallaby::cli
