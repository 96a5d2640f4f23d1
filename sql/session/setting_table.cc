// The parameters that are known, by name.
#include <algorithm>
#include <array>
#include <cctype>

#include "base/version.h"
#include "sql/session/settings.h"

namespace wallaby::sql {
namespace {

using enum SettingKind;
constexpr SettingAccess kInternal = SettingAccess::kInternal;
constexpr SettingAccess kStart = SettingAccess::kStart;
constexpr std::string_view kMilliseconds = "0..2147483647";
constexpr std::string_view kAnyNumber = "0..2147483647";
constexpr std::string_view kLevels = "debug5|debug4|debug3|debug2|debug1|log|notice|warning|error";
constexpr std::string_view kIsolation = "serializable|repeatable read|read committed|read uncommitted";
constexpr std::string_view kNoEffect = "Accepted for PostgreSQL's clients, without effect.";

constexpr std::array kSettings{
    SettingInfo{"ack_mode", kEnum, "", "off|async|semi-sync|durable|sync", "",
                "Sets what this session's commits wait for, in Wallaby's words (see synchronous_commit)."},
    SettingInfo{"application_name",
                kText,
                "",
                "",
                "",
                "Sets the application name to be reported in statistics and logs.",
                {},
                true},
    SettingInfo{"array_nulls", kBool, "on", "", "on", "Enable input of NULL elements in arrays."},
    SettingInfo{"backslash_quote", kEnum, "safe_encoding", "safe_encoding|on|off", "safe_encoding",
                "Sets whether \"\\'\" is allowed in string literals."},
    SettingInfo{"block_size", kInteger, "8192", "8192..8192", "", "Shows the size of a disk block.",
                kInternal},
    SettingInfo{"bytea_output", kEnum, "hex", "escape|hex", "hex", "Sets the output format for bytea."},
    SettingInfo{"check_function_bodies", kBool, "on", "", "", kNoEffect},
    SettingInfo{
        "client_encoding", kText, "UTF8", "", "", "Sets the client's character set encoding.", {}, true},
    SettingInfo{"client_min_messages", kEnum, "notice", kLevels, "",
                "Sets the message levels that are sent to the client."},
    SettingInfo{"constraint_exclusion", kEnum, "partition", "partition|on|off", "", kNoEffect},
    SettingInfo{"cpu_tuple_cost", kReal, "0.01", "0..1e300", "", kNoEffect},
    SettingInfo{"data_checksums", kBool, "on", "", "", "Shows whether data checksums are turned on.",
                kInternal},
    SettingInfo{"DateStyle",
                kText,
                "ISO, MDY",
                "",
                "",
                "Sets the display format for date and time values.",
                {},
                true},
    SettingInfo{"default_statistics_target", kInteger, "100", "1..10000", "", kNoEffect},
    SettingInfo{"default_table_access_method", kText, "heap", "", "heap",
                "Sets the default table access method for new tables."},
    SettingInfo{"default_tablespace", kText, "", "", "", kNoEffect},
    SettingInfo{"default_text_search_config", kText, "pg_catalog.english", "", "", kNoEffect},
    SettingInfo{"default_toast_compression", kEnum, "pglz", "pglz|lz4", "", kNoEffect},
    SettingInfo{"default_transaction_deferrable", kBool, "off", "", "", kNoEffect},
    SettingInfo{"default_transaction_isolation", kEnum, "repeatable read", kIsolation,
                "repeatable read|read committed|read uncommitted",
                "Sets the transaction isolation level of each new transaction."},
    SettingInfo{"default_transaction_read_only",
                kBool,
                "off",
                "",
                "",
                "Sets the default read-only status of new transactions.",
                {},
                true},
    SettingInfo{"effective_cache_size", kMemory, "4GB", kAnyNumber, "", kNoEffect},
    SettingInfo{"enable_bitmapscan", kBool, "on", "", "", kNoEffect},
    SettingInfo{"enable_hashagg", kBool, "on", "", "", kNoEffect},
    SettingInfo{"enable_hashjoin", kBool, "on", "", "", kNoEffect},
    SettingInfo{"enable_indexonlyscan", kBool, "on", "", "", kNoEffect},
    SettingInfo{"enable_indexscan", kBool, "on", "", "", kNoEffect},
    SettingInfo{"enable_material", kBool, "on", "", "", kNoEffect},
    SettingInfo{"enable_mergejoin", kBool, "on", "", "", kNoEffect},
    SettingInfo{"enable_nestloop", kBool, "on", "", "", kNoEffect},
    SettingInfo{"enable_seqscan", kBool, "on", "", "", kNoEffect},
    SettingInfo{"enable_sort", kBool, "on", "", "", kNoEffect},
    SettingInfo{"escape_string_warning", kBool, "on", "", "", kNoEffect},
    SettingInfo{"exit_on_error", kBool, "off", "", "off", "Terminate session on any error."},
    SettingInfo{"extra_float_digits", kInteger, "1", "-15..3", "1|2|3",
                "Sets the number of digits displayed for floating-point values."},
    SettingInfo{"from_collapse_limit", kInteger, "8", "1..2147483647", "", kNoEffect},
    SettingInfo{"fsync", kBool, "on", "", "", "Forces synchronization of updates to disk.", kStart},
    SettingInfo{"full_page_writes", kBool, "on", "", "", "Every log record has a checksum instead.", kStart},
    SettingInfo{"geqo", kBool, "on", "", "", kNoEffect},
    SettingInfo{"hot_standby", kBool, "on", "", "", "Allows connections and queries during recovery.",
                kStart},
    SettingInfo{"idle_in_transaction_session_timeout", kDuration, "0", kMilliseconds, "",
                "Sets the maximum allowed idle time between queries, when in a transaction."},
    SettingInfo{"idle_session_timeout", kDuration, "0", kMilliseconds, "",
                "Sets the maximum allowed idle time between queries, when not in a transaction."},
    SettingInfo{"integer_datetimes", kBool, "on", "", "", "Shows whether datetimes are integer based.",
                kInternal, true},
    SettingInfo{"IntervalStyle",
                kEnum,
                "postgres",
                "postgres|postgres_verbose|sql_standard|iso_8601",
                "postgres",
                "Sets the display format for interval values.",
                {},
                true},
    SettingInfo{"jit", kBool, "off", "", "", kNoEffect},
    SettingInfo{"join_collapse_limit", kInteger, "8", "1..2147483647", "", kNoEffect},
    SettingInfo{"lc_collate", kText, "C", "", "", "Shows the collation order locale.", kInternal},
    SettingInfo{"lc_ctype", kText, "C", "", "",
                "Shows the character classification and case conversion locale.", kInternal},
    SettingInfo{"lc_messages", kText, "C", "", "", kNoEffect},
    SettingInfo{"lc_monetary", kText, "C", "", "", kNoEffect},
    SettingInfo{"lc_numeric", kText, "C", "", "", kNoEffect},
    SettingInfo{"lc_time", kText, "C", "", "", kNoEffect},
    SettingInfo{"lock_timeout", kDuration, "0", kMilliseconds, "",
                "Accepted; nothing waits for a lock here: a conflict is told at once (40001)."},
    SettingInfo{"log_duration", kBool, "off", "", "", kNoEffect},
    SettingInfo{"log_min_duration_statement", kInteger, "-1", "-1..2147483647", "", kNoEffect},
    SettingInfo{"log_statement", kEnum, "none", "none|ddl|mod|all", "", kNoEffect},
    SettingInfo{"maintenance_work_mem", kMemory, "64MB", kAnyNumber, "", kNoEffect},
    SettingInfo{"max_connections", kInteger, "1000", "1..262143", "",
                "Sets the maximum number of concurrent connections.", kStart},
    SettingInfo{"max_identifier_length", kInteger, "63", "63..63", "", "Shows the maximum identifier length.",
                kInternal},
    SettingInfo{"max_index_keys", kInteger, "32", "32..32", "", "Shows the maximum number of index keys.",
                kInternal},
    SettingInfo{"max_parallel_workers_per_gather", kInteger, "0", "0..1024", "", kNoEffect},
    SettingInfo{"max_prepared_transactions", kInteger, "0", "0..262143", "",
                "Sets the maximum number of simultaneously prepared transactions.", kStart},
    SettingInfo{"max_stack_depth", kMemory, "2MB", kAnyNumber, "", kNoEffect},
    SettingInfo{"password_encryption", kEnum, "scram-sha-256", "md5|scram-sha-256", "scram-sha-256",
                "Chooses the algorithm for encrypting passwords."},
    SettingInfo{"plan_cache_mode", kEnum, "auto", "auto|force_generic_plan|force_custom_plan", "", kNoEffect},
    SettingInfo{"quote_all_identifiers", kBool, "off", "", "off",
                "When generating SQL fragments, quote all identifiers."},
    SettingInfo{"random_page_cost", kReal, "4", "0..1e300", "", kNoEffect},
    SettingInfo{"report_commit_lsn", kBool, "off", "", "",
                "Tells the client each commit's token as the parameter wallaby.commit_lsn."},
    SettingInfo{"restrict_nonsystem_relation_kind", kText, "", "", "", kNoEffect},
    SettingInfo{"row_security", kBool, "on", "", "", kNoEffect},
    SettingInfo{"search_path", kText, "\"$user\", public", "", "", "Accepted; there is one schema, public."},
    SettingInfo{"seq_page_cost", kReal, "1", "0..1e300", "", kNoEffect},
    SettingInfo{"server_encoding", kText, "UTF8", "", "",
                "Shows the server (database) character set encoding.", kInternal, true},
    SettingInfo{"server_version", kText, kSqlServerVersion, "", "", "Shows the server version.", kInternal,
                true},
    SettingInfo{"server_version_num", kInteger, "150000", "150000..150000", "",
                "Shows the server version as an integer.", kInternal},
    SettingInfo{"session_replication_role", kEnum, "origin", "origin|replica|local", "origin",
                "Sets the session's behavior for triggers and rewrite rules."},
    SettingInfo{"shared_buffers", kMemory, "128MB", kAnyNumber, "",
                "All tables are in memory (--memory-limit).", kStart},
    SettingInfo{"standard_conforming_strings",
                kBool,
                "on",
                "",
                "on",
                "Causes '...' strings to treat backslashes literally.",
                {},
                true},
    SettingInfo{"statement_timeout", kDuration, "0", kMilliseconds, "",
                "Sets the maximum allowed duration of any statement."},
    SettingInfo{"synchronize_seqscans", kBool, "on", "", "", kNoEffect},
    SettingInfo{"synchronous_commit", kEnum, "", "local|remote_write|remote_apply|on|off", "",
                "Sets what this session's commits wait for; not set, the cluster's switch governs."},
    SettingInfo{"tcp_keepalives_count", kInteger, "0", kAnyNumber, "", kNoEffect},
    SettingInfo{"tcp_keepalives_idle", kInteger, "0", kAnyNumber, "", kNoEffect},
    SettingInfo{"tcp_keepalives_interval", kInteger, "0", kAnyNumber, "", kNoEffect},
    SettingInfo{"tcp_user_timeout", kDuration, "0", kMilliseconds, "", kNoEffect},
    SettingInfo{"temp_buffers", kMemory, "8MB", kAnyNumber, "", kNoEffect},
    SettingInfo{"TimeZone",
                kText,
                "UTC",
                "",
                "",
                "Sets the time zone for displaying and interpreting time stamps.",
                {},
                true},
    SettingInfo{"track_activities", kBool, "on", "", "", kNoEffect},
    SettingInfo{"track_io_timing", kBool, "off", "", "", kNoEffect},
    SettingInfo{"transform_null_equals", kBool, "off", "", "off",
                "Treats \"expr=NULL\" as \"expr IS NULL\"."},
    SettingInfo{"vacuum_cost_delay", kDuration, "0", "0..100", "", kNoEffect},
    SettingInfo{"vacuum_cost_limit", kInteger, "200", "1..10000", "", kNoEffect},
    SettingInfo{"wal_compression", kEnum, "off", "pglz|lz4|zstd|on|off", "", kNoEffect},
    SettingInfo{"wal_level", kEnum, "replica", "minimal|replica|logical", "",
                "Sets the level of information written to the log.", kStart},
    SettingInfo{"wal_sender_timeout", kDuration, "60s", kMilliseconds, "", kNoEffect},
    SettingInfo{"work_mem", kMemory, "4MB", kAnyNumber, "", kNoEffect},
    SettingInfo{"xmloption", kEnum, "content", "content|document", "", kNoEffect},
};

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

}  // namespace

std::span<const SettingInfo> all_settings() {
  return kSettings;
}

const SettingInfo* find_setting(std::string_view name) {
  auto found =
      std::ranges::find_if(kSettings, [&](const SettingInfo& info) { return same_name(info.name, name); });
  return found == kSettings.end() ? nullptr : &*found;
}

SqlError unknown_setting(std::string_view name) {
  return sql_error("42704", "unrecognized configuration parameter \"{}\"", name);
}

}  // namespace wallaby::sql
