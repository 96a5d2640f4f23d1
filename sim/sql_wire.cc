#include "sim/sql_wire.h"

#include <fmt/core.h>

#include "sim/trace.h"
#include "sql/pgwire/backend_encoder.h"
#include "sql/pgwire/byte_reader.h"

namespace wallaby::sim {

using sql::pgwire::BackendEncoder;
using sql::pgwire::ByteReader;

namespace {

constexpr size_t kHead = 5;  // type, length
constexpr uint32_t kLongest = 64 << 20;

[[noreturn]] void broken(const std::string& what) {
  throw BrokenPromise("a server speaks PostgreSQL's protocol, but " + what);
}

SqlFailure failure(ByteReader& body) {
  SqlFailure failure;
  while (char field = static_cast<char>(body.byte())) {
    std::string_view text = body.text();
    if (field == 'V') failure.severity = text;
    if (field == 'C') failure.code = text;
    if (field == 'M') failure.message = text;
    if (field == 'H') failure.hint = text;
  }
  return failure;
}

SqlRow row(ByteReader& body, std::optional<size_t> columns) {
  auto count = static_cast<size_t>(body.int16());
  if (columns != count) broken(fmt::format("a row of {} columns comes unannounced", count));
  SqlRow row;
  for (size_t i = 0; i < count; ++i) {
    int32_t length = body.int32();
    if (length < 0)
      row.emplace_back();
    else
      row.emplace_back(body.bytes(static_cast<size_t>(length)));
  }
  return row;
}

}  // namespace

std::optional<Token> SqlFailure::token() const {
  size_t begin = hint.find('\''), end = hint.rfind('\'');
  if (begin == std::string::npos || end <= begin) return std::nullopt;
  auto token = parse_token(hint.substr(begin + 1, end - begin - 1));
  if (!token) return std::nullopt;
  return *token;
}

std::vector<SqlAnswer> SqlAnswerReader::feed(std::string_view bytes) {
  buffer_ += bytes;
  std::vector<SqlAnswer> answers;
  size_t taken = 0;
  while (buffer_.size() - taken >= kHead) {
    ByteReader head(std::string_view(buffer_).substr(taken, kHead));
    auto type = static_cast<char>(head.byte());
    uint32_t length = head.uint32();
    if (length < 4 || length > kLongest) broken(fmt::format("a message '{}' has length {}", type, length));
    if (buffer_.size() - taken < length + 1) break;
    take(type, std::string_view(buffer_).substr(taken + kHead, length - 4));
    taken += length + 1;
    if (type != 'Z') continue;
    answers.push_back(std::exchange(answer_, {}));
    columns_.reset();
  }
  buffer_.erase(0, taken);
  return answers;
}

void SqlAnswerReader::take(char type, std::string_view bytes) {
  ByteReader body(bytes);
  bool news = type == 'S' || type == 'N' || type == 'Z' ||
              type == 'E';  // the last words of a session are a second error
  if (answer_.failed && !news) broken(fmt::format("a message '{}' comes behind an error", type));
  switch (type) {
    case 'R':
      if (body.int32() != 0) broken("it asks for a password");
      break;
    case 'K': key_ = SqlKey{body.int32(), body.uint32()}; break;
    case 'S': {
      std::string_view name = body.text(), value = body.text();
      if (name != "wallaby.commit_lsn") break;
      auto token = parse_token(value);
      if (!token) broken(fmt::format("'{}' is no token", value));
      answer_.commit = *token;
      break;
    }
    case 'T':
      columns_ = static_cast<size_t>(body.int16());
      body.rest();
      break;
    case 'D': answer_.rows.push_back(row(body, columns_)); break;
    case 'C':
      answer_.tags.emplace_back(body.text());
      columns_.reset();
      break;
    case 'E': {
      SqlFailure what = failure(body);
      if (answer_.failed && !what.fatal()) broken("one statement fails twice: " + what.message);
      if (!answer_.failed) answer_.failed = std::move(what);
      break;
    }
    case 'N':
      failure(body);
      ++answer_.notices;
      break;
    case 'Z': answer_.status = static_cast<char>(body.byte()); break;
    case 'G':
      copy_wanted_ = true;
      body.rest();
      break;
    case '1':
    case '2':
    case '3':
    case 'n': break;
    case 't': body.rest(); break;
    default: broken(fmt::format("a message '{}' was not asked for", type));
  }
  if (!body.finished()) broken(fmt::format("a message '{}': {}", type, body.fault_at_end()));
}

namespace frontend {
namespace {

std::string packet(int32_t code, const auto& fill) {
  std::string out(4, '\0');
  BackendEncoder packet(out);
  packet.int32(code);
  fill(packet);
  packet.patch(0, static_cast<int32_t>(out.size()));
  return out;
}

std::string message(char type, const auto& fill) {
  std::string out;
  BackendEncoder message(out);
  size_t start = message.begin(type);
  fill(message);
  message.end(start);
  return out;
}

}  // namespace

std::string startup(const Parameters& parameters) {
  return packet(3 << 16, [&](BackendEncoder& packet) {
    for (const auto& [name, value] : parameters) {
      packet.text(name);
      packet.text(value);
    }
    packet.byte('\0');
  });
}

std::string cancel_request(const SqlKey& key) {
  return packet(80877102, [&](BackendEncoder& packet) {
    packet.int32(key.pid);
    packet.uint32(key.key);
  });
}

std::string query(std::string_view text) {
  return message('Q', [&](BackendEncoder& message) { message.text(text); });
}

std::string parse(std::string_view name, std::string_view text) {
  return message('P', [&](BackendEncoder& message) {
    message.text(name);
    message.text(text);
    message.int16(0);
  });
}

std::string bind(std::string_view statement, const std::vector<std::string>& values) {
  return message('B', [&](BackendEncoder& message) {
    message.text("");
    message.text(statement);
    message.int16(0);
    message.int16(static_cast<int16_t>(values.size()));
    for (const std::string& value : values) {
      message.int32(static_cast<int32_t>(value.size()));
      message.bytes(value);
    }
    message.int16(0);
  });
}

std::string close_statement(std::string_view name) {
  return message('C', [&](BackendEncoder& message) {
    message.byte('S');
    message.text(name);
  });
}

std::string describe() {
  return message('D', [](BackendEncoder& message) {
    message.byte('P');
    message.text("");
  });
}

std::string execute() {
  return message('E', [](BackendEncoder& message) {
    message.text("");
    message.int32(0);
  });
}

std::string sync() {
  return message('S', [](BackendEncoder&) {});
}

std::string copy_data(std::string_view bytes) {
  return message('d', [&](BackendEncoder& message) { message.bytes(bytes); });
}

std::string copy_done() {
  return message('c', [](BackendEncoder&) {});
}

std::string copy_fail() {
  return message('f', [](BackendEncoder& message) { message.text("the client has changed its mind"); });
}

}  // namespace frontend

}  // namespace wallaby::sim
