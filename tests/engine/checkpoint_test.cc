#include "engine/checkpoint.h"

#include <gmock/gmock.h>

#include "base/random.h"
#include "engine/checkpoint_format.h"
#include "tests/engine/model_store.h"
#include "tests/support/memory_file_system.h"

namespace wallaby::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Change put(std::string table, std::string key, std::string value) {
  return {ChangeKind::kPut, std::move(table), std::move(key), std::move(value)};
}
Change create(std::string table) {
  return {ChangeKind::kCreateTable, std::move(table), {}, {}};
}

CheckpointHeader header_at(Lsn position) {
  return {ClusterId{0xC105}, position, TimelineId{3}, 0x1234567890ABCDEF, "policy and members"};
}

std::string file_of(CheckpointWriter writer) {
  std::string file;
  while (true) {
    EXPECT_EQ(writer.offset(), file.size());
    std::string bytes = writer.next_bytes();
    if (bytes.empty()) return file;
    file += bytes;
  }
}

std::string file_of(const Store& store) {
  return file_of(CheckpointWriter(header_at(store.visible()), store.visible_view()));
}

class CheckpointTest : public ::testing::Test {
 protected:
  void apply(Store& store, const Changes& changes) {
    store.apply(store.applied() + 8, views_of(changes));
    store.set_visible(store.applied());
  }
  void put_file(Lsn position, std::string bytes) {
    ASSERT_TRUE(files.make_directory(kCheckpointDirectory));
    ASSERT_TRUE(files.replace(checkpoint_path(position), std::move(bytes)));
  }
  /// Loads the bytes as the file of `position`.
  Result<CheckpointHeader> load(Lsn position, std::string bytes, Store& into) {
    put_file(position, std::move(bytes));
    return load_checkpoint(files, position, into, {});
  }
  std::string refusal(Lsn position, std::string bytes) {
    Store into;
    auto header = load(position, std::move(bytes), into);
    if (header) return "accepted";
    EXPECT_EQ(header.error().code, ErrorCode::kCorrupt);
    EXPECT_THAT(header.error().message, HasSubstr(checkpoint_path(position)));
    auto summary = check_checkpoint(files, position);
    EXPECT_EQ(summary.error(), header.error());
    return header.error().message;
  }
  Store& small() {
    apply(store, {create("accounts"), create("empty"), create("todos"), put("accounts", "alice", "90"),
                  put("accounts", "bob", ""), put("todos", "1", "milk")});
    return store;
  }

  wallaby::testing::MemoryFileSystem files;
  Store store;
};

TEST_F(CheckpointTest, ComesBackAsItWas) {
  std::string file = file_of(small());
  Store loaded;
  auto header = load(Lsn{8}, file, loaded);
  ASSERT_TRUE(header) << header.error();
  loaded.check_invariants();
  EXPECT_EQ(*header, header_at(Lsn{8}));
  EXPECT_EQ(loaded.applied(), Lsn{8});
  EXPECT_EQ(loaded.visible(), Lsn{8});
  EXPECT_EQ(loaded.digest(), store.digest());
  EXPECT_THAT(loaded.visible_view().tables(), ElementsAre("accounts", "empty", "todos"));
  EXPECT_EQ(loaded.visible_view().get("accounts", "alice"), "90");
  EXPECT_EQ(loaded.visible_view().get("accounts", "bob"), "");
  EXPECT_EQ(loaded.rows(), 3u);
  EXPECT_EQ(file_of(loaded), file);

  auto summary = check_checkpoint(files, Lsn{8});
  ASSERT_TRUE(summary);
  EXPECT_EQ(*summary, (CheckpointSummary{header_at(Lsn{8}), 3, 3, file.size(), store.digest()}));
  auto alone = read_checkpoint_header(files, Lsn{8});
  ASSERT_TRUE(alone) << alone.error();
  EXPECT_EQ(*alone, header_at(Lsn{8}));
  for (size_t length = 0; length < 60; ++length) {
    put_file(Lsn{8}, file.substr(0, length));
    EXPECT_EQ(read_checkpoint_header(files, Lsn{8}).error().code, ErrorCode::kCorrupt) << length;
  }
  EXPECT_EQ(read_checkpoint_header(files, Lsn{16}).error().code, ErrorCode::kNotFound);
}

