#include "sim/sql_watch.h"

#include <algorithm>

#include <fmt/core.h>
#include <fmt/ranges.h>

namespace wallaby::sim {

using node::Role;

namespace {

constexpr const char* kConflict = "a transaction lost (40001)";
constexpr const char* kUnknown = "an unknown outcome (40003)";
constexpr const char* kCancelled = "a statement was cancelled (57014)";
constexpr const char* kReadOnly = "a replica refused a write (25006)";
constexpr const char* kBlock = "a transaction showed one snapshot twice";
constexpr const char* kNothing = "a commit changed nothing";
constexpr const char* kWaited = "a replica was waited for by token";
constexpr const char* kAhead = "a commit acknowledged before it was flushed";
constexpr const char* kCopied = "rows came by COPY";
constexpr const char* kIndexMade = "an index was made";
constexpr const char* kIndexDropped = "an index was dropped";

bool is_primary(Host& host) {
  return host.role() == Role::kPrimary;
}

/// Reasons that any statement may meet in a life with faults, and how they are counted.
std::string usual(const std::string& code) {
  if (code == "40003") return kUnknown;
  if (code == "57P03") return "a node served no reads (57P03)";
  if (code == "57P01") return "a node was shut down (57P01)";
  if (code == "55000") return "a write was refused (55000)";
  if (code == "53100") return "a disk was full (53100)";
  if (code == "58030") return "a log had failed (58030)";
  if (code == "25P02") return "a failed transaction was gone on with (25P02)";
  return "";
}

std::string printed(const std::vector<SqlRow>& rows) {
  std::vector<std::string> texts;
  for (const SqlRow& row : rows) {
    std::vector<std::string> values;
    for (const auto& value : row) values.push_back(value.value_or("NULL"));
    texts.push_back(fmt::format("({})", fmt::join(values, ", ")));
  }
  return fmt::format("{}", fmt::join(texts, " "));
}

/// What own writes make of a snapshot.
void add_own(const BankAsk& ask, BankState& state) {
  perform(ask.so_far, state.accounts);
  state.payments += ask.so_far.payments;
  state.notes += ask.so_far.notes;
  for (const std::string& number : ask.payments)
    state.last_payment = std::max<int64_t>(state.last_payment, std::stoll(number));
}

}  // namespace

std::vector<std::string> sql_paths() {
  std::vector<std::string> names;
  for (const char* path : {kConflict, kUnknown, kCancelled, kReadOnly, kBlock, kNothing, kWaited, kAhead,
                           kCopied, kIndexMade, kIndexDropped})
    names.push_back(std::string("sql: ") + path);
  return names;
}

// --- what hosts hear and say -----------------------------------------------------------------------------------------

void SqlWatch::accepted(const Place& place, node::ConnectionId connection) {
  sessions_[{place, connection}];
}

bool SqlWatch::owns(const Place& place, node::ConnectionId connection) const {
  return sessions_.contains({place, connection});
}

void SqlWatch::lost(const Place& place, node::ConnectionId connection) {
  sessions_.erase({place, connection});
}

void SqlWatch::process_gone(const Place& place) {
  std::erase_if(sessions_, [&](const auto& entry) { return entry.first.first == place; });
  if (place == "p1") ahead_.clear();
}

void SqlWatch::startup(Session& session, const sql::pgwire::Startup& startup) {
  for (const auto& [name, value] : startup.parameters)
    if (name == "application_name") session.name = value;
  session.in.set_phase(sql::pgwire::FrontendDecoder::Phase::kOpen);
}

void SqlWatch::heard_in(Host& host, node::ConnectionId connection, std::string_view bytes) {
  Key key{host.place(), connection};
  Session& session = sessions_.at(key);
  session.in.append(bytes);
  for (;;) {
    auto message = session.in.next();
    if (!message)
      throw BrokenPromise(fmt::format("{} hears from {} what is no message", host.place(), session.name));
    if (!*message) return;
    if (const auto* first = std::get_if<sql::pgwire::Startup>(&**message)) startup(session, *first);
    if (const auto* cancel = std::get_if<sql::pgwire::CancelRequest>(&**message)) {
      for (auto& [at, other] : sessions_)
        if (at.first == host.place() && other.out.key() && other.out.key()->pid == cancel->pid)
          other.cancelled = true;
    }
    // A pipeline is one question, and runs as soon as its first Execute is there.
    bool execute = std::holds_alternative<sql::pgwire::Execute>(**message);
    if (std::holds_alternative<sql::pgwire::Query>(**message) || (execute && !session.pipeline))
      question(host, key, session);
    if (execute) session.pipeline = true;
    if (std::holds_alternative<sql::pgwire::Sync>(**message)) session.pipeline = false;
  }
}

void SqlWatch::question(Host& host, const Key& key, Session& session) {
  auto& asked = asked_[session.name];
  if (asked.empty())
    throw BrokenPromise(fmt::format("{} never asked what {} heard", session.name, key.first));
  BankAsk ask = std::move(asked.front());
  asked.pop_front();
  const engine::Store& store = host.node().store();
  if (trace_.wants_text())
    trace_.text(scheduler_.now(), host.place(), fmt::format("   {} asks {}", session.name, ask.text));
  if (is_primary(host)) {
    if (ask.commits) judges_.bank.may_commit(*ask.commits);
    judges_.bank.numbers_asked(ask.numbers);
  }
  auto floor = judges_.reads.floor(key.first, key.second, {}, store.visible(), is_primary(host));
  session.heard.push_back(Heard{std::move(ask), floor, store.applied()});
}

void SqlWatch::heard_out(Host& host, node::ConnectionId connection, std::string_view bytes) {
  Key key{host.place(), connection};
  Session& session = sessions_.at(key);
  for (SqlAnswer& answer : session.out.feed(bytes)) {
    if (!std::exchange(session.greeted, true)) continue;
    if (session.answers.empty()) answering_.push_back(key);
    session.answers.push_back(std::move(answer));
  }
}

void SqlWatch::judge(Host& host) {
  for (const Key& key : std::exchange(answering_, {})) {
    auto found = sessions_.find(key);
    if (found == sessions_.end()) continue;
    for (const SqlAnswer& answer : std::exchange(found->second.answers, {}))
      answered(host, key, found->second, answer);
  }
  for (const Key& key : std::exchange(closing_, {})) sessions_.erase(key);
}

void SqlWatch::canon_grew() {
  while (!ahead_.empty() && ahead_.begin()->first <= judges_.canon.end()) {
    auto first = ahead_.extract(ahead_.begin());
    judge_committed(first.key(), first.mapped());
  }
}

// --- answers ---------------------------------------------------------------------------------------------------------

void SqlWatch::answered(Host& host, const Key& key, Session& session, const SqlAnswer& answer) {
  if (session.heard.empty())
    throw BrokenPromise(fmt::format("{} answers {}, who asked nothing", key.first, session.name));
  Heard heard = std::move(session.heard.front());
  session.heard.pop_front();
  const BankAsk& ask = heard.ask;
  if (trace_.wants_text())
    trace_.text(scheduler_.now(), host.place(),
                fmt::format("   answers {}: {} {}{}{}", session.name, fmt::join(answer.tags, ", "),
                            printed(answer.rows),
                            answer.failed ? answer.failed->code + " " + answer.failed->message : "",
                            answer.commit ? " " + to_string(*answer.commit) : ""));
  if (ask.in_block && !session.block) session.block = Block{heard.floor, {}, {}};
  if (answer.failed) {
    failed(host, session, heard, *answer.failed);
  } else if (ask.kind != BankAsk::Kind::kQuery) {
    position_answered(host, key, ask, answer);
  } else {
    if (ask.writes && !is_primary(host))
      throw BrokenPromise(fmt::format("replicas are read-only, but {} did: {}", host.place(), ask.text));
    if (ask.commits) committed(key, heard, answer);
    if (ask.shows && !ask.commits) shown(host, session, heard, explains(ask, answer.rows));
  }
  if (answer.status == 'I') session.block.reset();
}

void SqlWatch::failed(Host& host, Session& session, const Heard& heard, const SqlFailure& failure) {
  const BankAsk& ask = heard.ask;
  const std::string& code = failure.code;
  std::string how = usual(code);
  if (code == "40001" && !ask.alone) how = kConflict;
  if (code == "57014" && (session.cancelled || ask.gives_up)) how = kCancelled;
  if (code == "25006" && ask.writes && !is_primary(host)) how = kReadOnly;
  bool missing_index = code == "42704" && ask.commits && !ask.commits->drops_index.empty();
  if (code == "42P01" || missing_index) how = "a table or an index was not there";
  if (how.empty())
    throw BrokenPromise(
        fmt::format("a statement fails only for reasons that the life explains, but {} told {} "
                    "{}: {} ({})",
                    host.place(), session.name, code, failure.message, ask.text));
  count(how);
  if (code == "42P01" && ask.shows && !ask.commits) {
    shown(host, session, heard, [this, tables = tables_of(*ask.shows)](Lsn at) {
      return std::ranges::any_of(tables, [&](const std::string& table) { return !is_there(table, at); });
    });
  }
  if (!ask.commits) return;
  if (code == "40003") {
    auto token = failure.token();
    if (!token) return;
    judges_.tokens.doubt(*token);
    judges_.bank.unknown(ask.commits->name, token->lsn);
  } else if (!failure.fatal()) {
    judges_.bank.refused(ask.commits->name, code + " " + failure.message);
    // The loser is told when the winner is visible: then a second try reads what it lost against.
    if (code == "40001" && ask.text == "COMMIT") judges_.acks.changed_nothing(heard.read_end);
  }
}

void SqlWatch::committed(const Key& key, const Heard& heard, const SqlAnswer& answer) {
  const BankAsk& ask = heard.ask;
  const std::string& name = ask.commits->name;
  if (answer.tags.empty()) throw BrokenPromise("a statement has a tag, but not: " + ask.text);
  if (answer.tags.back() == "ROLLBACK") return judges_.bank.refused(name, "ROLLBACK in answer to COMMIT");
  if (!answer.commit) {
    // Its rows were there already, or not there at all.
    judges_.bank.refused(name, "no token in answer to COMMIT");
    if (ask.alone) judges_.acks.changed_nothing(heard.read_end);  // a transaction reads what is visible
    count(kNothing);
    return;
  }
  Lsn lsn = answer.commit->lsn;
  judges_.acks.committed(lsn, ask.rung);
  judges_.reads.own_write(key.first, key.second, lsn);
  judges_.tokens.told(lsn);
  ++acknowledged_;
  if (!ask.commits->makes_index.empty()) count(kIndexMade);
  if (!ask.commits->drops_index.empty()) count(kIndexDropped);
  if (answer.tags.back().starts_with("COPY")) count(kCopied);

  Committed done{name, ask.payments, {}, {}};
  if (ask.returns_payment)
    for (const SqlRow& row : answer.rows) done.payments.push_back(row.at(0).value_or("NULL"));
  if (ask.shows) {
    done.shows = ask.shows;
    done.rows = answer.rows;
  }
  if (lsn > judges_.canon.end()) {
    count(kAhead);
    ahead_.emplace(lsn, std::move(done));
  } else {
    judge_committed(lsn, done);
  }
}

void SqlWatch::judge_committed(Lsn lsn, const Committed& committed) {
  judges_.bank.committed(committed.name, lsn, committed.payments);
  if (!committed.shows) return;
  auto rows = rows_of(*committed.shows, judges_.bank.state_at(lsn));
  if (rows != committed.rows)
    throw BrokenPromise(fmt::format("a statement returns what it wrote, but {} at {} returned {} and made {}",
                                    committed.name, to_string(lsn), printed(committed.rows), printed(rows)));
}

bool SqlWatch::is_there(const std::string& table, Lsn lsn) const {
  return judges_.canon.has_table(table, lsn);
}

ReadChecker::Explains SqlWatch::explains(const BankAsk& ask, std::vector<SqlRow> rows) const {
  const BankQuery& query = *ask.shows;
  if (query.kind == BankQuery::Kind::kNative)
    return [this, table = query.table, rows = std::move(rows)](Lsn at) {
      if (!is_there(table, at)) return false;
      auto there = judges_.canon.rows(table, {}, 0, at);
      return std::ranges::equal(there, rows, [](const auto& pair, const SqlRow& row) {
        return row.size() == 2 && row[0] == pair.first && row[1] == pair.second;
      });
    };
  return [this, ask, rows = std::move(rows)](Lsn at) {
    for (const std::string& table : tables_of(*ask.shows))
      if (!is_there(table, at)) return false;
    const BankState& state = judges_.bank.state_at(at);
    if (!ask.in_block) return rows_of(*ask.shows, state) == rows;
    BankState own = state;
    add_own(ask, own);
    return rows_of(*ask.shows, own) == rows;
  };
}

void SqlWatch::shown(Host& host, Session& session, const Heard& heard, ReadChecker::Explains explains) {
  Lsn visible = host.node().store().visible();
  ReadChecker::Shown shown{host.place(), heard.floor, visible, is_primary(host), std::move(explains), {}};
  shown.what = [text = heard.ask.text, name = session.name] { return fmt::format("{}: {}", name, text); };
  ++snapshots_;
  if (heard.ask.in_block) {
    Block& block = *session.block;
    if (!block.high) block.high = visible;
    if (!block.explains.empty()) count(kBlock);
    block.explains.push_back(std::move(shown.explains));
    shown.floor = block.floor;
    shown.high = *block.high;
    shown.explains = [all = block.explains](Lsn at) {
      return std::ranges::all_of(all, [&](const auto& one) { return one(at); });
    };
  }
  judges_.reads.judge(std::move(shown));
}

void SqlWatch::position_answered(Host& host, const Key& key, const BankAsk& ask, const SqlAnswer& answer) {
  const std::string said = answer.rows.at(0).at(0).value_or("");
  Lsn visible = host.node().store().visible();
  if (ask.kind == BankAsk::Kind::kWait) {
    if (said != "t") return;
    if (visible < ask.token.lsn)
      throw BrokenPromise(fmt::format("{} says that it shows {}, and it shows {}", host.place(),
                                      to_string(ask.token), to_string(visible)));
    judges_.reads.own_write(key.first, key.second, ask.token.lsn);
    count(kWaited);
    return;
  }
  using enum replication::CommitState;
  for (auto state : {kVisible, kPending, kDiscarded, kUnknown})
    if (said == replication::to_string(state))
      judges_.reads.status_answered(host.place(), ask.token, state, ask.text, visible, is_primary(host));
  tally_.add("path", "commit-status: " + said);
}

}  // namespace wallaby::sim
