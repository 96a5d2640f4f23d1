// DROP of tables, indexes and sequences, and TRUNCATE.
#include <fmt/format.h>

#include "sql/plan/defining.h"

namespace wallaby::sql {
namespace {

std::string_view word(ast::ObjectKind kind) {
  switch (kind) {
    case ast::ObjectKind::kTable: return "table";
    case ast::ObjectKind::kIndex: return "index";
    case ast::ObjectKind::kSequence: return "sequence";
  }
  return {};
}

ast::ObjectKind object_kind(RelationKind kind) {
  switch (kind) {
    case RelationKind::kIndex: return ast::ObjectKind::kIndex;
    case RelationKind::kSequence: return ast::ObjectKind::kSequence;
    default: return ast::ObjectKind::kTable;
  }
}

/// `"i" is not a table`, and what it is.
SqlError wrong_kind(const std::string& name, ast::ObjectKind wanted, ast::ObjectKind is) {
  auto article = [](ast::ObjectKind kind) { return kind == ast::ObjectKind::kIndex ? "an" : "a"; };
  std::string command(word(is));
  for (char& letter : command) letter = static_cast<char>(letter - 'a' + 'A');
  return sql_error("42809", "\"{}\" is not {} {}", name, article(wanted), word(wanted))
      .hint("Use DROP {} to remove {} {}.", command, article(is), word(is));
}

SqlResult<void> drop_table(Defining& defining, const Table& table) {
  for (const auto& [name, sequence] : defining.catalog->sequences())
    if (sequence.owner_table == table.name)
      if (auto done = defining.writer.drop(sequence); !done) return done;
  return defining.writer.drop(table);
}

SqlResult<void> drop_index(Defining& defining, const std::string& name) {
  for (const auto& [table_name, table] : defining.catalog->tables()) {
    const Index* index = nullptr;
    for (const Index& one : table->indexes)
      if (one.name == name) index = &one;
    bool primary = table->primary_key_name == name && table->origin == TableOrigin::kSql;
    if (!index && !primary) continue;
    if (primary || index->constraint)
      return sql_error("2BP01", "cannot drop index {} because constraint {} on table {} requires it", name,
                       name, table_name)
          .hint("You can drop constraint {} on table {} instead.", name, table_name);
    if (auto done = defining.writer.drop_entries(*index); !done) return done;
    Table changed = *table;
    std::erase_if(changed.indexes, [&](const Index& one) { return one.name == name; });
    return defining.writer.put(changed);
  }
  return sql_error("42704", "index \"{}\" does not exist", name);
}

SqlResult<void> drop_sequence(Defining& defining, const std::string& name, bool cascade) {
  const Sequence& sequence = *defining.catalog->find_sequence(name);
  if (sequence.owner_table.empty()) return defining.writer.drop(sequence);
  if (cascade)
    return std::unexpected(not_supported(
        fmt::format("DROP SEQUENCE ... CASCADE of the sequence of column \"{}\" of table \"{}\"",
                    sequence.owner_column, sequence.owner_table)));
  auto table = defining.catalog->find_table(sequence.owner_table);
  auto column = table ? table->find(sequence.owner_column) : std::nullopt;
  if (column && table->columns[*column].identity != IdentityKind::kNone)
    return sql_error("2BP01", "cannot drop sequence {} because column {} of table {} requires it", name,
                     sequence.owner_column, sequence.owner_table)
        .hint("You can drop column {} of table {} instead.", sequence.owner_column, sequence.owner_table);
  return sql_error("2BP01", "cannot drop sequence {} because other objects depend on it", name)
      .detail("default value for column {} of table {} depends on sequence {}", sequence.owner_column,
              sequence.owner_table, name)
      .hint("Use DROP ... CASCADE to drop the dependent objects too.");
}

/// Why there is nothing to drop: with IF EXISTS a notice.
SqlError nothing_there(const ast::Drop& drop, const ast::RangeVar& name) {
  if (!name.schema.empty() && name.schema != "public")
    return sql_error("3F000", "schema \"{}\" does not exist", name.schema);
  return sql_error(drop.kind == ast::ObjectKind::kIndex ? "42704" : "42P01", "{} \"{}\" does not exist",
                   word(drop.kind), name.name);
}

SqlResult<void> drop_one(Defining& defining, const ast::Drop& drop, const ast::RangeVar& name) {
  RelationKind kind = defining.kind_of(name.name);
  bool here = name.schema.empty() || name.schema == "public";
  if (!here || kind == RelationKind::kNone) {
    SqlError nothing = nothing_there(drop, name);
    if (!drop.if_exists) return std::unexpected(nothing);
    defining.notice(sql_error("00000", "{}, skipping", nothing.message()));
    return {};
  }
  if (object_kind(kind) != drop.kind)
    return std::unexpected(wrong_kind(name.name, drop.kind, object_kind(kind)));
  switch (drop.kind) {
    case ast::ObjectKind::kTable: return drop_table(defining, *defining.catalog->find_table(name.name));
    case ast::ObjectKind::kIndex: return drop_index(defining, name.name);
    case ast::ObjectKind::kSequence: return drop_sequence(defining, name.name, drop.cascade);
  }
  return {};
}

/// A new OID makes the sequence begin anew, and a rollback brings the old one back as it was.
SqlResult<void> restart(Defining& defining, Sequence sequence) {
  auto oid = defining.writer.take_oids(1);
  if (!oid) return std::unexpected(oid.error());
  sequence.oid = *oid;
  return defining.writer.put(sequence);
}

}  // namespace

SqlResult<void> run_definition(Defining& defining, const ast::Drop& drop) {
  for (const ast::RangeVar& name : drop.names) {
    if (auto done = drop_one(defining, drop, name); !done) return done;
    // What is next may be part of what has just changed: two indexes of one table, or the same name twice.
    auto catalog = Catalog::load(defining.exec.source);
    if (!catalog) return std::unexpected(catalog.error());
    defining.catalog = std::move(*catalog);
  }
  return {};
}

SqlResult<void> run_definition(Defining& defining, const ast::Truncate& truncate) {
  for (const ast::RangeVar& name : truncate.tables) {
    auto table = need_table(defining, name);
    if (!table) return std::unexpected(table.error());
    if (auto done = defining.writer.empty_engine_table((*table)->name); !done) return done;
    for (const Index& index : (*table)->indexes)
      if (auto done = defining.writer.empty_engine_table(index.name); !done) return done;
    if (!truncate.restart_identity) continue;
    for (const auto& [sequence_name, sequence] : defining.catalog->sequences())
      if (sequence.owner_table == (*table)->name)
        if (auto done = restart(defining, sequence); !done) return done;
  }
  return {};
}

}  // namespace wallaby::sql
