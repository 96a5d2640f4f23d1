// Functions that ask the session, and those that need something that is not there.
#include "sql/types/system_functions.h"

#include <vector>

#include <gtest/gtest.h>

#include "sql/types/function.h"
#include "sql/types/type_io.h"

namespace wallaby::sql {
namespace {

/// Answers with what it was asked.
class FakeSession : public SystemFunctions {
 public:
  std::string current_user() const override { return "ann"; }
  std::string session_user() const override { return "root"; }
  std::string current_database() const override { return "wallaby"; }
  int32_t backend_pid() const override { return 77; }
  SqlResult<std::string> setting(std::string_view name) const override {
    if (name == "timezone") return "UTC";
    return sql_error("42704", "unrecognized configuration parameter \"{}\"", name);
  }
  SqlResult<int64_t> nextval(std::string_view) override { return ++value; }
  SqlResult<int64_t> currval(std::string_view) override { return value; }
  SqlResult<int64_t> lastval() override { return value; }
  SqlResult<int64_t> setval(std::string_view, int64_t to, bool is_called) override {
    value = is_called ? to : to - 1;
    return to;
  }
  bool in_recovery() const override { return true; }
  SqlResult<Lsn> current_lsn() const override { return sql_error("55000", "recovery is in progress"); }
  std::optional<Lsn> receive_lsn() const override { return Lsn{0x1A8}; }
  std::optional<Lsn> replay_lsn() const override { return std::nullopt; }
  std::optional<int64_t> replay_timestamp() const override { return 0; }
  SqlResult<Value> call(std::string_view name, std::span<const Value> arguments) override {
    return Value(fmt::format("{}/{}", name, arguments.size()));
  }
  SqlResult<Value> wait(std::string_view name, std::span<const Value> arguments) override {
    return Value(fmt::format("wait {}/{}", name, arguments.size()));
  }

