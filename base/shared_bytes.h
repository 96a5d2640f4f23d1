// base/shared_bytes.h
//
// Immutable bytes with shared ownership: a view, and whatever keeps the memory alive.
//
// Log bytes live once in memory. The file job that writes them, the message that ships them to two
// replicas and the applier that reads them all hold a SharedBytes on the same buffer, so nothing is copied
// on the way and nobody has to know who is done last. Copying one costs a reference count, slicing is free.
//
// The bytes never change while anybody holds them: writers only append behind what was handed out.
// Threads: a SharedBytes may be handed to another thread.
#pragma once

#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace wallaby {

class SharedBytes {
 public:
  SharedBytes() = default;
  /// Takes the string over; one allocation for the owner.
  explicit SharedBytes(std::string bytes);
  /// `owner` keeps the memory behind `bytes` alive.
  SharedBytes(std::shared_ptr<const void> owner, std::string_view bytes)
      : owner_(std::move(owner)), bytes_(bytes) {}

  std::string_view view() const { return bytes_; }
  size_t size() const { return bytes_.size(); }
  bool empty() const { return bytes_.empty(); }
  SharedBytes slice(size_t offset, size_t length = std::string_view::npos) const {
    return SharedBytes(owner_, bytes_.substr(offset, length));
  }
  /// True when `next` continues these bytes in the same memory, so that both can be one piece.
  bool adjoins(const SharedBytes& next) const {
    return owner_ == next.owner_ && bytes_.data() + bytes_.size() == next.bytes_.data();
  }
  SharedBytes joined(const SharedBytes& next) const {
    return SharedBytes(owner_, std::string_view(bytes_.data(), bytes_.size() + next.bytes_.size()));
  }

  bool operator==(const SharedBytes& other) const { return bytes_ == other.bytes_; }

 private:
  std::shared_ptr<const void> owner_;
  std::string_view bytes_;
};

std::ostream& operator<<(std::ostream& out, const SharedBytes& bytes);

}  // namespace wallaby
