// The decoder: however the bytes are cut, the same messages come out, and no more memory is taken than came in.
#include <algorithm>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "sql/pgwire/frontend_decoder.h"
#include "tests/fuzz/target.h"

namespace {

using namespace wallaby::sql::pgwire;

std::vector<std::string> decode(std::string_view bytes, size_t step) {
  FrontendDecoder decoder;
  std::vector<std::string> lines;
  for (size_t at = 0; at < bytes.size(); at += step) {
    decoder.append(bytes.substr(at, step));
    WALLABY_CHECK(decoder.buffered() <= bytes.size());
    for (;;) {
      auto message = decoder.next();
      if (!message) {
        lines.push_back(message.error().code() + message.error().message());
        return lines;
      }
      if (!*message) break;
      std::ostringstream line;
      line << **message;
      lines.push_back(line.str());
      if (std::holds_alternative<Startup>(**message)) decoder.set_phase(FrontendDecoder::Phase::kOpen);
    }
  }
  return lines;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  auto whole = decode(bytes, std::max<size_t>(size, 1));
  WALLABY_CHECK(decode(bytes, 1) == whole);
  WALLABY_CHECK(decode(bytes, 7) == whole);
  return 0;
}
