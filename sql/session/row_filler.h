// sql/session/row_filler.h
//
// From the fields of COPY's columns to whole rows: values read by their columns' types, defaults and sequences where no column was
// named, NOT NULL checked.
//
// Ownership: refers to the session and the table, which must outlive it.
#pragma once

#include <memory>
#include <vector>

#include "sql/plan/bound.h"
#include "sql/session/conversation.h"
#include "sql/session/copy_format.h"

namespace wallaby::sql {

class RowFiller {
 public:
  /// 42703, 42701: the names. Empty: all columns.
  static SqlResult<RowFiller> make(Conversation& session, std::shared_ptr<const Table> table,
                                   const std::vector<std::string>& columns);

  const std::vector<uint16_t>& columns() const { return columns_; }
  const Table& table() const { return *table_; }
  /// The row that these fields make, valid until the next call. 22P04 too few or too many; errors of a value say in `column` which.
  SqlResult<const Row*> fill(const std::vector<CopyReader::Field>& fields, ExecContext& context,
                             const Column*& column);

 private:
  struct Default {
    uint16_t column = 0;
    BoundPtr value;        ///< null: the sequence, or NULL
    std::string sequence;  ///< empty: none
  };
  Conversation* session_ = nullptr;
  std::shared_ptr<const Table> table_;
  std::vector<uint16_t> columns_;
  std::vector<Default> defaults_;
  std::vector<uint16_t> not_null_;
  Row row_;
};

}  // namespace wallaby::sql
