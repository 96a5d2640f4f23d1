// A connection with a made-up session: however the bytes are cut, the same answers and the same work come out, every answer is a whole
// message, each Query and each Sync that is answered ends with one ReadyForQuery, and FATAL is the last word.
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "tests/fuzz/target.h"
#include "tests/sql/pgwire/test_client.h"

namespace {

using namespace wallaby::sql::pgwire;
using testing::Lines;
using testing::TestClient;

struct Heard {
  std::string bytes;
  Lines journal;
  bool ended = false;
  bool operator==(const Heard&) const = default;
};

Heard talk(std::string_view bytes, size_t step) {
  TestClient client;
  Heard heard;
  constexpr size_t kEnough = 4 << 20;  // of an endless statement
  for (size_t at = 0; at < bytes.size() && !client.connection.ended(); at += step) {
    client.connection.received(bytes.substr(at, step));
    for (int i = 0; i < 100'000; ++i) {
      client.progress = client.connection.run(client.now);
      std::string out = client.connection.take_output();
      client.connection.sent(out.size());
      heard.bytes += out;
      if (client.progress == Progress::kWaiting)
        client.session->release();
      else if (client.progress != Progress::kResting && client.progress != Progress::kFull)
        break;
      if (heard.bytes.size() > kEnough) client.connection.cancel(client.now);
    }
  }
  if (client.session) heard.journal = client.session->journal;
  heard.ended = client.connection.ended();
  return heard;
}

void check(const Heard& heard) {
  // Before the startup packet single bytes answer requests for encryption.
  size_t first = heard.bytes.find_first_not_of('N');
  if (first == std::string::npos) return;
  Lines lines = testing::backend_lines(std::string_view(heard.bytes).substr(first));
  for (size_t i = 0; i < lines.size(); ++i) {
    WALLABY_CHECK(!lines[i].starts_with("rest "), "an answer is not whole: {}", lines[i]);
    bool fatal = lines[i].starts_with("Error FATAL");
    WALLABY_CHECK(!fatal || (i + 1 == lines.size() && heard.ended), "something comes behind {}", lines[i]);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  // An endless statement would answer by megabytes, which says nothing more.
  if (bytes.find("endless") != std::string_view::npos) return 0;
  Heard whole = talk(bytes, std::max<size_t>(size, 1));
  check(whole);
  WALLABY_CHECK(talk(bytes, 1) == whole, "byte by byte the answers differ");
  WALLABY_CHECK(talk(bytes, 5) == whole, "in fives the answers differ");
  return 0;
}
