// sql/session/constant.h
//
// The value of an expression that stands in no table's row: EXECUTE's arguments.
#pragma once

#include "sql/session/conversation.h"

namespace wallaby::sql {

/// 42804 when it does not fit the type.
SqlResult<Value> evaluate_constant(Conversation& session, const ast::Statement& statement,
                                   const ast::Expr& expr, TypeId type);

}  // namespace wallaby::sql
