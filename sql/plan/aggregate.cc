#include "sql/plan/aggregate.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "sql/plan/row_set.h"
#include "sql/types/compare.h"

namespace wallaby::sql {
namespace {

using enum TypeId;

constexpr std::pair<std::string_view, AggregateKind> kOurs[] = {{"count", AggregateKind::kCount},
                                                                {"sum", AggregateKind::kSum},
                                                                {"avg", AggregateKind::kAvg},
                                                                {"min", AggregateKind::kMin},
                                                                {"max", AggregateKind::kMax},
                                                                {"bool_and", AggregateKind::kBoolAnd},
                                                                {"every", AggregateKind::kBoolAnd},
                                                                {"bool_or", AggregateKind::kBoolOr},
                                                                {"string_agg", AggregateKind::kStringAgg}};
constexpr std::string_view kTheirs[] = {"array_agg",
                                        "json_agg",
                                        "jsonb_agg",
                                        "json_object_agg",
                                        "jsonb_object_agg",
                                        "xmlagg",
                                        "bit_and",
                                        "bit_or",
                                        "bit_xor",
                                        "corr",
                                        "covar_pop",
                                        "covar_samp",
                                        "regr_avgx",
                                        "regr_avgy",
                                        "regr_count",
                                        "regr_intercept",
                                        "regr_r2",
                                        "regr_slope",
                                        "regr_sxx",
                                        "regr_sxy",
                                        "regr_syy",
                                        "stddev",
                                        "stddev_pop",
                                        "stddev_samp",
                                        "variance",
                                        "var_pop",
                                        "var_samp",
                                        "mode",
                                        "percentile_cont",
                                        "percentile_disc",
                                        "range_agg",
                                        "row_number",
                                        "rank",
                                        "dense_rank",
                                        "percent_rank",
                                        "cume_dist",
                                        "ntile",
                                        "lag",
                                        "lead",
                                        "first_value",
                                        "last_value",
                                        "nth_value"};

bool is_ordered(TypeId type) {
  for (TypeId each : {kInt2, kInt4, kInt8, kFloat8, kNumeric, kText, kBpchar, kDate, kTimestamp, kTimestamptz,
                      kInterval, kOid, kPgLsn}) {
    if (type == each) return true;
  }
  return false;
}

/// kInvalid: not for this type.
TypeId result_of(AggregateKind kind, std::vector<TypeId>& types) {
  TypeId& type = types[0];
  switch (kind) {
    case AggregateKind::kCountRows:
    case AggregateKind::kCount: return kInt8;
    case AggregateKind::kSum:
      if (type == kInt2 || type == kInt4) return kInt8;
      if (type == kInt8) return kNumeric;
      return type == kNumeric || type == kFloat8 || type == kInterval ? type : kInvalid;
    case AggregateKind::kAvg:
      if (type == kInt2 || type == kInt4 || type == kInt8) return kNumeric;
      return type == kNumeric || type == kFloat8 ? type : kInvalid;
    case AggregateKind::kMin:
    case AggregateKind::kMax:
      if (type == kUnknown || type == kVarchar || type == kName) type = kText;
      return is_ordered(type) ? type : kInvalid;
    case AggregateKind::kBoolAnd:
    case AggregateKind::kBoolOr:
      if (type == kUnknown) type = kBool;
      return type == kBool ? kBool : kInvalid;
    case AggregateKind::kStringAgg:
      for (TypeId& each : types) {
        if (each == kUnknown) each = types[0] == kBytea || types[1] == kBytea ? kBytea : kText;
        if (each == kVarchar || each == kName || each == kBpchar) each = kText;
      }
      return types[0] == types[1] && (type == kText || type == kBytea) ? type : kInvalid;
  }
  return kInvalid;
}

SqlError no_such(std::string_view name, const std::vector<TypeId>& types) {
  std::string list;
  for (TypeId type : types) list += (list.empty() ? "" : ", ") + to_string(type);
  return sql_error("42883", "function {}({}) does not exist", name, list)
      .hint(
          "No function matches the given name and argument types. You might need to add explicit type "
          "casts.");
}

/// count, sum, avg, min, max, bool_and, bool_or: a running value and a count are all they need.
class Running : public Accumulator {
 public:
  Running(const AggregateCall& call, TypeId input)
      : kind_(call.kind), result_type_(call.type.id), input_(input) {}

