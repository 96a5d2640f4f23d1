// base/identity.h
//
// Names and numbers that identify things, as types that cannot be mixed up.
//
//   ClusterId    random, made once with a cluster's first data directory; equal on every node of it
//   DirectoryId  random, made once with each data directory; two nodes never share one
//   NodeName     what people call a node: "p1", "r1"; 1-63 characters from [a-z0-9_-], starting with a letter
//   Address      HOST:PORT
#pragma once

#include <compare>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>

#include "base/error.h"

namespace wallaby {

struct ClusterId {
  uint64_t value = 0;
  auto operator<=>(const ClusterId&) const = default;
};

struct DirectoryId {
  uint64_t value = 0;
  auto operator<=>(const DirectoryId&) const = default;
};

/// 16 hex digits.
std::string to_string(ClusterId id);
std::string to_string(DirectoryId id);
std::ostream& operator<<(std::ostream& out, ClusterId id);
std::ostream& operator<<(std::ostream& out, DirectoryId id);

using NodeName = std::string;
/// Lower-cases and checks the name.
Result<NodeName> parse_node_name(std::string_view text);

struct Address {
  std::string host;
  uint16_t port = 0;
  auto operator<=>(const Address&) const = default;
};

/// "127.0.0.1:7400", "[::1]:7400"
std::string to_string(const Address& address);
std::ostream& operator<<(std::ostream& out, const Address& address);
/// "HOST:PORT", "[IPV6]:PORT", ":PORT" and "PORT" (host 127.0.0.1). Port 0 is accepted.
Result<Address> parse_address(std::string_view text);

}  // namespace wallaby
