// tests/sql/storage_values.h
//
// Random values of column types, with the nasty ones among them: for properties of keys and rows.
#pragma once

#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "sql/types/type.h"
#include "sql/types/value.h"

namespace wallaby::sql::testing_values {

using Random = std::mt19937_64;

inline const std::vector<TypeId> kKeyTypes = {TypeId::kBool,   TypeId::kInt2,  TypeId::kInt4,
                                              TypeId::kInt8,   TypeId::kText,  TypeId::kVarchar,
                                              TypeId::kFloat8, TypeId::kBytea, TypeId::kTimestamptz};

inline size_t below(Random& random, size_t limit) {
  return std::uniform_int_distribution<size_t>(0, limit - 1)(random);
}

template <typename T>
Value random_integer(Random& random) {
  constexpr T kEdges[] = {std::numeric_limits<T>::min(), std::numeric_limits<T>::max(), 0, -1, 1, 255, 256};
  if (below(random, 3) == 0) return Value(static_cast<int64_t>(kEdges[below(random, std::size(kEdges))]));
  return Value(static_cast<int64_t>(static_cast<T>(random())));
}

inline Value random_real(Random& random) {
  const double edges[] = {0.0,
                          -0.0,
                          1.5,
                          -1.5,
                          std::numeric_limits<double>::infinity(),
                          -std::numeric_limits<double>::infinity(),
                          std::nan(""),
                          1e-310,
                          1e308,
                          -1e308};
  if (below(random, 2) == 0) return Value(edges[below(random, std::size(edges))]);
  return Value(std::uniform_real_distribution<double>(-1e6, 1e6)(random));
}

/// Few different characters, so that one text often begins as another.
inline std::string random_text(Random& random, bool any_bytes) {
  const std::vector<std::string> pieces = {"a", "b", "ä", "\xF0\x9F\xA6\x98", "\x7F", " ", "\x01"};
  const std::vector<std::string> bytes = {std::string(1, '\0'), "\xFF", "\x01", "\x02", "a"};
  std::string text;
  for (size_t i = below(random, 6); i > 0; --i)
    text += any_bytes ? bytes[below(random, bytes.size())] : pieces[below(random, pieces.size())];
  return text;
}

inline Value random_value(TypeId type, Random& random) {
  switch (type) {
    case TypeId::kBool: return Value(below(random, 2) == 0);
    case TypeId::kInt2: return random_integer<int16_t>(random);
    case TypeId::kInt4: return random_integer<int32_t>(random);
    case TypeId::kInt8:
    case TypeId::kTimestamptz: return random_integer<int64_t>(random);
    case TypeId::kFloat8: return random_real(random);
    default: return Value(random_text(random, type == TypeId::kBytea));
  }
}

}  // namespace wallaby::sql::testing_values