  SqlResult<void> add(std::span<const Value> arguments) override {
    if (kind_ == AggregateKind::kCountRows) {
      ++count_;
      return {};
    }
    const Value& value = arguments[0];
    if (value.is_null()) return {};
    ++count_;
    switch (kind_) {
      case AggregateKind::kSum:
      case AggregateKind::kAvg: return add_up(value);
      case AggregateKind::kMin:
      case AggregateKind::kMax: {
        if (count_ == 1) {
          best_ = value;
          return {};
        }
        auto order = compare(input_, value, best_);
        if (kind_ == AggregateKind::kMin ? order < 0 : order > 0) best_ = value;
        return {};
      }
      case AggregateKind::kBoolAnd:
        truth_ = count_ == 1 ? value.boolean() : truth_ && value.boolean();
        return {};
      case AggregateKind::kBoolOr:
        truth_ = count_ == 1 ? value.boolean() : truth_ || value.boolean();
        return {};
      default: return {};
    }
  }

  SqlResult<Value> result() override {
    if (kind_ == AggregateKind::kCount || kind_ == AggregateKind::kCountRows) return Value(count_);
    if (count_ == 0) return Value();
    switch (kind_) {
      case AggregateKind::kMin:
      case AggregateKind::kMax: return best_;
      case AggregateKind::kBoolAnd:
      case AggregateKind::kBoolOr: return Value(truth_);
      case AggregateKind::kSum: return sum();
      default: return average();
    }
  }

 private:
  SqlResult<void> add_up(const Value& value) {
    if (input_ == kFloat8) {
      real_ += value.real();
      return {};
    }
    if (input_ == kInterval) {
      const Interval& more = value.interval();
      bool over = __builtin_add_overflow(interval_.months, more.months, &interval_.months) ||
                  __builtin_add_overflow(interval_.days, more.days, &interval_.days) ||
                  __builtin_add_overflow(interval_.microseconds, more.microseconds, &interval_.microseconds);
      if (over) return sql_error("22008", "interval out of range");
      return {};
    }
    if (input_ == kNumeric) {
      auto next = wallaby::sql::add(number_, value.numeric());
      if (!next) return std::unexpected(next.error());
      number_ = *next;
      return {};
    }
    number_.digits += value.integer();
    return {};
  }
  SqlResult<Value> sum() const {
    if (input_ == kFloat8) return Value(real_);
    if (input_ == kInterval) return Value(interval_);
    if (result_type_ == kNumeric) return Value(number_);
    auto fits = to_int64(number_);
    if (!fits) return sql_error("22003", "bigint out of range");
    return Value(*fits);
  }
  SqlResult<Value> average() const {
    if (input_ == kFloat8) return Value(real_ / static_cast<double>(count_));
    auto out = divide(number_, numeric_from(count_));
    if (!out) return std::unexpected(out.error());
    return Value(*out);
  }

  AggregateKind kind_;
  TypeId result_type_, input_;
  int64_t count_ = 0;
  bool truth_ = false;
  double real_ = 0;
  Numeric number_;
  Interval interval_;
  Value best_;
};

class StringAgg : public Accumulator {
 public:
  explicit StringAgg(Holding& memory) : memory_(memory) {}

  SqlResult<void> add(std::span<const Value> arguments) override {
    if (arguments[0].is_null()) return {};
    size_t before = text_ ? text_->size() : 0;
    if (!text_)
      text_.emplace();
    else if (!arguments[1].is_null())
      *text_ += arguments[1].text();
    *text_ += arguments[0].text();
    return memory_.add(text_->size() - before);
  }
  SqlResult<Value> result() override { return text_ ? Value(*text_) : Value(); }

 private:
  Holding& memory_;
  std::optional<std::string> text_;
};

/// DISTINCT and ORDER BY inside: the values are kept, put in order, and only then given to the aggregate.
class Collecting : public Accumulator {
 public:
  Collecting(const AggregateCall& call, std::unique_ptr<Accumulator> inner, Holding& memory)
      : call_(call), inner_(std::move(inner)), memory_(memory) {
    for (const BoundPtr& arg : call.args) types_.push_back(arg->type.id);
  }

