// The extended protocol: statements and portals by name, parameters apart from the text, answers when Sync comes.
//
//     Parse "" "SELECT name FROM users WHERE id = $1"    ParseComplete          plans
//     Bind "" "" {42}                                    BindComplete           makes a portal: plan and parameters
//     Describe P ""                                      RowDescription
//     Execute "" 0                                       DataRow CommandComplete
//     Sync                                               ReadyForQuery          ends the implicit transaction
//
// Without BEGIN all up to Sync is one transaction. Portals live as long as their transaction, named statements as long as the session.
#include <utility>

#include "sql/pgwire/connection.h"
#include "sql/pgwire/parameters.h"
#include "sql/pgwire/row_encoder.h"

namespace wallaby::sql::pgwire {
namespace {

SqlError in_failed_transaction() {
  return sql_error("25P02",
                   "current transaction is aborted, commands ignored until end of transaction block");
}

SqlError no_such_portal(std::string_view name) {
  return sql_error("34000", "portal \"{}\" does not exist", name);
}

bool gives_rows(const PreparedPtr& prepared) {
  return prepared && prepared->statement && std::holds_alternative<ast::Select>(prepared->statement->node);
}

bool is_known(Target target) {
  return target == Target::kStatement || target == Target::kPortal;
}

}  // namespace

// --- statements ---

void Connection::parse(TimePoint now, const Parse& parse) {
  if (parse.statement.empty()) unnamed_.reset();
  auto statements = session_->parse(parse.text);
  if (!statements) return fail(statements.error());
  if (statements->size() > 1)
    return fail(sql_error("42601", "cannot insert multiple commands into a prepared statement"));
  PreparedPtr prepared;
  if (statements->empty()) {
    prepared = std::make_shared<const Prepared>(Prepared{});
  } else {
    auto planned = session_->prepare(now, statements->front(), parse.types);
    if (!planned) return fail(planned.error());
    prepared = std::move(*planned);
  }
  if (parse.statement.empty())
    unnamed_ = std::move(prepared);
  else if (auto stored = session_->store_statement(parse.statement, std::move(prepared)); !stored)
    return fail(stored.error());
  encoder().parse_complete();
}

SqlResult<PreparedPtr> Connection::find_statement(std::string_view name) {
  if (name.empty()) {
    if (unnamed_) return unnamed_;
    return sql_error("26000", "unnamed prepared statement does not exist");
  }
  return session_->find_statement(name);
}

// --- portals ---

Connection::BoundPortal* Connection::find_portal(std::string_view name) {
  if (name.empty()) return unnamed_portal_ ? &*unnamed_portal_ : nullptr;
  auto found = portals_.find(name);
  return found == portals_.end() ? nullptr : &found->second;
}

void Connection::drop_portals() {
  unnamed_portal_.reset();
  portals_.clear();
}

void Connection::bind(TimePoint now, const Bind& bind) {
  auto prepared = find_statement(bind.statement);
  if (!prepared) return fail(prepared.error());
  // The empty query has no portal that would refuse.
  if (!(*prepared)->statement && session_->status() == TransactionStatus::kFailed)
    return fail(in_failed_transaction());
  auto values = read_values(bind, **prepared);
  if (!values) return fail(values.error());
  if (!bind.portal.empty()) {
    if (portals_.contains(bind.portal))
      return fail(sql_error("42P03", "cursor \"{}\" already exists", bind.portal));
    if (portals_.size() >= kMaxPortals)
      return fail(sql_error("54000", "a session cannot have more than {} portals", kMaxPortals));
  }
  BoundPortal bound{nullptr, *prepared, std::move(values->result_formats)};
  size_t columns = 0;
  if ((*prepared)->statement) {
    if (bind.portal.empty()) unnamed_portal_.reset();
    auto portal = session_->bind(now, std::move(*prepared), std::move(values->parameters));
    if (!portal) return fail(portal.error());
    bound.portal = std::move(*portal);
    columns = bound.portal->columns().size();
  }
  if (auto checked = check_result_formats(bound.formats, columns); !checked) return fail(checked.error());
  if (bind.portal.empty())
    unnamed_portal_ = std::move(bound);
  else
    portals_.emplace(bind.portal, std::move(bound));
  encoder().bind_complete();
}

// --- Describe, Close ---

void Connection::describe(const Describe& describe) {
  if (!is_known(describe.target))
    return fail(sql_error("08P01", "invalid DESCRIBE message subtype {}", static_cast<int>(describe.target)));
  bool failed = session_->status() == TransactionStatus::kFailed;
  auto out = encoder();
  if (describe.target == Target::kStatement) {
    auto prepared = find_statement(describe.name);
    if (!prepared) return fail(prepared.error());
    if (failed && !(*prepared)->columns.empty()) return fail(in_failed_transaction());
    out.parameter_description((*prepared)->parameters);
    return encode_row_description((*prepared)->columns, {}, out, gives_rows(*prepared));
  }
  BoundPortal* bound = find_portal(describe.name);
  if (!bound) return fail(no_such_portal(describe.name));
  if (!bound->portal) return out.no_data();
  if (failed && !bound->portal->columns().empty()) return fail(in_failed_transaction());
  encode_row_description(bound->portal->columns(), bound->formats, out, gives_rows(bound->prepared));
}

/// Closing what is not there is no error.
void Connection::close(const Close& close) {
  if (!is_known(close.target))
    return fail(sql_error("08P01", "invalid CLOSE message subtype {}", static_cast<int>(close.target)));
  if (close.target == Target::kStatement) {
    if (close.name.empty())
      unnamed_.reset();
    else
      session_->close_statement(close.name);
  } else if (close.name.empty()) {
    unnamed_portal_.reset();
  } else if (auto found = portals_.find(close.name); found != portals_.end()) {
    portals_.erase(found);
  }
  encoder().close_complete();
}

// --- Execute ---

void Connection::hold_execute(const Execute& execute) {
  BoundPortal* bound = find_portal(execute.portal);
  if (!bound) return fail(no_such_portal(execute.portal));
  if (!bound->portal) return encoder().empty_query();
  if (bound->completed && bound->portal->columns().empty())
    return fail(sql_error("55000", "portal \"{}\" cannot be run", execute.portal));
  // Before anything is done: a change must not stand whose rows cannot be told.
  for (size_t i = 0; i < bound->portal->columns().size(); ++i)
    if (auto known = check_known(format_of(bound->formats, i)); !known) return fail(known.error());
  running_ = bound;
  max_rows_ = execute.max_rows > 0 ? static_cast<uint64_t>(execute.max_rows) : 0;
  doing_ = Doing::kHeld;
}

/// The next message's type is known, and with it whether the statement commits by itself.
void Connection::release_held() {
  bool alone = executed_ == 0 && decoder_.peek_type() == 'S';
  begin_execution(*running_, max_rows_, alone);
}

}  // namespace wallaby::sql::pgwire
