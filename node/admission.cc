#include "node/admission.h"

namespace wallaby::node {

bool is_loopback(std::string_view peer) {
  std::string_view host = peer.substr(0, peer.rfind(':'));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.starts_with("::ffff:")) host.remove_prefix(7);
  return host.starts_with("127.") || host == "::1";
}

Admission judge(const AdmissionRules& rules, std::string_view peer, bool tls, bool passwords) {
  const bool local = is_loopback(peer);
  if (!local && rules.require_tls_elsewhere && !tls) return Admission::kNeedsTls;
  if (local && rules.trust_loopback) return Admission::kTrusted;
  if (rules.trust_everybody && !passwords) return Admission::kTrusted;
  return Admission::kNeedsLogin;
}

}  // namespace wallaby::node
