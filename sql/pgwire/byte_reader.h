// sql/pgwire/byte_reader.h
//
// Reads the fields of one message: numbers in network byte order, texts that end with a zero byte, counted bytes.
//
//     ByteReader body("\0\x02" "id\0");
//     body.int16() == 2;  body.text() == "id";  body.finished()
//
// A read past the end gives zero or nothing and is noted for good, so a decoder reads all fields of a message straight
// through and asks once, at the end, what did not fit. The words for it are PostgreSQL's.
#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>

namespace wallaby::sql::pgwire {

class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : left_(bytes) {}

  uint8_t byte() {
    if (left_.empty()) fail("no data left in message");
    return number<uint8_t>();
  }
  int16_t int16() { return static_cast<int16_t>(number<uint16_t>()); }
  int32_t int32() { return static_cast<int32_t>(number<uint32_t>()); }
  uint32_t uint32() { return number<uint32_t>(); }
  /// Up to the zero byte, which is taken too.
  std::string_view text() {
    size_t end = left_.find('\0');
    if (end == std::string_view::npos) return fail("invalid string in message");
    std::string_view found = left_.substr(0, end);
    left_.remove_prefix(end + 1);
    return found;
  }
  std::string_view bytes(size_t count) {
    if (count > left_.size()) return fail("insufficient data left in message");
    std::string_view found = left_.substr(0, count);
    left_.remove_prefix(count);
    return found;
  }
  std::string_view rest() { return bytes(left_.size()); }

  size_t left() const { return left_.size(); }
  bool failed() const { return !fault_.empty(); }
  /// The first read that went past the end; empty: none did.
  std::string_view fault() const { return fault_; }
  /// Asked when all was read; empty: it was there, and nothing else.
  std::string_view fault_at_end() const {
    return fault_.empty() && !left_.empty() ? std::string_view("invalid message format") : fault_;
  }
  bool finished() const { return fault_at_end().empty(); }

 private:
  template <typename T>
  T number() {
    std::string_view found = bytes(sizeof(T));
    std::make_unsigned_t<T> value = 0;
    for (char byte : found) value = static_cast<T>((uint64_t{value} << 8) | static_cast<uint8_t>(byte));
    return value;
  }
  std::string_view fail(std::string_view what) {
    if (fault_.empty()) fault_ = what;
    left_ = {};
    return {};
  }

  std::string_view left_;
  std::string_view fault_;
};

}  // namespace wallaby::sql::pgwire
