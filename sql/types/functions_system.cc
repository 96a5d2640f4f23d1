// Functions of the session and the node. What SystemFunctions has a method for is asked there; everything else goes by its name
// through SystemFunctions::call, so that a new lever of a node needs one row here and one answer there.
#include <algorithm>
#include <optional>

#include "base/version.h"
#include "sql/types/date_time.h"
#include "sql/types/function_tables.h"
#include "sql/types/system_functions.h"
#include "sql/types/type_io.h"
#include "sql/types/utf8.h"

namespace wallaby::sql {
namespace {

using enum TypeId;

SqlError no_session() {
  return not_supported("a function of the session in an expression that is stored");
}

/// A function's name as a template argument.
template <size_t N>
struct Name {
  consteval Name(const char (&text)[N]) { std::copy_n(text, N, characters); }
  std::string_view view() const { return {characters, N - 1}; }
  char characters[N]{};
};
template <Name Called>
SqlResult<Value> call(Arguments a, EvalContext& context) {
  if (context.system == nullptr) return no_session();
  return context.system->call(Called.view(), a);
}
template <Name Called>
SqlResult<Value> wait(Arguments a, EvalContext& context) {
  if (context.system == nullptr) return no_session();
  return context.system->wait(Called.view(), a);
}

/// F takes the session's side and the arguments.
template <SqlResult<Value> (*F)(SystemFunctions&, Arguments)>
SqlResult<Value> asked(Arguments a, EvalContext& context) {
  if (context.system == nullptr) return no_session();
  return F(*context.system, a);
}

Value lsn_value(Lsn lsn) {
  return Value(static_cast<int64_t>(lsn.value));
}
Value lsn_value(std::optional<Lsn> lsn) {
  return lsn ? lsn_value(*lsn) : Value();
}

SqlResult<Value> current_user(SystemFunctions& system, Arguments) {
  return Value(system.current_user());
}
SqlResult<Value> session_user(SystemFunctions& system, Arguments) {
  return Value(system.session_user());
}
SqlResult<Value> current_database(SystemFunctions& system, Arguments) {
  return Value(system.current_database());
}
SqlResult<Value> backend_pid(SystemFunctions& system, Arguments) {
  return Value(int64_t{system.backend_pid()});
}
SqlResult<Value> setting(SystemFunctions& system, Arguments a) {
  auto value = system.setting(a[0].text());
  if (!value && a.size() > 1 && a[1].boolean() && value.error().code() == "42704")
    return Value();  // missing_ok
  return wrap(std::move(value));
}
SqlResult<Value> nextval(SystemFunctions& system, Arguments a) {
  return wrap(system.nextval(a[0].text()));
}
SqlResult<Value> currval(SystemFunctions& system, Arguments a) {
  return wrap(system.currval(a[0].text()));
}
SqlResult<Value> lastval(SystemFunctions& system, Arguments) {
  return wrap(system.lastval());
}
SqlResult<Value> setval(SystemFunctions& system, Arguments a) {
  return wrap(system.setval(a[0].text(), a[1].integer(), a.size() < 3 || a[2].boolean()));
}
SqlResult<Value> in_recovery(SystemFunctions& system, Arguments) {
  return Value(system.in_recovery());
}
SqlResult<Value> current_lsn(SystemFunctions& system, Arguments) {
  auto lsn = system.current_lsn();
  if (!lsn) return std::unexpected(lsn.error());
  return lsn_value(*lsn);
}
SqlResult<Value> receive_lsn(SystemFunctions& system, Arguments) {
  return lsn_value(system.receive_lsn());
}
SqlResult<Value> replay_lsn(SystemFunctions& system, Arguments) {
  return lsn_value(system.replay_lsn());
}
SqlResult<Value> replay_timestamp(SystemFunctions& system, Arguments) {
  auto time = system.replay_timestamp();
  return time ? Value(*time) : Value();
}

SqlResult<Value> version(Arguments, EvalContext&) {
  // Clients read the number behind "PostgreSQL" and choose what they ask by it.
  return Value(fmt::format("PostgreSQL 15.0 (Wallaby {})", kVersion));
}
SqlResult<Value> current_schema(Arguments, EvalContext&) {
  return text_value("public");
}
SqlResult<Value> client_encoding(Arguments, EvalContext&) {
  return text_value("UTF8");
}

/// format_type(oid, modifier): what psql prints for a column's type.
SqlResult<Value> format_type(Arguments a, EvalContext&) {
  if (a[0].is_null()) return Value();
  Type type{static_cast<TypeId>(a[0].integer()), a[1].is_null() ? -1 : static_cast<int32_t>(a[1].integer())};
  bool known = type_size(type.id) != -1 || to_string(type.id).find("type ") != 0;
  return text_value(known ? to_string(type) : "???");
}

/// 10 kB of bytes are "10 kB", not "10240 bytes": each unit counts from ten of it on, rounded half up.
std::string pretty_size(Numeric::Digits size) {
  constexpr std::string_view kUnits[] = {"bytes", "kB", "MB", "GB", "TB", "PB"};
  bool negative = size < 0;
  Numeric::Digits rest = negative ? -size : size;
  size_t unit = 0;
  // All units but the first keep one bit more, which the last division rounds.
  for (Numeric::Digits limit = 10 * 1024; unit + 1 < std::size(kUnits) && rest >= limit;
       limit = 20 * 1024 - 1, ++unit) {
    rest >>= unit == 0 ? 9 : 10;
  }
  if (unit > 0) rest = (rest + 1) / 2;
  return fmt::format("{}{} {}", negative ? "-" : "", static_cast<int64_t>(rest), kUnits[unit]);
}
SqlResult<Value> size_pretty(Arguments a, EvalContext&) {
  return Value(pretty_size(a[0].integer()));
}

constexpr Volatility kStable = Volatility::kStable, kVolatile = Volatility::kVolatile;

Function stable(std::string_view name, std::vector<TypeId> arguments, TypeId result, Evaluate evaluate) {
  return {name, std::move(arguments), result, evaluate, true, false, kStable};
}
Function changing(std::string_view name, std::vector<TypeId> arguments, TypeId result, Evaluate evaluate) {
  return {name, std::move(arguments), result, evaluate, true, false, kVolatile};
}
template <Name Called>
Function called(std::vector<TypeId> arguments, TypeId result, bool strict = true) {
  static constexpr Name kName = Called;
  return {kName.view(), std::move(arguments), result, call<Called>, strict, false, kVolatile};
}
template <Name Called>
Function looking(std::vector<TypeId> arguments, TypeId result) {
  static constexpr Name kName = Called;
  return {kName.view(), std::move(arguments), result, call<Called>, true, false, kStable};
}
template <Name Called>
Function waiting(std::vector<TypeId> arguments, TypeId result) {
  static constexpr Name kName = Called;
  return {kName.view(), std::move(arguments), result, wait<Called>, true, false, kVolatile, true};
}

/// Functions that the session answers by their name.
Functions called_functions() {
  return {
      called<"set_config">({kText, kText, kBool}, kText, false),
      called<"pg_current_wal_insert_lsn">({}, kPgLsn),
      called<"pg_current_wal_flush_lsn">({}, kPgLsn),
      called<"pg_is_wal_replay_paused">({}, kBool),
      called<"pg_get_wal_replay_pause_state">({}, kText),
      called<"pg_walfile_name">({kPgLsn}, kText),
      called<"pg_cancel_backend">({kInt4}, kBool),
      called<"pg_terminate_backend">({kInt4}, kBool),
      called<"pg_reload_conf">({}, kBool),
      called<"pg_postmaster_start_time">({}, kTimestamptz),
      called<"pg_conf_load_time">({}, kTimestamptz),
      called<"inet_server_port">({}, kInt4),
      called<"inet_client_port">({}, kInt4),
      called<"inet_server_addr">({}, kText),
      called<"inet_client_addr">({}, kText),
      called<"last_commit_lsn">({}, kText),
  };
}

/// What they tell is in the catalog, or made from it (sql/views/view_functions.cc).
Functions catalog_functions() {
  return {
      looking<"pg_get_userbyid">({kOid}, kName),
      looking<"pg_table_is_visible">({kOid}, kBool),
      looking<"pg_type_is_visible">({kOid}, kBool),
      looking<"pg_function_is_visible">({kOid}, kBool),
      looking<"pg_relation_size">({kOid}, kInt8),
      looking<"pg_relation_size">({kText}, kInt8),
      looking<"pg_table_size">({kOid}, kInt8),
      looking<"pg_table_size">({kText}, kInt8),
      looking<"pg_total_relation_size">({kOid}, kInt8),
      looking<"pg_total_relation_size">({kText}, kInt8),
      looking<"pg_indexes_size">({kOid}, kInt8),
      looking<"pg_indexes_size">({kText}, kInt8),
      looking<"pg_database_size">({kText}, kInt8),
      looking<"obj_description">({kOid, kName}, kText),
      looking<"shobj_description">({kOid, kName}, kText),
      looking<"col_description">({kOid, kInt4}, kText),
      looking<"pg_encoding_to_char">({kInt4}, kName),
      looking<"pg_get_expr">({kText, kOid}, kText),
      looking<"pg_get_expr">({kText, kOid, kBool}, kText),
      looking<"pg_get_indexdef">({kOid}, kText),
      looking<"pg_get_indexdef">({kOid, kInt4, kBool}, kText),
      looking<"pg_get_constraintdef">({kOid}, kText),
      looking<"pg_get_constraintdef">({kOid, kBool}, kText),
      looking<"pg_get_serial_sequence">({kText, kText}, kText),
  };
}

/// Those whose answer takes time.
Functions waiting_functions() {
  return {
      waiting<"pg_sleep">({kFloat8}, kVoid),
      waiting<"pg_wal_replay_pause">({}, kVoid),
      waiting<"pg_wal_replay_resume">({}, kVoid),
      waiting<"commit_status">({kText}, kText),
      waiting<"wallaby_step">({}, kText),
      waiting<"wallaby_step">({kInt8}, kText),
      waiting<"wallaby_hold">({kText}, kText),
      waiting<"wallaby_release">({}, kText),
      waiting<"wallaby_release">({kText}, kText),
      waiting<"wallaby_wait_for_lsn">({kText}, kBool),
      waiting<"wallaby_wait_for_lsn">({kText, kInt4}, kBool),
      waiting<"wallaby_checkpoint">({}, kText),
  };
}

}  // namespace

Functions system_functions() {
  Functions functions{
      stable("version", {}, kText, version),
      stable("current_user", {}, kName, asked<current_user>),
      stable("user", {}, kName, asked<current_user>),
      stable("current_role", {}, kName, asked<current_user>),
      stable("session_user", {}, kName, asked<session_user>),
      stable("current_database", {}, kName, asked<current_database>),
      stable("current_catalog", {}, kName, asked<current_database>),
      stable("current_schema", {}, kName, current_schema),
      stable("pg_client_encoding", {}, kName, client_encoding),
      stable("getdatabaseencoding", {}, kName, client_encoding),
      stable("pg_backend_pid", {}, kInt4, asked<backend_pid>),
      stable("current_setting", {kText}, kText, asked<setting>),
      stable("current_setting", {kText, kBool}, kText, asked<setting>),
      // A sequence's name is PostgreSQL's regclass; here it stays text.
      changing("nextval", {kText}, kInt8, asked<nextval>),
      changing("currval", {kText}, kInt8, asked<currval>),
      changing("lastval", {}, kInt8, asked<lastval>),
      changing("setval", {kText, kInt8}, kInt8, asked<setval>),
      changing("setval", {kText, kInt8, kBool}, kInt8, asked<setval>),
      changing("pg_is_in_recovery", {}, kBool, asked<in_recovery>),
      changing("pg_current_wal_lsn", {}, kPgLsn, asked<current_lsn>),
      changing("pg_last_wal_receive_lsn", {}, kPgLsn, asked<receive_lsn>),
      changing("pg_last_wal_replay_lsn", {}, kPgLsn, asked<replay_lsn>),
      changing("pg_last_xact_replay_timestamp", {}, kTimestamptz, asked<replay_timestamp>),
      {"format_type", {kOid, kInt4}, kText, format_type, false, false, kStable},
      {"pg_size_pretty", {kInt8}, kText, size_pretty},
      {"pg_size_pretty",
       {kNumeric},
       kText,
       [](Arguments a, EvalContext&) -> SqlResult<Value> {
         const Numeric& size = a[0].numeric();
         Numeric limit{.digits = 10 * 1024}, minus{.digits = -10 * 1024};
         if (compare(size, limit) < 0 && compare(size, minus) > 0) return Value(to_string(size) + " bytes");
         auto whole = truncate_to(size, 0);
         if (!whole) return std::unexpected(whole.error());
         return Value(pretty_size(whole->digits));
       }},
  };
  append(functions, called_functions());
  append(functions, catalog_functions());
  append(functions, waiting_functions());
  return functions;
}

}  // namespace wallaby::sql
