// Definitions: tables, columns, constraints, indexes, sequences, roles.
//
// What is not supported inside a definition is noted in the tree rather than refused here, so that the table's other errors (it exists
// already, a column is named twice) can come first, as they do in PostgreSQL.
#include <cstdlib>
#include <utility>

#include <pg_query.h>

#include "sql/parser/tree.h"

namespace wallaby::sql::parser {

namespace {

void note(std::string& unsupported, std::string_view feature) {
  if (unsupported.empty()) unsupported = feature;
}

std::string constraint_feature(const PgQuery__Constraint& node) {
  switch (node.contype) {
    case PG_QUERY__CONSTR_TYPE__CONSTR_CHECK: return "a CHECK constraint";
    case PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN: return "a FOREIGN KEY constraint";
    case PG_QUERY__CONSTR_TYPE__CONSTR_EXCLUSION: return "an EXCLUDE constraint";
    case PG_QUERY__CONSTR_TYPE__CONSTR_GENERATED: return "a generated column";
    case PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_DEFERRABLE:
    case PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_DEFERRED: return "a DEFERRABLE constraint";
    default: return "this kind of constraint";
  }
}

/// What a UNIQUE or PRIMARY KEY may not say here.
void check_key(const PgQuery__Constraint& node, std::string& unsupported) {
  if (node.deferrable || node.initdeferred) note(unsupported, "a DEFERRABLE constraint");
  if (node.n_including > 0) note(unsupported, "INCLUDE columns");
  if (node.nulls_not_distinct) note(unsupported, "NULLS NOT DISTINCT");
  if (*node.indexname) note(unsupported, "a constraint USING INDEX");
}

}  // namespace

ast::CreateTable TreeReader::create_table(const PgQuery__CreateStmt& node) {
  ast::CreateTable made;
  made.table = range_var(*node.relation);
  made.if_not_exists = node.if_not_exists;
  std::string_view persistence = node.relation->relpersistence;
  if (persistence == "t") note(made.unsupported, "a temporary table");
  if (persistence == "u") note(made.unsupported, "an UNLOGGED table");
  if (node.partbound || node.partspec) note(made.unsupported, "partitioning");
  if (node.n_inh_relations > 0) note(made.unsupported, "table inheritance");
  if (node.of_typename) note(made.unsupported, "a typed table");
  if (*node.tablespacename) note(made.unsupported, "TABLESPACE");
  for (const PgQuery__Node* option : NodeList{node.n_options, node.options}) {
    // How full a page is, nobody can see: pgbench says it of each of its tables.
    if (std::string_view(option->def_elem->defname) != "fillfactor")
      note(made.unsupported, std::string("the storage parameter ") + option->def_elem->defname);
  }
  for (const PgQuery__Node* element : NodeList{node.n_table_elts, node.table_elts}) {
    if (element->node_case == PG_QUERY__NODE__NODE_COLUMN_DEF)
      made.columns.push_back(column(*element->column_def));
    else if (element->node_case == PG_QUERY__NODE__NODE_CONSTRAINT)
      made.constraints.push_back(table_constraint(*element->constraint));
    else
      note(made.unsupported, "CREATE TABLE (LIKE ...)");
  }
  return made;
}

ast::ColumnDef TreeReader::column(const PgQuery__ColumnDef& node) {
  ast::ColumnDef made;
  made.name = node.colname;
  made.location = node.location;
  if (node.type_name) made.type = type_name(*node.type_name);
  if (node.coll_clause) {
    auto names = strings_of({node.coll_clause->n_collname, node.coll_clause->collname});
    if (!names.empty()) made.collation = names.back();
  }
  if (node.n_fdwoptions > 0) note(made.unsupported, "column OPTIONS");
  for (const PgQuery__Node* each : NodeList{node.n_constraints, node.constraints})
    column_constraint(*each->constraint, made);
  return made;
}

void TreeReader::column_constraint(const PgQuery__Constraint& node, ast::ColumnDef& made) {
  switch (node.contype) {
    case PG_QUERY__CONSTR_TYPE__CONSTR_NULL: made.null_given = true; return;
    case PG_QUERY__CONSTR_TYPE__CONSTR_NOTNULL: made.not_null = true; return;
    case PG_QUERY__CONSTR_TYPE__CONSTR_DEFAULT:
      if (made.default_value)
        throw Refused{sql_error("42601", "multiple default values specified for column \"{}\"", made.name)
                          .at(position_of(*text_, node.location))};
      made.default_value = need_expr(node.raw_expr);
      made.default_text = source_of(*node.raw_expr);
      return;
    case PG_QUERY__CONSTR_TYPE__CONSTR_IDENTITY:
      made.identity =
          std::string_view(node.generated_when) == "a" ? ast::Identity::kAlways : ast::Identity::kByDefault;
      if (node.n_options > 0) {
        note(made.unsupported, "an option of an identity column's sequence");
        made.unsupported_location = node.location;
      }
      return;
    case PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY:
      made.primary_key = true;
      made.primary_key_name = node.conname;
      check_key(node, made.unsupported);
      return;
    case PG_QUERY__CONSTR_TYPE__CONSTR_UNIQUE:
      made.unique = true;
      made.unique_name = node.conname;
      check_key(node, made.unsupported);
      return;
    case PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_NOT_DEFERRABLE:
    case PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_IMMEDIATE: return;  // what it is anyway
    default:
      if (made.unsupported.empty()) made.unsupported_location = node.location;
      note(made.unsupported, constraint_feature(node));
  }
}

ast::TableConstraint TreeReader::table_constraint(const PgQuery__Constraint& node) {
  ast::TableConstraint made;
  made.primary_key = node.contype == PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY;
  made.name = node.conname;
  made.location = node.location;
  made.columns = strings_of({node.n_keys, node.keys});
  check_key(node, made.unsupported);
  if (!made.primary_key && node.contype != PG_QUERY__CONSTR_TYPE__CONSTR_UNIQUE)
    note(made.unsupported, constraint_feature(node));
  return made;
}

ast::CreateIndex TreeReader::create_index(const PgQuery__IndexStmt& node) {
  ast::CreateIndex made;
  made.name = node.idxname;
  made.table = range_var(*node.relation);
  made.unique = node.unique;
  made.if_not_exists = node.if_not_exists;
  std::string_view method = node.access_method;
  if (!method.empty() && method != "btree") note(made.unsupported, "the index method " + std::string(method));
  if (node.where_clause) note(made.unsupported, "a partial index");
  if (node.n_index_including_params > 0) note(made.unsupported, "INCLUDE columns");
  if (node.nulls_not_distinct) note(made.unsupported, "NULLS NOT DISTINCT");
  if (node.concurrent) note(made.unsupported, "CREATE INDEX CONCURRENTLY");
  if (*node.table_space) note(made.unsupported, "TABLESPACE");
  for (const PgQuery__Node* each : NodeList{node.n_index_params, node.index_params}) {
    const PgQuery__IndexElem& element = *each->index_elem;
    if (element.expr) note(made.unsupported, "an index on an expression");
    if (element.n_opclass > 0) note(made.unsupported, "an operator class");
    if (element.nulls_ordering == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_FIRST)
      note(made.unsupported, "NULLS FIRST in an index");
    bool descending = element.ordering == PG_QUERY__SORT_BY_DIR__SORTBY_DESC;
    made.columns.push_back({element.name, descending, -1});
  }
  return made;
}

ast::CreateSequence TreeReader::create_sequence(const PgQuery__CreateSeqStmt& node) {
  ast::CreateSequence made;
  made.sequence = range_var(*node.sequence);
  made.if_not_exists = node.if_not_exists;
  if (std::string_view(node.sequence->relpersistence) == "t") note(made.unsupported, "a temporary sequence");
  for (const PgQuery__Node* each : NodeList{node.n_options, node.options}) {
    std::string_view name = each->def_elem->defname;
    int64_t number = std::strtoll(option_text(each->def_elem->arg).c_str(), nullptr, 10);
    if (name == "start")
      made.start = number;
    else if (name == "increment")
      made.increment = number;
    else
      note(made.unsupported, "the sequence option " + std::string(name));
  }
  return made;
}

ast::Statement::Node TreeReader::drop(const PgQuery__DropStmt& node) {
  ast::Drop made;
  switch (node.remove_type) {
    case PG_QUERY__OBJECT_TYPE__OBJECT_TABLE: made.kind = ast::ObjectKind::kTable; break;
    case PG_QUERY__OBJECT_TYPE__OBJECT_INDEX: made.kind = ast::ObjectKind::kIndex; break;
    case PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE: made.kind = ast::ObjectKind::kSequence; break;
    case PG_QUERY__OBJECT_TYPE__OBJECT_VIEW: return ast::Utility{"DROP VIEW", {}};
    case PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA: return ast::Utility{"DROP SCHEMA", {}};
    case PG_QUERY__OBJECT_TYPE__OBJECT_FUNCTION: return ast::Utility{"DROP FUNCTION", {}};
    case PG_QUERY__OBJECT_TYPE__OBJECT_TYPE: return ast::Utility{"DROP TYPE", {}};
    case PG_QUERY__OBJECT_TYPE__OBJECT_EXTENSION: return ast::Utility{"DROP EXTENSION", {}};
    case PG_QUERY__OBJECT_TYPE__OBJECT_TRIGGER: return ast::Utility{"DROP TRIGGER", {}};
    default: return ast::Utility{"DROP of this kind of object", {}};
  }
  if (node.concurrent) refuse("DROP INDEX CONCURRENTLY");
  made.if_exists = node.missing_ok;
  made.cascade = node.behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE;
  for (const PgQuery__Node* object : NodeList{node.n_objects, node.objects}) {
    auto names = strings_of({object->list->n_items, object->list->items});
    ast::RangeVar name;
    if (!names.empty()) name.name = names.back();
    if (names.size() > 1) name.schema = names[names.size() - 2];
    made.names.push_back(std::move(name));
  }
  return made;
}

ast::Statement::Node TreeReader::alter_table(const PgQuery__AlterTableStmt& node) {
  if (node.objtype != PG_QUERY__OBJECT_TYPE__OBJECT_TABLE)
    return ast::Utility{"ALTER of this kind of object", {}};
  ast::AlterTable made;
  made.table = range_var(*node.relation);
  made.if_exists = node.missing_ok;
  for (const PgQuery__Node* each : NodeList{node.n_cmds, node.cmds}) {
    const PgQuery__AlterTableCmd& command = *each->alter_table_cmd;
    switch (command.subtype) {
      case PG_QUERY__ALTER_TABLE_TYPE__AT_AddColumn:
        made.commands.emplace_back(ast::AddColumn{column(*command.def->column_def), command.missing_ok != 0});
        break;
      case PG_QUERY__ALTER_TABLE_TYPE__AT_DropColumn:
        made.commands.emplace_back(ast::DropColumn{command.name, command.missing_ok != 0});
        break;
      case PG_QUERY__ALTER_TABLE_TYPE__AT_AddConstraint:
        made.commands.emplace_back(ast::AddConstraint{table_constraint(*command.def->constraint)});
        break;
      default: refuse("this form of ALTER TABLE");
    }
  }
  return made;
}

ast::CreateRole TreeReader::create_role(const PgQuery__CreateRoleStmt& node) {
  ast::CreateRole made;
  made.name = node.role;
  made.user = node.stmt_type == PG_QUERY__ROLE_STMT_TYPE__ROLESTMT_USER;
  for (const PgQuery__Node* each : NodeList{node.n_options, node.options}) {
    std::string_view name = each->def_elem->defname;
    std::string value = option_text(each->def_elem->arg);
    if (name == "password") {
      if (each->def_elem->arg) made.password = value;
    } else if (name == "canlogin") {
      made.login = value == "true";
    } else if (name == "superuser") {
      made.superuser = value == "true";
    } else if (name == "isreplication") {
      made.replication = value == "true";
    } else if (name != "inherit") {
      note(made.unsupported, "the role option " + std::string(name));
    }
  }
  return made;
}

ast::AlterRole TreeReader::alter_role(const PgQuery__AlterRoleStmt& node) {
  ast::AlterRole made;
  made.name = node.role->rolename;
  for (const PgQuery__Node* each : NodeList{node.n_options, node.options}) {
    std::string_view name = each->def_elem->defname;
    std::string value = option_text(each->def_elem->arg);
    if (name == "password") {
      made.password_null = !each->def_elem->arg;
      if (!made.password_null) made.password = value;
    } else if (name == "canlogin") {
      made.login = value == "true";
    } else if (name == "superuser") {
      made.superuser = value == "true";
    } else if (name == "isreplication") {
      made.replication = value == "true";
    } else if (name != "inherit") {
      note(made.unsupported, "the role option " + std::string(name));
    }
  }
  return made;
}

ast::DropRole TreeReader::drop_role(const PgQuery__DropRoleStmt& node) {
  ast::DropRole made;
  made.if_exists = node.missing_ok;
  for (const PgQuery__Node* role : NodeList{node.n_roles, node.roles})
    made.names.emplace_back(role->role_spec->rolename);
  return made;
}

/// The expression as PostgreSQL writes it: the tree gives where it begins, not where it ends.
std::string TreeReader::source_of(PgQuery__Node& expression) {
  PgQuery__ResTarget target = PG_QUERY__RES_TARGET__INIT;
  target.val = &expression;
  PgQuery__Node target_node = PG_QUERY__NODE__INIT;
  target_node.node_case = PG_QUERY__NODE__NODE_RES_TARGET;
  target_node.res_target = &target;
  PgQuery__Node* targets[] = {&target_node};
  PgQuery__SelectStmt select = PG_QUERY__SELECT_STMT__INIT;
  select.n_target_list = 1;
  select.target_list = targets;
  select.limit_option = PG_QUERY__LIMIT_OPTION__LIMIT_OPTION_DEFAULT;
  select.op = PG_QUERY__SET_OPERATION__SETOP_NONE;
  PgQuery__Node select_node = PG_QUERY__NODE__INIT;
  select_node.node_case = PG_QUERY__NODE__NODE_SELECT_STMT;
  select_node.select_stmt = &select;
  PgQuery__RawStmt raw = PG_QUERY__RAW_STMT__INIT;
  raw.stmt = &select_node;
  PgQuery__RawStmt* statements[] = {&raw};
  PgQuery__ParseResult result = PG_QUERY__PARSE_RESULT__INIT;
  result.version = PG_VERSION_NUM;
  result.n_stmts = 1;
  result.stmts = statements;

  std::string bytes(pg_query__parse_result__get_packed_size(&result), '\0');
  pg_query__parse_result__pack(&result, reinterpret_cast<uint8_t*>(bytes.data()));
  PgQueryDeparseResult deparsed = pg_query_deparse_protobuf({bytes.size(), bytes.data()});
  std::string text = deparsed.query ? deparsed.query : "";
  bool failed = deparsed.error != nullptr;
  pg_query_free_deparse_result(deparsed);
  constexpr std::string_view kSelect = "SELECT ";
  if (failed || !text.starts_with(kSelect)) refuse("a default of this form");
  return text.substr(kSelect.size());
}

}  // namespace wallaby::sql::parser
