// sql/session/query_run.h
//
// A query that gives rows little by little: of a portal, a cursor, a COPY ... TO. It reads a snapshot of its own, or the open
// transaction.
//
//     open()   kWaiting until this session's own newest commit is visible, then the snapshot is taken and the plan started
//     next()   a row, the end, or a rest after kRowsBeforeRest looked-at rows
//
// What a query gives is fixed when it begins. So before the transaction it reads is changed by another statement, it reads what is
// left (keep_rest), and gives that.
//
// Ownership: known to the session from open() on, which drops it when its transaction ends or the tables are replaced.
#pragma once

#include <deque>
#include <memory>
#include <optional>

#include "sql/plan/query_state.h"
#include "sql/session/conversation.h"

namespace wallaby::sql {

class QueryRun {
 public:
  /// `text`: the portal's, which outlives this.
  QueryRun(Conversation& session, PreparedPtr prepared, Row parameters, std::string_view text = {});
  ~QueryRun();
  QueryRun(const QueryRun&) = delete;
  QueryRun& operator=(const QueryRun&) = delete;

  /// True when it is open; false: wait, then call it again.
  SqlResult<bool> open();
  bool is_open() const { return opened_; }
  SqlResult<Step> next(Row& row);
  const std::vector<ResultColumn>& columns() const { return prepared_->columns; }
  const PreparedPtr& prepared() const { return prepared_; }
  /// Begins again on the same snapshot.
  void restart();

  /// 53200 when it is more than fits into kMaxKept.
  SqlResult<void> keep_rest();
  void drop(SqlError reason);

  Waits* waits = nullptr;  ///< before open(): its functions may wait

  static constexpr int64_t kRowsBeforeRest = 5000;
  static constexpr size_t kMaxKept = 64 << 20;

 private:
  SqlResult<Step> pull(Row& row);

  Conversation& session_;
  PreparedPtr prepared_;
  Row parameters_;
  std::string_view text_;
  bool opened_ = false;
  std::optional<engine::View> view_;  ///< outside of a transaction
  std::optional<ExecContext> context_;
  std::unique_ptr<Execution> execution_;
  std::deque<Row> kept_;
  bool kept_all_ = false;
  std::optional<SqlError> dropped_;
};

}  // namespace wallaby::sql
