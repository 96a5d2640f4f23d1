// cli/write_text.h
//
// How a write was acknowledged, in words that name the promise that was met; and the promise itself.
//
//     committed, semi-sync: received by r1
//     sync, ALL, on-missing degrade=2s
#pragma once

#include <string>

#include "node/client_messages.h"

namespace wallaby::cli {

/// Of a write with a token.
std::string written_text(const node::Written& written);
std::string written_json(const node::Written& written);

/// The switch: its rung, the replicas that count, and what happens when they are missing (unless writes simply wait).
std::string policy_text(const node::PolicyReply& policy);
std::string policy_json(const node::PolicyReply& policy);

}  // namespace wallaby::cli
