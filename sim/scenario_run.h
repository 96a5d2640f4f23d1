// sim/scenario_run.h
//
// Runs one script file from its first line to its last, and judges it: is what was seen what the file says?
//
//     tests/scenarios/late_slow_link.txt:14: not what is written there
//         put p1 t a 1
//         ---
//       - r1 received 0/110 flushed 0/110 applied 0/110 | streaming
//       + r1 received 0/110 flushed 0/110 applied 0/58 | streaming
//     replay:   build/release/bin/wallaby-scenarios tests/scenarios/late_slow_link.txt
//     rewrite:  build/release/bin/wallaby-scenarios --rewrite tests/scenarios/late_slow_link.txt
//
// A script fails, whatever it says, when a command cannot be, a promise is broken, or it does not end in a `converge`
// that comes true. Threads: none; one script at a time (Trace).
#pragma once

#include <string>
#include <string_view>

#include "sim/trace.h"

namespace wallaby::sim {

struct ScenarioResult {
  bool good = false;
  bool runs = false;      ///< to its end, and converges: only what is written differs
  std::string report;     ///< empty when good
  std::string rewritten;  ///< the script with what was seen, when it runs
};

/// `name`: how the report calls the file.
ScenarioResult run_scenario(const std::string& name, std::string_view text, Trace::Mode mode);

/// "late_slow_link.txt:14: put p1 t a 1" of the script that runs now: for the last words when a failed check ends the
/// process.
std::string scenario_under_way();

}  // namespace wallaby::sim
