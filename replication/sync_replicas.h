// replication/sync_replicas.h
//
// Which replicas a promise counts: PostgreSQL's synchronous_standby_names grammar over Wallaby's members.
//
//     set   := "ALL" | "ANY" n "(" names ")"        keywords and names in either case
//     names := "*" | name ("," name)*
//
//     ALL             every member, and at least one
//     ANY 2 (*)       any two members
//     ANY 1 (r1, r2)  r1 or r2; a listed name that is no member counts as missing
//
// The essence is one question: given each candidate's position at some stage, up to which position is the
// promise met? ANY n: the n-th furthest. ALL: the least far of all members.
//
// Refused where it is written: a count of zero, a name twice, and a count that the listed names can never reach
// (PostgreSQL takes the last one, and then waits for ever).
//
// Pure values. Source of the grammar: PostgreSQL 15 manual, section 20.6.2 (synchronous_standby_names).
#pragma once

#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/identity.h"
#include "base/lsn.h"

namespace wallaby::replication {

class SyncReplicas {
 public:
  static SyncReplicas all();
  static SyncReplicas any(size_t count);  ///< ANY count (*)
  /// kInvalidArgument with what was wrong and an example.
  static Result<SyncReplicas> parse(std::string_view text);

  /// The position up to which the promise is met. `members` are all members by name, with the position that each
  /// has reached, nullopt for one that does not stream now. 0/0 when too few count.
  Lsn met(const std::map<NodeName, std::optional<Lsn>>& members) const;
  /// Names that would have to move for `target` to be met: members behind it or not streaming, and listed names
  /// that are no members; sorted, and empty when it is met. Empty too when nobody could be named: no member yet.
  std::vector<NodeName> missing(const std::map<NodeName, std::optional<Lsn>>& members, Lsn target) const;
  /// The members that have reached `target` and count: who made a promise true.
  std::vector<NodeName> met_by(const std::map<NodeName, std::optional<Lsn>>& members, Lsn target) const;
  /// Replicas that must have reached it; 0 for ALL (as many as there are).
  size_t count() const { return count_; }
  bool is_all() const { return count_ == 0; }
  bool counts(const NodeName& name) const;
  /// The listed names; empty for * and for ALL.
  const std::vector<NodeName>& names() const { return names_; }

  bool operator==(const SyncReplicas&) const = default;

 private:
  size_t count_ = 0;             ///< 0: ALL
  std::vector<NodeName> names_;  ///< empty: *
};

/// Canonical text: "ANY 1 (*)", "ALL".
std::string to_string(const SyncReplicas& set);
std::ostream& operator<<(std::ostream& out, const SyncReplicas& set);

}  // namespace wallaby::replication