// A file format: these bytes are on disks out there, and in docs/formats/checkpoint.md.
TEST_F(CheckpointTest, GoldenBytes) {
  store.apply(Lsn{0x1A8}, views_of({create("t"), put("t", "hello", "world")}));
  store.set_visible(Lsn{0x1A8});
  std::string file = file_of(
      CheckpointWriter({ClusterId{0xC105}, Lsn{0x1A8}, TimelineId{1}, 0xABCDEF, "x"}, store.visible_view()));
  std::string dump;
  for (size_t i = 0; i < file.size(); ++i)
    dump += fmt::format("{:02x}{}", static_cast<unsigned char>(file[i]), i % 16 == 15 ? '\n' : ' ');
  EXPECT_EQ(
      dump,
      "29 00 00 00 01 00 00 00 df 18 65 8b ba ab 99 de\n"  // header: length 41, type 1, checksum
      "57 41 4c 4c 43 4b 50 54 01 00 00 00 01 00 00 00\n"  // "WALLCKPT", format 1, timeline 1
      "05 c1 00 00 00 00 00 00 a8 01 00 00 00 00 00 00\n"  // cluster, position 0/1A8
      "ef cd ab 00 00 00 00 00 78 01 00 00 00 02 00 00\n"  // chain checksum, extra "x"; table: length 1 ...
      "00 f7 5f 17 d7 ea 5b 67 18 74 10 00 00 00 03 00\n"  // ... "t"; rows: length 16 ...
      "00 00 fc 35 96 ff f4 63 bf fe 05 00 05 00 00 00\n"  // ... key of 5 bytes, value of 5
      "68 65 6c 6c 6f 77 6f 72 6c 64 18 00 00 00 04 00\n"  // "hello", "world"; footer: length 24 ...
      "00 00 84 5f 08 18 8b b9 91 2c 01 00 00 00 00 00\n"  // ... one table
      "00 00 01 00 00 00 00 00 00 00 97 ee 38 9e ca ce\n"  // one row, the digest
      "7e 53 ");
}

TEST_F(CheckpointTest, EveryFlippedBitAndEveryCutIsRefused) {
  std::string file = file_of(small());
  for (size_t at = 0; at < file.size(); ++at) {
    std::string damaged = file;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << at % 8));
    EXPECT_NE(refusal(Lsn{8}, damaged), "accepted") << "byte " << at;
    EXPECT_NE(refusal(Lsn{8}, file.substr(0, at)), "accepted") << "cut at " << at;
  }
  EXPECT_THAT(refusal(Lsn{8}, file + '\0'), HasSubstr("bytes follow the footer"));
  EXPECT_EQ(refusal(Lsn{8}, file), "accepted");
}

TEST_F(CheckpointTest, SaysWhatIsWrongAndWhere) {
  std::string file = file_of(small());
  EXPECT_EQ(refusal(Lsn{16}, file),
            "checkpoints/0000000000000010.ckpt: damaged at offset 0: it holds the state at 0/8, not at the "
            "position "
            "of its name");
  EXPECT_EQ(refusal(Lsn{8}, ""),
            "checkpoints/0000000000000008.ckpt: damaged at offset 0: the file ends without a footer");
  EXPECT_EQ(refusal(Lsn{8}, std::string(100, '\0')),
            "checkpoints/0000000000000008.ckpt: damaged at offset 0: a block's checksum is wrong");
  std::string damaged = file;
  damaged[file.find("alice")] = 'A';
  EXPECT_EQ(refusal(Lsn{8}, damaged),
            "checkpoints/0000000000000008.ckpt: damaged at offset 98: a block's checksum is wrong");
  EXPECT_EQ(load_checkpoint(files, Lsn{99}, store, {}).error().code, ErrorCode::kNotFound);
}

/// A file made of whatever blocks, each with a right checksum.
struct Forger {
  std::string file;
  Forger() {
    block(BlockType::kHeader, [](std::string& out) { append_header(out, header_at(Lsn{8})); });
  }
  Forger& block(BlockType type, const std::function<void(std::string&)>& fill) {
    append_block(file, file.size(), type, fill);
    return *this;
  }
  Forger& block(BlockType type, std::string bytes) {
    return block(type, [&](std::string& out) { out += bytes; });
  }
  Forger& rows(std::vector<std::string> keys) {
    return block(BlockType::kRows, [&](std::string& out) {
      for (const std::string& key : keys) append_row(out, {key, "v"});
    });
  }
  Forger& footer(CheckpointFooter footer) {
    return block(BlockType::kFooter, [&](std::string& out) { append_footer(out, footer); });
  }
};

