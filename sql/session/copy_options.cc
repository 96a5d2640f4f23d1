// COPY's options, checked as PostgreSQL checks them.
#include <algorithm>
#include <cctype>

#include "sql/session/copy_format.h"

namespace wallaby::sql {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

SqlResult<CopyOptions::Header> header_of(const ast::CopyOption& option) {
  std::string value = lower(option.value);
  if (value == "match") return CopyOptions::Header::kMatch;
  if (value.empty() || value == "true" || value == "on" || value == "1") return CopyOptions::Header::kSkip;
  if (value == "false" || value == "off" || value == "0") return CopyOptions::Header::kNone;
  return sql_error("42601", "header requires a Boolean value or \"match\"");
}

SqlResult<char> single(std::string_view what, const std::string& value) {
  if (value.size() != 1) return sql_error("0A000", "COPY {} must be a single one-byte character", what);
  return value[0];
}

/// What holds between options once all are read.
SqlResult<CopyOptions> check(CopyOptions options, bool quote_given, bool escape_given, bool from) {
  auto refuse = [](std::string_view text) { return sql_error("22023", "{}", text); };
  if (options.delimiter == '\n' || options.delimiter == '\r')
    return refuse("COPY delimiter cannot be newline or carriage return");
  if (options.null.find_first_of("\r\n") != std::string::npos)
    return refuse("COPY null representation cannot use newline or carriage return");
  if (!options.csv && std::string_view("\\.abcdefghijklmnopqrstuvwxyz0123456789").find(options.delimiter) !=
                          std::string_view::npos)
    return sql_error("22023", "COPY delimiter cannot be \"{}\"", options.delimiter);
  if (!options.csv && quote_given) return sql_error("0A000", "COPY quote available only in CSV mode");
  if (!options.csv && escape_given) return sql_error("0A000", "COPY escape available only in CSV mode");
  if (options.csv && options.delimiter == options.quote)
    return refuse("COPY delimiter and quote must be different");
  if (options.null.find(options.delimiter) != std::string::npos)
    return refuse("COPY delimiter must not appear in the NULL specification");
  if (options.csv && options.null.find(options.quote) != std::string::npos)
    return refuse("CSV quote character must not appear in the NULL specification");
  if (options.header == CopyOptions::Header::kMatch && !from)
    return sql_error("0A000", "cannot use \"match\" with HEADER in COPY TO");
  return options;
}

}  // namespace

SqlResult<CopyOptions> copy_options(const ast::Copy& copy, std::string_view text) {
  CopyOptions options;
  std::optional<std::string> delimiter, null, quote, escape;
  for (const ast::CopyOption& option : copy.options) {
    std::string name = lower(option.name);
    int position = position_of(text, option.location);
    if (name == "format") {
      std::string format = lower(option.value);
      if (format == "binary") return not_supported("COPY in binary format");
      if (format != "text" && format != "csv")
        return sql_error("22023", "COPY format \"{}\" not recognized", option.value).at(position);
      options.csv = format == "csv";
    } else if (name == "delimiter") {
      delimiter = option.value;
    } else if (name == "null") {
      null = option.value;
    } else if (name == "quote") {
      quote = option.value;
    } else if (name == "escape") {
      escape = option.value;
    } else if (name == "header") {
      auto header = header_of(option);
      if (!header) return std::unexpected(header.error());
      options.header = *header;
    } else if (name == "encoding") {
      std::string encoding = lower(option.value);
      if (encoding != "utf8" && encoding != "utf-8") return not_supported("COPY in encoding " + option.value);
    } else if (name == "freeze") {
      continue;  // no vacuum has to freeze anything here
    } else if (name == "force_quote" || name == "force_not_null" || name == "force_null") {
      return not_supported("COPY with " + option.name);
    } else {
      return sql_error("42601", "option \"{}\" not recognized", option.name).at(position);
    }
  }
  if (options.csv) {
    options.delimiter = ',';
    options.null.clear();
  }
  if (delimiter) {
    auto byte = single("delimiter", *delimiter);
    if (!byte) return std::unexpected(byte.error());
    options.delimiter = *byte;
  }
  if (null) options.null = *null;
  if (quote) {
    auto byte = single("quote", *quote);
    if (!byte) return std::unexpected(byte.error());
    options.quote = options.escape = *byte;
  }
  if (escape) {
    auto byte = single("escape", *escape);
    if (!byte) return std::unexpected(byte.error());
    options.escape = *byte;
  }
  return check(std::move(options), quote.has_value(), escape.has_value(), copy.from);
}

}  // namespace wallaby::sql
