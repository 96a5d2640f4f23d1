// Which Task runs which statement.
#include "sql/session/tasks.h"

namespace wallaby::sql {
namespace {

template <typename... Cases>
struct Overload : Cases... {
  using Cases::operator()...;
};

/// CHECKPOINT asks the node for one and waits for it.
class CheckpointTask final : public Task {
 public:
  explicit CheckpointTask(Conversation& session) : session_(session) {}

  SqlResult<Outcome> step(Turn& turn) override {
    NodeCalls& calls = session_.calls();
    if (!std::exchange(asked_, true))
      session_.backend().admin(turn.now, calls, calls.begin(), node::TakeCheckpoint{});
    if (calls.waiting()) {
      session_.show_wait("IPC", "CheckpointDone");
      return Outcome::kWaiting;
    }
    node::ReplyBody reply = calls.take();
    if (const auto* failed = std::get_if<node::Failed>(&reply))
      return std::unexpected(from_node(failed->error));
    session_.set_tag("CHECKPOINT");
    return Outcome::kDone;
  }

 private:
  Conversation& session_;
  bool asked_ = false;
};

/// VACUUM and ANALYZE have nothing to do here: versions that nobody sees go by themselves, and there are no statistics.
SqlResult<std::string> maintain(Conversation& session, const ast::Utility& statement, const Turn& turn) {
  if (statement.command == "VACUUM") {
    if (auto free = refuse_in_transaction(session, turn, "VACUUM"); !free)
      return std::unexpected(free.error());
  }
  if (session.in_recovery())
    return sql_error("25006", "cannot execute {} during recovery", statement.command);
  auto view = session.backend().visible_view();
  if (!view) return std::unexpected(from_node(view.error()));
  auto catalog = session.services().catalogs.of(DataSource(*view));
  if (!catalog) return std::unexpected(catalog.error());
  for (const ast::RangeVar& table : statement.tables)
    if (!(*catalog)->find_table(table.name))
      return sql_error("42P01", "relation \"{}\" does not exist", table.name);
  return statement.command;
}

}  // namespace

TaskPtr make_utility_task(Conversation& session, const ast::Utility& statement) {
  if (statement.command == "CHECKPOINT") return std::make_unique<CheckpointTask>(session);
  return immediate(session, [&session, &statement](Turn& turn) -> SqlResult<std::string> {
    if (statement.command == "VACUUM" || statement.command == "ANALYZE")
      return maintain(session, statement, turn);
    return not_supported(statement.command);
  });
}

TaskPtr Conversation::make_task(SessionPortal& portal, const Turn&) {
  const ast::Statement& whole = *portal.prepared->statement;
  if (portal.prepared->plan)
    return portal.prepared->plan->writes() ? make_write_task(*this, portal) : make_query_task(*this, portal);
  return std::visit(
      Overload{
          [&](const ast::Transaction& statement) { return make_transaction_task(*this, statement); },
          [&](const ast::Set& statement) { return make_set_task(*this, statement); },
          [&](const ast::Show& statement) { return make_show_task(*this, statement); },
          [&](const ast::AlterSystem& statement) { return make_alter_system_task(*this, statement); },
          [&](const ast::Discard& statement) { return make_discard_task(*this, statement); },
          [&](const ast::Prepare& statement) { return make_prepare_task(*this, statement); },
          [&](const ast::ExecutePrepared&) { return make_execute_task(*this, whole); },
          [&](const ast::Deallocate& statement) { return make_deallocate_task(*this, statement); },
          [&](const ast::DeclareCursor& statement) { return make_declare_task(*this, statement); },
          [&](const ast::Fetch& statement) { return make_fetch_task(*this, statement); },
          [&](const ast::CloseCursor& statement) { return make_close_task(*this, statement); },
          [&](const ast::Copy& statement) {
            return statement.from ? make_copy_in_task(*this, statement)
                                  : make_copy_out_task(*this, statement);
          },
          [&](const ast::Utility& statement) { return make_utility_task(*this, statement); },
          [](const auto&) -> TaskPtr {
            WALLABY_CHECK(false);
            return nullptr;
          },
      },
      whole.node);
}

}  // namespace wallaby::sql
