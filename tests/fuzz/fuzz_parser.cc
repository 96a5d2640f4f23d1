// The bridge to PostgreSQL's grammar: any text gives statements or an error with a code, and statements lie inside of the text.
#include <string_view>

#include "base/check.h"
#include "sql/parser/parser.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto statements = wallaby::sql::parse(text);
  if (!statements) {
    WALLABY_CHECK(statements.error().code().size() == 5, "code {}", statements.error().code());
    return 0;
  }
  for (const auto& statement : *statements) {
    WALLABY_CHECK(*statement->text == text);
    WALLABY_CHECK(statement->begin >= 0 && statement->length >= 0);
    WALLABY_CHECK(static_cast<size_t>(statement->begin) + static_cast<size_t>(statement->length) <= size);
  }
  return 0;
}
