// The door with a real session on a real node: whatever a client says after its login, every answer is a whole message, FATAL is the last
// word, the node's invariants hold, and another client is served as before.
#include <string>
#include <string_view>

#include "base/check.h"
#include "tests/fuzz/target.h"
#include "tests/sql/pgwire/real_door.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace wallaby::sql::pgwire::testing;
  RealDoor door;
  door.log_in(1);
  door.say(1, frontend::query("CREATE TABLE f (k int PRIMARY KEY, v text)"));
  door.accept(3);
  std::string heard;
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (size_t at = 0; at < size; at += 1000) heard += door.say_raw(3, bytes.substr(at, 1000));

  size_t first = heard.find_first_not_of('N');
  auto lines = backend_lines(first == std::string::npos ? "" : std::string_view(heard).substr(first));
  for (size_t i = 0; i < lines.size(); ++i) {
    WALLABY_CHECK(!lines[i].starts_with("rest "), "an answer is not whole: {}", lines[i]);
    WALLABY_CHECK(!lines[i].starts_with("Error FATAL") || i + 1 == lines.size(), "something comes behind {}",
                  lines[i]);
  }
  door.lose(3);
  door.cluster().node("p1").check_invariants();
  WALLABY_CHECK(door.say(1, frontend::query("SELECT 1")).back() == "ReadyForQuery I",
                "another client is not served");
  return 0;
}
