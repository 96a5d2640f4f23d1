// sql/parser/ast.h
//
// What a SQL text says, as a tree: names and literals, nothing looked up yet. The parser (sql/parser/) makes it from
// PostgreSQL's own grammar (libpg_query), so all that PostgreSQL parses is parsed here; what no node below can hold is
// refused with 0A000 naming the feature, at its position. The binder (sql/plan/) gives it meaning.
//
//     SELECT name FROM users WHERE id = $1
//
//     Select{targets: [ColumnRef{name}], from: [RangeVar{users}], where: Operator{"=", ColumnRef{id}, Param{1}}}
//
// Plain values, owned from the top, never changed after parsing: shared between sessions by the parse cache.
// `location`: byte offset in the query string, -1 where the grammar gives none.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sql/parser/ast_query.h"

namespace wallaby::sql::ast {

// --- changes ---

struct InsertColumn {
  std::string name;
  int location = -1;
};
struct Assignment {
  std::string column;
  ExprPtr value;
  int location = -1;
};
struct OnConflict {
  bool update = false;               ///< false: DO NOTHING
  std::vector<std::string> columns;  ///< of the target; empty: none given
  std::string constraint;            ///< ON CONSTRAINT name
  std::vector<Assignment> assignments;
  ExprPtr where;
  int location = -1;
};
enum class Overriding : uint8_t { kNone, kUser, kSystem };
struct Insert {
  RangeVar table;
  std::vector<InsertColumn> columns;  ///< empty: all
  SelectPtr source;                   ///< VALUES or a query; null: DEFAULT VALUES
  Overriding overriding = Overriding::kNone;
  std::optional<OnConflict> on_conflict;
  std::vector<Target> returning;
};
struct Update {
  RangeVar table;
  std::vector<Assignment> assignments;
  std::vector<TableRefPtr> from;
  ExprPtr where;
  std::vector<Target> returning;
};
struct Delete {
  RangeVar table;
  std::vector<TableRefPtr> using_tables;
  ExprPtr where;
  std::vector<Target> returning;
};
struct Truncate {
  std::vector<RangeVar> tables;
  bool restart_identity = false, cascade = false;
};

// --- definitions ---

enum class Identity : uint8_t { kNone, kAlways, kByDefault };
struct ColumnDef {
  std::string name;
  TypeName type;
  bool not_null = false, null_given = false, primary_key = false, unique = false;
  std::string primary_key_name, unique_name;  ///< CONSTRAINT x
  ExprPtr default_value;
  std::string default_text;  ///< its source text
  Identity identity = Identity::kNone;
  std::string unsupported;  ///< "CHECK constraints", ...: the first thing here that is not supported
  std::string collation;
  int location = -1, unsupported_location = -1;
};
struct TableConstraint {
  bool primary_key = false;  ///< false: UNIQUE
  std::string name;
  std::vector<std::string> columns;
  std::string unsupported;
  int location = -1;
};
struct CreateTable {
  RangeVar table;
  bool if_not_exists = false;
  std::vector<ColumnDef> columns;
  std::vector<TableConstraint> constraints;
  std::string unsupported;  ///< "temporary tables", "inheritance", "partitioning", ...
};
struct IndexColumn {
  std::string name;
  bool descending = false;
  int location = -1;
};
struct CreateIndex {
  std::string name;  ///< empty: chosen
  RangeVar table;
  std::vector<IndexColumn> columns;
  bool unique = false, if_not_exists = false;
  std::string unsupported;  ///< "partial indexes", "index expressions", "access method hash", ...
};
enum class ObjectKind : uint8_t { kTable, kIndex, kSequence };
struct CreateSequence {
  RangeVar sequence;
  bool if_not_exists = false;
  std::optional<int64_t> start, increment;
  std::string unsupported;
};
struct Drop {
  ObjectKind kind = ObjectKind::kTable;
  std::vector<RangeVar> names;
  bool if_exists = false, cascade = false;
};
struct AddColumn {
  ColumnDef column;
  bool if_not_exists = false;
};
struct DropColumn {
  std::string name;
  bool if_exists = false;
};
struct AddConstraint {
  TableConstraint constraint;
};
struct AlterTable {
  RangeVar table;
  bool if_exists = false;
  std::vector<std::variant<AddColumn, DropColumn, AddConstraint>> commands;
};
struct CreateRole {
  std::string name;
  bool user = false;
  std::optional<std::string> password;
  std::optional<bool> login, superuser, replication;
  std::string unsupported;
};
struct AlterRole {
  std::string name;
  std::optional<std::string> password;
  bool password_null = false;
  std::optional<bool> login, superuser, replication;
  std::string unsupported;
};
struct DropRole {
  std::vector<std::string> names;
  bool if_exists = false;
};

// --- the session ---

struct Statement;
/// Statements inside others (EXPLAIN, PREPARE, DECLARE, COPY) are whole ones, so that they are planned like any other.
using StatementPtr = std::shared_ptr<const Statement>;

enum class TransactionKind : uint8_t {
  kBegin,
  kStart,
  kCommit,
  kRollback,
  kSavepoint,
  kRelease,
  kRollbackTo,
  kPrepare,
  kCommitPrepared,
  kRollbackPrepared
};
struct TransactionOption {
  std::string name, value;
};  ///< transaction_isolation, transaction_read_only, transaction_deferrable
struct Transaction {
  TransactionKind kind = TransactionKind::kBegin;
  std::string savepoint;
  std::vector<TransactionOption> options;
  bool chain = false;
};
/// SET x = a, b; SET x TO DEFAULT; RESET x; RESET ALL; SET TRANSACTION ... (name "transaction", options).
struct Set {
  std::string name;
  std::vector<std::string> values;
  bool to_default = false, local = false, all = false;
  bool reset = false;  ///< RESET x, not SET x TO DEFAULT
  std::vector<TransactionOption> options;
};
struct Show {
  std::string name;
};  ///< "all" for SHOW ALL
struct AlterSystem {
  Set set;
};
struct Discard {
  std::string what;
};  ///< "ALL", "PLANS", "TEMP", "SEQUENCES"
struct Explain;
struct Prepare;
struct ExecutePrepared {
  std::string name;
  std::vector<ExprPtr> arguments;
};
struct Deallocate {
  std::string name;
};  ///< empty: ALL
struct DeclareCursor {
  std::string name;
  StatementPtr query;
  bool scroll = false, hold = false, binary = false;
};
enum class FetchDirection : uint8_t { kForward, kBackward, kAbsolute, kRelative };
struct Fetch {
  std::string cursor;
  FetchDirection direction = FetchDirection::kForward;
  int64_t count = 1;
  bool all = false;
  bool move = false;
};
struct CloseCursor {
  std::string name;
};  ///< empty: ALL
struct CopyOption {
  std::string name, value;
  std::vector<std::string> list;
  int location = -1;
};
struct Copy {
  RangeVar table;  ///< name empty: `query`
  std::vector<std::string> columns;
  StatementPtr query;
  bool from = false;
  std::string file;  ///< empty: STDIN/STDOUT
  bool program = false;
  std::vector<CopyOption> options;  ///< as written: format, delimiter, null, header, quote, escape, ...
  ExprPtr where;
};
/// VACUUM, ANALYZE, CHECKPOINT, COMMENT, LISTEN, GRANT ...: known by PostgreSQL; `supported` ones are accepted and do what they can (VACUUM, ANALYZE: nothing; CHECKPOINT: one).
struct Utility {
  std::string command;
  std::vector<RangeVar> tables;
};

struct Explain {
  StatementPtr statement;
  bool analyze = false, verbose = false;
  std::string format;
};
struct Prepare {
  std::string name;
  std::vector<TypeName> types;
  StatementPtr statement;
};

struct Statement {
  using Node = std::variant<Select, Insert, Update, Delete, Truncate, CreateTable, CreateIndex,
                            CreateSequence, Drop, AlterTable, CreateRole, AlterRole, DropRole, Transaction,
                            Set, Show, AlterSystem, Discard, Explain, Prepare, ExecutePrepared, Deallocate,
                            DeclareCursor, Fetch, CloseCursor, Copy, Utility>;
  Node node;
  std::shared_ptr<const std::string> text;  ///< the whole query string: locations count in it
  int begin = 0, length = 0;                ///< this statement's part of it, bytes
  int parameters = 0;                       ///< the highest $n
};

}  // namespace wallaby::sql::ast
