#include "sql/pgwire/startup_options.h"

#include "sql/pgwire/byte_reader.h"

namespace wallaby::sql::pgwire {
namespace {

/// Splits at white space; a backslash takes the next character as it is.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  bool inside = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == ' ' || (c >= '\t' && c <= '\r')) {
      inside = false;
      continue;
    }
    if (!inside) words.emplace_back();
    inside = true;
    if (c == '\\' && i + 1 < text.size()) c = text[++i];
    words.back().push_back(c);
  }
  return words;
}

/// "-c name=value", "-cname=value", "--name=value"; what else a postgres program could be told is not ours.
void read_command_line(std::string_view text, StartupOptions& options) {
  std::vector<std::string> words = words_of(text);
  for (size_t i = 0; i < words.size(); ++i) {
    std::string setting;
    if (words[i] == "-c" && i + 1 < words.size())
      setting = words[++i];
    else if (words[i].starts_with("-c") || words[i].starts_with("--"))
      setting = words[i].substr(2);
    size_t equals = setting.find('=');
    if (equals == std::string::npos || equals == 0) continue;
    std::string name = setting.substr(0, equals);
    for (char& c : name) c = c == '-' ? '_' : c;
    options.settings.emplace_back(std::move(name), setting.substr(equals + 1));
  }
}

bool is_yes(std::string_view value) {
  return value == "database" || value == "true" || value == "on" || value == "yes" || value == "1" ||
         value == "t";
}

}  // namespace

StartupOptions read_startup_options(const Startup& startup) {
  StartupOptions options;
  for (auto [name, value] : startup.parameters) {
    if (name == "user")
      options.user = value;
    else if (name == "database")
      options.database = value;
    else if (name == "replication")
      options.replication = is_yes(value);
    else if (name == "options")
      read_command_line(value, options);
    else if (name.starts_with("_pq_."))
      options.unknown_of_protocol.push_back(name);
    else
      options.settings.emplace_back(name, value);
  }
  if (options.database.empty()) options.database = options.user;
  return options;
}

SqlResult<std::string_view> read_sasl_initial_response(std::string_view body) {
  ByteReader reader(body);
  std::string_view mechanism = reader.text();
  int32_t length = reader.int32();
  std::string_view data = length < 0 ? std::string_view() : reader.bytes(static_cast<size_t>(length));
  if (!reader.finished()) return sql_error("08P01", "malformed SASL response");
  if (mechanism != "SCRAM-SHA-256")
    return sql_error("08P01", "client selected an invalid SASL authentication mechanism");
  return data;
}

}  // namespace wallaby::sql::pgwire