  int64_t value = 0;
};

std::string text_of(EvalContext& context, std::string_view name, std::vector<TypeId> types,
                    std::vector<Value> arguments) {
  auto callable = resolve_function(name, types);
  if (!callable) return callable.error().message();
  auto value = callable->function->evaluate(arguments, context);
  if (!value) return value.error().code() + " " + value.error().message();
  return value->is_null() ? "NULL" : print_value(callable->result, *value);
}
Value text(std::string_view bytes) {
  return Value(std::string(bytes));
}

TEST(SystemFunctions, are_answered_by_the_session) {
  FakeSession session;
  EvalContext context{.system = &session};
  EXPECT_EQ(text_of(context, "current_user", {}, {}), "ann");
  EXPECT_EQ(text_of(context, "current_database", {}, {}), "wallaby");
  EXPECT_EQ(text_of(context, "pg_backend_pid", {}, {}), "77");
  EXPECT_EQ(text_of(context, "pg_is_in_recovery", {}, {}), "t");
  EXPECT_EQ(text_of(context, "pg_current_wal_lsn", {}, {}), "55000 recovery is in progress");
  EXPECT_EQ(text_of(context, "pg_last_wal_receive_lsn", {}, {}), "0/1A8");
  EXPECT_EQ(text_of(context, "pg_last_wal_replay_lsn", {}, {}), "NULL");
  EXPECT_EQ(text_of(context, "pg_last_xact_replay_timestamp", {}, {}), "2000-01-01 00:00:00+00");
}

TEST(SystemFunctions, sequences_and_settings) {
  FakeSession session;
  EvalContext context{.system = &session};
  EXPECT_EQ(text_of(context, "nextval", {TypeId::kUnknown}, {text("s")}), "1");
  EXPECT_EQ(text_of(context, "setval", {TypeId::kUnknown, TypeId::kInt4}, {text("s"), Value(int64_t{9})}),
            "9");
  EXPECT_EQ(text_of(context, "nextval", {TypeId::kText}, {text("s")}), "10");
  EXPECT_EQ(text_of(context, "current_setting", {TypeId::kUnknown}, {text("timezone")}), "UTC");
  EXPECT_EQ(text_of(context, "current_setting", {TypeId::kUnknown}, {text("x")}),
            "42704 unrecognized configuration parameter \"x\"");
  EXPECT_EQ(text_of(context, "current_setting", {TypeId::kUnknown, TypeId::kBool}, {text("x"), Value(true)}),
            "NULL");
}

TEST(SystemFunctions, others_go_by_their_name) {
  FakeSession session;
  EvalContext context{.system = &session};
  EXPECT_EQ(text_of(context, "wallaby_hold", {TypeId::kUnknown}, {text("received")}), "wait wallaby_hold/1");
  EXPECT_EQ(text_of(context, "wallaby_step", {}, {}), "wait wallaby_step/0");
  EXPECT_EQ(text_of(context, "pg_walfile_name", {TypeId::kPgLsn}, {Value(int64_t{8})}), "pg_walfile_name/1");
}

TEST(SystemFunctions, without_a_session_are_refused) {
  EvalContext context;
  EXPECT_EQ(text_of(context, "current_user", {}, {}),
            "0A000 a function of the session in an expression that is stored is not supported");
  EXPECT_EQ(text_of(context, "random", {}, {}), "0A000 random() here is not supported");
}

TEST(SystemFunctions, version_says_postgresql_first) {
  EvalContext context;
  EXPECT_TRUE(text_of(context, "version", {}, {}).starts_with("PostgreSQL 15.0 (Wallaby "));
  EXPECT_EQ(text_of(context, "format_type", {TypeId::kOid, TypeId::kInt4},
                    {Value(int64_t{1043}), Value(int64_t{24})}),
            "character varying(20)");
  EXPECT_EQ(text_of(context, "format_type", {TypeId::kOid, TypeId::kInt4}, {Value(int64_t{23}), Value()}),
            "integer");
  EXPECT_EQ(text_of(context, "format_type", {TypeId::kOid, TypeId::kInt4}, {Value(int64_t{4711}), Value()}),
            "???");
}

TEST(Functions, know_their_volatility) {
  auto volatility = [](std::string_view name) { return resolve_function(name, {})->function->volatility; };
  EXPECT_EQ(volatility("pi"), Volatility::kImmutable);
  EXPECT_EQ(volatility("now"), Volatility::kStable);
  EXPECT_EQ(volatility("random"), Volatility::kVolatile);
  EXPECT_EQ(volatility("clock_timestamp"), Volatility::kVolatile);
}

TEST(Functions, random_is_repeated_by_its_seed) {
  Random random(7), again(7);
  EvalContext first{.random = &random}, second{.random = &again};
  EXPECT_EQ(text_of(first, "random", {}, {}), text_of(second, "random", {}, {}));
}

TEST(CommonType, is_postgresqls) {
  using enum TypeId;
  auto common = [](std::vector<TypeId> types) { return common_type(types); };
  EXPECT_EQ(common({kInt4, kInt8}), kInt8);
  EXPECT_EQ(common({kInt4, kNumeric, kUnknown}), kNumeric);
  EXPECT_EQ(common({kNumeric, kFloat8}), kFloat8);
  EXPECT_EQ(common({kUnknown, kUnknown}), kText);
  EXPECT_EQ(common({kUnknown, kDate}), kDate);
  EXPECT_EQ(common({kDate, kTimestamptz}), kTimestamptz);
  EXPECT_EQ(common({kVarchar, kText}), kVarchar);  // each may become the other: the first stays
  EXPECT_EQ(common({kText, kVarchar}), kText);
  EXPECT_EQ(common({kInt4, kText}), kInvalid);
  EXPECT_EQ(common({kInt4, kBool}), kInvalid);
}

TEST(FindCast, knows_the_contexts) {
  using enum TypeId;
  EXPECT_NE(find_cast(kInt4, kInt8, CastKind::kImplicit), nullptr);
  EXPECT_EQ(find_cast(kInt8, kInt4, CastKind::kImplicit), nullptr);
  EXPECT_NE(find_cast(kInt8, kInt4, CastKind::kAssignment), nullptr);
  EXPECT_EQ(find_cast(kText, kInt4, CastKind::kAssignment), nullptr);
  EXPECT_NE(find_cast(kText, kInt4, CastKind::kExplicit), nullptr);
  EXPECT_NE(find_cast(kInt4, kText, CastKind::kAssignment), nullptr);
  EXPECT_EQ(find_cast(kInt4, kText, CastKind::kImplicit), nullptr);
  EXPECT_EQ(find_cast(kInt4, kDate, CastKind::kExplicit), nullptr);
  EXPECT_NE(find_cast(kFloat8, kUnknown, CastKind::kImplicit), nullptr);  // "any"
}

}  // namespace
}  // namespace wallaby::sql
