// replication/sync_replicas.h
//
// Which replicas a promise counts: PostgreSQL's synchronous_standby_names grammar over Wallaby's members.
//
//     set   := "ALL" | ["ANY" | "FIRST"] n "(" names ")" | names     keywords and names in either case
//     names := "*" | name ("," name)*
//
//     ALL              every member, and at least one
//     ANY 2 (*)        any two members
//     ANY 1 (r1, r2)   r1 or r2; a listed name that is no member counts as missing
//     FIRST 1 (r1, r2) r1, however far behind it is; r2 takes its place while r1 does not stream
//     2 (r1, r2, r3)   the same as FIRST 2; names alone are the same as FIRST 1
//
// The essence is one question: given each candidate's position at some stage, up to which position is the
// promise met?
//
//     ALL      the least far of all members
//     ANY n    the n-th furthest of those listed
//     FIRST n  the least far of the n that stand first in the list among those that stream now. `*` lists all
//              members in the order of their names. While fewer than n stream it is not met at all
//
// So under FIRST a slow replica that stands first delays everybody, while under ANY a quicker one makes up for it.
//
// Refused where it is written: a count of zero, a name twice, and a count that the listed names can never reach
// (PostgreSQL takes the last one, and then waits for ever).
//
// Pure values. Source of the grammar: PostgreSQL 15 manual, section 20.6.2 (synchronous_standby_names). There,
// too, every standby stands equally high under `FIRST n (*)`; which ones count is left to chance.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/identity.h"
#include "base/lsn.h"

namespace wallaby::replication {

class SyncReplicas {
 public:
  enum class Method : uint8_t { kAll, kAny, kFirst };

  static SyncReplicas all();
  static SyncReplicas any(size_t count);    ///< ANY count (*)
  static SyncReplicas first(size_t count);  ///< FIRST count (*)
  /// kInvalidArgument with what was wrong and an example.
  static Result<SyncReplicas> parse(std::string_view text);

  /// The position up to which the promise is met. `members` are all members by name, with the position that each
  /// has reached, nullopt for one that does not stream now. 0/0 when too few count.
  Lsn met(const std::map<NodeName, std::optional<Lsn>>& members) const;
  /// Whether so many stream that the promise can be kept, however far behind they are.
  bool possible(const std::map<NodeName, std::optional<Lsn>>& members) const;
  /// Names that would have to move for `target` to be met: members behind it or not streaming, and listed names
  /// that are no members; sorted, and empty when it is met. Under FIRST, while enough stream, only those that
  /// count now. Empty too when nobody could be named: no member yet.
  std::vector<NodeName> missing(const std::map<NodeName, std::optional<Lsn>>& members, Lsn target) const;
  /// The members that have reached `target` and count, sorted: who made a promise true.
  std::vector<NodeName> met_by(const std::map<NodeName, std::optional<Lsn>>& members, Lsn target) const;

  Method method() const { return method_; }
  bool is_all() const { return method_ == Method::kAll; }
  /// Replicas that must have reached it; 0 for ALL (as many as there are).
  size_t count() const { return count_; }
  /// The listed names; empty for * and for ALL.
  const std::vector<NodeName>& names() const { return names_; }
  /// Whether the name is among those that may count.
  bool counts(const NodeName& name) const;

  bool operator==(const SyncReplicas&) const = default;

 private:
  using Member = std::pair<const NodeName, std::optional<Lsn>>;
  /// The first `count_` in the list among those that stream: who counts under FIRST now.
  std::vector<const Member*> first_of(const std::map<NodeName, std::optional<Lsn>>& members) const;

  Method method_ = Method::kAll;
  size_t count_ = 0;
  std::vector<NodeName> names_;  ///< in the order given
};

/// Canonical text: "ALL", "ANY 1 (*)", "FIRST 2 (r1, r2, r3)".
std::string to_string(const SyncReplicas& set);
std::ostream& operator<<(std::ostream& out, const SyncReplicas& set);

}  // namespace wallaby::replication
