#include "sql/plan/definitions.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"
#include "sql/plan/defining.h"

namespace wallaby::sql {
namespace {

constexpr size_t kMaxName = 63;

std::string command_of(const ast::Statement& statement) {
  struct Name {
    std::string operator()(const ast::CreateTable&) const { return "CREATE TABLE"; }
    std::string operator()(const ast::CreateIndex&) const { return "CREATE INDEX"; }
    std::string operator()(const ast::CreateSequence&) const { return "CREATE SEQUENCE"; }
    std::string operator()(const ast::Drop& drop) const {
      switch (drop.kind) {
        case ast::ObjectKind::kTable: return "DROP TABLE";
        case ast::ObjectKind::kIndex: return "DROP INDEX";
        case ast::ObjectKind::kSequence: return "DROP SEQUENCE";
      }
      return {};
    }
    std::string operator()(const ast::Truncate&) const { return "TRUNCATE TABLE"; }
    std::string operator()(const ast::AlterTable&) const { return "ALTER TABLE"; }
    std::string operator()(const ast::CreateRole&) const { return "CREATE ROLE"; }
    std::string operator()(const ast::AlterRole&) const { return "ALTER ROLE"; }
    std::string operator()(const ast::DropRole&) const { return "DROP ROLE"; }
    template <typename Other>
    std::string operator()(const Other&) const {
      return {};
    }
  };
  return std::visit(Name(), statement.node);
}

SqlResult<void> run(const ast::Statement& statement, ExecContext& exec) {
  engine::Transaction* transaction = exec.source.transaction();
  WALLABY_CHECK(transaction, "a definition runs without a transaction");
  // Read anew: the plan's catalog may be older than what this transaction has defined itself.
  auto catalog = Catalog::load(exec.source);
  if (!catalog) return std::unexpected(catalog.error());
  Defining defining{statement, exec, *transaction, std::move(*catalog), CatalogWriter(*transaction), {}};
  return std::visit(
      [&](const auto& node) -> SqlResult<void> {
        if constexpr (requires { run_definition(defining, node); }) {
          return run_definition(defining, node);
        } else {
          WALLABY_CHECK(false, "this statement is no definition");
        }
      },
      statement.node);
}

class DefinitionExecution : public Execution {
 public:
  DefinitionExecution(const ast::Statement& statement, ExecContext& exec)
      : statement_(statement), exec_(exec) {}
  SqlResult<Step> next(Row&) override {
    if (!done_)
      if (auto result = run(statement_, exec_); !result) return std::unexpected(result.error());
    done_ = true;
    return Step::kEnd;
  }

 private:
  const ast::Statement& statement_;
  ExecContext& exec_;
  bool done_ = false;
};

class DefinitionPlan : public Plan {
 public:
  explicit DefinitionPlan(ast::StatementPtr statement) : statement_(std::move(statement)) {
    writes_ = true;
    counts_ = false;
    command_ = command_of(*statement_);
  }
  std::unique_ptr<Execution> start(ExecContext& context) const override {
    return std::make_unique<DefinitionExecution>(*statement_, context);
  }
  std::vector<std::string> explain() const override { return {"Utility Statement"}; }

 private:
  ast::StatementPtr statement_;
};

}  // namespace

SqlResult<PlanPtr> plan_definition(const ast::StatementPtr& statement, const PlanContext&) {
  if (command_of(*statement).empty()) return PlanPtr();
  return std::make_shared<DefinitionPlan>(statement);
}

RelationKind Defining::kind_of(std::string_view name) const {
  if (catalog->find_table(name)) return RelationKind::kTable;
  if (catalog->find_sequence(name)) return RelationKind::kSequence;
  return catalog->has_relation(name) ? RelationKind::kIndex : RelationKind::kNone;
}

SqlResult<void> check_schema(const Defining& defining, const ast::RangeVar& name) {
  if (name.schema.empty() || name.schema == "public") return {};
  return sql_error("3F000", "schema \"{}\" does not exist", name.schema).at(defining.position(name.location));
}

SqlError no_relation(const ast::RangeVar& name) {
  if (!name.schema.empty() && name.schema != "public")
    return sql_error("42P01", "relation \"{}.{}\" does not exist", name.schema, name.name);
  return sql_error("42P01", "relation \"{}\" does not exist", name.name);
}

SqlResult<std::shared_ptr<const Table>> need_table(const Defining& defining, const ast::RangeVar& name) {
  bool here = name.schema.empty() || name.schema == "public";
  if (!here || defining.kind_of(name.name) == RelationKind::kNone) return std::unexpected(no_relation(name));
  if (auto table = defining.catalog->find_table(name.name)) return table;
  return sql_error("42809", "\"{}\" is not a table", name.name);
}

SqlResult<void> refuse_native(const Table& table, std::string_view what) {
  if (table.origin == TableOrigin::kSql) return {};
  return std::unexpected(not_supported(fmt::format("{} of table \"{}\"", what, table.name),
                                       "It was made through the native door and always has the columns key "
                                       "and value; make another with CREATE TABLE."));
}

std::string choose_name(Defining& defining, std::string_view table, std::string_view columns,
                        std::string_view label) {
  for (int number = 0;; ++number) {
    std::string end = fmt::format("_{}{}", label, number > 0 ? std::to_string(number) : "");
    std::string_view first = table, second = columns;
    auto size = [&] { return first.size() + (second.empty() ? 0 : 1 + second.size()) + end.size(); };
    // PostgreSQL shortens the longer of the two until all of it fits.
    while (size() > kMaxName) (first.size() > second.size() ? first : second).remove_suffix(1);
    std::string name(first);
    if (!second.empty()) name.append("_").append(second);
    name += end;
    if (defining.is_taken(name)) continue;
    defining.chosen.insert(name);
    return name;
  }
}

std::string joined_names(const Table& table, const std::vector<uint16_t>& columns) {
  std::vector<std::string> names;
  for (uint16_t position : columns) {
    std::string name = table.columns[position].name;
    for (int number = 1; std::ranges::find(names, name) != names.end(); ++number)
      name = table.columns[position].name + std::to_string(number);
    names.push_back(std::move(name));
  }
  return fmt::format("{}", fmt::join(names, "_"));
}

}  // namespace wallaby::sql
