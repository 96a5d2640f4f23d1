// tests/replication/dialogue.h
//
// What the tests of the cores share. A test reads as a dialogue: events go in, and what comes out is compared as the
// lines that the outputs print.
#pragma once

#include <initializer_list>
#include <sstream>
#include <string>
#include <vector>

#include "base/lsn.h"
#include "base/time.h"

namespace wallaby::replication {

using Lines = std::vector<std::string>;

template <typename Printable>
std::string line(const Printable& printable) {
  std::ostringstream out;
  out << printable;
  return out.str();
}

template <typename Output>
Lines lines(const std::vector<Output>& outputs) {
  Lines all;
  for (const Output& output : outputs) all.push_back(line(output));
  return all;
}

/// A point in the test's time.
inline TimePoint at_ms(int64_t milliseconds) {
  return TimePoint{} + std::chrono::milliseconds(milliseconds);
}
inline TimePoint at_s(int64_t seconds) {
  return TimePoint{} + std::chrono::seconds(seconds);
}

}  // namespace wallaby::replication
