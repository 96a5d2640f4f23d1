// The worked example of docs/formats/log.md, byte for byte. Whoever changes the format changes both.
#include <gtest/gtest.h>

#include "tests/wal/log_driver.h"

namespace wallaby::wal {
namespace {

/// 16 bytes a line, as `hexdump -C` prints them, without the column of characters.
std::string hex_lines(std::string_view bytes) {
  std::string text;
  for (size_t at = 0; at < bytes.size(); ++at) {
    if (at % 16 == 0) text += fmt::format("{}{:08x} ", at == 0 ? "" : "\n", at);
    text += fmt::format(" {:02x}", static_cast<unsigned char>(bytes[at]));
  }
  return text;
}

TEST(Example, TwoRecordsOfANewCluster) {
  auto files = disk_with({"hello", "wallaby"});
  EXPECT_EQ(hex_lines(files->contents("wal/00000001-0000000000000000.wal").substr(0, 160)),
            "00000000  57 41 4c 4c 41 42 59 31 01 00 00 00 01 00 00 00\n"
            "00000010  ee ff c0 00 00 00 00 00 00 00 00 00 00 00 00 00\n"
            "00000020  11 7a c2 1a 66 88 32 c1 00 00 00 00 00 00 00 00\n"
            "00000030  00 00 00 00 00 00 00 00 ff eb 09 05 65 d5 2a 05\n"
            "00000040  05 00 00 00 1b 76 6f f4 01 00 00 00 07 00 01 00\n"
            "00000050  00 00 00 00 00 00 00 00 11 7a c2 1a 66 88 32 c1\n"
            "00000060  f3 b6 66 1b 41 b6 e0 77 68 65 6c 6c 6f 00 00 00\n"
            "00000070  07 00 00 00 4d 4e 9c 50 01 00 00 00 07 00 01 00\n"
            "00000080  30 00 00 00 00 00 00 00 f3 b6 66 1b 41 b6 e0 77\n"
            "00000090  5f 1c 95 cf e1 36 ea 59 77 61 6c 6c 61 62 79 00");
}

}  // namespace
}  // namespace wallaby::wal