TEST_F(CheckpointTest, RightChecksumsAreNotEnough) {
  auto expect = [&](const Forger& forger, const char* why) {
    EXPECT_THAT(refusal(Lsn{8}, forger.file), HasSubstr(why));
  };
  expect(Forger().rows({"a"}), "rows before any table");
  expect(Forger().block(BlockType::kTable, "t").rows({"b", "a"}), "rows are out of order");
  expect(Forger().block(BlockType::kTable, "t").rows({"a"}).rows({"a"}), "rows are out of order");
  expect(Forger().block(BlockType::kTable, "t").rows({}), "no rows");
  expect(Forger().block(BlockType::kTable, "t").block(BlockType::kTable, "s"), "tables are out of order");
  expect(Forger().block(BlockType::kTable, "a b"), "printable");
  expect(Forger().block(BlockType::kTable, "t").block(BlockType::kRows, std::string("\1\0\2\0\0\0k", 7)),
         "runs past its block");
  expect(Forger().block(BlockType::kTable, "t").block(BlockType::kRows, std::string(6, '\xFF')),
         "over the limits");
  expect(Forger().block(BlockType::kHeader, ""), "a second header");
  expect(Forger().block(BlockType{7}, ""), "a block of an unknown type");
  expect(Forger().block(BlockType::kFooter, "short"), "footer has the wrong length");
  expect(Forger().footer({1, 0, 0}), "counts 0 rows in 1 tables, but there are 0 in 0");
  expect(Forger().footer({0, 0, 1}), "digest");
  expect(Forger(), "without a footer");
  Forger headless;
  headless.file.clear();
  expect(headless.footer({0, 0, 0}), "does not begin with a header");
  headless.file.clear();
  expect(headless.block(BlockType::kHeader, "WALLPAPER"), "does not begin as a checkpoint does");
  headless.file.clear();
  expect(headless.block(BlockType::kHeader, "WALLCKPT\2"), "too short");
  headless.file.clear();
  expect(headless.block(BlockType::kHeader, "WALLCKPT\2" + std::string(40, '\0')), "another version");
  EXPECT_EQ(refusal(Lsn{8}, Forger().footer({0, 0, 0}).file), "accepted");
}

TEST_F(CheckpointTest, WritesGoOnUnderIt) {
  Random random(1);
  Changes changes = {create("t"), create("u")};
  for (int i = 0; i < 20000; ++i)
    changes.push_back(put(i % 2 ? "t" : "u", std::to_string(i), std::string(random.below(100), 'v')));
  apply(store, changes);
  std::string still = file_of(store);
  Digest digest = store.digest();

  CheckpointWriter writer(header_at(store.visible()), store.visible_view());
  std::string file;
  int turns = 0;
  for (std::string bytes = writer.next_bytes(); !bytes.empty(); bytes = writer.next_bytes()) {
    file += bytes;
    EXPECT_LT(bytes.size(), 512u << 10);
    Changes more = {put("t", std::to_string(random.below(30000)), "new"),
                    put("t", "more" + std::to_string(turns), "")};
    if (turns == 2) more.push_back({ChangeKind::kDropTable, "u", {}, {}});
    apply(store, more);
    ++turns;
  }
  EXPECT_GT(turns, 4);
  EXPECT_EQ(writer.rows(), 20000u);
  EXPECT_EQ(writer.next_bytes(), "");
  EXPECT_EQ(file, still);

  Store loaded;
  std::vector<uint64_t> progress;
  put_file(writer.header().position, file);
  auto header = load_checkpoint(files, writer.header().position, loaded, [&](uint64_t read, uint64_t of) {
    EXPECT_EQ(of, file.size());
    progress.push_back(read);
  });
  ASSERT_TRUE(header) << header.error();
  EXPECT_EQ(loaded.digest(), digest);
  EXPECT_EQ(progress.back(), file.size());
  EXPECT_TRUE(std::ranges::is_sorted(progress));
  loaded.check_invariants();
  // A good guess of the size decides when the next one is due.
  EXPECT_GT(loaded.checkpoint_size(), file.size());
  EXPECT_LT(loaded.checkpoint_size(), file.size() + file.size() / 10);
}

