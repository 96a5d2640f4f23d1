#include "server/entropy.h"

#include <sys/random.h>
#include <cerrno>

#include "base/check.h"

namespace wallaby::server {

void fill_with_entropy(std::span<uint8_t> bytes) {
  while (!bytes.empty()) {
    ssize_t got = getrandom(bytes.data(), bytes.size(), 0);
    WALLABY_CHECK(got > 0 || errno == EINTR, "the kernel gives no random bytes");
    if (got > 0) bytes = bytes.subspan(static_cast<size_t>(got));
  }
}

}  // namespace wallaby::server
