// sql/parser/tree.h
//
// Inside the parser: PostgreSQL's parse tree (libpg_query's protobuf-c structs) to ours, node by node. Included by the parser's own
// .cc files alone.
//
// One TreeReader reads one query string. A construct that our tree has no place for ends the reading with Refused, an exception that does not
// leave the parser: so each function below reads as what it makes, without an error path on every line.
//
// Depth: the grammar builds left-recursive chains (1+1+1+...) without recursion, but everything after it recurses, ours too. kMaxDepth
// levels are refused with 54001, far below what the stack of a server's loop holds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <pg_query/pg_query.pb-c.h>

#include "sql/parser/ast.h"
#include "sql/sql_error.h"

namespace wallaby::sql::parser {

inline constexpr int kMaxDepth = 1000;

struct Refused {
  SqlError error;
};

/// A repeated field of a protobuf-c message.
struct NodeList {
  size_t count = 0;
  PgQuery__Node** nodes = nullptr;
  PgQuery__Node** begin() const { return nodes; }
  PgQuery__Node** end() const { return nodes + count; }
  bool empty() const { return count == 0; }
};

class TreeReader {
 public:
  explicit TreeReader(std::shared_ptr<const std::string> text) : text_(std::move(text)) {}

  /// Throws Refused.
  ast::StatementPtr statement(const PgQuery__Node& node, int begin, int length);

 private:
  class Deeper;

  // tree_expr.cc
  ast::ExprPtr expr(const PgQuery__Node* node);
  ast::ExprPtr need_expr(const PgQuery__Node* node);
  std::vector<ast::ExprPtr> exprs(NodeList list);
  ast::Expr::Node constant(const PgQuery__AConst& node);
  ast::Expr::Node column_ref(const PgQuery__ColumnRef& node);
  ast::Expr::Node operation(const PgQuery__AExpr& node);
  ast::Expr::Node call(const PgQuery__FuncCall& node);
  ast::Expr::Node bool_op(const PgQuery__BoolExpr& node);
  ast::Expr::Node bool_test(const PgQuery__BooleanTest& node);
  ast::Expr::Node case_expr(const PgQuery__CaseExpr& node);
  ast::Expr::Node value_function(const PgQuery__SQLValueFunction& node);
  ast::Expr::Node subquery(const PgQuery__SubLink& node);
  ast::TypeName type_name(const PgQuery__TypeName& node);
  ast::OrderItem order_item(const PgQuery__Node& node);

  // tree_query.cc
  ast::SelectPtr select(const PgQuery__Node* node);
  ast::Select select(const PgQuery__SelectStmt& node);
  void with_clause(const PgQuery__WithClause& node, std::vector<ast::CommonTable>& out);
  ast::TableRefPtr table_ref(const PgQuery__Node& node);
  ast::RangeVar range_var(const PgQuery__RangeVar& node);
  std::vector<ast::TableRefPtr> from_list(NodeList list);
  std::vector<ast::Target> targets(NodeList list);

  // tree_change.cc
  ast::Insert insert(const PgQuery__InsertStmt& node);
  ast::Update update(const PgQuery__UpdateStmt& node);
  ast::Delete remove(const PgQuery__DeleteStmt& node);
  ast::Truncate truncate(const PgQuery__TruncateStmt& node);
  ast::Copy copy(const PgQuery__CopyStmt& node);
  std::vector<ast::Assignment> assignments(NodeList list);

  // tree_define.cc
  ast::CreateTable create_table(const PgQuery__CreateStmt& node);
  ast::ColumnDef column(const PgQuery__ColumnDef& node);
  void column_constraint(const PgQuery__Constraint& node, ast::ColumnDef& column);
  ast::TableConstraint table_constraint(const PgQuery__Constraint& node);
  ast::CreateIndex create_index(const PgQuery__IndexStmt& node);
  ast::CreateSequence create_sequence(const PgQuery__CreateSeqStmt& node);
  ast::Statement::Node drop(const PgQuery__DropStmt& node);
  ast::Statement::Node alter_table(const PgQuery__AlterTableStmt& node);
  ast::CreateRole create_role(const PgQuery__CreateRoleStmt& node);
  ast::AlterRole alter_role(const PgQuery__AlterRoleStmt& node);
  ast::DropRole drop_role(const PgQuery__DropRoleStmt& node);
  std::string source_of(PgQuery__Node& expression);

  // tree_session.cc
  ast::Statement::Node body(const PgQuery__Node& node);
  ast::Transaction transaction(const PgQuery__TransactionStmt& node);
  ast::Set set(const PgQuery__VariableSetStmt& node);
  ast::Explain explain(const PgQuery__ExplainStmt& node);
  ast::Prepare prepare(const PgQuery__PrepareStmt& node);
  ast::DeclareCursor declare_cursor(const PgQuery__DeclareCursorStmt& node);
  ast::Fetch fetch(const PgQuery__FetchStmt& node);
  ast::StatementPtr inner_statement(const PgQuery__Node* node);

  /// Throws: 0A000 "{feature} is not supported" at the place.
  [[noreturn]] void refuse(std::string_view feature, int location = -1) const;
  [[noreturn]] void too_deep() const;

  std::shared_ptr<const std::string> text_;
  int begin_ = 0, length_ = 0;  ///< of the statement that is being read
  int parameters_ = 0;
  int depth_ = 0;
};

/// Counts one level of nesting while it lives.
class TreeReader::Deeper {
 public:
  explicit Deeper(TreeReader& reader) : reader_(reader) {
    if (++reader_.depth_ > kMaxDepth) {
      --reader_.depth_;
      reader_.too_deep();
    }
  }
  ~Deeper() { --reader_.depth_; }
  Deeper(const Deeper&) = delete;
  Deeper& operator=(const Deeper&) = delete;

 private:
  TreeReader& reader_;
};

/// The text of a String node; empty for others.
std::string string_of(const PgQuery__Node* node);
std::vector<std::string> strings_of(NodeList list);
/// A literal as SET, COPY and role options have it: 'x', 5, 1.5, true, a name; empty when there is none.
std::string option_text(const PgQuery__Node* node);

}  // namespace wallaby::sql::parser
