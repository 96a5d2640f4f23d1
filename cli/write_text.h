// cli/write_text.h
//
// How a write was acknowledged, in words that name the promise that was met.
//
//     committed, semi-sync: received by r1
#pragma once

#include <string>

#include "node/client_messages.h"

namespace wallaby::cli {

/// Of a write with a token.
std::string written_text(const node::Written& written);
std::string written_json(const node::Written& written);

}  // namespace wallaby::cli
