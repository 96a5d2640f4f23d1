// sql/pgwire/frontend_decoder.h
//
// Cuts a client's bytes into messages, however the network split them.
//
//     decoder.append("Q\0\0\0\x0dSELE");     decoder.next()  ->  nullopt: more has to come
//     decoder.append("CT 1\0");              decoder.next()  ->  Query{"SELECT 1"}
//
// What may come depends on who the client is to us, because memory is spent on it:
//
//     kStartup   packets without a type byte, at most 10,000 bytes (PostgreSQL's limit)
//     kLogin     only 'p', at most 10,000 bytes
//     kOpen      everything; what carries no data at most 10,000 bytes, the rest at most 64 MiB
//
// A length is judged when its four bytes are there, before any memory is taken for what it announces; a type byte that
// stands for nothing is refused at once. After an error the connection cannot go on: nobody knows where the next message begins.
// A message whose length holds and whose fields do not is Malformed, and the next one can be read.
//
// Ownership: messages point into the buffer. append() and next() end the life of what next() gave before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sql/pgwire/messages.h"
#include "sql/sql_error.h"

namespace wallaby::sql::pgwire {

inline constexpr size_t kMaxSmallMessage = 10'000;
inline constexpr size_t kMaxMessage = 64 << 20;

class FrontendDecoder {
 public:
  enum class Phase : uint8_t { kStartup, kLogin, kOpen };

  void set_phase(Phase phase) { phase_ = phase; }
  void append(std::string_view bytes);
  /// nullopt: the next message is not complete. An error is FATAL; one without a message text asks to close without a word,
  /// as PostgreSQL does when what came is no startup packet at all, or a length that no message has.
  SqlResult<std::optional<FrontendMessage>> next();
  /// The type byte of the message that next() is going to give, as soon as it is there.
  std::optional<char> peek_type() const;
  /// Bytes that next() has not given yet.
  size_t buffered() const { return buffer_.size() - taken_; }

 private:
  SqlResult<std::optional<FrontendMessage>> next_packet();
  /// The body of the message at the front, when all of it has come; `head`: the bytes before its length.
  SqlResult<std::optional<std::string_view>> take_body(size_t head, size_t limit);

  Phase phase_ = Phase::kStartup;
  std::string buffer_;
  size_t taken_ = 0;
};

}  // namespace wallaby::sql::pgwire
