#include "sql/plan/scope.h"

#include <algorithm>

#include <fmt/format.h>

namespace wallaby::sql {
namespace {

constexpr int kFarthestGuess = 3;

/// Levenshtein's distance, one row of the table at a time.
int distance(std::string_view a, std::string_view b) {
  std::vector<int> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = static_cast<int>(j);
  for (size_t i = 1; i <= a.size(); ++i) {
    int diagonal = row[0];
    row[0] = static_cast<int>(i);
    for (size_t j = 1; j <= b.size(); ++j) {
      int above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
      diagonal = above;
    }
  }
  return row[b.size()];
}

bool is_system_column(std::string_view name) {
  for (const char* known : {"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"}) {
    if (name == known) return true;
  }
  return false;
}

/// "Perhaps you meant ...": PostgreSQL's guess, by its rules: near enough, at least half of the name right, at most two equally good ones.
std::string guess_column(const Scope& scope, std::string_view table, std::string_view name) {
  int best = kFarthestGuess + 1;
  std::vector<std::string> found;
  bool other_table = false;
  for (const ScopeTable& candidate : scope.tables) {
    int penalty = table.empty() ? 0 : std::min(distance(table, candidate.name), kFarthestGuess);
    for (const ScopeColumn& column : candidate.columns) {
      if (column.name == name && !table.empty() && candidate.name != table) other_table = true;
      int away = distance(name, column.name) + penalty;
      if (away > best || away > kFarthestGuess || away > static_cast<int>(name.size()) / 2) continue;
      if (away < best) found.clear();
      best = away;
      found.push_back(fmt::format("\"{}.{}\"", candidate.name, column.name));
    }
  }
  if (found.empty() || found.size() > 2 || other_table) return {};
  if (found.size() == 1) return fmt::format("Perhaps you meant to reference the column {}.", found[0]);
  return fmt::format("Perhaps you meant to reference the column {} or the column {}.", found[0], found[1]);
}

SqlError no_column(const Scope& scope, std::string_view table, std::string_view name, int position) {
  if (is_system_column(name)) {
    return not_supported(fmt::format("the system column \"{}\"", name)).at(position);
  }
  SqlError error = table.empty()
                       ? sql_error("42703", "column \"{}\" does not exist", name).at(position)
                       : sql_error("42703", "column {}.{} does not exist", table, name).at(position);
  error.change().hint = guess_column(scope, table, name);
  return error;
}

SqlError no_table(const Scope& scope, std::string_view name, int position) {
  for (const ScopeTable& table : scope.tables) {
    if (table.visible && table.relation == name) {
      return sql_error("42P01", "invalid reference to FROM-clause entry for table \"{}\"", name)
          .at(position)
          .hint("Perhaps you meant to reference the table alias \"{}\".", table.name);
    }
  }
  for (const ScopeTable& table : scope.tables) {
    if (!table.visible && table.name == name) {
      return sql_error("42P01", "invalid reference to FROM-clause entry for table \"{}\"", name)
          .at(position)
          .hint(
              "There is an entry for table \"{}\", but it cannot be referenced from this part of the query.",
              name);
    }
  }
  return sql_error("42P01", "missing FROM-clause entry for table \"{}\"", name).at(position);
}

}  // namespace

SqlResult<void> Scope::add(ScopeTable table) {
  for (const ScopeTable& other : tables) {
    if (other.visible && table.visible && !table.name.empty() && other.name == table.name) {
      return sql_error("42712", "table name \"{}\" specified more than once", table.name);
    }
  }
  for (ScopeColumn& column : table.columns) {
    column.index = width++;
    columns.push_back(column);
    column_tables.push_back(table.name);
  }
  tables.push_back(std::move(table));
  return {};
}

SqlResult<void> Scope::add(const Table& table, std::string_view alias,
                           const std::vector<std::string>& column_aliases) {
  ScopeTable entry;
  entry.name = alias.empty() ? table.name : std::string(alias);
  if (!alias.empty()) entry.relation = table.name;
  entry.columns.reserve(table.columns.size());
  int16_t attribute = 0;
  for (const Column& column : table.columns) {
    ScopeColumn into;
    into.name = column.name;
    into.type = column.type;
    into.table = table.oid;
    into.attribute = ++attribute;
    size_t at = entry.columns.size();
    if (at < column_aliases.size()) into.name = column_aliases[at];
    entry.columns.push_back(std::move(into));
  }
  return add(std::move(entry));
}

BoundPtr Scope::column(const ScopeColumn& column, std::string_view table, int location) const {
  if (column.merged) {
    auto copy = std::make_shared<Bound>(*column.merged);
    copy->location = location;
    return copy;
  }
  std::string label = table.empty() ? column.name : fmt::format("{}.{}", table, column.name);
  BoundPtr out = make_column(column.index, column.type, std::move(label), location);
  out->table = column.table;
  out->attribute = column.attribute;
  return out;
}

SqlResult<const ScopeTable*> Scope::find_table(std::string_view name, int location,
                                               std::string_view text) const {
  for (const ScopeTable& table : tables) {
    if (table.visible && table.name == name) return &table;
  }
  return no_table(*this, name, position_of(text, location));
}

SqlResult<BoundPtr> Scope::find(std::string_view table, std::string_view name, int location,
                                std::string_view text) const {
  const ScopeColumn* found = nullptr;
  std::string_view shown = table;
  bool twice = false;
  if (table.empty()) {
    for (size_t i = 0; i < columns.size(); ++i) {
      if (columns[i].name != name) continue;
      twice = twice || found != nullptr;
      found = &columns[i];
      shown = column_tables[i];
    }
  } else {
    auto owner = find_table(table, location, text);
    if (!owner) return std::unexpected(owner.error());
    for (const ScopeColumn& column : (*owner)->columns) {
      if (column.name != name) continue;
      twice = twice || found != nullptr;
      found = &column;
    }
  }
  if (twice) {
    return sql_error("42702", "column reference \"{}\" is ambiguous", name).at(position_of(text, location));
  }
  if (!found) return no_column(*this, table, name, position_of(text, location));
  return column(*found, shown, location);
}

SqlResult<BoundPtr> Scope::resolve(const ast::ColumnRef& name, int location, std::string_view text) {
  std::string_view table, column = name.names.back();
  if (name.names.size() >= 2) table = name.names[name.names.size() - 2];
  if (name.names.size() > 3 || (name.names.size() == 3 && name.names[0] != "public" &&
                                name.names[0] != "pg_catalog" && name.names[0] != "information_schema")) {
    return sql_error("42P01", "invalid reference to FROM-clause entry for table \"{}\"", table)
        .at(position_of(text, location));
  }
  auto here = find(table, column, location, text);
  if (here || !outer || here.error().code() == "42702") return here;
  // Not known here: the query around may know it.
  if (here.error().code() == "42703" && !table.empty()) return here;
  auto there = outer->scope->resolve(name, location, text);
  if (!there) {
    if (there.error().code() == "42702") return there;
    return here;
  }
  size_t slot = 0;
  while (slot < outer->arguments.size() && !same(*outer->arguments[slot], **there)) ++slot;
  if (slot == outer->arguments.size()) outer->arguments.push_back(*there);
  auto out = std::make_shared<Bound>();
  out->kind = BoundKind::kArgument;
  out->index = static_cast<int>(slot);
  out->type = (*there)->type;
  out->location = location;
  out->name = (*there)->name;
  return out;
}

}  // namespace wallaby::sql
