#include "base/identity.h"

#include <charconv>
#include <ostream>

#include <fmt/format.h>

namespace wallaby {

std::string to_string(ClusterId id) {
  return fmt::format("{:016x}", id.value);
}
std::string to_string(DirectoryId id) {
  return fmt::format("{:016x}", id.value);
}
std::ostream& operator<<(std::ostream& out, ClusterId id) {
  return out << to_string(id);
}
std::ostream& operator<<(std::ostream& out, DirectoryId id) {
  return out << to_string(id);
}

Result<NodeName> parse_node_name(std::string_view text) {
  NodeName name(text);
  bool good = !name.empty() && name.size() <= 63;
  for (char& letter : name) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    bool alphabetic = letter >= 'a' && letter <= 'z';
    bool inner = (letter >= '0' && letter <= '9') || letter == '_' || letter == '-';
    good = good && (alphabetic || (inner && &letter != name.data()));
  }
  if (!good)
    return error(ErrorCode::kInvalidArgument,
                 "'{}' is not a node name; use 1 to 63 of a-z, 0-9, '_' and '-', starting with a letter",
                 text);
  return name;
}

std::string to_string(const Address& address) {
  bool v6 = address.host.find(':') != std::string::npos;
  return v6 ? fmt::format("[{}]:{}", address.host, address.port)
            : fmt::format("{}:{}", address.host, address.port);
}

std::ostream& operator<<(std::ostream& out, const Address& address) {
  return out << to_string(address);
}

Result<Address> parse_address(std::string_view text) {
  auto bad = [&] {
    return error(ErrorCode::kInvalidArgument,
                 "'{}' is not an address; write HOST:PORT, for example 127.0.0.1:7400", text);
  };
  std::string_view host, port = text;
  if (text.starts_with('[')) {
    size_t close = text.find(']');
    if (close == std::string_view::npos || close + 1 >= text.size() || text[close + 1] != ':') return bad();
    host = text.substr(1, close - 1);
    port = text.substr(close + 2);
    if (host.empty()) return bad();
  } else if (size_t colon = text.rfind(':'); colon != std::string_view::npos) {
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
    if (host.find(':') != std::string_view::npos) return bad();
  }
  uint16_t number = 0;
  auto [end, code] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (port.empty() || code != std::errc{} || end != port.data() + port.size()) return bad();
  return Address{host.empty() ? "127.0.0.1" : std::string(host), number};
}

}  // namespace wallaby
