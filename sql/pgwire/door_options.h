// sql/pgwire/door_options.h
//
// Who may come in at the PostgreSQL door, and how many.
#pragma once

#include <chrono>
#include <cstddef>

#include "base/time.h"

namespace wallaby::sql::pgwire {

struct DoorOptions {
  bool tls = false;                   ///< the driver has a certificate: SSLRequest is answered with S
  bool trust_loopback = true;         ///< connections from 127.0.0.0/8 and ::1 need no password
  bool require_tls_elsewhere = true;  ///< and from elsewhere TLS (off with --insecure)
  bool trust_everybody = false;       ///< --insecure without roles
  size_t max_connections = 1000;
  Duration login_timeout = std::chrono::seconds(10);
};

}  // namespace wallaby::sql::pgwire
