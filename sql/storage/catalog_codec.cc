#include "sql/storage/catalog_codec.h"

#include <algorithm>

#include "proto/catalog.pb.h"
#include "sql/storage/key_codec.h"
#include "sql/storage/row_codec.h"
#include "sql/types/utf8.h"

namespace wallaby::sql {

namespace pb = proto::catalog;

namespace {

SqlError unreadable(std::string_view kind, std::string_view name) {
  return sql_error("XX001", "the definition of {} \"{}\" cannot be decoded", kind, name);
}

bool is_column_type(TypeId type) {
  return is_storable(type);
}

void fill(const Type& from, pb::Type& to) {
  to.set_id(static_cast<Oid>(from.id));
  to.set_modifier(from.modifier);
}

Type read(const pb::Type& from) {
  return {static_cast<TypeId>(from.id()), from.modifier()};
}

void fill(const Column& from, pb::Column& to) {
  to.set_name(from.name);
  fill(from.type, *to.mutable_type());
  to.set_not_null(from.not_null);
  to.set_default_text(from.default_text);
  to.set_identity(static_cast<uint32_t>(from.identity));
  to.set_sequence(from.sequence);
  if (from.missing && !from.missing->is_null())
    encode_value(from.type.id, *from.missing, *to.mutable_missing());
}

bool read(const pb::Column& from, Column& to) {
  to.name = from.name();
  to.type = read(from.type());
  to.not_null = from.not_null();
  to.default_text = from.default_text();
  to.sequence = from.sequence();
  if (to.name.empty() || !is_column_type(to.type.id)) return false;
  if (!is_text(to.name) || !is_text(to.default_text)) return false;
  if (from.identity() > static_cast<uint32_t>(IdentityKind::kByDefault)) return false;
  to.identity = static_cast<IdentityKind>(from.identity());
  if (!from.has_missing()) return true;
  std::string_view bytes = from.missing();
  return decode_value(to.type.id, bytes, to.missing.emplace()) && bytes.empty();
}

void fill(const Index& from, pb::Index& to) {
  to.set_oid(from.oid);
  to.set_name(from.name);
  to.mutable_columns()->Add(from.columns.begin(), from.columns.end());
  to.set_unique(from.unique);
  to.set_constraint(from.constraint);
}

/// Positions of columns that a key can have.
template <typename Positions>
bool read_key(const Positions& from, const std::vector<Column>& columns, std::vector<uint16_t>& to) {
  for (uint32_t position : from) {
    if (position >= columns.size() || !is_key_type(columns[position].type.id)) return false;
    to.push_back(static_cast<uint16_t>(position));
  }
  return true;
}

bool read(const pb::Table& from, Table& to) {
  to.oid = from.oid();
  if (from.columns_size() > INT16_MAX) return false;
  for (const pb::Column& column : from.columns())
    if (!read(column, to.columns.emplace_back())) return false;
  if (!read_key(from.primary_key(), to.columns, to.primary_key)) return false;
  to.primary_key_name = from.primary_key_name();
  for (const pb::Index& index : from.indexes()) {
    Index& read = to.indexes.emplace_back();
    read.oid = index.oid();
    read.name = index.name();
    read.table = to.name;
    read.unique = index.unique();
    read.constraint = index.constraint();
    if (!read_key(index.columns(), to.columns, read.columns) || read.columns.empty() || read.name.empty())
      return false;
  }
  return to.oid != 0;
}

bool read(const pb::Sequence& from, Sequence& to) {
  to.oid = from.oid();
  to.type = read(from.type());
  to.start = from.start();
  to.increment = from.increment();
  to.owner_table = from.owner_table();
  to.owner_column = from.owner_column();
  bool integer = to.type.id == TypeId::kInt2 || to.type.id == TypeId::kInt4 || to.type.id == TypeId::kInt8;
  return to.oid != 0 && integer && to.increment != 0;
}

}  // namespace

std::string encode_relation(const Table& table) {
  pb::Relation relation;
  pb::Table& to = *relation.mutable_table();
  to.set_oid(table.oid);
  for (const Column& column : table.columns) fill(column, *to.add_columns());
  to.mutable_primary_key()->Add(table.primary_key.begin(), table.primary_key.end());
  to.set_primary_key_name(table.primary_key_name);
  for (const Index& index : table.indexes) fill(index, *to.add_indexes());
  return relation.SerializeAsString();
}

std::string encode_relation(const Sequence& sequence) {
  pb::Relation relation;
  pb::Sequence& to = *relation.mutable_sequence();
  to.set_oid(sequence.oid);
  fill(sequence.type, *to.mutable_type());
  to.set_start(sequence.start);
  to.set_increment(sequence.increment);
  to.set_owner_table(sequence.owner_table);
  to.set_owner_column(sequence.owner_column);
  return relation.SerializeAsString();
}

std::string encode_relation(const Index& index) {
  pb::Relation relation;
  relation.set_index_of(index.table);
  return relation.SerializeAsString();
}

std::string encode_role(const Role& role) {
  pb::Role to;
  to.set_oid(role.oid);
  to.set_login(role.login);
  to.set_superuser(role.superuser);
  to.set_scram(role.scram);
  to.set_replication(role.replication);
  return to.SerializeAsString();
}

SqlResult<std::variant<Table, Sequence, IndexOf>> decode_relation(std::string_view name,
                                                                  std::string_view bytes) {
  pb::Relation relation;
  if (!relation.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return unreadable("relation", name);
  if (relation.has_table()) {
    Table table;
    table.name = name;
    if (read(relation.table(), table)) return table;
  } else if (relation.has_sequence()) {
    Sequence sequence;
    sequence.name = name;
    if (read(relation.sequence(), sequence)) return sequence;
  } else if (relation.definition_case() == pb::Relation::kIndexOf) {
    return IndexOf{relation.index_of()};
  }
  return unreadable("relation", name);
}

SqlResult<Role> decode_role(std::string_view name, std::string_view bytes) {
  pb::Role from;
  if (!from.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || from.oid() == 0)
    return unreadable("role", name);
  return Role{from.oid(),       std::string(name), from.login(),
              from.superuser(), from.scram(),      from.replication()};
}

}  // namespace wallaby::sql
