#include "sql/pgwire/parameters.h"

#include <algorithm>
#include <utility>

#include "sql/pgwire/row_encoder.h"
#include "sql/types/type_io.h"

namespace wallaby::sql::pgwire {
namespace {

SqlResult<void> check_known(const Formats& formats) {
  auto unknown = std::ranges::find_if(formats, [](int16_t format) { return format != 0 && format != 1; });
  if (unknown == formats.end()) return {};
  return sql_error("22023", "unsupported format code: {}", *unknown);
}

}  // namespace

SqlResult<Row> read_parameters(const Bind& bind, const Prepared& prepared) {
  const size_t given = bind.parameters.size(), wanted = prepared.parameters.size();
  if (bind.parameter_formats.size() > 1 && bind.parameter_formats.size() != given)
    return sql_error("08P01", "bind message has {} parameter formats but {} parameters",
                     bind.parameter_formats.size(), given);
  if (given != wanted)
    return sql_error("08P01",
                     "bind message supplies {} parameters, but prepared statement \"{}\" requires {}", given,
                     bind.statement, wanted);
  if (auto known = check_known(bind.parameter_formats); !known)
    return std::unexpected(std::move(known).error());

  Row values;
  values.reserve(given);
  for (size_t i = 0; i < given; ++i) {
    if (!bind.parameters[i]) {
      values.emplace_back();
      continue;
    }
    Type type{prepared.parameters[i]};
    auto value = format_of(bind.parameter_formats, i) == Format::kText
                     ? parse_value(type, *bind.parameters[i])
                     : read_binary(type, *bind.parameters[i]);
    if (!value) return std::unexpected(std::move(value).error());
    values.push_back(std::move(*value));
  }
  return values;
}

SqlResult<void> check_result_formats(const Formats& formats, size_t columns) {
  if (formats.size() > 1 && formats.size() != columns)
    return sql_error("08P01", "bind message has {} result formats but query has {} columns", formats.size(),
                     columns);
  return check_known(formats);
}

}  // namespace wallaby::sql::pgwire
