#include "sql/storage/data_source.h"

namespace wallaby::sql {

bool DataSource::has_table(std::string_view table) const {
  return transaction_ ? transaction_->has_table(table) : view_->has_table(table);
}

std::vector<std::string> DataSource::tables() const {
  return transaction_ ? transaction_->tables() : view_->tables();
}

std::optional<Lsn> DataSource::last_table_change() const {
  if (!transaction_) return view_->last_table_change();
  if (transaction_->changes_tables()) return std::nullopt;
  return transaction_->view().last_table_change();
}

std::optional<std::string_view> DataSource::get(std::string_view table, std::string_view key) const {
  return transaction_ ? transaction_->get(table, key) : view_->get(table, key);
}

bool DataSource::scan(std::string_view table, const engine::KeyRange& range,
                      const std::function<bool(const engine::Row&)>& visit) const {
  return transaction_ ? transaction_->scan(table, range, visit) : view_->scan(table, range, visit);
}

}  // namespace wallaby::sql
