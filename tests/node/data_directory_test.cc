#include "node/data_directory.h"

#include <gmock/gmock.h>

#include "engine/checkpoint.h"
#include "tests/node/test_cluster.h"
#include "tests/support/memory_file_system.h"

namespace wallaby::node {
namespace {

using ::testing::HasSubstr;
using testing::MemoryFileSystem;
using testing::TestCluster;
using namespace std::chrono_literals;

OpenOptions options_of(Role role, const std::string& name) {
  OpenOptions options;
  options.role = role;
  options.name = name;
  options.log.segment_file_size = 64 << 10;
  return options;
}

Result<OpenedDirectory> open(MemoryFileSystem& files, Role role, const std::string& name) {
  Random random(7);
  return open_data_directory(files, options_of(role, name), random, {});
}

TEST(Identity, ComesBackAsItWas) {
  Identity identity{Role::kReplica, "r1", ClusterId{5}, DirectoryId{6}, true};
  EXPECT_EQ(decode_identity(encode_identity(identity)), identity);
  identity.cluster.reset();
  EXPECT_EQ(decode_identity(encode_identity(identity)), identity);
}

TEST(Identity, ADamagedByteIsNoticed) {
  std::string text = encode_identity(Identity{Role::kPrimary, "p1", ClusterId{5}, DirectoryId{6}, false});
  for (size_t i = 0; i < text.size(); ++i) {
    std::string damaged = text;
    damaged[i] ^= 1;
    EXPECT_FALSE(decode_identity(damaged)) << "byte " << i;
    EXPECT_FALSE(decode_identity(text.substr(0, i))) << "cut at " << i;
  }
}

TEST(DataDirectory, BelongsToARoleAndAName) {
  MemoryFileSystem files;
  ASSERT_TRUE(open(files, Role::kReplica, "r1"));
  auto as_primary = open(files, Role::kPrimary, "r1");
  ASSERT_FALSE(as_primary);
  EXPECT_EQ(as_primary.error().code, ErrorCode::kRefused);
  EXPECT_THAT(as_primary.error().message, HasSubstr("belongs to the replica r1"));
  auto as_other = open(files, Role::kReplica, "r2");
  ASSERT_FALSE(as_other);
  EXPECT_THAT(as_other.error().message, HasSubstr("--name r1"));
}

TEST(DataDirectory, ForeignFilesAreLeftAlone) {
  MemoryFileSystem files;
  ASSERT_TRUE(files.create("thesis.txt"));
  auto opened = open(files, Role::kPrimary, "p1");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kRefused);
  EXPECT_THAT(opened.error().message, HasSubstr("thesis.txt"));
  EXPECT_TRUE(files.exists("thesis.txt"));
}

TEST(DataDirectory, MakingItMayBeCutOffAnywhere) {
  for (uint64_t n = 1;; ++n) {
    MemoryFileSystem files;
    files.fail_at(n, ErrorCode::kIo);
    bool opened = open(files, Role::kPrimary, "p1").has_value();
    if (!files.failed()) {
      EXPECT_TRUE(opened);
      EXPECT_GT(n, 5u) << "too few operations to mean anything";
      return;
    }
    EXPECT_FALSE(opened) << "operation " << n;
    files.cut_power_losing_all();
    EXPECT_TRUE(open(files, Role::kPrimary, "p1")) << "after operation " << n << " failed";
  }
}

TEST(DataDirectory, ALogWithoutAnIdentityIsNotOverwritten) {
  TestCluster cluster;
  cluster.start_primary("p1");
  cluster.put("p1", "a", "1");
  cluster.kill("p1");
  ASSERT_TRUE(cluster.disk("p1").remove(kIdentityPath));
  auto error = cluster.restart("p1");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, ErrorCode::kCorrupt);
}

