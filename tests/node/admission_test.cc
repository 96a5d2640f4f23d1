#include "node/admission.h"

#include <gtest/gtest.h>

namespace wallaby::node {
namespace {

TEST(Admission, loopback_is_known_by_its_address) {
  for (std::string_view peer : {"127.0.0.1:1", "127.1.2.3:1", "[::1]:1", "::1:1", "[::ffff:127.0.0.1]:1"})
    EXPECT_TRUE(is_loopback(peer)) << peer;
  for (std::string_view peer : {"128.0.0.1:1", "12.7.0.1:1", "[::2]:1", "[::ffff:10.0.0.1]:1", "", "1"})
    EXPECT_FALSE(is_loopback(peer)) << peer;
}

TEST(Admission, from_elsewhere_tls_and_a_password_are_needed) {
  const std::string_view here = "127.0.0.1:1", elsewhere = "192.0.2.7:1";
  AdmissionRules rules;
  EXPECT_EQ(judge(rules, here, false, true), Admission::kTrusted);
  EXPECT_EQ(judge(rules, elsewhere, false, true), Admission::kNeedsTls);
  EXPECT_EQ(judge(rules, elsewhere, true, false), Admission::kNeedsLogin) << "though nobody can log in yet";
  rules.trust_loopback = false;
  EXPECT_EQ(judge(rules, here, false, false), Admission::kNeedsLogin);
}

TEST(Admission, insecure_asks_for_passwords_once_there_are_any) {
  for (std::string_view peer : {"127.0.0.1:1", "192.0.2.7:1"})
    EXPECT_EQ(judge(kInsecure, peer, false, false), Admission::kTrusted) << peer;
  EXPECT_EQ(judge(kInsecure, "192.0.2.7:1", false, true), Admission::kNeedsLogin);
  EXPECT_EQ(judge(kInsecure, "127.0.0.1:1", false, true), Admission::kTrusted);
}

}  // namespace
}  // namespace wallaby::node
