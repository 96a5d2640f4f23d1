// server/secret_file.h
//
// Secrets come from files that only their owner may read, or from the environment; never from a command line, which every user of a
// machine can see.
//
// Errors: kInvalidArgument, with the flag, the file, and what to do.
#pragma once

#include <string>

#include "base/error.h"

namespace wallaby::server {

/// `flag`: which named it. Others may not read or change the file, nor may its group change it.
Result<void> check_private(const std::string& flag, const std::string& file);

/// The first line of --password-file, or (no file named) what the environment variable WALLABY_PASSWORD holds.
Result<std::string> read_password(const std::string& file);

}  // namespace wallaby::server
