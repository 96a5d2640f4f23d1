// Texts whose literals become parameters (sql/parser/literals.h).
#include <limits>

#include "sql/session/conversation.h"
#include "sql/types/type_io.h"

namespace wallaby::sql {
namespace {

/// The type that the grammar gives the literal itself.
TypeId type_of(const Literal& literal) {
  const auto* number = std::get_if<int64_t>(&literal);
  if (!number) return TypeId::kUnknown;
  return *number <= std::numeric_limits<int32_t>::max() ? TypeId::kInt4 : TypeId::kInt8;
}

}  // namespace

Session::Ready Conversation::bind_literals(TimePoint now, std::string_view text) {
  now_ = now;
  if (transaction_ && transaction_->failed) return {};
  auto shape = take_literals(text);
  if (!shape) return {};
  auto parsed = services_.shapes.get(shape->text);
  if (!parsed || (*parsed)->empty()) return {};
  std::vector<TypeId> types;
  types.reserve(shape->literals.size());
  for (const Literal& literal : shape->literals) types.push_back(type_of(literal));
  auto prepared = plan_now((*parsed)->front(), types);
  if (!prepared) return {};

  Row parameters;
  parameters.reserve(types.size());
  for (size_t at = 0; at < types.size(); ++at) {
    if (const auto* number = std::get_if<int64_t>(&shape->literals[at])) {
      parameters.emplace_back(*number);
      continue;
    }
    auto value = parse_value({(*prepared)->parameters[at]}, std::get<std::string>(shape->literals[at]));
    if (!value) return {};
    parameters.push_back(std::move(*value));
  }
  auto portal = std::make_unique<SessionPortal>(*this, *prepared, std::move(parameters));
  portal->text = text.substr(0, shape->length);
  return {std::move(*prepared), std::move(portal)};
}

}  // namespace wallaby::sql
