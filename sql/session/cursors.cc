#include "sql/session/cursors.h"

#include <utility>

#include "sql/session/tasks.h"

namespace wallaby::sql {
namespace {

SqlResult<Cursor*> find_cursor(Conversation& session, const std::string& name) {
  auto found = session.cursors().find(name);
  if (found == session.cursors().end()) return sql_error("34000", "cursor \"{}\" does not exist", name);
  return found->second.get();
}

class DeclareTask final : public Task {
 public:
  DeclareTask(Conversation& session, const ast::DeclareCursor& statement)
      : session_(session), statement_(statement) {}

  SqlResult<Outcome> step(Turn& turn) override {
    if (session_.calls().waiting()) return Outcome::kWaiting;
    if (statement_.hold) return not_supported("DECLARE CURSOR WITH HOLD");
    if (statement_.binary) return not_supported("DECLARE BINARY CURSOR");
    OpenTransaction* transaction = session_.transaction();
    if (!transaction || (transaction->implicit && turn.alone))
      return sql_error("25P01", "DECLARE CURSOR can only be used in transaction blocks");
    if (session_.cursors().contains(statement_.name))
      return sql_error("42P03", "cursor \"{}\" already exists", statement_.name);
    auto ready = session_.need_snapshot();
    if (!ready) return std::unexpected(ready.error());
    if (!*ready) return Outcome::kWaiting;
    auto prepared = session_.plan_now(statement_.query, {});
    if (!prepared) return std::unexpected(prepared.error());
    auto run = std::make_unique<QueryRun>(session_, *prepared, Row{});
    auto cursor = std::make_unique<Cursor>(std::move(run), statement_.scroll, transaction->savepoints.size());
    if (auto open = cursor->open(); !open) return std::unexpected(open.error());
    session_.cursors().emplace(statement_.name, std::move(cursor));
    session_.set_tag("DECLARE CURSOR");
    return Outcome::kDone;
  }

 private:
  Conversation& session_;
  const ast::DeclareCursor& statement_;
};

class FetchTask final : public Task {
 public:
  FetchTask(Conversation& session, const ast::Fetch& statement) : session_(session), statement_(statement) {}

  SqlResult<Outcome> step(Turn& turn) override {
    auto cursor = find_cursor(session_, statement_.cursor);
    if (!cursor) return std::unexpected(cursor.error());
    if (!begun_) {
      if (auto planned = plan_moves(**cursor); !planned) return std::unexpected(planned.error());
      begun_ = true;
    }
    return move(**cursor, turn);
  }

 private:
  /// What to do, as: move `skip_` rows without giving them, then `steps_` giving each (negative: backward).
  SqlResult<void> plan_moves(const Cursor& cursor) {
    using enum ast::FetchDirection;
    int64_t count = statement_.count;
    switch (statement_.direction) {
      case kForward: steps_ = statement_.all ? INT64_MAX : count; break;
      case kBackward: steps_ = statement_.all || count == INT64_MAX ? -INT64_MAX : -count; break;
      case kAbsolute:
        // FETCH LAST is ABSOLUTE -1: it has to go to the end first.
        if (count < 0) {
          to_end_ = true;
          skip_ = count + 1;
          single_ = true;
        } else {
          to(count - cursor.position());
        }
        break;
      case kRelative: to(count); break;
    }
    bool back = steps_ < 0 || skip_ < 0 || to_end_;
    again_ = steps_ == 0 && !single_;
    if ((back || (again_ && cursor.position() > 0 && !statement_.move)) && !cursor.scroll())
      return sql_error("55000", "cursor can only scan forward")
          .hint("Declare it with SCROLL option to enable backward scan.");
    return {};
  }

  /// One row, `distance` from here.
  void to(int64_t distance) {
    if (distance > 0) {
      skip_ = distance - 1;
      steps_ = 1;
    } else if (distance < 0) {
      skip_ = distance + 1;
      steps_ = -1;
    } else {
      steps_ = 0;
    }
  }

