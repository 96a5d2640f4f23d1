// sql/session/plan_cache.h
//
// Plans by the tree they were made from. The parse cache gives the same tree for the same text, so this is a cache by text without
// hashing it: a program that sends its statements again and again pays one lookup.
//
// A plan is right for one catalog; another one's is made anew and takes its place. Bounded: the least recently used goes first.
// Threads: one.
#pragma once

#include <cstddef>
#include <list>
#include <unordered_map>
#include <vector>

#include "sql/session/session.h"

namespace wallaby::sql {

class PlanCache {
 public:
  explicit PlanCache(size_t max_entries = 1000) : max_entries_(max_entries) {}

  /// Null: none that fits.
  PreparedPtr get(const ast::StatementPtr& statement, const std::vector<TypeId>& declared,
                  const Catalog& catalog) {
    auto found = by_statement_.find(statement.get());
    if (found == by_statement_.end()) return nullptr;
    const PreparedPtr& prepared = *found->second;
    if (prepared->catalog.get() != &catalog || prepared->declared != declared) return nullptr;
    newest_first_.splice(newest_first_.begin(), newest_first_, found->second);
    return prepared;
  }

  void put(PreparedPtr prepared) {
    const ast::Statement* key = prepared->statement.get();
    if (auto found = by_statement_.find(key); found != by_statement_.end()) {
      newest_first_.erase(found->second);
      by_statement_.erase(found);
    }
    newest_first_.push_front(std::move(prepared));
    by_statement_[key] = newest_first_.begin();
    if (newest_first_.size() <= max_entries_) return;
    by_statement_.erase(newest_first_.back()->statement.get());
    newest_first_.pop_back();
  }

  size_t size() const { return newest_first_.size(); }

 private:
  size_t max_entries_;
  std::list<PreparedPtr> newest_first_;
  std::unordered_map<const ast::Statement*, std::list<PreparedPtr>::iterator> by_statement_;
};

}  // namespace wallaby::sql
