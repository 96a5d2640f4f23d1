#include "sim/teller.h"

#include <utility>

#include <fmt/core.h>

#include "replication/ack_mode.h"
#include "sim/plan.h"

namespace wallaby::sim {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using LineKind = ErrandLine::Kind;

namespace {

constexpr uint64_t kTries = 4;

void replace(std::string& text, std::string_view what, const std::string& with) {
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
}

ErrandLine rollback() {
  ErrandLine line;
  line.kind = LineKind::kRollback;
  line.text = "ROLLBACK";
  return line;
}

}  // namespace

// --- its days --------------------------------------------------------------------------------------------------------

void Teller::start() {
  later(options_.pause);
}

void Teller::run(std::vector<Errand> errands) {
  on_its_own_ = false;
  given_ = std::move(errands);
  later(options_.pause);
}

void Teller::stop() {
  stopped_ = true;
  client_.close();
}

void Teller::later(Duration pause) {
  Duration time = microseconds(100) + Duration(random_.below(static_cast<uint64_t>(2 * pause.count()) + 1));
  scheduler_.after(time, [this] {
    if (!stopped_) act();
  });
}

void Teller::act() {
  if (client_.busy()) {
    if (scheduler_.now() - since_ > options_.patience) {
      tally_.add("load", "clients that lost patience");
      client_.close();
    }
    return later(options_.pause);
  }
  if (!client_.open()) {
    errand_over(false);
    connect();
  }
  if (!busy() && !next_errand()) return;
  if (options_.hangs_up && random_.chance(in_block_ ? 3 : 0.5)) {
    tally_.add("path", in_block_ ? "sql: hung up inside of a transaction" : "sql: hung up");
    client_.close();
    return later(options_.pause);
  }
  send_next();
  later(busy() ? options_.think : options_.pause);
}

void Teller::connect() {
  session_ = fmt::format("{}.s{}", options_.place, ++sessions_);
  frontend::Parameters parameters{
      {"user", "bank"}, {"application_name", session_}, {"report_commit_lsn", "on"}};
  rung_.reset();
  if (options_.own_rungs && random_.chance(50)) {
    rung_ = replication::kRungs[random_.below(replication::kRungs.size())];
    parameters.emplace_back("ack_mode", replication::to_string(*rung_));
  }
  client_.connect(options_.targets[random_.below(options_.targets.size())], parameters);
}

bool Teller::next_errand() {
  if (!on_its_own_) {
    if (given_.empty()) return false;
    begin(given_.back());
  } else if (options_.writes && !opened_) {
    begin(open_bank(random_));
  } else if (random_.chance(options_.writes ? 85 : 8)) {
    begin(random_writing(random_, indexes_, fmt::format("ix_{}_{}", options_.place, operations_)));
  } else {
    std::optional<Token> newest;
    if (Lsn lsn = referee_.tokens().newest(); lsn > Lsn{}) newest = Token{lsn, TimelineId{1}};
    begin(random_reading(random_, newest, referee_.tokens().doubtful(random_)));
  }
  return true;
}

void Teller::begin(Errand errand) {
  errand_ = std::move(errand);
  next_ = 0;
  in_block_ = again_ = false;
  savepoint_ = {};
  next_operation();
  seen_.clear();
}

void Teller::next_operation() {
  operation_ = {};
  operation_.name = fmt::format("{}.{}", options_.place, ++operations_);
  payments_.clear();
}

void Teller::errand_over(bool well) {
  if (!busy()) return;
  Errand errand = *std::exchange(errand_, std::nullopt);
  retreat_.reset();
  in_block_ = false;
  if (well) {
    opened_ |= errand.opens;
    if (!on_its_own_ && !given_.empty()) given_.pop_back();
  }
  bool again = std::exchange(again_, false);
  if (again && ++tries_ < kTries)
    begin(std::move(errand));
  else
    tries_ = 0;
}

// --- one statement ---------------------------------------------------------------------------------------------------

std::string Teller::filled(std::string text) const {
  replace(text, "$op", operation_.name);
  return text;
}

void Teller::send_next() {
  if (retreat_) return send(*std::exchange(retreat_, std::nullopt));
  ErrandLine line = errand_->lines[next_++];
  if (!in_block_) next_operation();
  if (line.works_out) {
    auto seen = seen_.find(*line.works_out);
    if (seen == seen_.end()) return send(rollback());
    BankStep& step = line.does.steps[0];
    // Its own account: the step is added to it. Another's: all that was seen there.
    bool own = step.from == *line.works_out;
    if (!own) step.amount = seen->second;
    replace(line.text, "$balance", std::to_string(own ? seen->second + step.amount : seen->second));
  }
  send(line);
}

BankAsk Teller::ask_of(const ErrandLine& line, std::string text) {
  BankAsk ask;
  ask.kind = line.ask;
  ask.text = std::move(text);
  ask.token = line.token;
  ask.shows = line.shows;
  ask.rung = rung_;
  ask.numbers = line.numbers;
  ask.gives_up = line.gives_up;
  ask.writes = !empty(line.does) || line.numbers > 0 || line.changes_definitions;
  ask.in_block = in_block_ && line.kind != LineKind::kCommit && line.kind != LineKind::kRollback;
  ask.so_far = operation_;
  if (ask.in_block) {
    add(line.does, ask.so_far);
    ask.payments = payments_;
  } else if (line.kind == LineKind::kCommit) {
    if (!empty(operation_)) ask.commits = operation_;
    ask.payments = payments_;
  } else if (line.kind == LineKind::kPlain && ask.writes) {
    ask.commits = line.does;
    ask.commits->name = operation_.name;
    ask.alone = line.statements == 1;
    ask.returns_payment = line.returns_payment;
  }
  return ask;
}

void Teller::send(const ErrandLine& line) {
  since_ = scheduler_.now();
  auto answer = [this, line](const SqlAnswer* said) { answered(line, said); };
  std::string text = filled(line.text);
  referee_.sql().asked(session_, ask_of(line, text));
  if (!line.calls.empty()) {
    std::vector<PreparedCall> calls = line.calls;
    for (PreparedCall& call : calls)
      for (std::string& value : call.values) value = filled(value);
    client_.execute(calls, answer);
  } else if (!line.pieces.empty()) {
    std::vector<std::string> pieces;
    for (const std::string& piece : line.pieces) pieces.push_back(filled(piece));
    client_.copy(text, std::move(pieces), line.gives_up, answer);
  } else {
    client_.query(text, answer);
  }
  // Asked for once, so that its record can be known by the index's name.
  if (!line.does.drops_index.empty()) std::erase(indexes_, line.does.drops_index);
  maybe_cancel();
  if (options_.hangs_up && line.kind == LineKind::kCommit && random_.chance(4)) {
    tally_.add("path", "sql: hung up at COMMIT");
    client_.close();
  }
}

void Teller::maybe_cancel() {
  if (!options_.cancels || !random_.chance(8)) return;
  scheduler_.after(Duration(random_.below(static_cast<uint64_t>(2 * options_.pause.count()))),
                   [this, session = session_] {
                     if (stopped_ || !client_.open() || session != session_ || !client_.busy()) return;
                     tally_.add("fault", std::string(to_string(Fault::kCancel)));
                     client_.cancel();
                   });
}

void Teller::answered(const ErrandLine& line, const SqlAnswer* answer) {
  if (stopped_) return;
  if (!answer) return errand_over(false);
  if (answer->failed) return failed(*answer);
  done_well(line, *answer);
  if (line.kind == LineKind::kRollback) return errand_over(false);
  if (next_ == errand_->lines.size()) errand_over(true);
}

void Teller::done_well(const ErrandLine& line, const SqlAnswer& answer) {
  switch (line.kind) {
    case LineKind::kBegin: in_block_ = true; return;
    case LineKind::kCommit:
    case LineKind::kRollback: in_block_ = false; return;
    case LineKind::kSavepoint:
      savepoint_ = operation_;
      savepoint_payments_ = payments_;
      return;
    case LineKind::kBack:
      operation_ = savepoint_;
      payments_ = savepoint_payments_;
      return;
    case LineKind::kPlain: break;
  }
  // An UPDATE or DELETE that found no row has done nothing.
  bool found = answer.tags.empty() || !answer.tags.back().ends_with(" 0");
  if (in_block_ && found) add(line.does, operation_);
  if (line.returns_payment)
    for (const SqlRow& row : answer.rows) payments_.push_back(row.at(0).value_or(""));
  if (line.shows && line.shows->kind == BankQuery::Kind::kRange)
    for (const SqlRow& row : answer.rows) seen_[std::stoll(*row.at(0))] = std::stoll(*row.at(1));
  if (!line.does.makes_index.empty()) indexes_.push_back(line.does.makes_index);
}

void Teller::failed(const SqlAnswer& answer) {
  again_ = answer.failed->code == "40001";
  if (answer.failed->code == "42P01" && on_its_own_) opened_ = false;
  if (answer.status == 'I') return errand_over(false);
  retreat_ = rollback();
}

}  // namespace wallaby::sim
