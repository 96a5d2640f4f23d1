// PREPARE, EXECUTE, DEALLOCATE in SQL. Their names are those of the protocol's prepared statements too.
#include "sql/session/constant.h"
#include "sql/session/tasks.h"
#include "sql/types/type_io.h"

namespace wallaby::sql {
namespace {

SqlResult<PreparedPtr> prepared_of(Conversation& session, const ast::ExecutePrepared& statement) {
  return session.find_statement(statement.name);
}

class ExecuteTask final : public Task {
 public:
  ExecuteTask(Conversation& session, const ast::Statement& whole)
      : session_(session), whole_(whole), statement_(std::get<ast::ExecutePrepared>(whole.node)) {}

  SqlResult<Outcome> step(Turn& turn) override {
    if (!task_) {
      auto prepared = prepared_of(session_, statement_);
      if (!prepared) return std::unexpected(prepared.error());
      const PreparedPtr& plan = *prepared;
      // As in PostgreSQL a statement without parameters does not look at what it is given.
      if (!plan->parameters.empty() && statement_.arguments.size() != plan->parameters.size())
        return sql_error("42601", "wrong number of parameters for prepared statement \"{}\"", statement_.name)
            .detail("Expected {} parameters but got {}.", plan->parameters.size(),
                    statement_.arguments.size());
      Row parameters;
      for (size_t i = 0; i < plan->parameters.size(); ++i) {
        auto value = evaluate_constant(session_, whole_, *statement_.arguments[i], plan->parameters[i]);
        if (!value) return std::unexpected(value.error());
        parameters.push_back(std::move(*value));
      }
      inner_ = std::make_unique<SessionPortal>(session_, plan, std::move(parameters));
      task_ = session_.make_task(*inner_, turn);
    }
    return task_->step(turn);
  }

 private:
  Conversation& session_;
  const ast::Statement& whole_;
  const ast::ExecutePrepared& statement_;
  std::unique_ptr<SessionPortal> inner_;
  TaskPtr task_;  ///< after inner_: it refers to it
};

}  // namespace

TaskPtr make_prepare_task(Conversation& session, const ast::Prepare& statement) {
  return immediate(session, [&session, &statement](Turn&) -> SqlResult<std::string> {
    std::vector<TypeId> declared;
    for (const ast::TypeName& type : statement.types) {
      TypeId id = type_named(type.name);
      if (type.array) id = array_of(id);
      if (id == TypeId::kInvalid) return sql_error("42704", "type \"{}\" does not exist", type.name);
      declared.push_back(id);
    }
    auto prepared = session.plan_now(statement.statement, declared);
    if (!prepared) return std::unexpected(prepared.error());
    if (auto stored = session.store_statement(statement.name, *prepared); !stored)
      return std::unexpected(stored.error());
    return "PREPARE";
  });
}

TaskPtr make_execute_task(Conversation& session, const ast::Statement& statement) {
  return std::make_unique<ExecuteTask>(session, statement);
}

TaskPtr make_deallocate_task(Conversation& session, const ast::Deallocate& statement) {
  return immediate(session, [&session, &statement](Turn&) -> SqlResult<std::string> {
    if (statement.name.empty()) {
      session.statements().clear();
      return "DEALLOCATE ALL";
    }
    auto found = session.find_statement(statement.name);
    if (!found) return std::unexpected(found.error());
    session.close_statement(statement.name);
    return "DEALLOCATE";
  });
}

SqlResult<std::vector<ResultColumn>> execute_columns(Conversation& session,
                                                     const ast::ExecutePrepared& statement) {
  auto prepared = prepared_of(session, statement);
  if (!prepared) return std::unexpected(prepared.error());
  return (*prepared)->columns;
}

}  // namespace wallaby::sql
