// sql/plan/first_role.h
//
// The first role of a new cluster: a superuser with a password, made by the primary itself before it is ready (--init-role), so that
// somebody can come in from elsewhere. Later ones are made with CREATE ROLE.
#pragma once

#include <string>

#include "base/error.h"
#include "base/random.h"
#include "node/backend.h"

namespace wallaby::sql {

/// kInvalidArgument: a name that no role may have, or no password. `entropy` is for the password's salt.
Result<node::Statement> first_role(const std::string& name, const std::string& password,
                                   const Entropy& entropy);

}  // namespace wallaby::sql
