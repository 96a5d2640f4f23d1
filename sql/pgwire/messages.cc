#include "sql/pgwire/messages.h"

#include <ostream>

#include <fmt/format.h>

namespace wallaby::sql::pgwire {
namespace {

std::string_view kind(Target target) {
  return target == Target::kStatement ? "statement" : "portal";
}

struct Print {
  std::string operator()(const SslRequest&) const { return "SSLRequest"; }
  std::string operator()(const GssEncRequest&) const { return "GSSENCRequest"; }
  std::string operator()(const CancelRequest& m) const { return fmt::format("CancelRequest{{{}}}", m.pid); }
  std::string operator()(const Startup& m) const {
    std::string text = fmt::format("Startup{{{}.{}", m.major, m.minor);
    for (const auto& [name, value] : m.parameters) text += fmt::format(", {}={}", name, value);
    return text + "}";
  }
  std::string operator()(const PasswordMessage& m) const {
    return fmt::format("PasswordMessage{{{} bytes}}", m.body.size());
  }
  std::string operator()(const Query& m) const { return fmt::format("Query{{\"{}\"}}", m.text); }
  std::string operator()(const Parse& m) const {
    return fmt::format("Parse{{\"{}\", \"{}\", {} types}}", m.statement, m.text, m.types.size());
  }
  std::string operator()(const Bind& m) const {
    return fmt::format("Bind{{portal \"{}\", statement \"{}\", {} bytes}}", m.portal, m.statement,
                       m.values.size());
  }
  std::string operator()(const Describe& m) const {
    return fmt::format("Describe{{{} \"{}\"}}", kind(m.target), m.name);
  }
  std::string operator()(const Execute& m) const {
    return fmt::format("Execute{{\"{}\", {}}}", m.portal, m.max_rows);
  }
  std::string operator()(const Close& m) const {
    return fmt::format("Close{{{} \"{}\"}}", kind(m.target), m.name);
  }
  std::string operator()(const Flush&) const { return "Flush"; }
  std::string operator()(const Sync&) const { return "Sync"; }
  std::string operator()(const CopyData& m) const {
    return fmt::format("CopyData{{{} bytes}}", m.bytes.size());
  }
  std::string operator()(const CopyDone&) const { return "CopyDone"; }
  std::string operator()(const CopyFail& m) const { return fmt::format("CopyFail{{\"{}\"}}", m.reason); }
  std::string operator()(const FunctionCall&) const { return "FunctionCall"; }
  std::string operator()(const Terminate&) const { return "Terminate"; }
  std::string operator()(const Malformed& m) const {
    return fmt::format("Malformed{{'{}', {}}}", m.type, m.fault);
  }
};

}  // namespace

std::ostream& operator<<(std::ostream& out, const FrontendMessage& message) {
  return out << std::visit(Print{}, message);
}

}  // namespace wallaby::sql::pgwire
