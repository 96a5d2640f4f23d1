#include "engine/changes.h"

#include <sstream>

#include <gmock/gmock.h>

#include "base/random.h"
#include "tests/engine/reference_codec.h"

namespace wallaby::engine {
namespace {

using testing::HasSubstr;

Changes to_changes(const ChangeViews& views) {
  Changes changes;
  for (const ChangeView& view : views)
    changes.push_back({view.kind, std::string(view.table), std::string(view.key), std::string(view.value)});
  return changes;
}

std::string encoded(const Changes& changes) {
  std::string out;
  encode_changes(changes, out);
  return out;
}

/// A payload in a block of exactly its size, so that the address sanitizer sees a read past its end.
Result<Changes> decoded(std::string_view payload) {
  std::vector<char> exact(payload.begin(), payload.end());
  auto views = decode_changes(std::string_view(exact.data(), exact.size()));
  if (!views) return std::unexpected(views.error());
  return to_changes(*views);
}

Changes random_changes(Random& random) {
  Changes changes;
  for (uint64_t i = random.below(12); i > 0; --i) {
    Change change{
        ChangeKind{static_cast<uint8_t>(random.between(1, 4))}, random.chance(70) ? "accounts" : "t", {}, {}};
    if (change.kind == ChangeKind::kPut || change.kind == ChangeKind::kDelete)
      change.key =
          std::string(random.below(random.chance(5) ? 300 : 12), static_cast<char>(random.below(256)));
    if (change.kind == ChangeKind::kPut)
      change.value =
          std::string(random.below(random.chance(5) ? 20000 : 12), static_cast<char>(random.below(256)));
    changes.push_back(std::move(change));
  }
  return changes;
}

const Changes kExample = {
    {ChangeKind::kCreateTable, "todos", {}, {}}, {ChangeKind::kPut, "todos", "1", "milk"},
    {ChangeKind::kPut, "todos", "2", ""},        {ChangeKind::kDelete, "accounts", "bob", {}},
    {ChangeKind::kDropTable, "old", {}, {}},
};

TEST(Changes, AreReadable) {
  std::ostringstream out;
  for (const Change& change : kExample) out << change << '\n';
  out << Change{ChangeKind::kPut, "t", std::string("\0\x7F", 2), std::string(50, 'x')};
  EXPECT_EQ(out.str(),
            "create_table todos\n"
            "put todos '1' = 'milk'\n"
            "put todos '2' = ''\n"
            "delete accounts 'bob'\n"
            "drop_table old\n"
            "put t '\\x00\\x7f' = 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'... (50 bytes)");
}

TEST(Changes, LimitsNameTheThingTheLimitAndWhatToDo) {
  auto expect = [](Result<void> result, ErrorCode code, std::initializer_list<const char*> words) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, code);
    for (const char* word : words) EXPECT_THAT(result.error().message, HasSubstr(word));
  };
  expect(check_key(std::string(kMaxKey + 1, 'k')), ErrorCode::kTooLarge,
         {"key of 8193 bytes", "8 KiB", "shorten"});
  expect(check_value(std::string(kMaxValue + 1, 'v')), ErrorCode::kTooLarge, {"16777217", "16 MiB", "split"});
  expect(check_table_name(""), ErrorCode::kInvalidArgument, {"needs a name"});
  expect(check_table_name(std::string(64, 't')), ErrorCode::kTooLarge, {"64 bytes", "63", "shorter"});
  for (const char* name : {"a b", "a/b", "a\n", "\x7F", "gr\xC3\xBC"})
    expect(check_table_name(name), ErrorCode::kInvalidArgument, {"printable ASCII"});
  expect(check_change({ChangeKind::kDelete, "t", "k", "v"}), ErrorCode::kInvalidArgument,
         {"delete", "with a value"});
  expect(check_change({ChangeKind::kDropTable, "t", "k", ""}), ErrorCode::kInvalidArgument, {"with a key"});

  EXPECT_TRUE(check_key(std::string(kMaxKey, 'k')));
  EXPECT_TRUE(check_key(""));
  EXPECT_TRUE(check_value(std::string(kMaxValue, 'v')));
  EXPECT_TRUE(check_table_name(std::string(63, 't')));
  EXPECT_TRUE(check_table_name("~catalog.tables"));
}

// A file format: these bytes are in logs out there.
TEST(ChangesCodec, GoldenBytes) {
  const char golden[] =
      "\x0A\x09\x08\x02\x12\x05todos"  // create table todos
      "\x0A\x09\x1A\x01"
      "1"
      "\x22\x04milk"  // put, the table unsaid
      "\x0A\x03\x1A\x01"
      "2"  // put of an empty value
      "\x0A\x11\x08\x01\x12\x08"
      "accounts"
      "\x1A\x03"
      "bob"
      "\x0A\x07\x08\x03\x12\x03old";
  std::string bytes(golden, sizeof golden - 1);
  EXPECT_EQ(encoded(kExample), bytes);
  EXPECT_EQ(decoded(bytes), kExample);
}