  SqlResult<Outcome> move(Cursor& cursor, Turn& turn) {
    while (to_end_) {
      auto moved = cursor.forward();
      if (!moved) return std::unexpected(moved.error());
      if (moved->rested) return Outcome::kResting;
      if (moved->row) continue;
      to_end_ = false;
      steps_ = -1;  // from after the last row
    }
    while (skip_ != 0) {
      auto moved = skip_ > 0 ? cursor.forward() : cursor.backward();
      if (!moved) return std::unexpected(moved.error());
      if (moved->rested) return Outcome::kResting;
      skip_ += skip_ > 0 ? -1 : 1;
      if (!moved->row) skip_ = 0;
    }
    if (std::exchange(again_, false)) {
      if (const Row* row = cursor.current()) {
        if (auto sent = give(cursor, *row, turn); !sent) return std::unexpected(sent.error());
      }
    }
    for (;;) {
      if (!statement_.move && turn.max_rows > 0 && given_ == turn.max_rows) {
        given_ = 0;
        return Outcome::kSuspended;
      }
      if (steps_ == 0) break;
      if (!statement_.move && turn.sink->full()) return Outcome::kResting;
      auto moved = steps_ > 0 ? cursor.forward() : cursor.backward();
      if (!moved) return std::unexpected(moved.error());
      if (moved->rested) return Outcome::kResting;
      if (!moved->row) break;
      if (auto sent = give(cursor, *moved->row, turn); !sent) return std::unexpected(sent.error());
      steps_ += steps_ > 0 ? -1 : 1;
    }
    session_.set_tag(fmt::format("{} {}", statement_.move ? "MOVE" : "FETCH", given_));
    return Outcome::kDone;
  }

  SqlResult<void> give(const Cursor& cursor, const Row& row, Turn& turn) {
    ++given_;
    return statement_.move ? SqlResult<void>() : turn.sink->row(cursor.columns(), row);
  }

  Conversation& session_;
  const ast::Fetch& statement_;
  bool begun_ = false, to_end_ = false, single_ = false;
  bool again_ = false;  ///< the row where the cursor stands
  int64_t skip_ = 0, steps_ = 0;
  uint64_t given_ = 0;  ///< in this Execute
};

}  // namespace

SqlResult<Cursor::Moved> Cursor::forward() {
  if (scroll_ && position_ < static_cast<int64_t>(rows_.size()))
    return Moved{false, &rows_[static_cast<size_t>(position_++)]};
  if (at_end_) {
    if (scroll_) position_ = static_cast<int64_t>(rows_.size()) + 1;
    return Moved{};
  }
  Row row;
  auto step = run_->next(row);
  if (!step) return std::unexpected(step.error());
  if (*step == Step::kRest) return Moved{true, nullptr};
  ++position_;
  if (*step == Step::kEnd) {
    at_end_ = true;
    row_.clear();
    return Moved{};
  }
  if (!scroll_) {
    row_ = std::move(row);
    return Moved{false, &row_};
  }
  bytes_ += memory_of(row);
  if (bytes_ > QueryRun::kMaxKept)
    return sql_error("53200", "the rows of a SCROLL cursor do not fit into {} MiB", QueryRun::kMaxKept >> 20);
  rows_.push_back(std::move(row));
  return Moved{false, &rows_.back()};
}

SqlResult<Cursor::Moved> Cursor::backward() {
  if (position_ <= 1) {
    position_ = 0;
    return Moved{};
  }
  --position_;
  return Moved{false, &rows_[static_cast<size_t>(position_) - 1]};
}

const Row* Cursor::current() const {
  if (position_ < 1) return nullptr;
  if (!scroll_) return at_end_ ? nullptr : &row_;
  auto index = static_cast<size_t>(position_) - 1;
  return index < rows_.size() ? &rows_[index] : nullptr;
}

TaskPtr make_declare_task(Conversation& session, const ast::DeclareCursor& statement) {
  return std::make_unique<DeclareTask>(session, statement);
}

TaskPtr make_fetch_task(Conversation& session, const ast::Fetch& statement) {
  return std::make_unique<FetchTask>(session, statement);
}

TaskPtr make_close_task(Conversation& session, const ast::CloseCursor& statement) {
  return immediate(session, [&session, &statement](Turn&) -> SqlResult<std::string> {
    if (statement.name.empty()) {
      session.cursors().clear();
      return "CLOSE CURSOR ALL";
    }
    auto cursor = find_cursor(session, statement.name);
    if (!cursor) return std::unexpected(cursor.error());
    session.cursors().erase(statement.name);
    return "CLOSE CURSOR";
  });
}

SqlResult<std::vector<ResultColumn>> fetch_columns(Conversation& session, const ast::Fetch& statement) {
  if (statement.move) return std::vector<ResultColumn>{};
  auto cursor = find_cursor(session, statement.cursor);
  if (!cursor) return std::unexpected(cursor.error());
  return (*cursor)->columns();
}

}  // namespace wallaby::sql
