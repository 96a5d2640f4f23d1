// sql/plan/plan.h
//
// A statement with its names looked up and its types settled: it can be run any number of times, with other parameters, on
// any later state of the tables, as long as the catalog's version is the same.
//
//     auto plan = make_plan(statement, {.catalog = ..., .parameter_types = {kUnknown}});
//     (*plan)->columns()       what RowDescription says          [id integer, name text]
//     (*plan)->parameters()    what ParameterDescription says    [integer]
//     auto run = (*plan)->start(context);
//     while (run->next(row) == Step::kRow) ...
//
// Running is pulling: each node of a plan asks the one below for its next row. A node that has looked at context.budget rows says kRest: its
// state is kept, and next() goes on from there. So a long scan lets others have their turn, and a cancelled one ends between two.
//
//     Limit <- Sort <- Project <- Filter <- Scan users
//
// What a plan does to the tables it does through the transaction of its DataSource, and only a plan that writes() needs one.
//
// Ownership: a Plan is immutable and shared. An Execution points to its plan's nodes and to the context, and goes before them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sql/parser/ast.h"
#include "sql/sql_error.h"
#include "sql/storage/catalog.h"
#include "sql/storage/data_source.h"
#include "sql/storage/sequences.h"
#include "sql/storage/table_access.h"
#include "sql/types/function.h"
#include "sql/types/type.h"
#include "sql/types/value.h"

namespace wallaby::sql {

struct ResultColumn {
  std::string name;
  Type type;
  Oid table = 0;          ///< where it comes from, for RowDescription; 0: an expression
  int16_t attribute = 0;  ///< 1-based
  bool operator==(const ResultColumn&) const = default;
};

/// Tables that are made when they are read: pg_stat_replication, wallaby_trace, ... (sql/views/).
struct VirtualTable {
  std::string schema, name;
  std::vector<Column> columns;
  Oid oid = 0;
};
class VirtualTables {
 public:
  virtual ~VirtualTables() = default;
  /// nullptr: none of this name. `schema` may be empty.
  virtual const VirtualTable* find(std::string_view schema, std::string_view name) const = 0;
  virtual SqlResult<std::vector<Row>> rows(const VirtualTable& table) = 0;
};

class Waits;  // sql/plan/waits.h

struct PlanContext {
  std::shared_ptr<const Catalog> catalog;
  const VirtualTables* views = nullptr;
  std::vector<TypeId>
      parameter_types;  ///< as the client declared them; kInvalid or kUnknown, or fewer: inferred
};

struct ExecContext {
  DataSource source;
  std::shared_ptr<const Catalog> catalog;
  EvalContext eval;
  std::span<const Value> parameters;  ///< of the plan's parameter types
  VirtualTables* views = nullptr;
  SequenceMemory* sequences = nullptr;
  RowNumbers* numbers = nullptr;
  std::set<std::string>* used_sequences = nullptr;  ///< names to store with the commit
  int64_t budget = INT64_MAX;                       ///< rows that may still be looked at before resting
  /// Unpredictable bytes: the salt of a role's password.
  std::function<void(std::span<uint8_t>)> entropy;
  std::vector<SqlError> notices;  ///< NOTICEs of the statement, for its client
  Waits* waits = nullptr;         ///< null: no function can wait
};

enum class Step : uint8_t { kRow, kEnd, kRest };

class Execution {
 public:
  virtual ~Execution() = default;
  /// kRow: `row` is the next. A writing plan does all its work in the first call and never rests.
  virtual SqlResult<Step> next(Row& row) = 0;
  /// Rows inserted, updated, deleted so far.
  virtual uint64_t affected() const { return 0; }
};

class Plan {
 public:
  virtual ~Plan() = default;

  const std::vector<ResultColumn>& columns() const { return columns_; }
  const std::vector<TypeId>& parameters() const { return parameters_; }
  /// Changes tables (or sequences): refused on a replica and in a read-only transaction.
  bool writes() const { return writes_; }
  /// The tag without its count: "SELECT", "INSERT", "CREATE TABLE".
  const std::string& command() const { return command_; }
  /// The tag's form: "INSERT 0 n", "SELECT n" with a count, "CREATE TABLE" without.
  bool counts_rows() const { return counts_; }

  virtual std::unique_ptr<Execution> start(ExecContext& context) const = 0;
  /// The plan as EXPLAIN prints it, a line an entry.
  virtual std::vector<std::string> explain() const = 0;

 protected:
  std::vector<ResultColumn> columns_;
  std::vector<TypeId> parameters_;
  bool writes_ = false, counts_ = true;
  std::string command_;
};
using PlanPtr = std::shared_ptr<const Plan>;

/// Select, Insert, Update, Delete, Truncate, definitions, Explain. Errors carry positions.
SqlResult<PlanPtr> make_plan(const ast::StatementPtr& statement, const PlanContext& context);

/// "INSERT 0 3", "SELECT 7", "CREATE TABLE"
std::string command_tag(const Plan& plan, uint64_t rows);

}  // namespace wallaby::sql
