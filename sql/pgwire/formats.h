// sql/pgwire/formats.h
//
// Values travel as text or in a binary form; a client says which for its parameters, and for the columns that it wants.
//
//     {}        all as text
//     {1}       all binary
//     {0, 1}    each its own
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sql/sql_error.h"

namespace wallaby::sql::pgwire {

enum class Format : int16_t { kText = 0, kBinary = 1 };
/// As the client sent them.
using Formats = std::vector<int16_t>;

/// Of value `index`. The list has been checked to fit.
inline Format format_of(const Formats& formats, size_t index) {
  if (formats.empty()) return Format::kText;
  return static_cast<Format>(formats.size() == 1 ? formats[0] : formats[index]);
}

inline SqlResult<void> check_known(Format format) {
  if (format == Format::kText || format == Format::kBinary) return {};
  return sql_error("22023", "unsupported format code: {}", static_cast<int>(format));
}

}  // namespace wallaby::sql::pgwire
