// node/admission.h
//
// Who may come in at a node's doors, the native one and PostgreSQL's alike:
//
//     from loopback                       trusted: no password
//     from elsewhere                      TLS, and the password of a role (SCRAM-SHA-256)
//     from elsewhere, --insecure          the password of a role; while no role has one, nothing is asked
//
// Who is asked for nothing may still log in, and is then held to it.
#pragma once

#include <cstdint>
#include <string_view>

namespace wallaby::node {

struct AdmissionRules {
  bool trust_loopback = true;         ///< connections from 127.0.0.0/8 and ::1 need no password
  bool require_tls_elsewhere = true;  ///< and from elsewhere TLS (off with --insecure)
  bool trust_everybody = false;       ///< --insecure, while no role has a password
  bool operator==(const AdmissionRules&) const = default;
};
/// --insecure; and what simulated networks do with.
inline constexpr AdmissionRules kInsecure{.require_tls_elsewhere = false, .trust_everybody = true};

enum class Admission : uint8_t { kTrusted, kNeedsTls, kNeedsLogin };

/// `peer`: its address; `passwords`: some role has one, which is asked for only under trust_everybody.
Admission judge(const AdmissionRules& rules, std::string_view peer, bool tls, bool passwords);

/// "127.0.0.1:40000", "[::1]:40000": from this machine.
bool is_loopback(std::string_view peer);

}  // namespace wallaby::node
