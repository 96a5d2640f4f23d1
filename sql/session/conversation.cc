// The calls of sql/session/session.h: who may run, what runs, and how each ends.
#include "sql/session/conversation.h"

#include <algorithm>

#include "sql/session/copy_in.h"
#include "sql/session/cursors.h"
#include "sql/session/query_run.h"
#include "sql/session/tasks.h"

namespace wallaby::sql {
namespace {

constexpr int64_t kMicrosecondsTo2000 = 946'684'800'000'000;
/// Prepared statements with a name, of one session.
constexpr size_t kMaxStatements = 10'000;

SqlError aborted() {
  return sql_error("25P02",
                   "current transaction is aborted, commands ignored until end of transaction block");
}

bool ends_transaction(const ast::Statement& statement) {
  const auto* control = std::get_if<ast::Transaction>(&statement.node);
  using enum ast::TransactionKind;
  return control && (control->kind == kCommit || control->kind == kRollback || control->kind == kRollbackTo);
}

/// The tag of a portal that is run again after its end: "SELECT 3" becomes "SELECT 0", "SHOW" stays.
std::string without_rows(const std::string& tag) {
  size_t count = tag.find_last_not_of("0123456789") + 1;
  return count == tag.size() ? tag : tag.substr(0, count) + "0";
}

SqlError portal_gone() {
  return sql_error("34000", "the portal's transaction has ended");
}

}  // namespace

SessionPortal::SessionPortal(Conversation& session, PreparedPtr prepared, Row parameters)
    : session(session), prepared(std::move(prepared)), parameters(std::move(parameters)) {
  session.add_portal(*this);
}

SessionPortal::~SessionPortal() {
  session.remove_portal(*this);
}

SqlResult<std::unique_ptr<Session>> make_session(TimePoint now, SqlServices& services, SessionStart start,
                                                 ClientChannel& client) {
  Settings settings;
  for (const auto& [name, value] : start.settings)
    if (auto done = settings.start_with(name, value); !done) return std::unexpected(std::move(done).error());
  return std::make_unique<Conversation>(now, services, std::move(start), std::move(settings), client);
}

Conversation::Conversation(TimePoint now, SqlServices& services, SessionStart start, Settings settings,
                           ClientChannel& client)
    : services_(services),
      start_(std::move(start)),
      client_(client),
      now_(now),
      settings_(std::move(settings)),
      views_(*this),
      idle_since_(now),
      calls_(services.backend, {[this] {
                                  if (!stepping_) client_.wake();
                                },
                                [this](const node::ClientNotice& text) {
                                  notice(sql_error("00000", "{}", text.text).severity("NOTICE"));
                                },
                                [this](const std::string& reason) { views_dropped(reason); }}) {
  activity_.pid = start_.pid;
  activity_.user = start_.user;
  activity_.database = start_.database;
  activity_.client = start_.client;
  activity_.backend_start = activity_.state_change = wall_time();
  activity_.application_name = *settings_.get("application_name");
  activity_.session = this;
  told_standby_ = is_standby();
  services_.sessions[start_.pid] = &activity_;
}

Conversation::~Conversation() {
  WALLABY_CHECK(portals_.empty());
  if (transaction_) end_transaction(false);
  services_.sessions.erase(start_.pid);
}

int64_t Conversation::wall_time() const {
  return services_.backend.wall_time(now_).microseconds - kMicrosecondsTo2000;
}

void Conversation::remove_portal(SessionPortal& portal) {
  portals_.erase(&portal);
  if (busy_ == &portal) {
    busy_ = nullptr;
    calls_.cancel(now_);  // what its statement asked has nobody to answer any more
  }
}

// --- texts and plans ---

SqlResult<std::vector<ast::StatementPtr>> Conversation::parse(std::string_view text) {
  auto parsed = services_.parsed.get(text);
  if (!parsed) return std::unexpected(parsed.error());
  return **parsed;
}

SqlResult<void> Conversation::check_usable(const ast::StatementPtr& statement) {
  if (!transaction_ || !transaction_->failed || !statement || ends_transaction(*statement)) return {};
  if (auto lost = std::exchange(transaction_->lost_reason, std::nullopt)) return std::unexpected(*lost);
  return std::unexpected(aborted());
}

SqlResult<PreparedPtr> Conversation::prepare(TimePoint now, const ast::StatementPtr& statement,
                                             std::vector<TypeId> declared) {
  now_ = now;
  if (auto usable = check_usable(statement); !usable) return std::unexpected(usable.error());
  if (!statement) return std::make_shared<Prepared>();
  return plan_now(statement, declared);
}

SqlResult<std::unique_ptr<Portal>> Conversation::bind(TimePoint now, PreparedPtr prepared, Row parameters) {
  now_ = now;
  if (auto usable = check_usable(prepared->statement); !usable) return std::unexpected(usable.error());
  if (parameters.size() != prepared->parameters.size())
    return sql_error("08P01", "bind message supplies {} parameters, but prepared statement requires {}",
                     parameters.size(), prepared->parameters.size());
  return std::make_unique<SessionPortal>(*this, std::move(prepared), std::move(parameters));
}

SqlResult<void> Conversation::store_statement(std::string_view name, PreparedPtr prepared) {
  if (statements_.contains(name)) return sql_error("42P05", "prepared statement \"{}\" already exists", name);
  if (statements_.size() >= kMaxStatements)
    return sql_error("53400", "too many prepared statements in this session (limit {})", kMaxStatements)
        .hint("DEALLOCATE those that are not needed any more.");
  statements_.emplace(name, std::move(prepared));
  return {};
}

SqlResult<PreparedPtr> Conversation::find_statement(std::string_view name) const {
  auto found = statements_.find(name);
  if (found == statements_.end()) return sql_error("26000", "prepared statement \"{}\" does not exist", name);
  return found->second;
}

void Conversation::close_statement(std::string_view name) {
  auto found = statements_.find(name);
  if (found != statements_.end()) statements_.erase(found);
}

// --- running ---

void Conversation::statement_begins(const SessionPortal& portal) {
  interrupt_.reset();
  statement_time_ = wall_time();
  sleep_until_ = kNever;
  Duration timeout = settings_.effective().statement_timeout;
  statement_deadline_ = timeout > Duration{} ? now_ + timeout : kNever;
  std::string_view text = portal.text;
  if (text.empty()) {
    const ast::Statement& statement = *portal.prepared->statement;
    text = std::string_view(*statement.text)
               .substr(static_cast<size_t>(statement.begin),
                       statement.length > 0 ? static_cast<size_t>(statement.length) : text.npos);
  }
  activity_.query = text;
  activity_.state = "active";
  activity_.query_start = activity_.state_change = statement_time_;
  activity_.transaction_start = transaction_ ? transaction_->started : statement_time_;
}

void Conversation::statement_ends() {
  busy_ = nullptr;
  statement_deadline_ = sleep_until_ = kNever;
  idle_since_ = now_;
  show_state();
}

void Conversation::show_state() {
  activity_.state = !transaction_            ? "idle"
                    : transaction_->failed   ? "idle in transaction (aborted)"
                    : transaction_->implicit ? "active"
                                             : "idle in transaction";
  activity_.transaction_start = transaction_ ? transaction_->started : 0;
  activity_.state_change = wall_time();
  show_wait("", "");
  if (settings_.changed()) activity_.application_name = *settings_.get("application_name");
}

Outcome Conversation::execute(TimePoint now, Portal& base, uint64_t max_rows, bool alone, RowSink& sink) {
  now_ = now;
  auto& portal = static_cast<SessionPortal&>(base);
  Turn turn{now, max_rows, alone, &sink};
  stepping_ = true;
  auto outcome = run(portal, turn);
  stepping_ = false;
  return settle(std::move(outcome), &portal);
}

SqlResult<Outcome> Conversation::run(SessionPortal& portal, Turn& turn) {
  if (portal.ended) return std::unexpected(portal_gone());
  if (portal.finished) {
    if (portal.prepared->columns.empty()) return sql_error("55000", "portal cannot be run");
    tag_ = without_rows(portal.tag);
    return Outcome::kDone;
  }
  if (busy_ != &portal) {
    WALLABY_CHECK(!busy_);
    busy_ = &portal;
    statement_begins(portal);
  }
  if (!portal.task) {
    if (auto usable = check_usable(portal.prepared->statement); !usable)
      return std::unexpected(usable.error());
    bool control = std::holds_alternative<ast::Transaction>(portal.prepared->statement->node);
    if (!transaction_ && !turn.alone && !control) begin_transaction(true);
    portal.task = make_task(portal, turn);
  }
  if (interrupt_ && !calls_.waiting() && !calls_.answered()) return std::unexpected(*interrupt_);
  return portal.task->step(turn);
}

Outcome Conversation::settle(SqlResult<Outcome> outcome, SessionPortal* portal) {
  if (!outcome) return fail(std::move(outcome.error()), portal);
  switch (*outcome) {
    case Outcome::kDone:
      if (portal) {
        portal->task.reset();
        portal->finished = true;
        portal->tag = tag_;
      }
      if (!transaction_) settings_.end_transaction();
      statement_ends();
      break;
    case Outcome::kSuspended: statement_ends(); break;
    case Outcome::kWaiting:
      // Whoever waits for something else has said so.
      if (activity_.wait_event.empty() && calls_.waiting()) show_wait("IPC", "SyncRep");
      break;
    default: break;
  }
  return *outcome;
}

Outcome Conversation::fail(SqlError error, SessionPortal* portal) {
  if (portal) {
    portal->task.reset();
    portal->ended = true;
  }
  if (transaction_) {
    fail_transaction();
  } else {
    settings_.rollback_to(0);
  }
  error_ = std::move(error);
  statement_ends();
  return Outcome::kFailed;
}

Outcome Conversation::finish(TimePoint now) {
  now_ = now;
  if (!finishing_) {
    if (!transaction_ || !transaction_->implicit) {
      if (!transaction_) end_transaction(true);  // portals with rows left
      return Outcome::kDone;
    }
    idle_since_ = now;
    stepping_ = true;
    finishing_ = true;
    interrupt_.reset();
    send_commit();
    stepping_ = false;
  }
  if (calls_.waiting()) return settle(Outcome::kWaiting, nullptr);
  stepping_ = true;
  auto done = finish_commit();
  stepping_ = false;
  if (done && !*done) return settle(Outcome::kWaiting, nullptr);
  finishing_ = false;
  if (!done) {
    end_transaction(done.error().code() == "40003");
    return fail(std::move(done.error()), nullptr);
  }
  end_transaction(true);
  return settle(Outcome::kDone, nullptr);
}

TransactionStatus Conversation::status() const {
  if (!transaction_ || transaction_->implicit) return TransactionStatus::kIdle;
  return transaction_->failed ? TransactionStatus::kFailed : TransactionStatus::kActive;
}

// --- interruption ---

void Conversation::interrupt_with(SqlError reason) {
  if (!busy_ && !finishing_) return;
  if (copy_in) {  // it ends by itself, with what became of its pieces
    copy_in->interrupt(reason);
    return client_.wake();
  }
  if (seeing_ == Seeing::kWaits) {
    if (!calls_.waiting()) return;
    seeing_ = Seeing::kGivenUp;
    calls_.cancel(now_);
    return client_.wake();
  }
  if (!interrupt_) interrupt_ = std::move(reason);
  if (calls_.waiting()) {
    calls_.cancel(now_);
    if (calls_.answered()) return;  // its answer has woken the client
  }
  client_.wake();
}

void Conversation::cancel(TimePoint now) {
  now_ = now;
  interrupt_with(sql_error("57014", "canceling statement due to user request"));
}

void Conversation::terminate(TimePoint now) {
  now_ = now;
  fatal_ = sql_error("57P01", "terminating connection due to administrator command").severity("FATAL");
  interrupt_with(*fatal_);
  client_.wake();
}

/// A commit whose outcome has been asked for is answered first.
bool Conversation::must_end() const {
  return fatal_ && !calls_.waiting() && !calls_.answered();
}

TimePoint Conversation::next_deadline() const {
  TimePoint next = std::min(statement_deadline_, sleep_until_);
  if (!busy_ && !finishing_) {
    const Settings::Effective& effective = settings_.effective();
    Duration idle = transaction_ && !transaction_->implicit ? effective.idle_in_transaction_timeout
                    : !transaction_                         ? effective.idle_session_timeout
                                                            : Duration{};
    if (idle > Duration{}) next = std::min(next, idle_since_ + idle);
  }
  return must_end() ? TimePoint{} : next;
}

std::optional<SqlError> Conversation::tick(TimePoint now) {
  now_ = now;
  if (must_end()) return fatal_;
  if (busy_ && now >= statement_deadline_) {
    statement_deadline_ = kNever;
    interrupt_with(sql_error("57014", "canceling statement due to statement timeout"));
  }
  if (now >= sleep_until_) {
    sleep_until_ = kNever;
    client_.wake();
  }
  if (busy_ || finishing_ || now < next_deadline()) return std::nullopt;
  return transaction_
             ? sql_error("25P03", "terminating connection due to idle-in-transaction timeout")
                   .severity("FATAL")
             : sql_error("57P05", "terminating connection due to idle-session timeout").severity("FATAL");
}

void Conversation::views_dropped(const std::string& reason) {
  SqlError error = sql_error("57P03", "this node's tables are being replaced: {}", reason)
                       .hint("Run the transaction again when the node serves reads.");
  for (QueryRun* run : runs_) run->drop(error);
  if (!transaction_) return;
  transaction_->lost = transaction_->failed = true;
  transaction_->data.reset();
  transaction_->lost_reason = std::move(error);
}

}  // namespace wallaby::sql
