// sql/pgwire/byte_reader.h
//
// Reads the fields of one message: numbers in network byte order, texts that end with a zero byte, counted bytes.
//
//     ByteReader body("\0\x02" "id\0");
//     body.int16() == 2;  body.text() == "id";  body.finished()
//
// A read past the end gives zero or nothing and makes failed() true for good, so a decoder reads all fields of a message
// straight through and asks once, at the end, whether they were there.
#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>

namespace wallaby::sql::pgwire {

class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : left_(bytes) {}

  uint8_t byte() { return number<uint8_t>(); }
  int16_t int16() { return static_cast<int16_t>(number<uint16_t>()); }
  int32_t int32() { return static_cast<int32_t>(number<uint32_t>()); }
  uint32_t uint32() { return number<uint32_t>(); }
  /// Up to the zero byte, which is taken too.
  std::string_view text() {
    size_t end = left_.find('\0');
    if (end == std::string_view::npos) return fail();
    std::string_view found = left_.substr(0, end);
    left_.remove_prefix(end + 1);
    return found;
  }
  std::string_view bytes(size_t count) {
    if (count > left_.size()) return fail();
    std::string_view found = left_.substr(0, count);
    left_.remove_prefix(count);
    return found;
  }
  std::string_view rest() { return bytes(left_.size()); }

  size_t left() const { return left_.size(); }
  bool failed() const { return failed_; }
  /// All was read and all was there.
  bool finished() const { return !failed_ && left_.empty(); }

 private:
  template <typename T>
  T number() {
    std::string_view found = bytes(sizeof(T));
    std::make_unsigned_t<T> value = 0;
    for (char byte : found) value = static_cast<T>((uint64_t{value} << 8) | static_cast<uint8_t>(byte));
    return value;
  }
  std::string_view fail() {
    failed_ = true;
    left_ = {};
    return {};
  }

  std::string_view left_;
  bool failed_ = false;
};

}  // namespace wallaby::sql::pgwire
