// sql/types/value.h
//
// One value of a row or an expression. It does not know its type: plans do, and carry it beside. NULL is a value of
// every type.
//
//     bool                      bool
//     int2 int4 int8 oid        int64_t
//     pg_lsn                    int64_t (the position)
//     date                      int64_t: days since 2000-01-01
//     timestamp, timestamptz    int64_t: microseconds since 2000-01-01 00:00 (UTC), as in PostgreSQL
//     interval                  Interval
//     float8                    double
//     numeric                   Numeric (sql/types/numeric.h)
//     text varchar name bytea jsonb unknown    std::string: the bytes
//     arrays                    std::shared_ptr<const std::vector<Value>>: one dimension
//
// Text in and out, binary in and out, comparison and hashing by type: sql/types/type_io.h and sql/types/compare.h.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "sql/types/numeric.h"
#include "sql/types/type.h"

namespace wallaby::sql {

/// PostgreSQL's interval: three parts that do not convert into each other.
struct Interval {
  int32_t months = 0, days = 0;
  int64_t microseconds = 0;
  bool operator==(const Interval&) const = default;
};

struct Value;
using Array = std::shared_ptr<const std::vector<Value>>;

struct Null {
  bool operator==(const Null&) const = default;
};

struct Value {
  std::variant<Null, bool, int64_t, double, std::string, Numeric, Interval, Array> data;

  Value() = default;  ///< NULL
  explicit Value(bool value) : data(value) {}
  explicit Value(int64_t value) : data(value) {}
  explicit Value(double value) : data(value) {}
  explicit Value(std::string value) : data(std::move(value)) {}
  explicit Value(Numeric value) : data(std::move(value)) {}
  explicit Value(Interval value) : data(value) {}
  explicit Value(Array value) : data(std::move(value)) {}

  bool is_null() const { return std::holds_alternative<Null>(data); }
  bool boolean() const { return std::get<bool>(data); }
  int64_t integer() const { return std::get<int64_t>(data); }
  double real() const { return std::get<double>(data); }
  const std::string& text() const { return std::get<std::string>(data); }
  const Numeric& numeric() const { return std::get<Numeric>(data); }
  const Interval& interval() const { return std::get<Interval>(data); }
  const Array& array() const { return std::get<Array>(data); }
  /// Identity of representation, for tests; SQL's `=` is compare.h's.
  bool operator==(const Value&) const = default;
};

using Row = std::vector<Value>;

}  // namespace wallaby::sql
