// The loop of a connection: what is done next, and how a statement's outcome moves it on.
#include "sql/pgwire/connection.h"

#include <utility>

#include "base/check.h"
#include "sql/pgwire/row_encoder.h"

namespace wallaby::sql::pgwire {

Connection::Connection(node::ConnectionId id, std::string peer, TimePoint now, const DoorOptions& options,
                       ConnectionHost& host)
    : id_(id),
      peer_(std::move(peer)),
      options_(options),
      host_(host),
      login_deadline_(now + options.login_timeout) {}

// --- the loop ---

Progress Connection::run(TimePoint now) {
  return progress_ = run_slice(now);
}

Progress Connection::run_slice(TimePoint now) {
  for (int i = 0; i < kSlice; ++i) {
    if (stopping_ && (doing_ == Doing::kNothing || doing_ == Doing::kHeld || doing_ == Doing::kNextStatement))
      fatal(sql_error("57P01", "terminating connection due to administrator command"));
    if (ended_) return Progress::kEnded;
    if (waiting_) return Progress::kWaiting;
    if (full() && !cancelled_) {
      resting_ = false;
      if (!stopping_) return Progress::kFull;
      end();  // it would not read the farewell either
      return Progress::kEnded;
    }
    if (std::exchange(resting_, false)) return Progress::kResting;
    if (!step(now)) return ended_ ? Progress::kEnded : Progress::kIdle;
  }
  return ended_ ? Progress::kEnded : Progress::kResting;
}

bool Connection::step(TimePoint now) {
  switch (doing_) {
    case Doing::kNothing: return next_message(now);
    case Doing::kNextStatement: next_statement(now); return true;
    case Doing::kHeld:
      if (!decoder_.peek_type()) return false;
      release_held();
      return true;
    case Doing::kExecuting: execute(now); return true;
    case Doing::kCopyIn: return copy_step(now);
    case Doing::kFinishing: finish(now); return true;
  }
  return false;
}

bool Connection::next_message(TimePoint now) {
  auto message = decoder_.next();
  if (!message) {
    if (message.error().message().empty())
      end();
    else
      fatal(message.error());
    return true;
  }
  if (!*message) return false;
  if (!open_)
    start(now, **message);
  else if (doing_ == Doing::kCopyIn)
    copy_message(now, **message);
  else
    handle(now, **message);
  return true;
}

void Connection::handle(TimePoint now, const FrontendMessage& message) {
  struct Handle {
    Connection& self;
    TimePoint now;

    void operator()(const Query& m) { self.simple_query(now, m); }
    void operator()(const Parse& m) { self.parse(now, m); }
    void operator()(const Bind& m) { self.bind(now, m); }
    void operator()(const Describe& m) { self.describe(m); }
    void operator()(const Execute& m) { self.hold_execute(m); }
    void operator()(const Close& m) { self.close(m); }
    void operator()(const Flush&) { self.urgent_ = true; }
    void operator()(const Sync&) { self.doing_ = Doing::kFinishing; }
    void operator()(const FunctionCall&) {
      self.fail(not_supported("the function call message", "Use SELECT function(...)."));
      self.skipping_ = false;
      self.doing_ = Doing::kFinishing;
    }
    void operator()(const Malformed& m) { self.malformed(m); }
    void operator()(const Terminate&) { self.end(); }
    // What is left of a COPY that failed already.
    void operator()(const CopyData&) {}
    void operator()(const CopyDone&) {}
    void operator()(const CopyFail&) {}
    void operator()(const PasswordMessage&) {
      self.fatal(sql_error("08P01", "invalid frontend message type {}", static_cast<int>('p')));
    }
    // Packets of the startup: the decoder gives none in its open phase.
    void operator()(const SslRequest&) { self.end(); }
    void operator()(const GssEncRequest&) { self.end(); }
    void operator()(const CancelRequest&) { self.end(); }
    void operator()(const Startup&) { self.end(); }
  };
  if (skipping_) {
    if (std::holds_alternative<Terminate>(message)) return end();
    const auto* bad = std::get_if<Malformed>(&message);
    if (!std::holds_alternative<Sync>(message) && !(bad && bad->type == 'S')) return;
    skipping_ = false;
  }
  std::visit(Handle{*this, now}, message);
}

// --- a statement ---

void Connection::begin_execution(BoundPortal& portal, uint64_t max_rows, bool alone) {
  running_ = &portal;
  max_rows_ = max_rows;
  alone_ = alone;
  copying_out_ = false;
  in_block_ = session_->status() != TransactionStatus::kIdle;
  ++executed_;
  doing_ = Doing::kExecuting;
}

void Connection::execute(TimePoint now) {
  WALLABY_CHECK(running_ && running_->portal, "no portal to execute");
  woken_ = false;
  settle(session_->execute(now, *running_->portal, max_rows_, alone_, *this));
}

void Connection::settle(Outcome outcome) {
  switch (outcome) {
    case Outcome::kDone: return statement_done();
    case Outcome::kSuspended:
      encoder().portal_suspended();
      running_ = nullptr;
      doing_ = Doing::kNothing;
      return;
    case Outcome::kWaiting:
      doing_ = Doing::kExecuting;
      waiting_ = !woken_;
      return;
    case Outcome::kResting:
      doing_ = Doing::kExecuting;
      resting_ = true;
      return;
    case Outcome::kCopyIn:
      encoder().copy_in_response(session_->copy_columns());
      doing_ = Doing::kCopyIn;
      return;
    case Outcome::kFailed: return fail(session_->error());
  }
}

void Connection::statement_done() {
  cancelled_ = false;
  running_->completed = true;
  if (query_) {
    if (query_->describe_first) describe_to_query();
    if (copying_out_) encoder().copy_done();
    // The last statement has not succeeded before its transaction has.
    if (query_->next == query_->statements.size()) {
      query_->tag = session_->tag();
      doing_ = Doing::kFinishing;
    } else {
      encoder().command_complete(session_->tag());
      doing_ = Doing::kNextStatement;
    }
    return;
  }
  if (copying_out_) encoder().copy_done();
  encoder().command_complete(session_->tag());
  running_ = nullptr;
  doing_ = Doing::kNothing;
  // COMMIT and ROLLBACK take the portals of their transaction along, their own too.
  if (in_block_ && session_->status() == TransactionStatus::kIdle) drop_portals();
}

// --- the end of a Query, or Sync ---

void Connection::finish(TimePoint now) {
  woken_ = false;
  switch (session_->finish(now)) {
    case Outcome::kWaiting: waiting_ = !woken_; return;
    case Outcome::kResting: resting_ = true; return;
    case Outcome::kFailed:
      if (session_->error().fields().severity == "FATAL") return fatal(session_->error());
      encoder().error(session_->error());
      session_->fail_transaction();
      return finished();
    case Outcome::kDone:
      if (query_ && !query_->tag.empty()) encoder().command_complete(query_->tag);
      return finished();
    case Outcome::kSuspended:
    case Outcome::kCopyIn: WALLABY_CHECK(false, "finish() cannot be suspended or take data");
  }
}

void Connection::finished() {
  query_.reset();
  running_ = nullptr;
  executed_ = 0;
  cancelled_ = false;
  doing_ = Doing::kNothing;
  if (session_->status() == TransactionStatus::kIdle) drop_portals();
  for (const auto& [name, value] : session_->take_changes()) encoder().parameter_status(name, value);
  encoder().ready_for_query(static_cast<char>(session_->status()));
}

// --- errors ---

void Connection::fail(const SqlError& error) {
  if (error.fields().severity == "FATAL") return fatal(error);
  running_ = nullptr;
  encoder().error(error);
  session_->fail_transaction();
  if (lost_sync_)
    return fatal(sql_error("08P01", "terminating connection because protocol synchronization was lost"));
  if (query_) {
    query_->tag.clear();
    doing_ = Doing::kFinishing;
  } else {
    cancelled_ = false;
    skipping_ = true;
    doing_ = Doing::kNothing;
  }
}

void Connection::malformed(const Malformed& message) {
  if (message.type == 'f') return;  // of a COPY that failed already
  fail(sql_error("08P01", "{}", message.fault));
  // Only messages of the extended protocol are followed by a Sync.
  if (message.type != 'Q' && message.type != 'S') return;
  skipping_ = false;
  doing_ = Doing::kFinishing;
}

void Connection::fatal(const SqlError& error) {
  ErrorFields fields = error.fields();
  fields.severity = "FATAL";
  encoder().error(SqlError(std::move(fields)));
  end();
}

// --- from outside ---

bool Connection::interrupt() {
  if (doing_ != Doing::kExecuting && doing_ != Doing::kCopyIn && doing_ != Doing::kFinishing) return false;
  cancelled_ = true;
  waiting_ = false;
  return true;
}

void Connection::cancel(TimePoint now) {
  if (interrupt()) session_->cancel(now);
}

void Connection::stop(TimePoint now) {
  if (!open_) return fatal(sql_error("57P03", "the database system is shutting down"));
  stopping_ = true;
  if (interrupt()) session_->terminate(now);
}

void Connection::tick(TimePoint now) {
  if (!open_) {
    if (now < login_deadline_) return;
    // Who has not even said its name hears nothing.
    return scram_ ? fatal(sql_error("57014", "canceling authentication due to timeout")) : end();
  }
  if (auto error = session_->tick(now)) fatal(*error);
}

TimePoint Connection::deadline() const {
  if (ended_) return kNever;
  return open_ ? session_->next_deadline() : login_deadline_;
}

bool Connection::wants_reading() const {
  return !ended_ && (progress_ == Progress::kIdle || decoder_.buffered() <= kMaxBuffered);
}

std::string Connection::take_output() {
  queued_ += out_.size();
  urgent_ = false;
  return std::exchange(out_, {});
}

void Connection::notice(const SqlError& notice) {
  if (ended_) return;
  encoder().notice(notice);
  urgent_ = true;
  host_.touched(*this);
}

void Connection::wake() {
  woken_ = true;
  waiting_ = false;
  host_.touched(*this);
}

// --- rows ---

SqlResult<void> Connection::row(const std::vector<ResultColumn>& columns, std::span<const Value> values) {
  if (query_ && query_->describe_first) describe_to_query();
  auto out = encoder();
  return encode_row(columns, values, running_->formats, out);
}

void Connection::copy_out(size_t columns) {
  if (query_) query_->describe_first = false;
  copying_out_ = true;
  encoder().copy_out_response(columns);
}

void Connection::copy_line(std::string_view line) {
  encoder().copy_data(line);
}

}  // namespace wallaby::sql::pgwire