  /// `arguments`: the call's, then the values of its order.
  SqlResult<void> add(std::span<const Value> arguments) override {
    Row row(arguments.begin(), arguments.end());
    if (auto held = memory_.add(row); !held) return held;
    rows_.push_back(std::move(row));
    return {};
  }

  SqlResult<Value> result() override {
    size_t width = call_.args.size();
    auto by_keys = [&](const Row& a, const Row& b) { return compare_keys(call_.order_by, a, b, width) < 0; };
    if (!call_.order_by.empty()) {
      std::stable_sort(rows_.begin(), rows_.end(), by_keys);
    } else if (call_.distinct) {
      // PostgreSQL finds the distinct ones by sorting, and string_agg shows it.
      std::stable_sort(rows_.begin(), rows_.end(), [&](const Row& a, const Row& b) { return before(a, b); });
    }
    RowMap<int64_t> seen(16, RowHash{&types_}, RowEqual{&types_});
    for (const Row& row : rows_) {
      if (call_.distinct &&
          !seen.emplace(Row(row.begin(), row.begin() + static_cast<ptrdiff_t>(width)), 0).second)
        continue;
      if (auto done = inner_->add(std::span(row).first(width)); !done) return std::unexpected(done.error());
    }
    return inner_->result();
  }

 private:
  bool before(const Row& a, const Row& b) const {
    for (size_t i = 0; i < types_.size(); ++i) {
      if (a[i].is_null() || b[i].is_null()) {
        if (a[i].is_null() == b[i].is_null()) continue;
        return b[i].is_null();
      }
      auto order = compare(types_[i], a[i], b[i]);
      if (order != 0) return order < 0;
    }
    return false;
  }

  const AggregateCall& call_;
  std::unique_ptr<Accumulator> inner_;
  Holding& memory_;
  std::vector<TypeId> types_;
  std::vector<Row> rows_;
};

}  // namespace

bool is_aggregate(std::string_view name) {
  auto named = [&](const auto& entry) { return entry.first == name; };
  return std::any_of(std::begin(kOurs), std::end(kOurs), named) ||
         std::find(std::begin(kTheirs), std::end(kTheirs), name) != std::end(kTheirs);
}

SqlResult<AggregateCall> resolve_aggregate(std::string_view name, bool star, std::vector<TypeId>& types) {
  const auto* found = std::find_if(std::begin(kOurs), std::end(kOurs),
                                   [&](const auto& entry) { return entry.first == name; });
  if (found == std::end(kOurs))
    return not_supported(fmt::format("the aggregate or window function {}()", name));
  AggregateCall call;
  call.kind = found->second;
  call.name = name;
  if (star) {
    if (call.kind != AggregateKind::kCount)
      return no_such(name, {}).hint(
          "No function matches the given name and argument types. You might need to add explicit type "
          "casts.");
    call.kind = AggregateKind::kCountRows;
    call.type = {kInt8};
    return call;
  }
  size_t wanted = call.kind == AggregateKind::kStringAgg ? 2 : 1;
  if (types.size() != wanted) return no_such(name, types);
  if ((call.kind == AggregateKind::kSum || call.kind == AggregateKind::kAvg) && types[0] == kUnknown) {
    return sql_error("42725", "function {}(unknown) is not unique", name)
        .hint("Could not choose a best candidate function. You might need to add explicit type casts.");
  }
  std::vector<TypeId> given = types;
  call.type = {result_of(call.kind, types)};
  if (call.type.id == kInvalid) return no_such(name, given);
  return call;
}

std::unique_ptr<Accumulator> make_accumulator(const AggregateCall& call, Holding& memory) {
  std::unique_ptr<Accumulator> inner;
  if (call.kind == AggregateKind::kStringAgg)
    inner = std::make_unique<StringAgg>(memory);
  else
    inner = std::make_unique<Running>(call, call.args.empty() ? kInvalid : call.args[0]->type.id);
  if (!call.distinct && call.order_by.empty()) return inner;
  return std::make_unique<Collecting>(call, std::move(inner), memory);
}

}  // namespace wallaby::sql
