// sql/pgwire/door_options.h
//
// Who may come in at the PostgreSQL door, and how many.
#pragma once

#include <chrono>
#include <cstddef>

#include "base/time.h"
#include "node/admission.h"

namespace wallaby::sql::pgwire {

struct DoorOptions {
  bool tls = false;  ///< the driver has a certificate: SSLRequest is answered with S
  node::AdmissionRules rules;
  size_t max_connections = 1000;
  Duration login_timeout = std::chrono::seconds(10);
};

}  // namespace wallaby::sql::pgwire
