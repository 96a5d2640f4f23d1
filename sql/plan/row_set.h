// sql/plan/row_set.h
//
// Rows as keys of a hash table: for GROUP BY, DISTINCT and UNION, where NULL counts as equal to NULL.
//
// Ownership: the types must outlive the table.
#pragma once

#include <cstddef>
#include <unordered_map>
#include <vector>

#include "sql/types/compare.h"
#include "sql/types/type.h"
#include "sql/types/value.h"

namespace wallaby::sql {

struct RowHash {
  const std::vector<TypeId>* types;
  size_t operator()(const Row& row) const {
    size_t out = 0;
    for (size_t i = 0; i < types->size(); ++i) out = out * 31 + hash((*types)[i], row[i]);
    return out;
  }
};
struct RowEqual {
  const std::vector<TypeId>* types;
  bool operator()(const Row& a, const Row& b) const {
    for (size_t i = 0; i < types->size(); ++i) {
      if (a[i].is_null() || b[i].is_null()) {
        if (a[i].is_null() != b[i].is_null()) return false;
      } else if (compare((*types)[i], a[i], b[i]) != 0) {
        return false;
      }
    }
    return true;
  }
};
template <typename T>
using RowMap = std::unordered_map<Row, T, RowHash, RowEqual>;

}  // namespace wallaby::sql
