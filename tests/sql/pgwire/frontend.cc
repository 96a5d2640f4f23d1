#include "tests/sql/pgwire/frontend.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "sql/pgwire/byte_reader.h"

namespace wallaby::sql::pgwire::testing {
namespace frontend {

std::string int16(int value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value)};
}

std::string int32(int64_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}

namespace {

std::string text(std::string_view value) {
  return std::string(value) + '\0';
}

std::string packet(std::string_view body) {
  return int32(static_cast<int64_t>(body.size()) + 4) + std::string(body);
}

std::string formats(const std::vector<int>& list) {
  std::string bytes = int16(static_cast<int>(list.size()));
  for (int format : list) bytes += int16(format);
  return bytes;
}

}  // namespace

std::string message(char type, std::string_view body) {
  return type + packet(body);
}

std::string startup(const std::vector<std::pair<std::string, std::string>>& parameters, int minor) {
  std::string body = int32(3 << 16 | minor);
  for (const auto& [name, value] : parameters) body += text(name) + text(value);
  return packet(body + '\0');
}

std::string ssl_request() {
  return packet(int32(80877103));
}

std::string gss_request() {
  return packet(int32(80877104));
}

std::string cancel_request(int32_t pid, uint32_t key) {
  return packet(int32(80877102) + int32(pid) + int32(key));
}

std::string query(std::string_view sql) {
  return message('Q', text(sql));
}

std::string parse(std::string_view name, std::string_view sql, const std::vector<uint32_t>& types) {
  std::string body = text(name) + text(sql) + int16(static_cast<int>(types.size()));
  for (uint32_t type : types) body += int32(type);
  return message('P', body);
}

std::string bind(std::string_view portal, std::string_view statement, const Parameters& parameters,
                 const std::vector<int>& parameter_formats, const std::vector<int>& result_formats) {
  std::string body = text(portal) + text(statement) + formats(parameter_formats);
  body += int16(static_cast<int>(parameters.size()));
  for (const auto& parameter : parameters)
    body += parameter ? int32(static_cast<int64_t>(parameter->size())) + *parameter : int32(-1);
  return message('B', body + formats(result_formats));
}

std::string describe(char target, std::string_view name) {
  return message('D', target + text(name));
}

std::string execute(std::string_view portal, int32_t max_rows) {
  return message('E', text(portal) + int32(max_rows));
}

std::string close(char target, std::string_view name) {
  return message('C', target + text(name));
}

std::string flush() {
  return message('H', "");
}

std::string sync() {
  return message('S', "");
}

std::string copy_data(std::string_view bytes) {
  return message('d', bytes);
}

std::string copy_done() {
  return message('c', "");
}

std::string copy_fail(std::string_view reason) {
  return message('f', text(reason));
}

std::string sasl_initial(std::string_view mechanism, std::string_view data) {
  return message('p', text(mechanism) + int32(static_cast<int64_t>(data.size())) + std::string(data));
}

std::string password(std::string_view data) {
  return message('p', data);
}

std::string terminate() {
  return message('X', "");
}

std::string extended(std::string_view sql, const Parameters& parameters) {
  return parse("", sql) + frontend::bind("", "", parameters) + describe('P', "") + execute("") + sync();
}

}  // namespace frontend

namespace {

std::string error_line(ByteReader& body) {
  std::map<char, std::string_view> fields;
  while (char code = static_cast<char>(body.byte())) fields[code] = body.text();
  std::string line = fmt::format(" {} {}: {}", fields['S'], fields['C'], fields['M']);
  for (char code : {'D', 'H', 'P', 'W', 's', 't', 'c', 'n'}) {
    if (!fields[code].empty()) line += fmt::format(" {}={}", code, fields[code]);
  }
  return line;
}

std::string row_line(ByteReader& body) {
  std::string line;
  for (int i = body.int16(); i > 0; --i) {
    int32_t length = body.int32();
    line += fmt::format(" {}", length < 0 ? "NULL" : body.bytes(static_cast<size_t>(length)));
  }
  return line;
}

std::string columns_line(ByteReader& body) {
  std::string line;
  for (int i = body.int16(); i > 0; --i) {
    std::string_view name = body.text();
    body.bytes(6);  // table, attribute
    uint32_t type = body.uint32();
    body.bytes(6);  // size, modifier
    line += fmt::format(" {}:{}{}", name, type, body.int16() == 1 ? ":binary" : "");
  }
  return line;
}

std::string authentication_line(ByteReader& body) {
  switch (body.int32()) {
    case 0: return "Ok";
    case 10: return fmt::format("SASL {}", body.text());
    case 11: return fmt::format("SASLContinue {}", body.rest());
    case 12: return fmt::format("SASLFinal {}", body.rest());
    default: return "?";
  }
}

std::string line_of(char type, ByteReader body) {
  switch (type) {
    case 'R': return "Authentication" + authentication_line(body);
    case 'S': {
      std::string_view name = body.text();
      return fmt::format("ParameterStatus {}={}", name, body.text());
    }
    case 'K': {
      int32_t pid = body.int32();
      return fmt::format("BackendKeyData {} {}", pid, body.uint32());
    }
    case 'v': {
      int32_t version = body.int32();
      std::string line = fmt::format("NegotiateProtocolVersion {}", version);
      for (int i = body.int32(); i > 0; --i) line += fmt::format(" {}", body.text());
      return line;
    }
    case 'Z': return fmt::format("ReadyForQuery {}", static_cast<char>(body.byte()));
    case 'E': return "Error" + error_line(body);
    case 'N': return "Notice" + error_line(body);
    case 'C': return fmt::format("CommandComplete {}", body.text());
    case 'T': return "RowDescription" + columns_line(body);
    case 'D': return "DataRow" + row_line(body);
    case 't': {
      std::string line = "ParameterDescription";
      for (int i = body.int16(); i > 0; --i) line += fmt::format(" {}", body.uint32());
      return line;
    }
    case 'G': return fmt::format("CopyInResponse {} columns", (body.byte(), body.int16()));
    case 'H': return fmt::format("CopyOutResponse {} columns", (body.byte(), body.int16()));
    case 'd': return fmt::format("CopyData {}", body.rest());
    case 'c': return "CopyDone";
    case 'I': return "EmptyQuery";
    case '1': return "ParseComplete";
    case '2': return "BindComplete";
    case '3': return "CloseComplete";
    case 'n': return "NoData";
    case 's': return "PortalSuspended";
    default: return fmt::format("message {}", type);
  }
}

}  // namespace

std::vector<std::string> backend_lines(std::string_view bytes) {
  std::vector<std::string> lines;
  // To a client of version 2: a text, and no length before it.
  constexpr std::string_view kOldError = "EFATAL:  ";
  if (bytes.starts_with(kOldError) && bytes.ends_with(std::string_view("\n\0", 2)))
    return {fmt::format("Error FATAL of version 2: {}",
                        bytes.substr(kOldError.size(), bytes.size() - kOldError.size() - 2))};
  while (bytes.size() >= 5) {
    size_t length = ByteReader(bytes.substr(1)).uint32();
    if (length < 4 || bytes.size() < length + 1) break;
    lines.push_back(line_of(bytes[0], ByteReader(bytes.substr(5, length - 4))));
    bytes.remove_prefix(length + 1);
  }
  if (!bytes.empty()) lines.push_back(fmt::format("rest {} bytes", bytes.size()));
  return lines;
}

}  // namespace wallaby::sql::pgwire::testing
