// tests/sql/session_fixture.h
//
// Sessions on a FakeBackend, spoken to as a protocol would: run("SELECT 1") gives "1 | SELECT 1", errors as "ERROR 42P01 ...".
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "sql/session/services.h"
#include "sql/session/session.h"
#include "sql/types/type_io.h"
#include "tests/sql/fake_backend.h"

namespace wallaby::sql {

/// One client: what it was told is kept.
class TestClient final : public ClientChannel, public RowSink {
 public:
  TestClient(SqlServices& services, int32_t pid) {
    SessionStart start{
        .user = "alice", .database = "shop", .client = "127.0.0.1:1234", .pid = pid, .settings = {}};
    session = *make_session(now, services, std::move(start), *this);
  }

  void notice(const SqlError& notice) override {
    notices.push_back(notice.fields().severity + " " + notice.code() + " " + notice.message());
  }
  void wake() override { woken = true; }
  SqlResult<void> row(const std::vector<ResultColumn>& columns, std::span<const Value> values) override {
    std::string line;
    for (size_t i = 0; i < values.size(); ++i) {
      if (i > 0) line += ',';
      line += values[i].is_null() ? "NULL" : print_value(columns[i].type.id, values[i]);
    }
    out += line + " | ";
    return {};
  }
  void copy_out(size_t) override {}
  void copy_line(std::string_view line) override { out += line; }
  bool full() const override { return false; }

  std::string failure() {
    error = session->error();
    const ErrorFields& fields = error->fields();
    return "ERROR " + fields.code + " " + fields.message +
           (fields.where.empty() ? "" : " [" + fields.where + "]");
  }

  /// The statements of one Query message. Waiting ones stop it: "...", then resume().
  std::string run(std::string_view text) {
    std::string said = query(text);
    for (const auto& [name, value] : session->take_changes()) parameters.push_back(name + "=" + value);
    return said;
  }
  /// One statement by the extended protocol, before a Sync: its portal is executed with these limits, one after the other.
  /// "1 | suspended; 2 | DELETE 1; DELETE 0"
  std::string execute(std::string_view text, std::initializer_list<uint64_t> limits) {
    out.clear();
    auto prepared = session->prepare(now, session->parse(text)->front(), {});
    if (!prepared) return refused(prepared.error());
    portal = std::move(*session->bind(now, *prepared, {}));
    for (uint64_t limit : limits) {
      if (!out.empty()) out += "; ";
      Outcome outcome = session->execute(now, *portal, limit, false, *this);
      out += outcome == Outcome::kSuspended ? "suspended"
             : outcome == Outcome::kDone    ? session->tag()
                                            : failure();
    }
    portal.reset();
    session->finish(now);
    return out;
  }
  std::string resume() {
    Outcome outcome = go();
    if (outcome == Outcome::kWaiting) return "...";
    std::string result = outcome == Outcome::kFailed ? failure() : out + session->tag();
    portal.reset();
    session->finish(now);
    return result;
  }
  /// `given_up`: the client ends it by an error of its own.
  std::string copy(std::string_view statement, std::string_view data, size_t chunk = 7,
                   std::optional<SqlError> given_up = {}) {
    std::string begun = run(statement);
    if (begun != "copy") return begun;
    for (size_t at = 0; at < data.size(); at += chunk) session->copy_data(now, data.substr(at, chunk));
    Outcome outcome = session->copy_end(now, std::move(given_up));
    if (outcome == Outcome::kWaiting) return "...";
    std::string result = outcome == Outcome::kFailed ? failure() : session->tag();
    portal.reset();
    session->finish(now);
    return result;
  }
  char status() const { return static_cast<char>(session->status()); }

  TimePoint now{std::chrono::seconds(1000)};
  std::unique_ptr<Session> session;
  std::unique_ptr<Portal> portal;  // before the session it belongs to
  std::string out;
  std::vector<std::string> notices, parameters;
  bool woken = false;
  bool keep_literals = false;         ///< each text goes the ordinary way
  bool with_parameters = false;       ///< the newest statement's literals became parameters
  std::vector<ResultColumn> columns;  ///< of the newest statement that was run
  std::optional<SqlError> error;      ///< the newest

  ~TestClient() override {
    portal.reset();
    session.reset();
  }

 private:
  std::string query(std::string_view text) {
    out.clear();
    if (auto ready = keep_literals ? Session::Ready() : session->bind_literals(now, text); ready.portal) {
      with_parameters = true;
      portal = std::move(ready.portal);
      columns = portal->columns();
      alone_ = true;
      Outcome outcome = go();
      if (outcome == Outcome::kWaiting) return out + "...";
      std::string said = out + (outcome == Outcome::kFailed ? failure() : session->tag());
      portal.reset();
      return session->finish(now) == Outcome::kFailed && outcome != Outcome::kFailed ? failure() : said;
    }
    with_parameters = false;
    auto statements = session->parse(text);
    if (!statements) {
      error = statements.error();
      return "ERROR " + error->code() + " " + error->message();
    }
    bool alone = statements->size() == 1;
    for (const ast::StatementPtr& statement : *statements) {
      auto prepared = session->prepare(now, statement, {});
      if (!prepared) return refused(prepared.error());
      auto bound = session->bind(now, *prepared, {});
      if (!bound) return refused(bound.error());
      portal = std::move(*bound);
      columns = portal->columns();
      alone_ = alone;
      Outcome outcome = go();
      if (outcome == Outcome::kWaiting) return out + "...";
      if (outcome == Outcome::kCopyIn) return out + "copy";
      if (outcome == Outcome::kFailed) {
        portal.reset();
        session->finish(now);
        return out + failure();
      }
      out += session->tag();
      if (&statement != &statements->back()) out += "; ";
      portal.reset();
    }
    return session->finish(now) == Outcome::kFailed ? failure() : out;
  }
  std::string refused(const SqlError& refusal) {
    error = refusal;
    session->fail_transaction();
    session->finish(now);
    return out + "ERROR " + refusal.code() + " " + refusal.message();
  }
  Outcome go() {
    for (;;) {
      Outcome outcome = session->execute(now, *portal, 0, alone_, *this);
      if (outcome != Outcome::kResting) return outcome;
    }
  }
  bool alone_ = true;
};

class SessionTest : public ::testing::Test {
 protected:
  FakeBackend backend;
  SqlServices services{backend};
  TestClient one{services, 1}, two{services, 2};
};

}  // namespace wallaby::sql
