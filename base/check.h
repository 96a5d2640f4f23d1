// base/check.h
//
// WALLABY_CHECK states a promise that our own code makes to itself. It is on in every build: a database
// that goes on after its invariants broke turns one bug into lost data. Bad input, a full disk or a
// broken connection are not promises of ours: those are `Error`s (base/error.h).
//
//     WALLABY_CHECK(flushed <= appended, "flushed {} ran past appended {}", flushed, appended);
//
// A failed check prints the file, the line, the expression and the message, and aborts the process.
#pragma once

#include <string>

#include <fmt/core.h>

namespace wallaby {

[[noreturn]] void check_failed(const char* file, int line, const char* expression,
                               const std::string& message);

}  // namespace wallaby

#define WALLABY_CHECK(expression, ...)                                                         \
  do {                                                                                         \
    if (!(expression)) [[unlikely]]                                                            \
      ::wallaby::check_failed(__FILE__, __LINE__, #expression, ::fmt::format("" __VA_ARGS__)); \
  } while (false)
