// sql/plan/sort_key.h
//
// One key of an order: an expression, its direction, and where NULLs go. Of two rows whose keys are equal, the one that came first stays first.
#pragma once

#include <string>
#include <vector>

#include "sql/plan/bound.h"

namespace wallaby::sql {

struct SortKey {
  BoundPtr expr;
  bool descending = false, nulls_first = false;
};

/// Below 0: `a` goes before `b`.
int compare_key(const SortKey& key, const Value& a, const Value& b);
/// By all keys; their values are the row's from `first` on.
int compare_keys(const std::vector<SortKey>& keys, const Row& a, const Row& b, size_t first);
/// "name DESC NULLS LAST"
std::string print(const SortKey& key, bool qualified);

}  // namespace wallaby::sql
