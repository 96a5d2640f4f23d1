// Plays queries.expected: each query and what a real PostgreSQL 15 answered to it (record.py), columns, types, rows and errors.
// Each is run twice: in one go, and resting after every row that is looked at.
#include <filesystem>
#include <fstream>

#include "tests/sql/statements.h"

namespace wallaby::sql {
namespace {

std::filesystem::path here() {
  return std::filesystem::path(__FILE__).parent_path();
}

/// PostgreSQL's internal name of a type.
std::string type_name(TypeId type) {
  switch (type) {
    case TypeId::kInt2: return "int2";
    case TypeId::kInt4: return "int4";
    case TypeId::kInt8: return "int8";
    case TypeId::kBool: return "bool";
    case TypeId::kFloat8: return "float8";
    case TypeId::kVarchar: return "varchar";
    case TypeId::kTimestamptz: return "timestamptz";
    case TypeId::kTimestamp: return "timestamp";
    case TypeId::kInt4Array: return "_int4";
    case TypeId::kInt8Array: return "_int8";
    case TypeId::kTextArray: return "_text";
    default: return to_string(type);
  }
}

std::string trimmed(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

class QueriesTest : public StatementsTest {
 protected:
  std::string answer(const std::string& query, int64_t rows_a_turn) {
    auto result = rows_of(query, rows_a_turn);
    if (result) return *result;
    const ErrorFields& fields = result.error().fields();
    std::string shown = fmt::format("! {} {} {}\n", fields.code, fields.position, fields.message);
    if (!fields.detail.empty()) shown += fmt::format("  DETAIL: {}\n", fields.detail);
    if (!fields.hint.empty()) shown += fmt::format("  HINT: {}\n", fields.hint);
    return shown;
  }

 private:
  SqlResult<std::string> rows_of(const std::string& query, int64_t rows_a_turn) {
    auto statements = parse(query);
    if (!statements) return std::unexpected(statements.error());
    engine::View view = store.visible_view();
    DataSource source(view);
    auto plan = make_plan(statements->front(), {catalog(), nullptr, {}});
    if (!plan) return std::unexpected(plan.error());
    ExecContext context{.source = source, .catalog = catalog()};
    auto execution = (*plan)->start(context);
    std::string shown;
    for (const ResultColumn& column : (*plan)->columns()) {
      shown += (shown.empty() ? "" : " | ") + column.name + " " + type_name(column.type.id);
    }
    shown += "\n";
    size_t count = 0;
    context.budget = rows_a_turn;
    for (Row row;;) {
      auto step = execution->next(row);
      if (!step) return std::unexpected(step.error());
      if (*step == Step::kEnd) break;
      if (*step == Step::kRest) {
        context.budget = rows_a_turn;
        continue;
      }
      ++count;
      EXPECT_EQ(row.size(), (*plan)->columns().size());
      std::string line;
      for (size_t i = 0; i < row.size(); ++i) {
        line += i > 0 ? " | " : "";
        line += row[i].is_null() ? "NULL" : print_value((*plan)->columns()[i].type.id, row[i]);
      }
      shown += trimmed(line) + "\n";
    }
    return shown + fmt::format("({})\n", count);
  }
};

TEST_F(QueriesTest, AnswerAsPostgresDoes) {
  std::ifstream setup(here() / "setup.sql");
  for (std::string line; std::getline(setup, line);) {
    std::string result = run(line);
    ASSERT_FALSE(failed) << line << "\n" << result;
  }
  std::ifstream file(here() / "queries.expected");
  std::string line, query, expected;
  size_t queries = 0;
  auto check = [&] {
    if (query.empty()) return;
    ++queries;
    EXPECT_EQ(answer(query, INT64_MAX), expected) << query;
    EXPECT_EQ(answer(query, 1), expected) << "resting after each row: " << query;
  };
  while (std::getline(file, line)) {
    if (line.starts_with("> ")) {
      query = line.substr(2);
      expected.clear();
    } else if (line.empty() && !expected.empty() && (expected.back() == '\n')) {
      if (expected.find("\n(") != std::string::npos || expected.starts_with("(") ||
          expected.starts_with("!")) {
        check();
        query.clear();
      } else {
        expected += "\n";
      }
    } else {
      expected += line + "\n";
    }
  }
  check();
  EXPECT_GT(queries, 300u);
}

}  // namespace
}  // namespace wallaby::sql
