// Plays queries.expected: each query and what a real PostgreSQL 15 answered to it (record.py), columns, types, rows and errors.
// Each is run twice: in one go, and resting after every row that is looked at. Where Wallaby differs from PostgreSQL on purpose,
// or for now, differences.txt says why, and what Wallaby answers instead.
#include <filesystem>
#include <fstream>
#include <map>

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

struct Asked {
  std::string query, answer;
};

/// The blocks of a file: `> query`, its answer, an empty line. Between blocks all is commentary.
std::vector<Asked> blocks_of(const char* name) {
  std::ifstream file(here() / name);
  std::vector<Asked> blocks;
  bool open = false;
  auto complete = [](const std::string& answer) {
    return answer.starts_with("!") || answer.starts_with("(") || answer.find("\n(") != std::string::npos;
  };
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("> ")) {
      blocks.push_back({line.substr(2), {}});
      open = true;
    } else if (open && line.empty() && complete(blocks.back().answer)) {
      open = false;
    } else if (open) {
      blocks.back().answer += line + "\n";
    }
  }
  return blocks;
}

TEST_F(QueriesTest, AnswerAsPostgresDoes) {
  std::ifstream setup(here() / "setup.sql");
  for (std::string line; std::getline(setup, line);) {
    std::string result = run(line);
    ASSERT_FALSE(failed) << line << "\n" << result;
  }
  std::map<std::string, std::string> differences;
  for (const Asked& difference : blocks_of("differences.txt"))
    differences[difference.query] = difference.answer;
  std::vector<Asked> recorded = blocks_of("queries.expected");
  EXPECT_GT(recorded.size(), 300u);
  for (const auto& [query, postgres] : recorded) {
    std::string expected = postgres;
    if (auto known = differences.find(query); known != differences.end()) {
      expected = known->second;
      EXPECT_NE(expected, postgres) << "no difference any more: " << query;
      differences.erase(known);
    }
    EXPECT_EQ(answer(query, INT64_MAX), expected) << query;
    EXPECT_EQ(answer(query, 1), expected) << "resting after each row: " << query;
  }
  for (const auto& [query, _] : differences) ADD_FAILURE() << "not in queries.expected: " << query;
}

}  // namespace
}  // namespace wallaby::sql
