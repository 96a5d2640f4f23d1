// sql/session/tasks.h
//
// The kinds of statements, each made into a Task (conversation.h). Small ones are functions that are done in one step.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "sql/session/conversation.h"

namespace wallaby::sql {

TaskPtr make_query_task(Conversation& session, SessionPortal& portal);
TaskPtr make_write_task(Conversation& session, SessionPortal& portal);
TaskPtr make_transaction_task(Conversation& session, const ast::Transaction& statement);
TaskPtr make_set_task(Conversation& session, const ast::Set& statement);
TaskPtr make_show_task(Conversation& session, const ast::Show& statement);
TaskPtr make_alter_system_task(Conversation& session, const ast::AlterSystem& statement);
TaskPtr make_discard_task(Conversation& session, const ast::Discard& statement);
TaskPtr make_utility_task(Conversation& session, const ast::Utility& statement);
TaskPtr make_prepare_task(Conversation& session, const ast::Prepare& statement);
TaskPtr make_execute_task(Conversation& session, const ast::Statement& statement);
TaskPtr make_deallocate_task(Conversation& session, const ast::Deallocate& statement);
TaskPtr make_declare_task(Conversation& session, const ast::DeclareCursor& statement);
TaskPtr make_fetch_task(Conversation& session, const ast::Fetch& statement);
TaskPtr make_close_task(Conversation& session, const ast::CloseCursor& statement);
TaskPtr make_copy_in_task(Conversation& session, const ast::Copy& statement);
TaskPtr make_copy_out_task(Conversation& session, const ast::Copy& statement);

/// The columns of SHOW, FETCH, EXECUTE, ...; empty: none.
SqlResult<std::vector<ResultColumn>> show_columns(const ast::Show& statement);
SqlResult<std::vector<ResultColumn>> fetch_columns(Conversation& session, const ast::Fetch& statement);
SqlResult<std::vector<ResultColumn>> execute_columns(Conversation& session,
                                                     const ast::ExecutePrepared& statement);
/// BEGIN's and SET TRANSACTION's options, for the open transaction.
SqlResult<void> set_transaction(Conversation& session, const std::vector<ast::TransactionOption>& options);
/// "SET cannot run inside a transaction block" and the like, 25001.
SqlResult<void> refuse_in_transaction(Conversation& session, const Turn& turn, std::string_view command);

/// Done in one step, which `action` is: its result is the tag.
TaskPtr immediate(Conversation& session, std::function<SqlResult<std::string>(Turn&)> action);

/// Rows that are there already, on their way to the client: as many as it wants, when it takes them.
class RowBuffer {
 public:
  void add(Row row) { rows_.push_back(std::move(row)); }
  size_t size() const { return rows_.size(); }
  /// kDone, kSuspended (max_rows were given), kResting (the client's turn to read).
  SqlResult<Outcome> give(Turn& turn, const std::vector<ResultColumn>& columns);
  /// Rows given since give() was last suspended.
  uint64_t given() const { return given_; }

 private:
  std::deque<Row> rows_;
  uint64_t given_ = 0;
};

}  // namespace wallaby::sql
