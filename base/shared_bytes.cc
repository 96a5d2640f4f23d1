#include "base/shared_bytes.h"

#include <ostream>

namespace wallaby {

SharedBytes::SharedBytes(std::string bytes) {
  auto owner = std::make_shared<const std::string>(std::move(bytes));
  bytes_ = *owner;
  owner_ = std::move(owner);
}

std::ostream& operator<<(std::ostream& out, const SharedBytes& bytes) {
  return out << '<' << bytes.size() << " bytes>";
}

}  // namespace wallaby
