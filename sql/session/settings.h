// sql/session/settings.h
//
// What SET, SHOW and RESET speak of: PostgreSQL's parameters as far as clients send them, and Wallaby's own.
//
//     settings.set("statement_timeout", "5s", local)     -> effective().statement_timeout = 5 s; SHOW prints 5s
//     settings.set("DateStyle", "German", ...)           -> 0A000: dates are printed in ISO form alone
//     settings.set("work_mem", "64MB", ...)              -> accepted and shown, without effect
//
// A parameter that changes what a client would read or be promised is checked and obeyed, or refused. One that only tunes
// PostgreSQL is accepted, so that programs written for it run.
//
// Each parameter has up to three values: the session's default (the startup packet's, else the table's), the session's (SET), and the
// transaction's (SET LOCAL); the last of them counts. A transaction that fails takes its SETs with it:
//
//     mark = settings.mark() ... settings.rollback_to(mark)      a savepoint, a transaction
//     settings.end_transaction()                                 what is LOCAL ends; what was SET stays
//
// synchronous_commit and ack_mode are one parameter in two languages (replication/ack_mode.h): the session's own rung. Empty means
// that the cluster's switch governs; what SHOW prints then is the node's to say, so get() gives "".
//
// Values that belong to the transaction or the node (transaction_read_only, in_hot_standby) are not here: the session answers them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "replication/ack_mode.h"
#include "sql/sql_error.h"

namespace wallaby::sql {

enum class SettingKind : uint8_t { kText, kBool, kInteger, kReal, kDuration, kMemory, kEnum };
/// Who may change it: a session, or nobody while the node runs (PostgreSQL's contexts "internal" and "postmaster").
enum class SettingAccess : uint8_t { kUser, kInternal, kStart };

struct SettingInfo {
  std::string_view name;  ///< as PostgreSQL writes it
  SettingKind kind = SettingKind::kText;
  std::string_view initial;
  std::string_view choices;  ///< of kEnum, "a|b"; of numbers "min..max" in the parameter's unit
  std::string_view only;     ///< the values that are supported, "a|b"; empty: all valid ones
  std::string_view description;
  SettingAccess access = SettingAccess::kUser;
  bool reported = false;  ///< ParameterStatus when it changes
};

/// By name, without regard to case: as SHOW ALL lists them.
std::span<const SettingInfo> all_settings();
/// nullptr: no such parameter.
const SettingInfo* find_setting(std::string_view name);
/// 42704
SqlError unknown_setting(std::string_view name);

/// The value as SHOW prints it; 22023 when it is none, 0A000 when it is valid in PostgreSQL and not here.
SqlResult<std::string> check_setting(const SettingInfo& info, std::string_view value);
/// The rung that a value of synchronous_commit means, and back.
std::string_view synchronous_commit_of(replication::Rung rung);
std::optional<replication::Rung> rung_of_synchronous_commit(std::string_view value);

class Settings {
 public:
  /// What the session acts on, read once a statement.
  struct Effective {
    std::optional<replication::Rung> rung;
    Duration statement_timeout{}, idle_in_transaction_timeout{}, idle_session_timeout{};  ///< zero: none
    bool report_commit_lsn = false;
    bool default_read_only = false;
  };

  Settings();

  const Effective& effective() const { return effective_; }
  /// "" for a synchronous_commit that is not set. 42704: no such parameter.
  SqlResult<std::string> get(std::string_view name) const;
  /// 55P02: not a session's to change.
  SqlResult<void> set(std::string_view name, std::string_view value, bool local);
  SqlResult<void> reset(std::string_view name, bool local);
  void reset_all();
  /// From the startup packet: becomes the session's default. A value that PostgreSQL would take and that cannot be obeyed here (a time
  /// zone, say) is left out, so that the client gets in and sees by ParameterStatus what holds. 42704, 22023, 55P02.
  SqlResult<void> start_with(std::string_view name, std::string_view value);

  using Mark = size_t;
  Mark mark() const { return undo_.size(); }
  void rollback_to(Mark mark);
  void end_transaction();

  /// True when take_changes() may have something to tell.
  bool changed() const { return changed_; }
  /// Reported parameters whose value is another one than when this was asked last.
  std::vector<std::pair<std::string, std::string>> take_changes();
  std::vector<std::pair<std::string, std::string>> reported() const;

 private:
  struct Values {
    std::optional<std::string> initial, session, local;
  };
  struct Undo {
    std::string name;
    std::optional<std::string> session, local;
  };
  /// The canonical name: ack_mode is synchronous_commit's other one.
  SqlResult<std::string> key_of(std::string_view name) const;
  std::string value_of(const std::string& key) const;
  void change(const std::string& key, std::optional<std::string> session, std::optional<std::string> local);
  void refresh();

  std::map<std::string, Values, std::less<>> values_;
  std::vector<Undo> undo_;
  std::map<std::string, std::string> told_;  ///< reported values that the client knows
  bool changed_ = false;                     ///< something may have to be told
  Effective effective_;
};

}  // namespace wallaby::sql
