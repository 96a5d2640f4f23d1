// What PostgreSQL has and Wallaby has not. A program that uses one of these is told so (0A000): "does not exist" would
// send its author looking for a typing error.
#include <algorithm>
#include <array>

#include "sql/types/function_tables.h"

namespace wallaby::sql {
namespace {

using std::string_view;

constexpr std::array<string_view, 163> kFunctions{
    // text and patterns
    "convert", "convert_from", "convert_to", "is_normalized", "normalize", "parse_ident", "regexp_count",
    "regexp_instr", "regexp_matches", "regexp_split_to_array", "regexp_split_to_table", "regexp_substr",
    "similar_escape", "similar_to_escape", "string_to_table", "to_ascii", "to_char", "to_number", "unistr",
    // bytes
    "bit_count", "get_bit", "get_byte", "set_bit", "set_byte", "sha224", "sha384", "sha512",
    // numbers
    "acosd", "asind", "atand", "atan2d", "cosd", "cotd", "random_normal", "setseed", "sind", "tand",
    "width_bucket",
    // dates
    "date_bin", "make_interval", "make_time", "overlaps", "pg_sleep_for", "pg_sleep_until", "timeofday",
    "to_date", "to_timestamp",
    // JSON
    "array_to_json", "json_agg", "json_array_elements", "json_array_elements_text", "json_array_length",
    "json_build_array", "json_build_object", "json_each", "json_each_text", "json_extract_path",
    "json_extract_path_text", "json_object", "json_object_agg", "json_object_keys", "json_populate_record",
    "json_populate_recordset", "json_strip_nulls", "json_to_record", "json_to_recordset", "json_typeof",
    "jsonb_agg", "jsonb_array_elements", "jsonb_array_elements_text", "jsonb_build_array",
    "jsonb_build_object", "jsonb_each", "jsonb_each_text", "jsonb_extract_path", "jsonb_extract_path_text",
    "jsonb_insert", "jsonb_object", "jsonb_object_agg", "jsonb_object_keys", "jsonb_path_exists",
    "jsonb_path_match", "jsonb_path_query", "jsonb_path_query_array", "jsonb_path_query_first",
    "jsonb_populate_record", "jsonb_populate_recordset", "jsonb_pretty", "jsonb_set", "jsonb_set_lax",
    "jsonb_strip_nulls", "jsonb_to_record", "jsonb_to_recordset", "row_to_json", "to_json", "to_jsonb",
    // arrays and sets of rows
    "array_agg", "array_dims", "array_fill", "array_ndims", "array_positions", "array_remove",
    "array_replace", "generate_series", "generate_subscripts", "trim_array", "unnest",
    // aggregates and windows
    "bit_and", "bit_or", "bit_xor", "corr", "covar_pop", "covar_samp", "cume_dist", "dense_rank",
    "first_value", "lag", "last_value", "lead", "mode", "nth_value", "ntile", "percent_rank",
    "percentile_cont", "percentile_disc", "rank", "regr_slope", "row_number", "stddev", "stddev_pop",
    "stddev_samp", "var_pop", "var_samp", "variance",
    // text search, identities, locks, snapshots
    "gen_random_uuid", "has_table_privilege", "lo_create", "num_nonnulls", "num_nulls", "pg_advisory_lock",
    "pg_advisory_unlock", "pg_advisory_unlock_all", "pg_advisory_xact_lock", "pg_blocking_pids",
    "pg_column_size", "pg_current_snapshot", "pg_current_xact_id", "pg_get_serial_sequence", "pg_notify",
    "pg_promote", "pg_size_bytes", "pg_switch_wal", "pg_try_advisory_lock", "pg_try_advisory_xact_lock",
    "plainto_tsquery", "to_tsquery", "to_regclass", "to_tsvector", "ts_rank", "txid_current",
    "txid_current_if_assigned", "txid_current_snapshot", "txid_status"};

constexpr std::array<string_view, 32> kOperators{"@>",  "<@",  "?",   "?|",  "?&",   "#>",  "#>>",  "#-",
                                                 "@?",  "@@",  "&&",  "~<~", "~<=~", "~>~", "~>=~", "<->",
                                                 "-|-", "<<|", "|>>", "&<",  "&>",   "&<|", "|&>",  "^@",
                                                 "!!",  "@-@", "##",  "~=",  "?-",   "?#",  "<<=",  ">>="};

}  // namespace

bool is_function_left_out(string_view name) {
  return std::ranges::find(kFunctions, name) != kFunctions.end();
}
bool is_operator_left_out(string_view name) {
  return std::ranges::find(kOperators, name) != kOperators.end();
}

}  // namespace wallaby::sql
