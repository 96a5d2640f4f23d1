// pg_stat_activity, pg_settings, pg_database, pg_roles, pg_authid, pg_user: sessions and what they work with.
#include "sql/session/services.h"
#include "sql/session/settings.h"
#include "sql/views/system_views.h"

namespace wallaby::sql {
namespace {

using enum TypeId;

SqlResult<std::vector<Row>> stat_activity(ViewSource& source) {
  std::vector<Row> rows;
  for (const auto& [pid, session] : source.view_services().sessions) {
    size_t colon = session->client.rfind(':');
    bool waits = !session->wait_event.empty();
    bool idle = session->state != "active";
    rows.push_back(
        {oid_value(kDatabaseOid),
         text_value(session->database),
         int_value(pid),
         Value(),
         oid_value(role_oid(session->user, source)),
         text_value(session->user),
         text_value(session->application_name),
         session->client.empty() ? Value() : text_value(session->client.substr(0, colon)),
         Value(),
         colon == std::string::npos ? Value() : int_value(std::atoll(session->client.c_str() + colon + 1)),
         time_value(session->backend_start),
         time_value(session->transaction_start),
         time_value(session->query_start),
         time_value(session->state_change),
         text_value(waits  ? session->wait_event_type
                    : idle ? "Client"
                           : ""),
         text_value(waits  ? session->wait_event
                    : idle ? "ClientRead"
                           : ""),
         text_value(session->state),
         Value(),
         Value(),
         Value(),
         text_value(session->query),
         text_value("client backend")});
    if (!waits && !idle) rows.back()[14] = rows.back()[15] = Value();
  }
  return rows;
}

std::string_view vartype(SettingKind kind) {
  switch (kind) {
    case SettingKind::kText: return "string";
    case SettingKind::kBool: return "bool";
    case SettingKind::kReal: return "real";
    case SettingKind::kEnum: return "enum";
    default: return "integer";
  }
}

SqlResult<std::vector<Row>> settings(ViewSource& source) {
  std::vector<Row> rows;
  for (const SettingInfo& info : all_settings()) {
    bool number = info.kind == SettingKind::kInteger || info.kind == SettingKind::kReal ||
                  info.kind == SettingKind::kDuration || info.kind == SettingKind::kMemory;
    size_t dots = info.choices.find("..");
    std::string_view context = info.access == SettingAccess::kInternal ? "internal"
                               : info.access == SettingAccess::kStart  ? "postmaster"
                                                                       : "user";
    std::string value = source.view_setting(info);
    bool changed = value != info.initial;
    rows.push_back(
        {text_value(info.name), text_value(value), Value(), text_value("Wallaby"),
         text_value(info.description), Value(), text_value(context), text_value(vartype(info.kind)),
         text_value(changed ? "session" : "default"),
         number && dots != std::string_view::npos ? text_value(info.choices.substr(0, dots)) : Value(),
         number && dots != std::string_view::npos ? text_value(info.choices.substr(dots + 2)) : Value(),
         Value(), text_value(info.initial), text_value(info.initial), Value(), Value(), Value(false)});
  }
  return rows;
}

SqlResult<std::vector<Row>> databases(ViewSource& source) {
  return std::vector<Row>{{oid_value(kDatabaseOid), text_value(source.view_database()),
                           oid_value(owner_oid(source)), int_value(6), text_value("c"), Value(false),
                           Value(true), int_value(-1), Value(), Value(), oid_value(1663), text_value("C"),
                           text_value("C"), Value(), Value(), Value()}};
}

struct RoleRow {
  std::string name;
  Oid oid;
  bool superuser, login, replication;
};

/// Roles of the catalog; and as long as nobody has made one, the user of this session, who may do everything.
std::vector<RoleRow> roles_of(ViewSource& source) {
  std::vector<RoleRow> roles;
  auto catalog = source.view_catalog();
  for (const auto& [name, role] : catalog->roles())
    roles.push_back({name, role.oid, role.superuser, role.login, role.replication});
  if (!catalog->find_role(source.view_user()))
    roles.insert(roles.begin(), {source.view_user(), kOwnerOid, true, true, true});
  return roles;
}

SqlResult<std::vector<Row>> authorizations(ViewSource& source) {
  std::vector<Row> rows;
  for (const RoleRow& role : roles_of(source))
    rows.push_back({oid_value(role.oid), text_value(role.name), Value(role.superuser), Value(true),
                    Value(role.superuser), Value(role.superuser), Value(role.login), Value(role.replication),
                    Value(role.superuser), int_value(-1), Value(), Value()});
  return rows;
}

SqlResult<std::vector<Row>> roles(ViewSource& source) {
  std::vector<Row> rows;
  for (const RoleRow& role : roles_of(source))
    rows.push_back({text_value(role.name), Value(role.superuser), Value(true), Value(role.superuser),
                    Value(role.superuser), Value(role.login), Value(role.replication), int_value(-1),
                    text_value("********"), Value(), Value(role.superuser), Value(), oid_value(role.oid)});
  return rows;
}

SqlResult<std::vector<Row>> users(ViewSource& source) {
  std::vector<Row> rows;
  for (const RoleRow& role : roles_of(source))
    if (role.login)
      rows.push_back({text_value(role.name), oid_value(role.oid), Value(role.superuser),
                      Value(role.superuser), Value(role.replication), Value(role.superuser),
                      text_value("********"), Value(), Value()});
  return rows;
}

}  // namespace

Oid role_oid(std::string_view name, ViewSource& source) {
  auto catalog = source.view_catalog();
  const Role* role = catalog->find_role(name);
  return role ? role->oid : kOwnerOid;
}

std::string role_name(Oid oid, ViewSource& source) {
  // Of the schema public since PostgreSQL 15: a role that stands for whoever owns the database.
  if (oid == kDatabaseOwnerOid) return "pg_database_owner";
  for (const RoleRow& role : roles_of(source))
    if (role.oid == oid) return role.name;
  return fmt::format("unknown (OID={})", oid);
}

std::vector<ViewDefinition> session_views() {
  std::vector<ViewDefinition> views;
  views.push_back(make_view("pg_catalog", "pg_stat_activity", 12366,
                            {{"datid", kOid},
                             {"datname", kName},
                             {"pid", kInt4},
                             {"leader_pid", kInt4},
                             {"usesysid", kOid},
                             {"usename", kName},
                             {"application_name", kText},
                             {"client_addr", kText},
                             {"client_hostname", kText},
                             {"client_port", kInt4},
                             {"backend_start", kTimestamptz},
                             {"xact_start", kTimestamptz},
                             {"query_start", kTimestamptz},
                             {"state_change", kTimestamptz},
                             {"wait_event_type", kText},
                             {"wait_event", kText},
                             {"state", kText},
                             {"backend_xid", kInt8},
                             {"backend_xmin", kInt8},
                             {"query_id", kInt8},
                             {"query", kText},
                             {"backend_type", kText}},
                            stat_activity));
  views.push_back(make_view("pg_catalog", "pg_settings", 12345,
                            {{"name", kText},
                             {"setting", kText},
                             {"unit", kText},
                             {"category", kText},
                             {"short_desc", kText},
                             {"extra_desc", kText},
                             {"context", kText},
                             {"vartype", kText},
                             {"source", kText},
                             {"min_val", kText},
                             {"max_val", kText},
                             {"enumvals", kTextArray},
                             {"boot_val", kText},
                             {"reset_val", kText},
                             {"sourcefile", kText},
                             {"sourceline", kInt4},
                             {"pending_restart", kBool}},
                            settings));
  views.push_back(make_view("pg_catalog", "pg_database", 1262,
                            {{"oid", kOid},
                             {"datname", kName},
                             {"datdba", kOid},
                             {"encoding", kInt4},
                             {"datlocprovider", kChar},
                             {"datistemplate", kBool},
                             {"datallowconn", kBool},
                             {"datconnlimit", kInt4},
                             {"datfrozenxid", kInt8},
                             {"datminmxid", kInt8},
                             {"dattablespace", kOid},
                             {"datcollate", kText},
                             {"datctype", kText},
                             {"daticulocale", kText},
                             {"datcollversion", kText},
                             {"datacl", kTextArray}},
                            databases));
  views.push_back(make_view("pg_catalog", "pg_roles", 12242,
                            {{"rolname", kName},
                             {"rolsuper", kBool},
                             {"rolinherit", kBool},
                             {"rolcreaterole", kBool},
                             {"rolcreatedb", kBool},
                             {"rolcanlogin", kBool},
                             {"rolreplication", kBool},
                             {"rolconnlimit", kInt4},
                             {"rolpassword", kText},
                             {"rolvaliduntil", kTimestamptz},
                             {"rolbypassrls", kBool},
                             {"rolconfig", kTextArray},
                             {"oid", kOid}},
                            roles));
  views.push_back(make_view("pg_catalog", "pg_authid", 1260,
                            {{"oid", kOid},
                             {"rolname", kName},
                             {"rolsuper", kBool},
                             {"rolinherit", kBool},
                             {"rolcreaterole", kBool},
                             {"rolcreatedb", kBool},
                             {"rolcanlogin", kBool},
                             {"rolreplication", kBool},
                             {"rolbypassrls", kBool},
                             {"rolconnlimit", kInt4},
                             {"rolpassword", kText},
                             {"rolvaliduntil", kTimestamptz}},
                            authorizations));
  views.push_back(make_view("pg_catalog", "pg_user", 12252,
                            {{"usename", kName},
                             {"usesysid", kOid},
                             {"usecreatedb", kBool},
                             {"usesuper", kBool},
                             {"userepl", kBool},
                             {"usebypassrls", kBool},
                             {"passwd", kText},
                             {"valuntil", kTimestamptz},
                             {"useconfig", kTextArray}},
                            users));
  return views;
}

}  // namespace wallaby::sql
