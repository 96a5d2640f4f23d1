// get, scan, tables: the reads.
#include <chrono>
#include <cstdio>
#include <memory>

#include "cli/command.h"
#include "cli/escape.h"
#include "cli/json.h"
#include "cli/sql_names.h"

namespace wallaby::cli {
namespace {

struct ReadOptions {
  std::string table, key;
  engine::KeyRange range;
  uint64_t limit = 0;
  bool raw = false;  ///< bytes also where SQL's rows are known
  std::optional<Token> after;
  Duration timeout{};
};

using Clock = std::chrono::steady_clock;

/// A read that ended without an answer. Nothing is unknown about one whose time ran out: it can be asked again.
ExitStatus read_failed(const Context& context, const ReadOptions& options, const Error& error,
                       Clock::time_point began) {
  bool timed_out =
      options.timeout > Duration::zero() && Clock::now() - began >= options.timeout && !interrupted();
  if (error.code != ErrorCode::kUnknownOutcome || !timed_out) return fail(error);
  if (options.after) {
    tell(fmt::format("wallaby: {} has not reached {} within {}; see {} for what holds it back",
                     to_string(context.node), to_string(*options.after), to_human(options.timeout),
                     typed(to_string(context.node), "status")));
  } else {
    tell(fmt::format("wallaby: {} has not answered within {}", to_string(context.node),
                     to_human(options.timeout)));
  }
  return ExitStatus::kNotFound;
}

ExitStatus get(const Context& context, const ReadOptions& options) {
  auto began = Clock::now();
  auto client = context.connect();
  if (!client) return fail(client.error());
  sql::RowText sql;
  if (!options.raw) sql = ask_for_definition(*client, options.table, options.after, options.timeout);
  auto key = typed_key(sql, options.table, options.key);
  if (!key) return fail(key.error());
  auto reply = client->call(node::Get{options.table, *key, options.after}, show_notice, options.timeout);
  if (!reply) return read_failed(context, options, reply.error(), began);
  const auto* value = std::get_if<node::Value>(&*reply);
  if (!value) return wrong_answer();

  std::optional<std::string> row;
  if (value->value) row = sql.row(options.table, *key, *value->value);
  if (context.json) {
    Json json = Json::object();
    json.add("table", options.table).add_bytes("key", *key);
    if (value->value) {
      json.add_bytes("value", *value->value);
    } else {
      json.add_null("value");
    }
    if (row) add_row(json, sql, options.table, *key, *value->value);
    print_line(json.text());
  } else if (value->value) {
    print_line(row.value_or(*value->value));
  }
  if (value->value) return ExitStatus::kDone;
  tell(fmt::format("wallaby: table '{}' has no key '{}'", options.table, options.key));
  return ExitStatus::kNotFound;
}

void print_rows(const Context& context, const std::string& table, const sql::RowText& sql,
                const node::Rows& rows) {
  for (const auto& [key, value] : rows.rows) {
    std::string line;
    if (context.json) {
      Json json = Json::object();
      json.add_bytes("key", key).add_bytes("value", value);
      add_row(json, sql, table, key, value);
      line = json.text();
    } else if (auto row = sql.row(table, key, value)) {
      line = escape(*row);
    } else {
      line = escape(key) + "\t" + escape(value);
    }
    line += '\n';
    std::fwrite(line.data(), 1, line.size(), stdout);
  }
}

ExitStatus scan(const Context& context, const ReadOptions& options) {
  auto began = Clock::now();
  auto client = context.connect();
  if (!client) return fail(client.error());
  sql::RowText sql;
  if (!options.raw) sql = ask_for_definition(*client, options.table, options.after, options.timeout);
  engine::KeyRange range;
  for (auto [bound, typed] :
       {std::pair(&range.from, &options.range.from), std::pair(&range.to, &options.range.to)}) {
    auto key = typed->empty() ? Result<std::string>(std::string()) : typed_key(sql, options.table, *typed);
    if (!key) return fail(key.error());
    *bound = *key;
  }
  auto on_reply = [&](const node::ReplyBody& body) {
    if (const auto* rows = std::get_if<node::Rows>(&body)) print_rows(context, options.table, sql, *rows);
    show_notice(body);
  };
  auto reply =
      client->call(node::Scan{options.table, range, options.limit, options.after}, on_reply, options.timeout);
  if (!reply) return read_failed(context, options, reply.error(), began);
  const auto* rows = std::get_if<node::Rows>(&*reply);
  if (!rows) return wrong_answer();
  print_rows(context, options.table, sql, *rows);
  return ExitStatus::kDone;
}

ExitStatus tables(const Context& context, const ReadOptions& options) {
  auto began = Clock::now();
  auto client = context.connect();
  if (!client) return fail(client.error());
  auto reply = client->call(node::ListTables{}, {}, options.timeout);
  if (!reply) return read_failed(context, options, reply.error(), began);
  const auto* names = std::get_if<node::TableNames>(&*reply);
  if (!names) return wrong_answer();
  sql::RowText sql = ask_for_all_definitions(*client, options.timeout);
  Json list = Json::array(), kinds = Json::object();
  for (const std::string& name : names->tables) {
    std::string kind = sql.kind(name);
    list.push(std::string_view(name));
    if (!kind.empty()) kinds.add(name, kind);
    if (!context.json) print_line(kind.empty() ? name : fmt::format("{}\t{}", name, kind));
  }
  if (context.json) print_line(Json::object().add("tables", list).add("sql", kinds).text());
  return ExitStatus::kDone;
}

void add_raw(CLI::App* command, ReadOptions& options) {
  command->add_flag("--raw", options.raw, "Keys and values as bytes, also of SQL tables");
}

void add_read_options(CLI::App* command, ReadOptions& options) {
  add_parsed(command, "--after", options.after, parse_token,
             "Read only once the node has reached this token, as a write prints it")
      ->type_name("TOKEN");
  add_timeout(command, options.timeout, "Wait at most this long, then exit with 1 (default: for ever)");
}

}  // namespace

void add_get(CLI::App& app, Context& context) {
  auto options = std::make_shared<ReadOptions>();
  auto* command = app.add_subcommand("get", "Read one row");
  command->add_option("TABLE", options->table)->required();
  command->add_option("KEY", options->key)->required();
  add_raw(command, *options);
  add_read_options(command, *options);
  add_examples(
      command,
      R"(Prints the value; exits with 1 when there is no such row. Of an SQL table it prints the row, and KEY is
the primary key as one types it: 7, or 7,Perth for two columns.

  wallaby get greetings hello
  token=$(wallaby put greetings hello world)
  wallaby --node 127.0.0.1:7401 get greetings hello --after "$token" --timeout 5s    read your own write on a replica)");
  on_run(command, context, [options, &context] { return get(context, *options); });
}

void add_scan(CLI::App& app, Context& context) {
  auto options = std::make_shared<ReadOptions>();
  auto* command = app.add_subcommand("scan", "Read a table's rows, in the order of their keys");
  command->add_option("TABLE", options->table)->required();
  command->add_option("--from", options->range.from, "The first key (default: the table's first)")
      ->type_name("KEY");
  command->add_option("--to", options->range.to, "Stop before this key (default: after the table's last)")
      ->type_name("KEY");
  command->add_option("--limit", options->limit, "At most so many rows (default: all)")->type_name("N");
  add_raw(command, *options);
  add_read_options(command, *options);
  add_examples(
      command,
      R"(Prints KEY<tab>VALUE lines, with \t \n \\ and \xNN for what would break a line; `load` and `batch` read
the same. All rows are of one moment, however long the scan takes. Rows of an SQL table are printed as rows: (7, 'Alice').

  wallaby scan accounts
  wallaby scan accounts --from a --to n --limit 10
  wallaby scan accounts > accounts.tsv && wallaby load copy accounts.tsv)");
  on_run(command, context, [options, &context] { return scan(context, *options); });
}

void add_tables(CLI::App& app, Context& context) {
  auto options = std::make_shared<ReadOptions>();
  auto* command = app.add_subcommand("tables", "List the tables");
  add_timeout(command, options->timeout, "Wait at most this long, then exit with 1 (default: for ever)");
  add_examples(command, R"(What belongs to SQL is marked as such, behind a tab.

  wallaby tables)");
  on_run(command, context, [options, &context] { return tables(context, *options); });
}

}  // namespace wallaby::cli
