// sql/session/services.h
//
// What all SQL sessions of one node share: the node itself, the catalog as it was last read, parsed texts and plans by their text, the numbers that
// sequences have given, the list of sessions for pg_stat_activity and for CancelRequest.
//
// Ownership: the door owns it; it outlives every session. Threads: none. Time: passed in.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "base/time.h"
#include "node/backend.h"
#include "sql/parser/literals.h"
#include "sql/parser/parse_cache.h"
#include "sql/parser/parser.h"
#include "sql/session/plan_cache.h"
#include "sql/storage/catalog.h"
#include "sql/storage/sequences.h"

namespace wallaby::sql {

class Session;

/// One line of pg_stat_activity. The session keeps its own up to date.
struct SessionActivity {
  int32_t pid = 0;
  Session* session = nullptr;
  std::string user, database, application_name, client;
  std::string state = "idle";  ///< idle, active, idle in transaction, idle in transaction (aborted)
  std::string query;           ///< the newest
  std::string wait_event_type, wait_event;  ///< "IPC", "SyncRep" while a commit waits for replicas
  int64_t backend_start = 0, query_start = 0, transaction_start = 0,
          state_change = 0;  ///< microseconds since 2000; 0: none
};

class SqlServices {
 public:
  explicit SqlServices(node::Backend& backend) : backend(backend) {}
  SqlServices(const SqlServices&) = delete;
  SqlServices& operator=(const SqlServices&) = delete;

  node::Backend& backend;
  CatalogCache catalogs;
  ParseCache parsed{parse};
  ParseCache shapes{parse_shape};  ///< texts without their literals
  PlanCache plans;
  SequenceMemory sequences;
  std::function<void(std::span<uint8_t>)> entropy;     ///< unpredictable bytes, for the salts of passwords
  std::map<int32_t, const SessionActivity*> sessions;  ///< by pid
};

}  // namespace wallaby::sql
