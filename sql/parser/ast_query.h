// sql/parser/ast_query.h
//
// The half of the tree that computes: expressions, table references, queries. See ast.h.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace wallaby::sql::ast {

struct Expr;
struct Select;
using ExprPtr = std::unique_ptr<Expr>;
using SelectPtr = std::unique_ptr<Select>;

struct TypeName {
  std::string name;                ///< lower case, without pg_catalog: "int4", "varchar", "serial"
  std::vector<ExprPtr> modifiers;  ///< varchar(20): one
  bool array = false;
  int location = -1;
};

// --- expressions ---

struct NullConst {};
struct BoolConst {
  bool value = false;
};
struct IntConst {
  int64_t value = 0;
};  ///< fits int4 or int8: the binder tells by its size
struct DecimalConst {
  std::string text;
};  ///< 1.5, 1e3, integers beyond int8
struct StringConst {
  std::string value;
};  ///< 'abc': type unknown
struct Param {
  int number = 0;
};  ///< $1
struct ColumnRef {
  std::vector<std::string> names;
  bool star = false;
};  ///< t.c; t.* and * with `star`
struct Cast {
  ExprPtr operand;
  TypeName type;
};  ///< x::int, CAST(x AS int)
struct Operator {
  std::string name;
  ExprPtr left, right;
};  ///< left null: prefix. Also LIKE "~~", ILIKE "~~*", "!~~", "~", IS DISTINCT FROM below
enum class BoolKind : uint8_t { kAnd, kOr, kNot };
struct BoolOp {
  BoolKind kind = BoolKind::kAnd;
  std::vector<ExprPtr> operands;
};
struct NullTest {
  ExprPtr operand;
  bool is_null = true;
};
enum class BoolTestKind : uint8_t { kTrue, kNotTrue, kFalse, kNotFalse, kUnknown, kNotUnknown };
struct BoolTest {
  ExprPtr operand;
  BoolTestKind kind = BoolTestKind::kTrue;
};
struct Distinct {
  ExprPtr left, right;
  bool negated = false;
};  ///< IS [NOT] DISTINCT FROM
struct InList {
  ExprPtr operand;
  std::vector<ExprPtr> list;
  bool negated = false;
};
struct Between {
  ExprPtr operand, low, high;
  bool negated = false, symmetric = false;
};
struct AnyAll {
  std::string op;
  ExprPtr left, array;
  bool all = false;
};  ///< x = ANY (array)
struct ArrayExpr {
  std::vector<ExprPtr> elements;
};
struct CaseWhen {
  ExprPtr when, then;
};
struct Case {
  ExprPtr operand;
  std::vector<CaseWhen> branches;
  ExprPtr otherwise;
};  ///< operand, otherwise may be null
/// COALESCE, GREATEST, LEAST, NULLIF: names with a grammar of their own; CURRENT_TIMESTAMP, CURRENT_USER, ... without arguments.
struct Special {
  std::string name;
  std::vector<ExprPtr> arguments;
};  ///< lower case
enum class NullsOrder : uint8_t { kDefault, kFirst, kLast };
struct OrderItem {
  ExprPtr expr;
  bool descending = false;
  NullsOrder nulls = NullsOrder::kDefault;
  int location = -1;
};
struct Call {
  std::string schema, name;
  std::vector<ExprPtr> arguments;
  bool star = false;      ///< count(*)
  bool distinct = false;  ///< count(DISTINCT x)
  std::vector<OrderItem> order_by;
  ExprPtr filter;
  bool window = false;  ///< OVER (...): refused by the binder
};
enum class SubqueryKind : uint8_t { kScalar, kExists, kAny, kAll, kArray };
struct Subquery {
  SubqueryKind kind = SubqueryKind::kScalar;
  ExprPtr left;
  std::string op;
  SelectPtr select;
};
struct RowExpr {
  std::vector<ExprPtr> elements;
};
struct Collate {
  ExprPtr operand;
  std::string collation;
};
/// x[1], (row).field: there is no such thing here; it is kept because psql's questions about the catalog contain it.
struct Indirection {};
struct Default {};  ///< DEFAULT in VALUES and SET

struct Expr {
  using Node = std::variant<NullConst, BoolConst, IntConst, DecimalConst, StringConst, Param, ColumnRef, Cast,
                            Operator, BoolOp, NullTest, BoolTest, Distinct, InList, Between, AnyAll,
                            ArrayExpr, Case, Special, Call, Subquery, RowExpr, Collate, Indirection, Default>;
  Node node;
  int location = -1;
};

// --- queries ---

struct RangeVar {
  std::string schema, name, alias;
  std::vector<std::string> column_aliases;
  int location = -1;
};
struct TableRef;
using TableRefPtr = std::unique_ptr<TableRef>;
enum class JoinKind : uint8_t { kInner, kLeft, kRight, kFull, kCross };
struct Join {
  JoinKind kind = JoinKind::kInner;
  TableRefPtr left, right;
  ExprPtr on;  ///< may be null
  std::vector<std::string> using_columns;
  bool natural = false;
  std::string alias;
  int location = -1;
};
struct DerivedTable {
  SelectPtr select;
  std::string alias;
  std::vector<std::string> column_aliases;
  bool lateral = false;
  int location = -1;
};
struct TableFunction {
  ExprPtr call;
  std::string alias;
  std::vector<std::string> column_aliases;
  int location = -1;
};
struct TableRef {
  std::variant<RangeVar, Join, DerivedTable, TableFunction> node;
};

struct Target {
  ExprPtr expr;
  std::string alias;
  int location = -1;
};
enum class SetOperation : uint8_t { kNone, kUnion, kIntersect, kExcept };
struct CommonTable {
  std::string name;
  std::vector<std::string> columns;
  SelectPtr select;
  bool recursive = false;
  int location = -1;
};

struct Select {
  std::vector<CommonTable> with;
  bool distinct = false;
  std::vector<ExprPtr> distinct_on;
  std::vector<Target> targets;
  std::vector<TableRefPtr> from;
  ExprPtr where;
  std::vector<ExprPtr> group_by;
  ExprPtr having;
  std::vector<std::vector<ExprPtr>> values;  ///< VALUES (...), (...): then no targets
  std::vector<OrderItem> order_by;
  ExprPtr limit, offset;
  bool for_update = false;  ///< FOR UPDATE / SHARE ...
  std::string locking;      ///< "FOR UPDATE", as written, for messages
  SetOperation operation = SetOperation::kNone;
  bool all = false;       ///< UNION ALL
  SelectPtr left, right;  ///< of the operation
  int location = -1;
};

}  // namespace wallaby::sql::ast
