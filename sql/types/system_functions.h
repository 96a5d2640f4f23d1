// sql/types/system_functions.h
//
// What expressions may ask of the session and the node they run in: names, settings, sequences, log positions, and the
// levers of the lab (holds, steps). The session implements it; functions_system.cc makes SQL functions of it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/lsn.h"
#include "sql/sql_error.h"
#include "sql/types/value.h"

namespace wallaby::sql {

class SystemFunctions {
 public:
  virtual ~SystemFunctions() = default;

  virtual std::string current_user() const = 0;
  virtual std::string session_user() const = 0;
  virtual std::string current_database() const = 0;
  virtual int32_t backend_pid() const = 0;
  virtual SqlResult<std::string> setting(std::string_view name) const = 0;

  /// Only in writing statements: 25006 on a replica.
  virtual SqlResult<int64_t> nextval(std::string_view sequence) = 0;
  virtual SqlResult<int64_t> currval(std::string_view sequence) = 0;
  virtual SqlResult<int64_t> lastval() = 0;
  virtual SqlResult<int64_t> setval(std::string_view sequence, int64_t value, bool is_called) = 0;

  virtual bool in_recovery() const = 0;
  /// 55000 on a replica, as PostgreSQL says it.
  virtual SqlResult<Lsn> current_lsn() const = 0;
  virtual std::optional<Lsn> receive_lsn() const = 0;
  virtual std::optional<Lsn> replay_lsn() const = 0;
  /// Microseconds since 2000-01-01 of the newest replayed commit, as far as the node knows.
  virtual std::optional<int64_t> replay_timestamp() const = 0;
  /// Any other function of the node, by name: pg_walfile_name('0/10'), last_commit_lsn(), ...
  virtual SqlResult<Value> call(std::string_view name, std::span<const Value> arguments) = 0;
  /// One whose answer comes later: pg_sleep(1), wallaby_step(1). It fails at first, and the expression is evaluated again
  /// (sql/plan/waits.h); 0A000 where that cannot be.
  virtual SqlResult<Value> wait(std::string_view name, std::span<const Value> arguments) = 0;
};

}  // namespace wallaby::sql
