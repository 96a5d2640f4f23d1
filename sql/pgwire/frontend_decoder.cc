#include "sql/pgwire/frontend_decoder.h"

#include <utility>

#include "sql/pgwire/byte_reader.h"

namespace wallaby::sql::pgwire {
namespace {

constexpr uint32_t kSslCode = 80877103, kGssEncCode = 80877104, kCancelCode = 80877102;
/// A buffer that grew larger is given back when it is empty, so that an idle connection costs little.
constexpr size_t kKeptCapacity = 16 << 10;
/// The longest message of PostgreSQL's: no client means a longer one, nor a negative length.
constexpr size_t kMaxHonest = 0x3FFFFFFF;

SqlError fatal(SqlError error) {
  return std::move(error).severity("FATAL");
}
SqlError violation(std::string_view what) {
  return fatal(sql_error("08P01", "{}", what));
}
/// No client of this protocol: closed without an answer.
SqlError not_a_client() {
  return violation("");
}

/// What this type of message may weigh; 0: there is none.
size_t limit_of(char type) {
  switch (type) {
    case 'Q':
    case 'P':
    case 'B':
    case 'F':
    case 'd':
    case 'p': return kMaxMessage;
    case 'C':
    case 'D':
    case 'E':
    case 'H':
    case 'S':
    case 'X':
    case 'c':
    case 'f': return kMaxSmallMessage;
    default: return 0;
  }
}

Parse read_parse(ByteReader& body) {
  Parse parse;
  parse.statement = body.text();
  parse.text = body.text();
  auto count = static_cast<uint16_t>(body.int16());
  for (uint16_t i = 0; i < count && !body.failed(); ++i)
    parse.types.push_back(static_cast<TypeId>(body.uint32()));
  return parse;
}

Bind read_bind(ByteReader& body) {
  Bind bind;
  bind.portal = body.text();
  bind.statement = body.text();
  bind.values = body.rest();
  return bind;
}

/// Any other byte than S and P is told by the connection: the message as such is well formed.
template <typename Message>
Message read_named(ByteReader& body) {
  Message message;
  message.target = static_cast<Target>(body.byte());
  message.name = body.text();
  return message;
}

Execute read_execute(ByteReader& body) {
  Execute execute;
  execute.portal = body.text();
  execute.max_rows = body.int32();
  return execute;
}

FrontendMessage read_message(char type, ByteReader& body) {
  switch (type) {
    case 'Q': return Query{body.text()};
    case 'P': return read_parse(body);
    case 'B': return read_bind(body);
    case 'D': return read_named<Describe>(body);
    case 'E': return read_execute(body);
    case 'C': return read_named<Close>(body);
    case 'H': return Flush{};
    case 'S': return Sync{};
    case 'd': return CopyData{body.rest()};
    case 'c': body.rest(); return CopyDone{};
    case 'f': return CopyFail{body.text()};
    case 'p': return PasswordMessage{body.rest()};
    case 'F': body.rest(); return FunctionCall{};
    default: body.rest(); return Terminate{};
  }
}

}  // namespace

void FrontendDecoder::append(std::string_view bytes) {
  buffer_.erase(0, taken_);
  taken_ = 0;
  buffer_.append(bytes);
}

std::optional<char> FrontendDecoder::peek_type() const {
  if (buffered() == 0) return std::nullopt;
  return buffer_[taken_];
}

SqlResult<std::optional<std::string_view>> FrontendDecoder::take_body(size_t head, size_t limit) {
  std::string_view bytes = std::string_view(buffer_).substr(taken_);
  if (bytes.size() < head + 4) return std::nullopt;
  size_t length = ByteReader(bytes.substr(head, 4)).uint32();
  if (length < 4 || length > kMaxHonest) return not_a_client();
  if (length > limit) {
    if (limit == kMaxSmallMessage) return not_a_client();
    return fatal(sql_error("54000", "a message of {} bytes is longer than {} bytes", length, limit));
  }
  if (bytes.size() < head + length) return std::nullopt;
  taken_ += head + length;
  return bytes.substr(head + 4, length - 4);
}

SqlResult<std::optional<FrontendMessage>> FrontendDecoder::next_packet() {
  auto found = take_body(0, kMaxSmallMessage);
  if (!found) return std::unexpected(std::move(found).error());
  if (!*found) return std::nullopt;
  ByteReader body(**found);
  uint32_t code = body.uint32();
  if (body.failed()) return not_a_client();
  if (code == kSslCode && body.left() == 0) return SslRequest{};
  if (code == kGssEncCode && body.left() == 0) return GssEncRequest{};
  if (code == kCancelCode) {
    CancelRequest cancel{body.int32(), body.uint32()};
    if (!body.finished()) return not_a_client();
    return cancel;
  }
  Startup startup{static_cast<uint16_t>(code >> 16), static_cast<uint16_t>(code), {}};
  if (startup.major != 3) return startup;  // its further layout is unknown
  for (;;) {
    std::string_view name = body.text();
    if (name.empty()) break;
    startup.parameters.emplace_back(name, body.text());
  }
  if (!body.finished()) return violation("invalid startup packet layout: expected terminator as last byte");
  return startup;
}

SqlResult<std::optional<FrontendMessage>> FrontendDecoder::next() {
  if (buffered() == 0) {
    buffer_.clear();
    taken_ = 0;
    if (buffer_.capacity() > kKeptCapacity) buffer_.shrink_to_fit();
    return std::nullopt;
  }
  if (phase_ == Phase::kStartup) return next_packet();
  const char type = buffer_[taken_];
  size_t limit = limit_of(type);
  if (limit == 0)
    return violation(fmt::format("invalid frontend message type {}", static_cast<uint8_t>(type)));
  if (phase_ == Phase::kLogin) {
    if (type != 'p' && type != 'X')
      return violation(
          fmt::format("expected SASL response, got message type {}", static_cast<uint8_t>(type)));
    limit = kMaxSmallMessage;
  }
  auto found = take_body(1, limit);
  if (!found) return std::unexpected(std::move(found).error());
  if (!*found) return std::nullopt;
  ByteReader body(**found);
  FrontendMessage message = read_message(type, body);
  if (!body.finished()) return Malformed{type, body.fault_at_end()};
  return message;
}

}  // namespace wallaby::sql::pgwire