TEST_F(CheckpointTest, BytesDependOnHeaderAndStateAlone) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Random random(seed);
    Store lived;
    test::ModelStore model;
    for (int i = 0; i < 100; ++i) {
      Changes changes = test::random_record(random, model.newest());
      Lsn lsn = lived.applied() + 8;
      lived.apply(lsn, views_of(changes));
      model.apply(lsn, changes);
    }
    lived.set_visible(lived.applied());
    Changes all;
    for (const auto& [table, rows] : model.newest()) {
      all.push_back(create(table));
      for (const auto& [key, value] : rows) all.push_back(put(table, key, value));
    }
    Store made;
    made.apply(lived.applied(), views_of(all));
    made.set_visible(made.applied());
    std::string file = file_of(lived);
    ASSERT_EQ(file, file_of(made)) << "seed " << seed;
    Store loaded;
    ASSERT_TRUE(load(lived.applied(), file, loaded));
    ASSERT_EQ(loaded.digest(), lived.digest());
  }
}

TEST_F(CheckpointTest, LoadsFromPiecesCutAnywhere) {
  std::string file = file_of(small());
  auto fed = [&](std::initializer_list<std::string_view> pieces) {
    Store loaded;
    CheckpointLoader loader(Lsn{8}, loaded);
    for (std::string_view piece : pieces) {
      auto taken = loader.feed(piece);
      EXPECT_TRUE(taken) << taken.error();
    }
    auto summary = loader.finish();
    ASSERT_TRUE(summary) << summary.error();
    EXPECT_EQ(summary->header, header_at(Lsn{8}));
    EXPECT_EQ(loaded.digest(), store.digest());
  };
  std::string_view bytes = file;
  for (size_t cut = 0; cut <= file.size(); ++cut) fed({bytes.substr(0, cut), bytes.substr(cut)});

  Store loaded;
  CheckpointLoader loader(Lsn{8}, loaded);
  for (size_t at = 0; at < file.size(); ++at) ASSERT_TRUE(loader.feed(bytes.substr(at, 1)));
  auto summary = loader.finish();
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->bytes, file.size());
  loaded.check_invariants();
  EXPECT_EQ(file_of(loaded), file);
}

TEST_F(CheckpointTest, ADamagedLengthCostsNoMemory) {
  Store loaded;
  CheckpointLoader loader(Lsn{8}, loaded);
  auto taken = loader.feed(std::string("\xFF\xFF\xFF\x7F\1\0\0\0", 8) + std::string(8, 'c'));
  ASSERT_FALSE(taken);
  EXPECT_THAT(taken.error().message, HasSubstr("a block's length is impossible"));
}

TEST_F(CheckpointTest, TheLargestRowsFit) {
  apply(store, {create("t"), put("t", "a", std::string(200 << 10, 'x')),
                put("t", std::string(kMaxKey, 'k'), std::string(kMaxValue, 'v')), put("t", "z", "")});
  Store loaded;
  auto header = load(Lsn{8}, file_of(store), loaded);
  ASSERT_TRUE(header) << header.error();
  EXPECT_EQ(loaded.digest(), store.digest());
}

TEST_F(CheckpointTest, AnEmptyStoreAtTheBeginningIsAState) {
  Store loaded;
  ASSERT_TRUE(load(Lsn{}, file_of(store), loaded));
  EXPECT_EQ(loaded.applied(), Lsn{});
}

TEST_F(CheckpointTest, FilesAreListedByPosition) {
  EXPECT_EQ(checkpoint_path(Lsn{0x16B3748}), "checkpoints/00000000016B3748.ckpt");
  EXPECT_THAT(*list_checkpoints(files), IsEmpty());
  put_file(Lsn{0x100}, "");
  put_file(Lsn{0xAB00000000}, "");
  for (const char* name :
       {"00000000000000FF.ckpt.tmp", "00000000000000ff.ckpt", "FF.ckpt", "notes", "x.ckpt"})
    ASSERT_TRUE(files.create(std::string(kCheckpointDirectory) + "/" + name));
  EXPECT_THAT(*list_checkpoints(files), ElementsAre(Lsn{0x100}, Lsn{0xAB00000000}));
}

}  // namespace
}  // namespace wallaby::engine