TEST(DataDirectory, ADamagedNewestCheckpointFallsBackToTheOlder) {
  TestCluster cluster;
  cluster.start_primary("p1");
  cluster.put("p1", "a", "1");
  cluster.call("p1", TakeCheckpoint{});
  cluster.put("p1", "b", "2");
  cluster.call("p1", TakeCheckpoint{});
  cluster.put("p1", "c", "3");
  Lsn newest = cluster.status("p1").checkpoint_newest;
  ASSERT_LT(cluster.status("p1").checkpoint_oldest, newest);
  cluster.kill("p1");
  cluster.disk("p1").damage(engine::checkpoint_path(newest),
                            [](std::string& bytes) { bytes[bytes.size() / 2] ^= 4; });
  ASSERT_EQ(cluster.restart("p1"), std::nullopt);
  EXPECT_EQ(cluster.get("p1", "a"), "1");
  EXPECT_EQ(cluster.get("p1", "b"), "2");
  EXPECT_EQ(cluster.get("p1", "c"), "3");
}

TEST(DataDirectory, ReplayFromACheckpointEqualsReplayOfTheWholeLog) {
  TestCluster cluster;
  cluster.start_primary("p1");
  for (int i = 0; i < 100; ++i) cluster.put("p1", "k" + std::to_string(i % 7), "v" + std::to_string(i));
  cluster.call("p1", TakeCheckpoint{});
  for (int i = 0; i < 30; ++i) cluster.put("p1", "k" + std::to_string(i % 5), "w" + std::to_string(i));
  uint64_t digest = cluster.status("p1").digest;
  Lsn checkpoint = cluster.status("p1").checkpoint_newest;
  cluster.kill("p1");
  ASSERT_EQ(cluster.restart("p1"), std::nullopt);
  EXPECT_EQ(cluster.status("p1").digest, digest);
  cluster.kill("p1");
  ASSERT_TRUE(cluster.disk("p1").remove(engine::checkpoint_path(checkpoint)));
  ASSERT_EQ(cluster.restart("p1"), std::nullopt);
  EXPECT_EQ(cluster.status("p1").digest, digest);
}

TEST(DataDirectory, DamageInsideTheFlushedLogRefusesAndNamesThePlace) {
  TestCluster cluster;
  cluster.start_primary("p1");
  for (int i = 0; i < 20; ++i) cluster.put("p1", "k", std::string(50, 'x'));
  cluster.kill("p1");
  cluster.disk("p1").damage("wal/00000001-0000000000000000.wal", [](std::string& bytes) { bytes[600] ^= 1; });
  auto error = cluster.restart("p1");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, ErrorCode::kCorrupt);
  EXPECT_THAT(error->message, HasSubstr("00000001-0000000000000000.wal"));
  EXPECT_THAT(error->message, HasSubstr("offset"));
}

TEST(DataDirectory, ACutOffBaseCopyBeginsAgain) {
  TestCluster cluster;
  cluster.defaults.max_slot_keep = 64 << 10;
  cluster.defaults.checkpoint_log = 100 << 10;
  cluster.start_primary("p1");
  cluster.start_replica("r1", "p1");
  cluster.pass(3s);
  cluster.kill("r1");
  for (int i = 0; i < 1500; ++i)
    cluster.put("p1", "k" + std::to_string(i % 100), std::string(500, 'a' + i % 26));
  cluster.pass(1s);
  ASSERT_EQ(cluster.restart("r1"), std::nullopt);
  // Jobs of r1 stop in the middle of the copy: it has said `copying`, and no more.
  for (int i = 0; i < 100 && !cluster.node("r1").status({}).upstream->copy_size; ++i) cluster.pass(10ms);
  cluster.kill("r1");
  auto identity = read_identity(cluster.disk("r1"));
  ASSERT_TRUE(identity);
  if (identity->copying) {
    ASSERT_EQ(cluster.restart("r1"), std::nullopt);
  } else {
    // The whole copy fitted into one moment: say that it did not.
    identity->copying = true;
    ASSERT_TRUE(cluster.disk("r1").replace(kIdentityPath, encode_identity(*identity)));
    ASSERT_EQ(cluster.restart("r1"), std::nullopt);
  }
  EXPECT_THAT(cluster.get("r1", "k1"), HasSubstr("base copy"));
  cluster.pass(5s);
  EXPECT_EQ(cluster.status("r1").digest, cluster.status("p1").digest);
  EXPECT_FALSE(read_identity(cluster.disk("r1"))->copying);
}

}  // namespace
}  // namespace wallaby::node
