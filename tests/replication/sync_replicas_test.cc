#include "replication/sync_replicas.h"

#include <algorithm>

#include <fmt/format.h>
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
  EXPECT_EQ(line(parsed("first 2 (r2,R1, r3)")), "FIRST 2 (r2, r1, r3)");
  EXPECT_EQ(parsed("FIRST 1 (*)"), SyncReplicas::first(1));
  EXPECT_EQ(parsed("ANY 3 (*)"), SyncReplicas::any(3));
  EXPECT_EQ(parsed("ALL"), SyncReplicas::all());
}

TEST(SyncReplicas, PostgreSQLsShorterSpellingsMeanFirst) {
  EXPECT_EQ(line(parsed("2 (r1, r2, r3)")), "FIRST 2 (r1, r2, r3)");
  EXPECT_EQ(line(parsed("1(*)")), "FIRST 1 (*)");
  EXPECT_EQ(line(parsed("r2, r1")), "FIRST 1 (r2, r1)");
  EXPECT_EQ(line(parsed(" R1 ")), "FIRST 1 (r1)");
  EXPECT_EQ(line(parsed("*")), "FIRST 1 (*)");
}

TEST(SyncReplicas, WhatIsPrintedCanBeReadBack) {
  for (std::string_view text :
       {"ALL", "ANY 1 (*)", "ANY 2 (r1, r2, r3)", "FIRST 1 (*)", "FIRST 2 (r3, r1, r2)"})
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
      {"FIRST", "a number from 1 to 1000 belongs behind FIRST, not 'the end'"},
      {"FIRST 0 (*)", "the number of replicas must be greater than zero"},
      {"FIRST 3 (r1, r2)", "3 replicas can never be found among 2"},
      {"FIRST 1 (r1, R1)", "'r1' is listed twice"},
      {"FIRST 1 (r1, *)", "a replica's name is expected at '*'"},
      {"0 (*)", "the number of replicas must be greater than zero"},
      {"2x (r1)", "a number from 1 to 1000 belongs before '(', not '2x'"},
      {"2", "'(' belongs before 'the end'"},
      {"3 (r1, r2)", "3 replicas can never be found among 2"},
      {"r1, r1", "'r1' is listed twice"},
      {"r1,", "a replica's name is expected at 'the end'"},
      {"r1 r2", "'r1' is not a way to choose replicas"},
      {"r1, r2 r3", "'r3' does not belong there"},
      {"*, r1", "',' does not belong there"},
      {"any, r1", "a number from 1 to 1000 belongs behind ANY, not ','"},
      {"all, r1", "',' does not belong there"},
  };
  for (const auto& [text, why] : cases) {
    Result<SyncReplicas> set = SyncReplicas::parse(text);
    ASSERT_FALSE(set) << text;
    EXPECT_EQ(set.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(set.error().message.find(why), std::string::npos) << text << ": " << set.error().message;
    EXPECT_NE(set.error().message.find("write ALL, ANY n (names) or FIRST n (names)"), std::string::npos);
    EXPECT_NE(set.error().message.find("for example ANY 1 (r1, r2)"), std::string::npos);
  }
}

