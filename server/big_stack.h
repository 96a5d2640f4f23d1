// server/big_stack.h
//
// Runs a function on a thread whose stack is larger than the usual 8 MB, and waits for its end. Address space is taken, not
// memory: pages that are never touched cost nothing.
#pragma once

#include <cstddef>
#include <functional>

namespace wallaby::server {

/// What `run` throws ends the process.
void run_on_stack(size_t bytes, std::function<void()> run);

}  // namespace wallaby::server