TEST(ChangesCodec, AppendsAndForetellsItsSize) {
  std::string out = "before";
  encode_changes(kExample, out);
  EXPECT_EQ(out, "before" + encoded(kExample));
  EXPECT_EQ(out.size() - 6, encoded_size(kExample));
  EXPECT_EQ(encoded({}), "");
  EXPECT_EQ(decoded(""), Changes());
}

TEST(ChangesCodec, ViewsPointIntoThePayload) {
  std::string payload = encoded(kExample);
  auto views = decode_changes(payload);
  ASSERT_TRUE(views);
  auto inside = [&](std::string_view view) {
    return view.data() >= payload.data() && view.data() + view.size() <= payload.data() + payload.size();
  };
  for (const ChangeView& view : *views) {
    EXPECT_TRUE(inside(view.table));
    if (!view.key.empty()) {
      EXPECT_TRUE(inside(view.key));
    }
    if (!view.value.empty()) {
      EXPECT_TRUE(inside(view.value));
    }
  }
}

TEST(ChangesCodec, AgreesWithTheGeneratedParser) {
  Random random(1);
  for (int i = 0; i < 2000; ++i) {
    Changes changes = random_changes(random);
    std::string bytes = encoded(changes);
    ASSERT_EQ(bytes, test::write_generated(changes, false));
    ASSERT_EQ(test::parse_generated(bytes), changes);
    ASSERT_EQ(decoded(bytes), changes);
    ASSERT_EQ(decoded(test::write_generated(changes, true)), changes);
    ASSERT_EQ(decoded(test::write_with_unknown_fields(changes)), changes);
  }
}

/// Whatever the bytes are: both read the same, or both refuse.
void expect_agreement(const std::string& bytes) {
  auto generated = test::parse_generated(bytes);
  auto by_hand = decoded(bytes);
  ASSERT_EQ(by_hand.has_value(), generated.has_value()) << testing::PrintToString(bytes);
  if (by_hand) {
    ASSERT_EQ(*by_hand, *generated) << testing::PrintToString(bytes);
  } else {
    ASSERT_EQ(by_hand.error().code, ErrorCode::kCorrupt);
  }
}

TEST(ChangesCodec, AgreesOnGarbage) {
  Random random(2);
  for (int i = 0; i < 100000; ++i) {
    std::string bytes;
    if (random.chance(20)) {
      bytes.resize(random.below(24));
      for (char& c : bytes) c = static_cast<char>(random.next());
    } else {
      Changes changes = random_changes(random);
      bytes = random.chance(50) ? encoded(changes) : test::write_with_unknown_fields(changes);
      for (uint64_t hits = random.below(4); hits > 0 && !bytes.empty(); --hits) {
        uint64_t at = random.below(std::min<uint64_t>(bytes.size(), 64));
        switch (random.below(3)) {
          case 0: bytes[at] = static_cast<char>(random.next()); break;
          case 1: bytes.erase(at, random.between(1, 3)); break;
          case 2: bytes.insert(at, 1, static_cast<char>(random.next())); break;
        }
      }
    }
    ASSERT_NO_FATAL_FAILURE(expect_agreement(bytes)) << "round " << i;
  }
}

TEST(ChangesCodec, EveryCutIsRefusedOrShorter) {
  std::string bytes = encoded(kExample);
  for (size_t length = 0; length < bytes.size(); ++length) {
    auto changes = decoded(std::string_view(bytes).substr(0, length));
    if (changes) {
      EXPECT_LT(changes->size(), kExample.size());
    }
  }
}

TEST(ChangesCodec, RefusesWhatIsNoChange) {
  auto refused = [](const std::string& bytes, const char* why) {
    auto changes = decoded(bytes);
    ASSERT_FALSE(changes) << why;
    EXPECT_EQ(changes.error().code, ErrorCode::kCorrupt);
    EXPECT_THAT(changes.error().message, HasSubstr(why));
  };
  refused(test::write_generated({{ChangeKind{9}, "t", "k", "v"}}, true), "change 1: its kind is unknown");
  refused(std::string("\x0A\x03\x1A\x01k", 5), "change 1: it names no table");
  refused(test::write_generated({{ChangeKind::kPut, "a b", "k", "v"}}, true), "printable ASCII");
  refused(test::write_generated({{ChangeKind::kPut, "t", std::string(kMaxKey + 1, 'k'), ""}}, true), "8 KiB");
  refused(test::write_generated({{ChangeKind::kDelete, "t", "k", "v"}}, true), "with a value");
}

}  // namespace
}  // namespace wallaby::engine
