#include "tests/sql/pgwire/fake_session.h"

#include <algorithm>

#include <fmt/format.h>

namespace wallaby::sql::pgwire::testing {

struct FakeSession::FakePortal final : Portal {
  const std::vector<ResultColumn>& columns() const override { return prepared->columns; }

  PreparedPtr prepared;
  Row parameters;
  std::string verb, argument;
  int64_t sent = 0;  ///< rows
  int rests = 0;
  bool waiting = false;
};

namespace {

std::string text_of(const ast::Statement& statement) {
  return statement.text->substr(static_cast<size_t>(statement.begin), static_cast<size_t>(statement.length));
}

std::pair<std::string, std::string> split(const std::string& text) {
  size_t blank = text.find(' ');
  if (blank == std::string::npos) return {text, ""};
  return {text.substr(0, blank), text.substr(blank + 1)};
}

/// The n of the highest $n, of one digit.
size_t highest_parameter(const std::string& text) {
  size_t highest = 0;
  for (size_t at = text.find('$'); at != std::string::npos && at + 1 < text.size();
       at = text.find('$', at + 1)) {
    if (text[at + 1] >= '1' && text[at + 1] <= '9') highest = std::max<size_t>(highest, text[at + 1] - '0');
  }
  return highest;
}

bool ends_transaction(const std::string& verb) {
  return verb == "commit" || verb == "rollback";
}

}  // namespace

Session::Reports FakeSession::reported() const {
  return {{"server_version", "15.0"}, {"in_hot_standby", "off"}};
}

// --- statements ---

SqlResult<std::vector<ast::StatementPtr>> FakeSession::parse(std::string_view text) {
  if (text.find("syntax") != std::string_view::npos)
    return sql_error("42601", "syntax error at or near \"syntax\"").at(1);
  auto shared = std::make_shared<const std::string>(text);
  std::vector<ast::StatementPtr> statements;
  for (size_t at = 0; at < text.size();) {
    size_t end = std::min(text.find(';', at), text.size());
    size_t first = std::min(text.find_first_not_of(' ', at), end);
    if (first < end) {
      ast::Statement statement;
      statement.node = ast::Utility{"made up", {}};  // no query: without columns it gives no rows
      statement.text = shared;
      statement.begin = static_cast<int>(first);
      statement.length = static_cast<int>(end - first);
      statements.push_back(std::make_shared<const ast::Statement>(std::move(statement)));
    }
    at = end + 1;
  }
  return statements;
}

SqlResult<PreparedPtr> FakeSession::prepare(TimePoint, const ast::StatementPtr& statement,
                                            std::vector<TypeId> declared) {
  auto [verb, argument] = split(text_of(*statement));
  if (status_ == TransactionStatus::kFailed && !ends_transaction(verb))
    return sql_error("25P02",
                     "current transaction is aborted, commands ignored until end of transaction block");
  if (verb == "unknown") return sql_error("42P01", "relation \"unknown\" does not exist");
  Prepared prepared;
  prepared.statement = statement;
  prepared.declared = std::move(declared);
  prepared.parameters.resize(highest_parameter(argument), TypeId::kText);
  if (verb == "param") prepared.parameters = {TypeId::kInt4};
  if (verb == "param") prepared.columns = {{"p", {TypeId::kInt4}}};
  if (verb == "rows" || verb == "endless")
    prepared.columns = {{"id", {TypeId::kInt4}}, {"name", {TypeId::kText}}};
  return std::make_shared<const Prepared>(std::move(prepared));
}

SqlResult<std::unique_ptr<Portal>> FakeSession::bind(TimePoint, PreparedPtr prepared, Row parameters) {
  auto portal = std::make_unique<FakePortal>();
  std::tie(portal->verb, portal->argument) = split(text_of(*prepared->statement));
  if (status_ == TransactionStatus::kFailed && !ends_transaction(portal->verb))
    return sql_error("25P02",
                     "current transaction is aborted, commands ignored until end of transaction block");
  portal->prepared = std::move(prepared);
  portal->parameters = std::move(parameters);
  return portal;
}

SqlResult<void> FakeSession::store_statement(std::string_view name, PreparedPtr prepared) {
  if (named_.try_emplace(std::string(name), std::move(prepared)).second) return {};
  return sql_error("42P05", "prepared statement \"{}\" already exists", name);
}

SqlResult<PreparedPtr> FakeSession::find_statement(std::string_view name) const {
  auto found = named_.find(name);
  if (found != named_.end()) return found->second;
  return sql_error("26000", "prepared statement \"{}\" does not exist", name);
}

void FakeSession::close_statement(std::string_view name) {
  if (auto found = named_.find(name); found != named_.end()) named_.erase(found);
}

// --- running ---

Outcome FakeSession::fail(SqlError error) {
  error_ = std::move(error);
  return Outcome::kFailed;
}

Outcome FakeSession::done(std::string tag) {
  tag_ = std::move(tag);
  return Outcome::kDone;
}

Outcome FakeSession::execute(TimePoint, Portal& opaque, uint64_t max_rows, bool alone, RowSink& sink) {
  auto& portal = static_cast<FakePortal&>(opaque);
  if (std::exchange(cancelled_, false)) return fail(interrupted());
  const std::string& verb = portal.verb;
  if (!alone && status_ == TransactionStatus::kIdle && verb != "begin") implicit_ = true;
  if (verb == "rows" || verb == "endless") return rows(portal, max_rows, sink);
  if (verb == "write" || verb == "wait") return write(portal, verb == "wait", alone);
  if (verb == "begin" || ends_transaction(verb)) return transaction(verb);
  if (verb == "param") {
    if (auto sent = sink.row(portal.columns(), portal.parameters); !sent) return fail(sent.error());
    return done("SELECT 1");
  }
  if (verb == "rest") return portal.rests++ < std::stoi(portal.argument) ? Outcome::kResting : done("OK");
  if (verb == "fail") return fail(sql_error(portal.argument, "failed as it was told"));
  if (verb == "failcommit") {
    if (alone) return fail(sql_error("40001", "could not serialize access"));
    commit_fails_ = true;
    return done("UPDATE 1");
  }
  if (verb == "copyin") return portal.waiting ? done("COPY 1") : Outcome::kCopyIn;
  if (verb == "copyout") {
    sink.copy_out(2);
    for (int i = 1; i <= std::stoi(portal.argument); ++i) sink.copy_line(fmt::format("{}\tn{}\n", i, i));
    return done("COPY " + portal.argument);
  }
  if (verb == "notice") client_.notice(sql_error("00000", "{}", portal.argument).severity("NOTICE"));
  if (verb == "set") {
    size_t equals = portal.argument.find('=');
    changes_.emplace_back(portal.argument.substr(0, equals), portal.argument.substr(equals + 1));
  }
  return done("OK");
}

Outcome FakeSession::rows(FakePortal& portal, uint64_t max_rows, RowSink& sink) {
  int64_t end = portal.verb == "endless" ? INT64_MAX : std::stoll(portal.argument);
  int64_t first = portal.sent;
  for (; portal.sent < end; ++portal.sent) {
    if (max_rows > 0 && portal.sent - first == static_cast<int64_t>(max_rows)) return Outcome::kSuspended;
    if (sink.full()) return Outcome::kResting;
    Row row = {Value(portal.sent + 1), Value(fmt::format("n{}", portal.sent + 1))};
    if (auto sent = sink.row(portal.columns(), row); !sent) return fail(sent.error());
  }
  return done(fmt::format("SELECT {}", portal.sent - first));
}

Outcome FakeSession::write(FakePortal& portal, bool waits, bool alone) {
  bool commits = alone && status_ == TransactionStatus::kIdle;
  if (!std::exchange(portal.waiting, true))
    journal.push_back(fmt::format("write {} {}", portal.argument, commits ? "alone" : "in transaction"));
  if (waits && !commits) commit_waits_ = true;
  if (waits && commits && !std::exchange(released_, false)) return Outcome::kWaiting;
  return done("INSERT 0 1");
}

Outcome FakeSession::transaction(std::string_view command) {
  if (command == "begin") {
    status_ = TransactionStatus::kActive;
    return done("BEGIN");
  }
  bool failed = status_ == TransactionStatus::kFailed;
  if (command == "commit" && !failed && commit_waits_ && !std::exchange(released_, false))
    return Outcome::kWaiting;
  bool commits = command == "commit" && !failed;
  status_ = TransactionStatus::kIdle;
  commit_waits_ = commit_fails_ = implicit_ = false;
  journal.push_back(commits ? "commit" : "rollback");
  return done(commits ? "COMMIT" : "ROLLBACK");
}

Outcome FakeSession::finish(TimePoint) {
  if (!implicit_ || status_ != TransactionStatus::kIdle) return Outcome::kDone;
  if (std::exchange(cancelled_, false)) return fail(sql_error("40003", "outcome unknown"));
  if (commit_waits_ && !std::exchange(released_, false)) return Outcome::kWaiting;
  implicit_ = commit_waits_ = false;
  if (std::exchange(commit_fails_, false)) return fail(sql_error("40001", "could not serialize access"));
  journal.push_back("commit");
  return Outcome::kDone;
}

void FakeSession::fail_transaction() {
  if (status_ == TransactionStatus::kActive) status_ = TransactionStatus::kFailed;
  if (status_ == TransactionStatus::kIdle && implicit_) journal.push_back("rollback");
  implicit_ = commit_waits_ = commit_fails_ = false;
}

// --- COPY FROM ---

void FakeSession::copy_data(TimePoint, std::string_view bytes) {
  copied += bytes;
  if (!copy_error_ && copied.find("bad\n") != std::string::npos)
    copy_error_ = sql_error("22P04", "missing data for column \"name\"");
}

Outcome FakeSession::copy_end(TimePoint, std::optional<SqlError> failure) {
  if (std::exchange(cancelled_, false))
    copy_error_ = interrupted();
  else if (failure && !copy_error_)
    copy_error_ = std::move(failure);
  if (copy_error_) return fail(*std::exchange(copy_error_, std::nullopt));
  return done(fmt::format("COPY {}", std::ranges::count(copied, '\n')));
}

// --- from outside ---

void FakeSession::release() {
  released_ = true;
  client_.wake();
}

void FakeSession::cancel(TimePoint) {
  journal.push_back("cancel");
  cancelled_ = true;
}

SqlError FakeSession::interrupted() const {
  if (!terminated_) return sql_error("57014", "canceling statement due to user request");
  return sql_error("57P01", "terminating connection due to administrator command").severity("FATAL");
}

std::optional<SqlError> FakeSession::tick(TimePoint now) {
  if (now < deadline) return std::nullopt;
  if (terminated_) return interrupted();
  return sql_error("25P03", "terminating connection due to idle-in-transaction timeout").severity("FATAL");
}

}  // namespace wallaby::sql::pgwire::testing
