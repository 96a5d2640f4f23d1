#include "node/data_directory.h"

#include <charconv>
#include <map>
#include <ostream>

#include <fmt/format.h>
#include <xxhash.h>

#include "base/check.h"

namespace wallaby::node {
namespace {

constexpr std::string_view kTitle = "wallaby data directory, format 1\n";

std::string checksum_line(std::string_view text) {
  return fmt::format("checksum = {:016x}\n", XXH3_64bits(text.data(), text.size()));
}

std::unexpected<Error> damaged(std::string_view why) {
  return error(ErrorCode::kCorrupt,
               "the file '{}' is damaged ({}); restore the directory from a copy, or start with an empty one",
               kIdentityPath, why);
}

Result<uint64_t> parse_hex(std::string_view text) {
  uint64_t value = 0;
  auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (text.size() != 16 || code != std::errc{} || end != text.data() + text.size())
    return damaged("a number in it is broken");
  return value;
}

}  // namespace

std::string_view to_string(Role role) {
  switch (role) {
    case Role::kPrimary: return "primary";
    case Role::kReplica: return "replica";
  }
  WALLABY_CHECK(false, "role {}", static_cast<int>(role));
}

std::ostream& operator<<(std::ostream& out, Role role) {
  return out << to_string(role);
}

std::ostream& operator<<(std::ostream& out, const Identity& identity) {
  out << identity.role << ' ' << identity.name << ", directory " << identity.directory;
  if (identity.cluster) out << ", cluster " << *identity.cluster;
  if (identity.copying) out << ", copying";
  return out;
}

std::string encode_identity(const Identity& identity) {
  std::string text(kTitle);
  text += fmt::format("role = {}\nname = {}\ndirectory = {}\n", to_string(identity.role), identity.name,
                      to_string(identity.directory));
  if (identity.cluster) text += fmt::format("cluster = {}\n", to_string(*identity.cluster));
  text += fmt::format("copying = {}\n", identity.copying ? "yes" : "no");
  return text + checksum_line(text);
}

Result<Identity> decode_identity(std::string_view text) {
  size_t last = text.rfind("checksum = ");
  if (last == std::string_view::npos || checksum_line(text.substr(0, last)) != text.substr(last))
    return damaged("its checksum is wrong");
  std::string_view body = text.substr(0, last);
  if (!body.starts_with(kTitle)) return damaged("it is of another format");
  body.remove_prefix(kTitle.size());
  std::map<std::string_view, std::string_view> fields;
  while (!body.empty()) {
    size_t end = body.find('\n');
    std::string_view line = body.substr(0, end);
    size_t equals = line.find(" = ");
    if (end == std::string_view::npos || equals == std::string_view::npos)
      return damaged("a line in it is broken");
    fields[line.substr(0, equals)] = line.substr(equals + 3);
    body.remove_prefix(end + 1);
  }
  Identity identity;
  if (fields["role"] == "primary")
    identity.role = Role::kPrimary;
  else if (fields["role"] == "replica")
    identity.role = Role::kReplica;
  else
    return damaged("its role is unknown");
  identity.name = fields["name"];
  auto directory = parse_hex(fields["directory"]);
  if (!directory) return std::unexpected(directory.error());
  identity.directory = DirectoryId{*directory};
  if (fields.contains("cluster")) {
    auto cluster = parse_hex(fields["cluster"]);
    if (!cluster) return std::unexpected(cluster.error());
    identity.cluster = ClusterId{*cluster};
  }
  identity.copying = fields["copying"] == "yes";
  return identity;
}

Result<Identity> read_identity(FileSystem& files) {
  auto text = files.read_all(kIdentityPath);
  if (!text) return std::unexpected(text.error());
  return decode_identity(*text);
}

}  // namespace wallaby::node
