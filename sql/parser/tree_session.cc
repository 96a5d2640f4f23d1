// Statements as a whole: which kind, and those that concern the session rather than tables.
#include <utility>

#include "sql/parser/tree.h"

namespace wallaby::sql::parser {

namespace {

/// Those that PostgreSQL knows and Wallaby does not do, by their names; empty: not one of them.
std::string_view foreign_command(const PgQuery__Node& node) {
  switch (node.node_case) {
    case PG_QUERY__NODE__NODE_VIEW_STMT: return "CREATE VIEW";
    case PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT: return "CREATE TABLE AS";
    case PG_QUERY__NODE__NODE_REFRESH_MAT_VIEW_STMT: return "REFRESH MATERIALIZED VIEW";
    case PG_QUERY__NODE__NODE_CREATE_SCHEMA_STMT: return "CREATE SCHEMA";
    case PG_QUERY__NODE__NODE_CREATE_FUNCTION_STMT: return "CREATE FUNCTION";
    case PG_QUERY__NODE__NODE_ALTER_FUNCTION_STMT: return "ALTER FUNCTION";
    case PG_QUERY__NODE__NODE_CREATE_TRIG_STMT: return "CREATE TRIGGER";
    case PG_QUERY__NODE__NODE_CREATE_EXTENSION_STMT: return "CREATE EXTENSION";
    case PG_QUERY__NODE__NODE_CREATE_DOMAIN_STMT: return "CREATE DOMAIN";
    case PG_QUERY__NODE__NODE_CREATE_ENUM_STMT:
    case PG_QUERY__NODE__NODE_CREATE_RANGE_STMT:
    case PG_QUERY__NODE__NODE_COMPOSITE_TYPE_STMT: return "CREATE TYPE";
    case PG_QUERY__NODE__NODE_DEFINE_STMT: return "CREATE AGGREGATE, OPERATOR, TYPE or COLLATION";
    case PG_QUERY__NODE__NODE_CREATEDB_STMT: return "CREATE DATABASE";
    case PG_QUERY__NODE__NODE_DROPDB_STMT: return "DROP DATABASE";
    case PG_QUERY__NODE__NODE_CREATE_TABLE_SPACE_STMT: return "CREATE TABLESPACE";
    case PG_QUERY__NODE__NODE_CREATE_POLICY_STMT: return "CREATE POLICY";
    case PG_QUERY__NODE__NODE_CREATE_PUBLICATION_STMT: return "CREATE PUBLICATION";
    case PG_QUERY__NODE__NODE_CREATE_SUBSCRIPTION_STMT: return "CREATE SUBSCRIPTION";
    case PG_QUERY__NODE__NODE_CREATE_STATS_STMT: return "CREATE STATISTICS";
    case PG_QUERY__NODE__NODE_CREATE_FOREIGN_TABLE_STMT: return "CREATE FOREIGN TABLE";
    case PG_QUERY__NODE__NODE_RULE_STMT: return "CREATE RULE";
    case PG_QUERY__NODE__NODE_MERGE_STMT: return "MERGE";
    case PG_QUERY__NODE__NODE_RENAME_STMT: return "RENAME";
    case PG_QUERY__NODE__NODE_ALTER_OWNER_STMT: return "OWNER TO";
    case PG_QUERY__NODE__NODE_ALTER_OBJECT_SCHEMA_STMT: return "SET SCHEMA";
    case PG_QUERY__NODE__NODE_ALTER_SEQ_STMT: return "ALTER SEQUENCE";
    case PG_QUERY__NODE__NODE_ALTER_DATABASE_STMT:
    case PG_QUERY__NODE__NODE_ALTER_DATABASE_SET_STMT: return "ALTER DATABASE";
    case PG_QUERY__NODE__NODE_ALTER_ROLE_SET_STMT: return "ALTER ROLE ... SET";
    case PG_QUERY__NODE__NODE_GRANT_STMT:
    case PG_QUERY__NODE__NODE_GRANT_ROLE_STMT: return "GRANT and REVOKE";
    case PG_QUERY__NODE__NODE_ALTER_DEFAULT_PRIVILEGES_STMT: return "ALTER DEFAULT PRIVILEGES";
    case PG_QUERY__NODE__NODE_COMMENT_STMT: return "COMMENT";
    case PG_QUERY__NODE__NODE_LISTEN_STMT: return "LISTEN";
    case PG_QUERY__NODE__NODE_UNLISTEN_STMT: return "UNLISTEN";
    case PG_QUERY__NODE__NODE_NOTIFY_STMT: return "NOTIFY";
    case PG_QUERY__NODE__NODE_LOCK_STMT: return "LOCK TABLE";
    case PG_QUERY__NODE__NODE_DO_STMT: return "DO";
    case PG_QUERY__NODE__NODE_CALL_STMT: return "CALL";
    case PG_QUERY__NODE__NODE_LOAD_STMT: return "LOAD";
    case PG_QUERY__NODE__NODE_REINDEX_STMT: return "REINDEX";
    case PG_QUERY__NODE__NODE_CLUSTER_STMT: return "CLUSTER";
    case PG_QUERY__NODE__NODE_CONSTRAINTS_SET_STMT: return "SET CONSTRAINTS";
    case PG_QUERY__NODE__NODE_DROP_OWNED_STMT: return "DROP OWNED";
    case PG_QUERY__NODE__NODE_REASSIGN_OWNED_STMT: return "REASSIGN OWNED";
    default: return "this statement";
  }
}

}  // namespace

void TreeReader::refuse(std::string_view feature, int location) const {
  throw Refused{not_supported(feature).at(position_of(*text_, location))};
}

void TreeReader::too_deep() const {
  throw Refused{sql_error("54001", "stack depth limit exceeded")
                    .hint("The statement nests deeper than {} levels; write it flatter.", kMaxDepth)};
}

std::string option_text(const PgQuery__Node* node) {
  if (!node) return {};
  switch (node->node_case) {
    case PG_QUERY__NODE__NODE_STRING: return node->string->sval;
    case PG_QUERY__NODE__NODE_INTEGER: return std::to_string(node->integer->ival);
    case PG_QUERY__NODE__NODE_FLOAT: return node->float_->fval;
    case PG_QUERY__NODE__NODE_BOOLEAN: return node->boolean->boolval ? "true" : "false";
    case PG_QUERY__NODE__NODE_TYPE_NAME: {
      auto names = strings_of({node->type_name->n_names, node->type_name->names});
      return names.empty() ? "" : names.back();
    }
    case PG_QUERY__NODE__NODE_TYPE_CAST: return option_text(node->type_cast->arg);
    case PG_QUERY__NODE__NODE_A_CONST: break;
    default: return {};
  }
  const PgQuery__AConst& constant = *node->a_const;
  switch (constant.val_case) {
    case PG_QUERY__A__CONST__VAL_IVAL: return std::to_string(constant.ival->ival);
    case PG_QUERY__A__CONST__VAL_FVAL: return constant.fval->fval;
    case PG_QUERY__A__CONST__VAL_BOOLVAL: return constant.boolval->boolval ? "true" : "false";
    case PG_QUERY__A__CONST__VAL_SVAL: return constant.sval->sval;
    default: return {};
  }
}

ast::StatementPtr TreeReader::statement(const PgQuery__Node& node, int begin, int length) {
  begin_ = begin;
  length_ = length;
  parameters_ = 0;
  auto made = std::make_shared<ast::Statement>();
  made->node = body(node);
  made->text = text_;
  made->begin = begin;
  made->length = length;
  made->parameters = parameters_;
  return made;
}

ast::StatementPtr TreeReader::inner_statement(const PgQuery__Node* node) {
  if (!node) refuse("this kind of statement here");
  Deeper deeper(*this);
  auto made = std::make_shared<ast::Statement>();
  made->node = body(*node);
  made->text = text_;
  made->begin = begin_;
  made->length = length_;
  made->parameters = parameters_;
  return made;
}

ast::Statement::Node TreeReader::body(const PgQuery__Node& node) {
  switch (node.node_case) {
    case PG_QUERY__NODE__NODE_SELECT_STMT: return select(*node.select_stmt);
    case PG_QUERY__NODE__NODE_INSERT_STMT: return insert(*node.insert_stmt);
    case PG_QUERY__NODE__NODE_UPDATE_STMT: return update(*node.update_stmt);
    case PG_QUERY__NODE__NODE_DELETE_STMT: return remove(*node.delete_stmt);
    case PG_QUERY__NODE__NODE_TRUNCATE_STMT: return truncate(*node.truncate_stmt);
    case PG_QUERY__NODE__NODE_CREATE_STMT: return create_table(*node.create_stmt);
    case PG_QUERY__NODE__NODE_INDEX_STMT: return create_index(*node.index_stmt);
    case PG_QUERY__NODE__NODE_CREATE_SEQ_STMT: return create_sequence(*node.create_seq_stmt);
    case PG_QUERY__NODE__NODE_DROP_STMT: return drop(*node.drop_stmt);
    case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT: return alter_table(*node.alter_table_stmt);
    case PG_QUERY__NODE__NODE_CREATE_ROLE_STMT: return create_role(*node.create_role_stmt);
    case PG_QUERY__NODE__NODE_ALTER_ROLE_STMT: return alter_role(*node.alter_role_stmt);
    case PG_QUERY__NODE__NODE_DROP_ROLE_STMT: return drop_role(*node.drop_role_stmt);
    case PG_QUERY__NODE__NODE_TRANSACTION_STMT: return transaction(*node.transaction_stmt);
    case PG_QUERY__NODE__NODE_VARIABLE_SET_STMT: return set(*node.variable_set_stmt);
    case PG_QUERY__NODE__NODE_VARIABLE_SHOW_STMT: return ast::Show{node.variable_show_stmt->name};
    case PG_QUERY__NODE__NODE_ALTER_SYSTEM_STMT:
      return ast::AlterSystem{set(*node.alter_system_stmt->setstmt)};
    case PG_QUERY__NODE__NODE_DISCARD_STMT:
      switch (node.discard_stmt->target) {
        case PG_QUERY__DISCARD_MODE__DISCARD_PLANS: return ast::Discard{"PLANS"};
        case PG_QUERY__DISCARD_MODE__DISCARD_SEQUENCES: return ast::Discard{"SEQUENCES"};
        case PG_QUERY__DISCARD_MODE__DISCARD_TEMP: return ast::Discard{"TEMP"};
        default: return ast::Discard{"ALL"};
      }
    case PG_QUERY__NODE__NODE_EXPLAIN_STMT: return explain(*node.explain_stmt);
    case PG_QUERY__NODE__NODE_PREPARE_STMT: return prepare(*node.prepare_stmt);
    case PG_QUERY__NODE__NODE_EXECUTE_STMT:
      return ast::ExecutePrepared{node.execute_stmt->name,
                                  exprs({node.execute_stmt->n_params, node.execute_stmt->params})};
    case PG_QUERY__NODE__NODE_DEALLOCATE_STMT: return ast::Deallocate{node.deallocate_stmt->name};
    case PG_QUERY__NODE__NODE_DECLARE_CURSOR_STMT: return declare_cursor(*node.declare_cursor_stmt);
    case PG_QUERY__NODE__NODE_FETCH_STMT: return fetch(*node.fetch_stmt);
    case PG_QUERY__NODE__NODE_CLOSE_PORTAL_STMT: return ast::CloseCursor{node.close_portal_stmt->portalname};
    case PG_QUERY__NODE__NODE_COPY_STMT: return copy(*node.copy_stmt);
    case PG_QUERY__NODE__NODE_CHECK_POINT_STMT: return ast::Utility{"CHECKPOINT", {}};
    case PG_QUERY__NODE__NODE_VACUUM_STMT: {
      ast::Utility made{node.vacuum_stmt->is_vacuumcmd ? "VACUUM" : "ANALYZE", {}};
      for (const PgQuery__Node* table : NodeList{node.vacuum_stmt->n_rels, node.vacuum_stmt->rels})
        made.tables.push_back(range_var(*table->vacuum_relation->relation));
      return made;
    }
    default: return ast::Utility{std::string(foreign_command(node)), {}};
  }
}

ast::Transaction TreeReader::transaction(const PgQuery__TransactionStmt& node) {
  using enum ast::TransactionKind;
  auto kind = [&] {
    switch (node.kind) {
      case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_START: return kStart;
      case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_COMMIT: return kCommit;
      case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK: return kRollback;
      case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_SAVEPOINT: return kSavepoint;
      case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_RELEASE: return kRelease;
      case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK_TO: return kRollbackTo;
      case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_PREPARE: return kPrepare;
      case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_COMMIT_PREPARED: return kCommitPrepared;
      case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK_PREPARED: return kRollbackPrepared;
      default: return kBegin;
    }
  };
  ast::Transaction made;
  made.kind = kind();
  made.savepoint = node.savepoint_name;
  made.chain = node.chain;
  for (const PgQuery__Node* option : NodeList{node.n_options, node.options})
    made.options.push_back({option->def_elem->defname, option_text(option->def_elem->arg)});
  return made;
}

ast::Set TreeReader::set(const PgQuery__VariableSetStmt& node) {
  ast::Set made;
  made.name = node.name;
  made.local = node.is_local;
  switch (node.kind) {
    case PG_QUERY__VARIABLE_SET_KIND__VAR_SET_VALUE:
      for (const PgQuery__Node* value : NodeList{node.n_args, node.args})
        made.values.push_back(option_text(value));
      break;
    case PG_QUERY__VARIABLE_SET_KIND__VAR_SET_MULTI:
      // SET TRANSACTION ..., SET SESSION CHARACTERISTICS AS TRANSACTION ...
      for (const PgQuery__Node* option : NodeList{node.n_args, node.args}) {
        if (option->node_case == PG_QUERY__NODE__NODE_DEF_ELEM)
          made.options.push_back({option->def_elem->defname, option_text(option->def_elem->arg)});
        else
          refuse("SET TRANSACTION SNAPSHOT");
      }
      break;
    case PG_QUERY__VARIABLE_SET_KIND__VAR_SET_CURRENT: refuse("SET ... FROM CURRENT");
    case PG_QUERY__VARIABLE_SET_KIND__VAR_RESET_ALL: made.all = made.to_default = made.reset = true; break;
    default: made.to_default = true; made.reset = node.kind == PG_QUERY__VARIABLE_SET_KIND__VAR_RESET;
  }
  return made;
}

ast::Explain TreeReader::explain(const PgQuery__ExplainStmt& node) {
  ast::Explain made;
  for (const PgQuery__Node* each : NodeList{node.n_options, node.options}) {
    const PgQuery__DefElem& option = *each->def_elem;
    std::string_view name = option.defname;
    std::string value = option_text(option.arg);
    bool on = value != "false" && value != "off" && value != "0";
    if (name == "analyze")
      made.analyze = on;
    else if (name == "verbose")
      made.verbose = on;
    else if (name == "format")
      made.format = value;
    else if (on && name != "costs" && name != "timing" && name != "summary")
      refuse("the EXPLAIN option " + std::string(name), option.location);
  }
  made.statement = inner_statement(node.query);
  return made;
}

ast::Prepare TreeReader::prepare(const PgQuery__PrepareStmt& node) {
  ast::Prepare made;
  made.name = node.name;
  for (const PgQuery__Node* type : NodeList{node.n_argtypes, node.argtypes})
    made.types.push_back(type_name(*type->type_name));
  made.statement = inner_statement(node.query);
  // Its $n are the prepared statement's own: executing PREPARE takes none.
  parameters_ = 0;
  return made;
}

ast::DeclareCursor TreeReader::declare_cursor(const PgQuery__DeclareCursorStmt& node) {
  // PostgreSQL's CURSOR_OPT_* bits (nodes/parsenodes.h).
  constexpr int32_t kBinary = 0x01, kScroll = 0x02, kHold = 0x20;
  ast::DeclareCursor made;
  made.name = node.portalname;
  made.query = inner_statement(node.query);
  made.binary = node.options & kBinary;
  made.scroll = node.options & kScroll;
  made.hold = node.options & kHold;
  return made;
}

ast::Fetch TreeReader::fetch(const PgQuery__FetchStmt& node) {
  ast::Fetch made;
  made.cursor = node.portalname;
  made.count = node.how_many;
  made.all = node.how_many == INT64_MAX;
  made.move = node.ismove;
  switch (node.direction) {
    case PG_QUERY__FETCH_DIRECTION__FETCH_BACKWARD: made.direction = ast::FetchDirection::kBackward; break;
    case PG_QUERY__FETCH_DIRECTION__FETCH_ABSOLUTE: made.direction = ast::FetchDirection::kAbsolute; break;
    case PG_QUERY__FETCH_DIRECTION__FETCH_RELATIVE: made.direction = ast::FetchDirection::kRelative; break;
    default: made.direction = ast::FetchDirection::kForward;
  }
  return made;
}

}  // namespace wallaby::sql::parser
