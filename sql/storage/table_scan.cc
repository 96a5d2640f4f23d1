#include "base/check.h"
#include "sql/storage/table_access.h"

namespace wallaby::sql {
namespace {

/// Where a scan goes on behind a key.
std::string behind(std::string key) {
  key += '\0';
  return key;
}

}  // namespace

TableScan::TableScan(const DataSource& source, std::shared_ptr<const Table> table, engine::KeyRange range)
    : source_(source), table_(std::move(table)), range_(std::move(range)) {}

SqlResult<void> TableScan::next(size_t limit, std::vector<StoredRow>& out) {
  if (end_ || limit == 0) return {};
  size_t wanted = out.size() + limit;
  std::optional<SqlError> failure;
  source_.scan(table_->name, range_, [&](const engine::Row& stored) {
    auto row = decode_row(*table_, stored.key, stored.value);
    if (!row) {
      failure = std::move(row.error());
      return false;
    }
    out.push_back({std::string(stored.key), std::move(*row)});
    return out.size() < wanted;
  });
  if (failure) return std::unexpected(std::move(*failure));
  end_ = out.size() < wanted;
  if (!end_) range_.from = behind(out.back().key);
  return {};
}

IndexScan::IndexScan(const DataSource& source, std::shared_ptr<const Table> table, const Index& index,
                     engine::KeyRange range)
    : source_(source), table_(std::move(table)), index_(index), range_(std::move(range)) {}

SqlResult<void> IndexScan::next(size_t limit, std::vector<StoredRow>& out) {
  if (end_ || limit == 0) return {};
  // Entries first, rows after: looking up a row while the index is being walked would nest two scans of a transaction.
  std::vector<std::string> row_keys;
  std::string last;
  source_.scan(index_.name, range_, [&](const engine::Row& entry) {
    row_keys.emplace_back(entry.value);
    if (row_keys.size() == limit) last = entry.key;
    return row_keys.size() < limit;
  });
  for (const std::string& key : row_keys) {
    auto row = find_by_key(source_, *table_, key);
    if (!row) return std::unexpected(std::move(row.error()));
    if (!*row)
      return sql_error("XX001", "index \"{}\" has an entry for a row that table \"{}\" does not have",
                       index_.name, table_->name)
          .hint("Something else than SQL has written to the table; drop the index and create it again.");
    out.push_back(std::move(**row));
  }
  end_ = row_keys.size() < limit;
  if (!end_) range_.from = behind(std::move(last));
  return {};
}

}  // namespace wallaby::sql
