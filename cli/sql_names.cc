#include "cli/sql_names.h"

#include "engine/reserved.h"
#include "node/client_messages.h"

namespace wallaby::cli {
namespace {

std::string catalog_key(std::string_view relation) {
  std::string key(engine::kSqlRelation);
  key += relation;
  return key;
}

std::optional<std::string> ask(server::Client& client, const std::string& key, std::optional<Token> after,
                               Duration timeout) {
  auto reply = client.call(node::Get{std::string(engine::kSqlCatalog), key, after}, {}, timeout);
  if (!reply) return std::nullopt;
  if (const auto* value = std::get_if<node::Value>(&*reply)) return value->value;
  return std::nullopt;
}

}  // namespace

sql::RowText ask_for_definition(server::Client& client, const std::string& table, std::optional<Token> after,
                                Duration timeout) {
  sql::RowText text;
  std::string name = table;
  // An index's row only says whose it is.
  for (int step = 0; step < 2; ++step) {
    auto definition = ask(client, catalog_key(name), after, timeout);
    if (!definition) break;
    text.learn(catalog_key(name), *definition);
    auto owner = text.owner_of(name);
    if (!owner) break;
    name = *owner;
  }
  return text;
}

sql::RowText ask_for_all_definitions(server::Client& client, Duration timeout) {
  sql::RowText text;
  auto learn = [&text](const node::ReplyBody& body) {
    if (const auto* rows = std::get_if<node::Rows>(&body))
      for (const auto& [key, value] : rows->rows) text.learn(key, value);
  };
  if (auto last =
          client.call(node::Scan{std::string(engine::kSqlCatalog), {}, 0, std::nullopt}, learn, timeout))
    learn(*last);
  return text;
}

Result<std::string> typed_key(const sql::RowText& sql, const std::string& table, const std::string& text) {
  auto key = sql.typed_key(table, text);
  if (!key) return text;
  if (!*key)
    return error(ErrorCode::kInvalidArgument, "'{}' is no key of SQL table '{}': {}", text, table,
                 key->error().message());
  return **key;
}

void add_row(Json& json, const sql::RowText& sql, std::string_view table, std::string_view key,
             std::string_view value) {
  auto columns = sql.columns(table, key, value);
  if (columns.empty()) return;
  Json row = Json::object();
  for (const auto& [name, text] : columns) {
    if (text) {
      row.add(name, *text);
    } else {
      row.add_null(name);
    }
  }
  json.add("row", row);
}

}  // namespace wallaby::cli