TEST(SyncReplicas, AnyCutIsReadWithoutHarm) {
  for (std::string_view text : {"ANY 2 (r1, r2)", "FIRST 2 (r1, r2)"}) {
    EXPECT_FALSE(SyncReplicas::parse(""));
    // What is left of the keyword may be a replica's name.
    for (size_t length = 1; length < text.find(' '); ++length) {
      Result<SyncReplicas> cut = SyncReplicas::parse(text.substr(0, length));
      if (cut) {
        EXPECT_EQ(cut->method(), SyncReplicas::Method::kFirst) << text.substr(0, length);
      }
    }
    for (size_t length = text.find(' '); length < text.size(); ++length)
      EXPECT_FALSE(SyncReplicas::parse(text.substr(0, length))) << text.substr(0, length);
  }
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

TEST(SyncReplicas, FirstIsMetByTheLeastFarOfThoseThatStandFirst) {
  EXPECT_EQ(parsed("FIRST 1 (r1, r2, r3)").met(kThree), Lsn{8});
  EXPECT_EQ(parsed("FIRST 1 (r3, r2, r1)").met(kThree), Lsn{24});
  EXPECT_EQ(parsed("FIRST 2 (r3, r2, r1)").met(kThree), Lsn{16});
  EXPECT_EQ(parsed("FIRST 3 (r3, r2, r1)").met(kThree), Lsn{8});
  EXPECT_EQ(parsed("FIRST 1 (*)").met(kThree), Lsn{8}) << "by name, r1 stands first";
  EXPECT_EQ(parsed("FIRST 2 (*)").met(kThree), Lsn{8});
}

TEST(SyncReplicas, UnderFirstTheNextTakesThePlaceOfOneThatDoesNotStream) {
  EXPECT_EQ(parsed("FIRST 1 (r1, r2, r3)").met(kOneAway), Lsn{16});
  EXPECT_EQ(parsed("FIRST 2 (r1, r3, r2)").met(kOneAway), Lsn{16});
  EXPECT_EQ(parsed("FIRST 1 (r9, r3)").met(kThree), Lsn{24});
  EXPECT_EQ(parsed("FIRST 1 (*)").met(kOneAway), Lsn{16});
  EXPECT_EQ(parsed("FIRST 3 (r1, r2, r3)").met(kOneAway), Lsn{0}) << "too few stream";
  EXPECT_EQ(parsed("FIRST 1 (r9)").met(kThree), Lsn{0});
  EXPECT_EQ(parsed("FIRST 1 (*)").met({}), Lsn{0});
}

TEST(SyncReplicas, ItIsPossibleWhenSoManyStreamHoweverFarBehind) {
  const Members fresh{{"r1", Lsn{}}, {"r2", std::nullopt}};
  EXPECT_TRUE(parsed("ANY 1 (*)").possible(fresh));
  EXPECT_FALSE(parsed("ANY 2 (*)").possible(fresh));
  EXPECT_FALSE(parsed("ANY 1 (r2, r9)").possible(fresh));
  EXPECT_TRUE(parsed("FIRST 1 (r2, r1)").possible(fresh));
  EXPECT_FALSE(parsed("FIRST 2 (r2, r1)").possible(fresh));
  EXPECT_FALSE(SyncReplicas::all().possible(fresh));
  EXPECT_TRUE(SyncReplicas::all().possible({{"r1", Lsn{}}}));
  for (std::string_view set : {"ALL", "ANY 1 (*)", "FIRST 1 (*)"}) EXPECT_FALSE(parsed(set).possible({}));
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
  EXPECT_EQ(parsed("FIRST 2 (r2, r1, r3)").missing(kThree, Lsn{24}), (Names{"r1", "r2"}))
      << "r3 is not asked";
  EXPECT_EQ(parsed("FIRST 1 (r1, r2)").missing(kOneAway, Lsn{24}), Names{"r2"});
  EXPECT_EQ(parsed("FIRST 1 (r1, r2)").missing(kOneAway, Lsn{16}), Names{});
  EXPECT_EQ(parsed("FIRST 3 (r9, r3, r1)").missing(kOneAway, Lsn{24}), (Names{"r1", "r9"}));
}

TEST(SyncReplicas, MetByNamesThoseWhoCountAndAreThere) {
  using Names = std::vector<NodeName>;
  EXPECT_EQ(SyncReplicas::all().met_by(kThree, Lsn{8}), (Names{"r1", "r2", "r3"}));
  EXPECT_EQ(parsed("ANY 1 (*)").met_by(kThree, Lsn{16}), (Names{"r2", "r3"}));
  EXPECT_EQ(parsed("ANY 1 (r1, r3)").met_by(kThree, Lsn{16}), Names{"r3"});
  EXPECT_EQ(parsed("FIRST 2 (r3, r2, r1)").met_by(kThree, Lsn{8}), (Names{"r2", "r3"}));
  EXPECT_EQ(parsed("FIRST 2 (r3, r1, r2)").met_by(kThree, Lsn{16}), Names{"r3"});
  EXPECT_TRUE(parsed("ANY 1 (r1)").counts("r1"));
  EXPECT_FALSE(parsed("ANY 1 (r1)").counts("r2"));
}

/// The positions of those that may count and stream, in the order of the set.
std::vector<Lsn> candidates(const Members& members, const std::vector<NodeName>& listed) {
  std::vector<NodeName> order = listed;
  if (order.empty())
    for (const auto& [name, position] : members) order.push_back(name);
  std::vector<Lsn> positions;
  for (const NodeName& name : order)
    if (auto member = members.find(name); member != members.end() && member->second)
      positions.push_back(*member->second);
  return positions;
}

TEST(SyncReplicas, MetIsWhatSortingSays) {
  Random random(3);
  for (int round = 0; round < 6000; ++round) {
    Members members;
    for (uint64_t i = random.below(7); i > 0; --i)
      members["r" + std::to_string(i)] =
          random.chance(80) ? std::optional(Lsn{8 * random.below(5)}) : std::nullopt;
    size_t count = random.between(1, 3);
    bool first = random.chance(50), star = random.chance(50);
    SyncReplicas set =
        parsed(fmt::format("{} {} ({})", first ? "FIRST" : "ANY", count, star ? "*" : "r3, r1, r2"));
    std::vector<Lsn> positions = candidates(members, set.names());
    bool enough = positions.size() >= count;
    // FIRST looks at the first of them, ANY at the furthest: then both ask for the least.
    if (!first) std::ranges::sort(positions, std::greater{});
    Lsn expected =
        enough ? *std::min_element(positions.begin(), positions.begin() + static_cast<int>(count)) : Lsn{};
    ASSERT_EQ(set.met(members), expected) << "round " << round << ": " << set;
    ASSERT_EQ(set.possible(members), enough);
    Lsn target{8 * random.below(6)};
    bool met = set.met(members) >= target;
    ASSERT_EQ(met, set.met_by(members, target).size() >= count || target == Lsn{});
    if (met) {
      ASSERT_TRUE(set.missing(members, target).empty());
    }
    if (!met && members.size() >= count) {
      ASSERT_FALSE(set.missing(members, target).empty());
    }
  }
}

}  // namespace
}  // namespace wallaby::replication
