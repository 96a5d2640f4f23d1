#include "sql/pgwire/parameters.h"

#include <utility>

#include "sql/pgwire/byte_reader.h"
#include "sql/types/type_io.h"
#include "sql/types/utf8.h"

namespace wallaby::sql::pgwire {
namespace {

SqlError misfit(std::string_view fault) {
  return sql_error("08P01", "{}", fault);
}

Formats read_formats(ByteReader& body) {
  Formats formats;
  auto count = static_cast<uint16_t>(body.int16());
  if (size_t{count} * 2 <= body.left()) formats.reserve(count);
  for (uint16_t i = 0; i < count && !body.failed(); ++i) formats.push_back(body.int16());
  return formats;
}

/// "portal "p" parameter $1 = '...'": never the value itself, as PostgreSQL does by default.
std::string parameter_context(std::string_view portal, size_t number, bool value) {
  return fmt::format("{} parameter ${}{}",
                     portal.empty() ? "unnamed portal" : fmt::format("portal \"{}\"", portal), number,
                     value ? " = '...'" : "");
}

/// `read_as_text`: set while it is the text of a value that is being understood.
SqlResult<Value> read_value(ByteReader& body, Type type, Format format, bool& read_as_text) {
  const int32_t length = body.int32();
  std::string_view bytes;
  // -1 is NULL; any other negative length is more than there can be.
  if (length != -1) bytes = body.bytes(static_cast<size_t>(length));
  if (body.failed()) return misfit(body.fault());
  if (length == -1) return Value();
  if (auto known = check_known(format); !known) return std::unexpected(known.error());
  if (format == Format::kBinary) return read_binary(type, bytes);
  if (auto text = check_text(bytes); !text) return std::unexpected(text.error());
  read_as_text = true;
  return parse_value(type, bytes);
}

}  // namespace

SqlResult<BoundValues> read_values(const Bind& bind, const Prepared& prepared) {
  ByteReader body(bind.values);
  const Formats formats = read_formats(body);
  const size_t given = static_cast<uint16_t>(body.int16()), wanted = prepared.parameters.size();
  if (body.failed()) return misfit(body.fault());
  if (formats.size() > 1 && formats.size() != given)
    return sql_error("08P01", "bind message has {} parameter formats but {} parameters", formats.size(),
                     given);
  if (given != wanted)
    return sql_error("08P01",
                     "bind message supplies {} parameters, but prepared statement \"{}\" requires {}", given,
                     bind.statement, wanted);
  BoundValues bound;
  bound.parameters.reserve(given);
  for (size_t i = 0; i < given; ++i) {
    bool read_as_text = false;
    auto value = read_value(body, {prepared.parameters[i]}, format_of(formats, i), read_as_text);
    if (!value) {
      SqlError error = std::move(value).error();
      error.change().where = parameter_context(bind.portal, i + 1, read_as_text);
      return std::unexpected(std::move(error));
    }
    bound.parameters.push_back(*std::move(value));
  }
  bound.result_formats = read_formats(body);
  if (auto fault = body.fault_at_end(); !fault.empty()) return misfit(fault);
  return bound;
}

SqlResult<void> check_result_formats(const Formats& formats, size_t columns) {
  if (formats.size() <= 1 || formats.size() == columns) return {};
  return sql_error("08P01", "bind message has {} result formats but query has {} columns", formats.size(),
                   columns);
}

}  // namespace wallaby::sql::pgwire
