#include "sql/pgwire/row_encoder.h"

#include <charconv>
#include <utility>

#include "base/check.h"
#include "sql/types/type_io.h"

namespace wallaby::sql::pgwire {
namespace {

bool is_plain_integer(TypeId type) {
  return type == TypeId::kInt4 || type == TypeId::kInt8 || type == TypeId::kInt2;
}

void encode_text(TypeId type, const Value& value, BackendEncoder& out) {
  // The two most common kinds need no more than their bytes.
  if (const auto* integer = std::get_if<int64_t>(&value.data); integer && is_plain_integer(type)) {
    char digits[20];
    auto end = std::to_chars(digits, digits + sizeof digits, *integer).ptr;
    out.bytes({digits, static_cast<size_t>(end - digits)});
  } else if (type == TypeId::kText || type == TypeId::kVarchar) {
    out.bytes(value.text());
  } else {
    print_value(type, value, out.out());
  }
}

}  // namespace

void encode_row_description(const std::vector<ResultColumn>& columns, const Formats& formats,
                            BackendEncoder& out, bool gives_rows) {
  if (columns.empty() && !gives_rows) return out.no_data();
  size_t start = out.begin('T');
  out.int16(static_cast<int16_t>(columns.size()));
  for (size_t i = 0; i < columns.size(); ++i) {
    const ResultColumn& column = columns[i];
    out.text(column.name);
    out.uint32(column.table);
    out.int16(column.attribute);
    out.uint32(static_cast<uint32_t>(column.type.id));
    out.int16(type_size(column.type.id));
    out.int32(column.type.modifier);
    out.int16(static_cast<int16_t>(format_of(formats, i)));
  }
  out.end(start);
}

SqlResult<void> encode_row(const std::vector<ResultColumn>& columns, std::span<const Value> values,
                           const Formats& formats, BackendEncoder& out) {
  WALLABY_CHECK(values.size() == columns.size(), "{} values for {} columns", values.size(), columns.size());
  size_t start = out.begin('D');
  out.int16(static_cast<int16_t>(values.size()));
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i].is_null()) {
      out.int32(-1);
      continue;
    }
    size_t length = out.out().size();
    out.int32(0);
    if (format_of(formats, i) == Format::kText) {
      encode_text(columns[i].type.id, values[i], out);
    } else if (auto written = write_binary(columns[i].type.id, values[i], out.out()); !written) {
      out.out().resize(start);
      return written;
    }
    out.patch(length, static_cast<int32_t>(out.out().size() - length - 4));
  }
  out.end(start);
  return {};
}

}  // namespace wallaby::sql::pgwire
