#include "replication/sync_replicas.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "base/random.h"
#include "tests/replication/dialogue.h"

namespace wallaby::replication {
namespace {

using Members = std::map<NodeName, std::optional<Lsn>>;

SyncReplicas parsed(std::string_view text) {
  Result<SyncReplicas> set = SyncReplicas::parse(text);
  EXPECT_TRUE(set) << (set ? "" : set.error().message);
  return set.value_or(SyncReplicas::all());
}

TEST(SyncReplicas, TheGrammarIsReadInEitherCaseAndWithAnySpaces) {
  EXPECT_EQ(line(parsed("ALL")), "ALL");
  EXPECT_EQ(line(parsed(" all ")), "ALL");
  EXPECT_EQ(line(parsed("ANY 1 (*)")), "ANY 1 (*)");
  EXPECT_EQ(line(parsed("any 2(*)")), "ANY 2 (*)");
  EXPECT_EQ(line(parsed("Any 1 (R1,r2)")), "ANY 1 (r1, r2)");
  EXPECT_EQ(line(parsed("ANY 2 ( r1 , r-2 , any )")), "ANY 2 (r1, r-2, any)");
  EXPECT_EQ(parsed("ANY 3 (*)"), SyncReplicas::any(3));
  EXPECT_EQ(parsed("ALL"), SyncReplicas::all());
}

TEST(SyncReplicas, WhatIsPrintedCanBeReadBack) {
  for (std::string_view text : {"ALL", "ANY 1 (*)", "ANY 2 (r1, r2, r3)"})
    EXPECT_EQ(line(parsed(text)), text);
}

TEST(SyncReplicas, WhatCannotBeMeantIsRefusedWithTheReasonAndAnExample) {
  const std::vector<std::pair<std::string_view, std::string_view>> cases{
      {"", "'the end' is not a way to choose replicas"},
      {"SOME 1 (*)", "'SOME' is not a way to choose replicas"},
      {"ANY", "a number from 1 to 1000 belongs behind ANY, not 'the end'"},
      {"ANY (*)", "a number from 1 to 1000 belongs behind ANY, not '('"},
      {"ANY 0 (*)", "the number of replicas must be greater than zero"},
      {"ANY -1 (*)", "a number from 1 to 1000 belongs behind ANY, not '-1'"},
      {"ANY 1001 (*)", "a number from 1 to 1000"},
      {"ANY 99999999999999999999 (*)", "a number from 1 to 1000"},
      {"ANY 1x (*)", "a number from 1 to 1000 belongs behind ANY, not '1x'"},
      {"ANY 1", "'(' belongs before 'the end'"},
      {"ANY 1 r1", "'(' belongs before 'r1'"},
      {"ANY 1 ()", "a replica's name is expected at ')'"},
      {"ANY 1 (r1,)", "a replica's name is expected at ')'"},
      {"ANY 1 (1r)", "a replica's name is expected at '1r'"},
      {"ANY 1 (r1 r2)", "')' is missing at 'r2'"},
      {"ANY 1 (r1", "')' is missing at 'the end'"},
      {"ANY 1 (r1, R1)", "'r1' is listed twice"},
      {"ANY 3 (r1, r2)", "3 replicas can never be found among 2"},
      {"ANY 1 (*) x", "'x' does not belong there"},
      {"ALL (r1)", "'(' does not belong there"},
  };
  for (const auto& [text, why] : cases) {
    Result<SyncReplicas> set = SyncReplicas::parse(text);
    ASSERT_FALSE(set) << text;
    EXPECT_EQ(set.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(set.error().message.find(why), std::string::npos) << text << ": " << set.error().message;
    EXPECT_NE(set.error().message.find("for example ANY 1 (r1, r2)"), std::string::npos);
  }
}

TEST(SyncReplicas, AnyCutIsReadWithoutHarm) {
  std::string_view text = "ANY 2 (r1, r2)";
  for (size_t length = 0; length < text.size(); ++length)
    EXPECT_FALSE(SyncReplicas::parse(text.substr(0, length))) << length;
}

const Members kThree{{"r1", Lsn{8}}, {"r2", Lsn{16}}, {"r3", Lsn{24}}};
const Members kOneAway{{"r1", std::nullopt}, {"r2", Lsn{16}}, {"r3", Lsn{24}}};

TEST(SyncReplicas, AnyIsMetByTheNthFurthest) {
  EXPECT_EQ(parsed("ANY 1 (*)").met(kThree), Lsn{24});
  EXPECT_EQ(parsed("ANY 2 (*)").met(kThree), Lsn{16});
  EXPECT_EQ(parsed("ANY 3 (*)").met(kThree), Lsn{8});
  EXPECT_EQ(parsed("ANY 4 (*)").met(kThree), Lsn{0});
  EXPECT_EQ(parsed("ANY 3 (*)").met(kOneAway), Lsn{0});
  EXPECT_EQ(parsed("ANY 1 (*)").met({}), Lsn{0});
}

TEST(SyncReplicas, OnlyListedNamesCount) {
  EXPECT_EQ(parsed("ANY 1 (r1, r2)").met(kThree), Lsn{16});
  EXPECT_EQ(parsed("ANY 2 (r1, r2)").met(kThree), Lsn{8});
  EXPECT_EQ(parsed("ANY 1 (r9)").met(kThree), Lsn{0});
  EXPECT_EQ(parsed("ANY 2 (r3, r9)").met(kThree), Lsn{0});
}

TEST(SyncReplicas, AllIsMetByTheLeastFarAndByNobodyWhenThereIsNobody) {
  EXPECT_EQ(SyncReplicas::all().met(kThree), Lsn{8});
  EXPECT_EQ(SyncReplicas::all().met(kOneAway), Lsn{0});
  EXPECT_EQ(SyncReplicas::all().met({}), Lsn{0});
}

TEST(SyncReplicas, MissingNamesThoseBehindAwayOrUnknown) {
  using Names = std::vector<NodeName>;
  EXPECT_EQ(SyncReplicas::all().missing(kOneAway, Lsn{24}), (Names{"r1", "r2"}));
  EXPECT_EQ(SyncReplicas::all().missing(kThree, Lsn{8}), Names{});
  EXPECT_EQ(SyncReplicas::all().missing({}, Lsn{8}), Names{});
  EXPECT_EQ(parsed("ANY 1 (*)").missing(kOneAway, Lsn{24}), Names{});
  EXPECT_EQ(parsed("ANY 2 (*)").missing(kOneAway, Lsn{24}), (Names{"r1", "r2"}));
  EXPECT_EQ(parsed("ANY 2 (r3, r9, r1)").missing(kOneAway, Lsn{24}), (Names{"r1", "r9"}));
  EXPECT_EQ(parsed("ANY 1 (r9)").missing(kThree, Lsn{8}), Names{"r9"});
}

TEST(SyncReplicas, MetByNamesThoseWhoCountAndAreThere) {
  using Names = std::vector<NodeName>;
  EXPECT_EQ(SyncReplicas::all().met_by(kThree, Lsn{8}), (Names{"r1", "r2", "r3"}));
  EXPECT_EQ(parsed("ANY 1 (*)").met_by(kThree, Lsn{16}), (Names{"r2", "r3"}));
  EXPECT_EQ(parsed("ANY 1 (r1, r3)").met_by(kThree, Lsn{16}), Names{"r3"});
  EXPECT_TRUE(parsed("ANY 1 (r1)").counts("r1"));
  EXPECT_FALSE(parsed("ANY 1 (r1)").counts("r2"));
}

TEST(SyncReplicas, MetIsWhatSortingSays) {
  Random random(3);
  for (int round = 0; round < 3000; ++round) {
    Members members;
    std::vector<Lsn> listed;
    bool star = random.chance(50);
    for (uint64_t i = random.below(7); i > 0; --i) {
      NodeName name = "r" + std::to_string(i);
      std::optional<Lsn> position;
      if (random.chance(80)) position = Lsn{8 * random.below(5)};
      members[name] = position;
      if (position && (star || i <= 3)) listed.push_back(*position);
    }
    size_t count = random.between(1, 3);
    SyncReplicas set =
        star ? SyncReplicas::any(count) : parsed("ANY " + std::to_string(count) + " (r1, r2, r3)");
    std::ranges::sort(listed, std::greater{});
    Lsn expected = listed.size() >= count ? listed[count - 1] : Lsn{};
    ASSERT_EQ(set.met(members), expected) << "round " << round;
    Lsn target{8 * random.below(6)};
    ASSERT_EQ(set.met(members) >= target, set.met_by(members, target).size() >= count || target == Lsn{});
  }
}

}  // namespace
}  // namespace wallaby::replication
