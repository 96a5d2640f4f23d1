#include "sim/ledger.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "sim/trace.h"

namespace wallaby::sim {

using engine::ChangeKind;

std::string Ledger::operation(const std::string& client, uint64_t number) {
  return fmt::format("{}.{}", client, number);
}

std::string Ledger::value(const std::string& operation, uint64_t change, uint64_t filler) {
  return fmt::format("{}.{}|{}", operation, change, std::string(filler, 'x'));
}

void Ledger::issued(const std::string& operation, const engine::Changes& changes) {
  operations_[operation].changes = changes;
  bool puts =
      std::ranges::any_of(changes, [](const auto& change) { return change.kind == ChangeKind::kPut; });
  if (!puts)
    for (const engine::Change& change : changes)
      deletes_[change.table + "/" + change.key].push_back(operation);
}

void Ledger::refused(const std::string& operation, const std::string& why) {
  Operation& known = operations_.at(operation);
  known.refused = why;
  if (!known.lsn || hand_over(known)) return;
  throw BrokenPromise(fmt::format("write {} was refused ({}), and yet it is in the log at {}", operation, why,
                                  to_string(*known.lsn)));
}

bool Ledger::hand_over(Operation& from) {
  if (from.changes.size() != 1 || from.changes.front().kind != ChangeKind::kDelete) return false;
  const engine::Change& change = from.changes.front();
  for (const std::string& name : deletes_[change.table + "/" + change.key]) {
    Operation& other = operations_.at(name);
    if (other.lsn || other.refused) continue;
    other.lsn = from.lsn;
    from.lsn.reset();
    return true;
  }
  return false;
}

void Ledger::match(Lsn lsn, const std::string& name, Operation& operation,
                   const engine::ChangeViews& changes) {
  auto broken = [&](const std::string& what) {
    throw BrokenPromise(fmt::format("record {} is write {}, but {}", to_string(lsn), name, what));
  };
  if (operation.lsn)
    broken(fmt::format("that is in the log at {} already: applied twice", to_string(*operation.lsn)));
  if (operation.refused) broken(fmt::format("its client was told that it failed: {}", *operation.refused));
  operation.lsn = lsn;
  ++logged_;
  size_t puts_wanted = 0, puts_found = 0;
  for (const engine::Change& wanted : operation.changes) puts_wanted += wanted.kind == ChangeKind::kPut;
  for (const engine::ChangeView& change : changes) {
    if (change.kind == ChangeKind::kCreateTable) continue;
    bool asked = std::ranges::any_of(
        operation.changes, [&](const engine::Change& wanted) { return engine::view_of(wanted) == change; });
    if (!asked) broken(fmt::format("nobody asked for a change of {}/{} in it", change.table, change.key));
    puts_found += change.kind == ChangeKind::kPut;
  }
  if (puts_found != puts_wanted)
    broken(fmt::format("only {} of its {} puts are there: a batch is whole or not at all", puts_found,
                       puts_wanted));
}

std::map<std::string, Ledger::Operation>::iterator Ledger::find_by_content(const engine::ChangeView& put) {
  return std::ranges::find_if(operations_, [&](const auto& entry) {
    if (entry.second.lsn || entry.second.refused) return false;
    return std::ranges::any_of(entry.second.changes,
                               [&](const auto& wanted) { return engine::view_of(wanted) == put; });
  });
}

void Ledger::in_log(Lsn lsn, const engine::ChangeViews& changes) {
  for (const engine::ChangeView& change : changes) {
    if (change.kind != ChangeKind::kPut) continue;
    std::string_view name = change.value.substr(0, change.value.find('|'));
    name = name.substr(0, name.rfind('.'));
    auto found = operations_.find(std::string(name));
    if (found == operations_.end()) found = find_by_content(change);
    if (found == operations_.end())
      throw BrokenPromise(fmt::format("record {} puts {}/{} = '{}', which nobody wrote", to_string(lsn),
                                      change.table, change.key, change.value.substr(0, 40)));
    return match(lsn, found->first, found->second, changes);
  }
  for (const engine::ChangeView& change : changes) {
    if (change.kind != ChangeKind::kDelete) continue;
    for (const std::string& name : deletes_[fmt::format("{}/{}", change.table, change.key)]) {
      Operation& operation = operations_.at(name);
      if (!operation.lsn && !operation.refused) return match(lsn, name, operation, changes);
    }
    throw BrokenPromise(fmt::format("record {} deletes {}/{}, which nobody asked for", to_string(lsn),
                                    change.table, change.key));
  }
}

void Ledger::answered(const std::string& operation, Lsn lsn) const {
  const Operation& known = operations_.at(operation);
  bool puts =
      std::ranges::any_of(known.changes, [](const auto& change) { return change.kind == ChangeKind::kPut; });
  if (puts && known.lsn != lsn)
    throw BrokenPromise(
        fmt::format("write {} was acknowledged as {}, but that is not its place in the log ({})", operation,
                    to_string(lsn), known.lsn ? to_string(*known.lsn) : "nowhere"));
}

}  // namespace wallaby::sim
