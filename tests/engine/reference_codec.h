// tests/engine/reference_codec.h
//
// The parser and writer that protoc makes of proto/record.proto, behind plain structs: what the hand-written codec
// is held to.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/changes.h"

namespace wallaby::engine::test {

/// nullopt when the generated parser refuses the bytes, or what it read are not changes that check_change accepts.
std::optional<Changes> parse_generated(std::string_view payload);
/// Written by generated code; every change names its table when `names_every_table`.
std::string write_generated(const Changes& changes, bool names_every_table);
/// Fields that this version does not know, one of each wire type, stand around every change and inside it.
std::string write_with_unknown_fields(const Changes& changes);

}  // namespace wallaby::engine::test
