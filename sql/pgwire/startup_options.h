// sql/pgwire/startup_options.h
//
// What a startup packet says, sorted: who, where, and which settings.
//
//     user=alice  options="-c statement_timeout=5s --ack_mode=sync"  application_name=psql
//     ->  user alice, database alice, settings {application_name, psql}, {statement_timeout, 5s}, {ack_mode, sync}
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sql/pgwire/messages.h"
#include "sql/sql_error.h"

namespace wallaby::sql::pgwire {

struct StartupOptions {
  std::string user;
  std::string database;      ///< not given: as the user
  bool replication = false;  ///< speaks PostgreSQL's replication protocol
  std::vector<std::pair<std::string, std::string>> settings;
  std::vector<std::string_view>
      unknown_of_protocol;  ///< "_pq_.something": extensions of the protocol, none is known
};

StartupOptions read_startup_options(const Startup& startup);

/// SCRAM's first message inside of the client's answer to AuthenticationSASL; 08P01 when it is none, or of another mechanism.
SqlResult<std::string_view> read_sasl_initial_response(std::string_view body);

}  // namespace wallaby::sql::pgwire
