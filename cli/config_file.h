// cli/config_file.h
//
// What --config reads: the settings of a server, one a line, with the names of its flags.
//
//     # where and who
//     data          = /var/lib/wallaby/p1
//     listen        = 127.0.0.1:7400
//     ack           = semi-sync
//     sync-replicas = "ANY 1 (r1, r2)"     # quotes are allowed, and needed only around a '#'
//
// A flag on the command line stands over the file. Whatever is wrong names file and line, for it was typed there.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace wallaby::cli {

struct ConfigLine {
  std::string name, value;
  size_t line = 0;
  bool operator==(const ConfigLine&) const = default;
};

/// `file` is only for messages. kInvalidArgument: a line that is not `name = value`, or a name that comes twice.
Result<std::vector<ConfigLine>> parse_config(std::string_view text, const std::string& file);
Result<std::vector<ConfigLine>> read_config(const std::string& file);

}  // namespace wallaby::cli
