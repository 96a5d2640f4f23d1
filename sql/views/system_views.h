// sql/views/system_views.h
//
// Tables that are made when they are read: PostgreSQL's system views as far as Wallaby has something to say in them, and its own.
//
//     SELECT application_name, state, replay_lsn, replay_lag FROM pg_stat_replication;
//     SELECT * FROM wallaby_trace;
//
// Columns come in PostgreSQL 15's order and types (numeric and inet as the nearest type here); Wallaby's own stand behind
// them. What a node tells comes from NodeStatus alone, as `wallaby status` prints it; what is in the catalog from the catalog
// that the statement sees; sessions from the services.
//
// Each view is one ViewDefinition: its columns, and a function that makes its rows. They are listed in system_views.cc.
//
// Ownership: a SystemViews refers to its session. The definitions are static.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "node/backend.h"
#include "sql/plan/plan.h"

namespace wallaby::sql {

class SqlServices;
struct SettingInfo;

/// What a view may ask of the session that reads it.
class ViewSource {
 public:
  virtual ~ViewSource() = default;
  virtual SqlServices& view_services() = 0;
  virtual TimePoint view_time() const = 0;
  /// Microseconds since 2000-01-01, now.
  virtual int64_t view_wall_time() const = 0;
  /// Of the statement that runs.
  virtual std::shared_ptr<const Catalog> view_catalog() const = 0;
  /// Null: where no statement runs.
  virtual const DataSource* view_data() const = 0;
  virtual std::string view_user() const = 0;
  virtual std::string view_database() const = 0;
  virtual std::string view_setting(const SettingInfo& info) const = 0;
};

struct ViewDefinition {
  VirtualTable table;
  SqlResult<std::vector<Row>> (*rows)(ViewSource& source);
};

class SystemViews final : public VirtualTables {
 public:
  explicit SystemViews(ViewSource& source) : source_(source) {}
  const VirtualTable* find(std::string_view schema, std::string_view name) const override;
  SqlResult<std::vector<Row>> rows(const VirtualTable& table) override;

 private:
  ViewSource& source_;
};

/// All of them.
std::span<const ViewDefinition> view_definitions();

// The groups (one file each).
std::vector<ViewDefinition> replication_views();
std::vector<ViewDefinition> session_views();
std::vector<ViewDefinition> catalog_views();
std::vector<ViewDefinition> relation_views();
std::vector<ViewDefinition> builtin_views();
std::vector<ViewDefinition> information_schema_views();
std::vector<ViewDefinition> trace_views();

/// pg_table_is_visible(oid), pg_relation_size(...) and others that look at the catalog. 42883-like 0A000 for names that nobody knows.
SqlResult<Value> call_view_function(std::string_view name, std::span<const Value> arguments,
                                    ViewSource& source);

/// kOwnerOid for a user that nobody has made a role of.
Oid role_oid(std::string_view name, ViewSource& source);
/// Who owns everything: roles have no possessions of their own here, so it is the session's user.
inline Oid owner_oid(ViewSource& source) {
  return role_oid(source.view_user(), source);
}
/// "unknown (OID=42)" when nobody has it.
std::string role_name(Oid oid, ViewSource& source);

/// Oids of what is always there.
inline constexpr Oid kPgCatalogOid = 11, kPublicOid = 2200, kInformationSchemaOid = 13390,
                     kDatabaseOid = 16384, kOwnerOid = 10, kDatabaseOwnerOid = 6171, kHeapOid = 2,
                     kBtreeOid = 403;

// Short names for building rows.
inline Value text_value(std::string_view text) {
  return Value(std::string(text));
}
/// Of PostgreSQL's type "char": one letter that stands for something.
inline Value char_value(char letter) {
  return Value(std::string(1, letter));
}
inline Value oid_value(Oid oid) {
  return Value(static_cast<int64_t>(oid));
}
inline Value int_value(int64_t value) {
  return Value(value);
}
inline Value lsn_value(Lsn lsn) {
  return lsn == Lsn{} ? Value() : Value(static_cast<int64_t>(lsn.value));
}
inline Value interval_value(Duration duration) {
  return Value(Interval{0, 0, std::chrono::duration_cast<std::chrono::microseconds>(duration).count()});
}
inline Value time_value(int64_t since_2000) {
  return since_2000 == 0 ? Value() : Value(since_2000);
}

struct ColumnSpec {
  std::string_view name;
  TypeId type;
};
ViewDefinition make_view(std::string_view schema, std::string_view name, Oid oid,
                         std::initializer_list<ColumnSpec> columns,
                         SqlResult<std::vector<Row>> (*rows)(ViewSource&));

}  // namespace wallaby::sql
