// cli/status_text.h
//
// A NodeStatus as people read it (compact, aligned) and as programs read it (one JSON object).
//
//     primary p1 at 127.0.0.1:7400, timeline 1, up 3.2 min
//       log      appended 0/1A8   flushed 0/1A8   acknowledged 0/178
//       ack      sync, ALL; members r1, r2
//       held     `sent to r2` at 0/178, 48 B wait; `wallaby release sent --replica r2` ends it, `step` lets records through
//       waiting  1 commit; r2 has not applied 0/1A8
//       loss     if this primary died now: 0 commits
//       rungs    sync       12 acknowledged, 1 waiting, longest wait 1.2 s
//
//       REPLICA  STATE              SENT   RECEIVED  FLUSHED  APPLIED      LAST REPORT  JOINED BY
//       r1       streaming, paused  0/1A8  0/1A8     0/1A8    0/178        100 ms ago   continue
//                  behind by        -      -         -        48 B, 1.2 s
//
// What needs attention is loud (red on a terminal); each hold names the command that ends it.
// Field names in JSON are stable: positions as text, `*_bytes` and `*_ms` as numbers.
#pragma once

#include <string>

#include "node/node_status.h"

namespace wallaby::cli {

/// Lines, each with its newline. `color`: with ANSI colours for what needs attention.
std::string status_text(const node::NodeStatus& status, bool color);
std::string status_json(const node::NodeStatus& status);

}  // namespace wallaby::cli
