// sql/types/quoting.h
//
// Names and texts as SQL writes them: "my table", 'it''s'. A name needs its quotes when it is not made of lower case letters, digits
// and underscores, or when it is a word of the grammar.
#pragma once

#include <string>
#include <string_view>

namespace wallaby::sql {

std::string quote_identifier(std::string_view name);
/// With an E in front where a backslash is doubled.
std::string quote_literal(std::string_view text);

}  // namespace wallaby::sql
