// A log cut at every byte and flipped at every bit: what recovery must say.
#include <algorithm>

#include <gtest/gtest.h>

#include "tests/wal/log_driver.h"

namespace wallaby::wal {
namespace {

using testing::MemoryFileSystem;

/// Two segments, the first one closed; every record flushed on its own.
struct Damage : ::testing::Test {
  Damage() {
    Log log(new_log(*files), small_options());
    LogDriver driver(*files, log);
    for (size_t size : {5, 100, 0, 300, 250, 120, 7, 200}) {
      payloads.push_back(std::string(size, 'd'));
      borders.push_back(driver.append(payloads.back()));
      driver.run();
    }
    log.request_mark_sync();
    driver.run();
    end = log.flushed();
    segments.assign(log.segments().begin(), log.segments().end());
    EXPECT_EQ(segments.size(), 2u);
  }

  std::unique_ptr<MemoryFileSystem> damaged(const std::string& path,
                                            const std::function<void(std::string&)>& change) {
    auto copy = files->clone();
    copy->damage(path, change);
    return copy;
  }
  /// As if no mark had reached the disk since the first segment was begun.
  static void forget_mark(MemoryFileSystem& disk) { ASSERT_TRUE(create_mark(disk)); }
  void forget_mark() { forget_mark(*files); }

  static void expect_corrupt(FileSystem& disk, const Evidence& evidence, const std::string& file) {
    auto recovered = recover(disk, evidence);
    ASSERT_FALSE(recovered);
    EXPECT_EQ(recovered.error().code, ErrorCode::kCorrupt);
    EXPECT_NE(recovered.error().message.find(file), std::string::npos) << recovered.error();
    EXPECT_NE(recovered.error().message.find("offset "), std::string::npos) << recovered.error();
  }
  /// The log ends at the last border not past `at`.
  void expect_cut(FileSystem& disk, const Evidence& evidence, Lsn at) {
    std::vector<std::string> kept;
    auto recovered = recover(disk, evidence, &kept);
    ASSERT_TRUE(recovered) << recovered.error();
    size_t whole = static_cast<size_t>(std::ranges::upper_bound(borders, at) - borders.begin());
    ASSERT_EQ(kept, std::vector(payloads.begin(), payloads.begin() + static_cast<ptrdiff_t>(whole)));
    Lsn expected = whole == 0 ? Lsn{0} : borders[whole - 1];
    ASSERT_EQ(recovered->start.end, expected);
    auto again = judge_tail(disk, evidence, {});
    ASSERT_TRUE(again);
    EXPECT_EQ(again->judgement, TailJudgement{Clean{}});
    EXPECT_EQ(*disk.size(segment_path(recovered->start.segments.back())), 1024u);
  }

  std::unique_ptr<MemoryFileSystem> files = std::make_unique<MemoryFileSystem>();
  std::vector<std::string> payloads;
  std::vector<Lsn> borders;
  std::vector<SegmentId> segments;
  Lsn end;
};

void flip(std::string& bytes, size_t bit) {
  bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
}

TEST_F(Damage, EveryFlippedBitBelowTheMarkIsRefused) {
  for (SegmentId segment : segments) {
    std::string path = segment_path(segment);
    bool closed = segment == segments.front();
    for (size_t bit = 0; bit < 1024 * 8; ++bit) {
      auto disk = damaged(path, [&](std::string& bytes) { flip(bytes, bit); });
      bool behind_the_end = !closed && bit / 8 >= file_offset(segment, end);
      if (behind_the_end)
        expect_cut(*disk, primary_evidence(), end);
      else
        expect_corrupt(*disk, primary_evidence(), path);
      if (HasFatalFailure()) FAIL() << path << " bit " << bit;
    }
  }
}

TEST_F(Damage, TheOffsetIsWhereTheDamagedFrameBegins) {
  auto disk =
      damaged(segment_path(segments[0]), [&](std::string& bytes) { flip(bytes, (64 + 48 + 77) * 8); });
  auto recovered = recover(*disk);
  ASSERT_FALSE(recovered);
  EXPECT_NE(recovered.error().message.find(
                "memory/wal/00000001-0000000000000000.wal, offset 112 (log position 0/30)"),
            std::string::npos)
      << recovered.error();
}

TEST_F(Damage, EveryCutBelowTheMarkIsRefused) {
  std::string path = segment_path(segments.back());
  for (size_t length = 0; length < 1024; ++length) {
    auto disk = damaged(path, [&](std::string& bytes) { bytes.resize(length); });
    if (length >= file_offset(segments.back(), end))
      expect_cut(*disk, primary_evidence(), end);
    else
      expect_corrupt(*disk, primary_evidence(), "wal/00000001-");
    if (HasFatalFailure()) FAIL() << "length " << length;
  }
}

TEST_F(Damage, EveryZeroedStretchBelowTheMarkIsRefused) {
  for (SegmentId segment : segments)
    for (size_t from = 0; from < file_offset(segment, segment == segments.front() ? segments[1].first : end);
         from += 8) {
      // Also to the end of the file: looks like a log that ends early.
      for (size_t length : {size_t{8}, size_t{1024} - from}) {
        auto disk = damaged(segment_path(segment), [&](std::string& bytes) {
          std::fill_n(bytes.begin() + static_cast<ptrdiff_t>(from), std::min(length, 1024 - from), '\0');
        });
        if (disk->contents(segment_path(segment)) == files->contents(segment_path(segment))) continue;
        expect_corrupt(*disk, primary_evidence(), segment_path(segment));
        if (HasFatalFailure()) FAIL() << segment << " from " << from << ", " << length;
      }
    }
}

// Without the mark, a replica knows nothing of its own disk in the last segment: all damage there is a torn tail.
TEST_F(Damage, AboveAllEvidenceEveryFlippedBitIsATornTail) {
  forget_mark();
  std::string path = segment_path(segments.back());
  for (size_t bit = 64 * 8; bit < 1024 * 8; ++bit) {
    auto disk = damaged(path, [&](std::string& bytes) { flip(bytes, bit); });
    Lsn damage = segments.back().first + (bit / 8 - 64);
    expect_cut(*disk, replica_evidence(), std::min(damage, end));
    if (HasFatalFailure()) FAIL() << "bit " << bit;
  }
}

// A primary wrote into each frame what it had flushed, so only its last record can pass for a torn tail.
TEST_F(Damage, LaterFramesOfAPrimaryProveWhatWasFlushed) {
  forget_mark();
  std::string path = segment_path(segments.back());
  Lsn last = borders[borders.size() - 2];
  for (size_t bit = 64 * 8; bit < 1024 * 8; ++bit) {
    auto disk = damaged(path, [&](std::string& bytes) { flip(bytes, bit); });
    Lsn damage = segments.back().first + (bit / 8 - 64);
    if (damage < last)
      expect_corrupt(*disk, primary_evidence(), path);
    else
      expect_cut(*disk, primary_evidence(), std::min(damage, end));
    if (HasFatalFailure()) FAIL() << "bit " << bit;
  }
}

TEST_F(Damage, EveryCutAboveTheEvidenceIsATornTail) {
  forget_mark();
  std::string path = segment_path(segments.back());
  for (size_t length = 64; length < 1024; ++length) {
    auto disk = damaged(path, [&](std::string& bytes) { bytes.resize(length); });
    expect_cut(*disk, primary_evidence(), std::min(segments.back().first + (length - 64), end));
    if (HasFatalFailure()) FAIL() << "length " << length;
  }
}

TEST_F(Damage, AClosedSegmentIsNeverATornTail) {
  forget_mark();
  std::string path = segment_path(segments.front());
  for (size_t bit = 0; bit < 1024 * 8; ++bit) {
    auto disk = damaged(path, [&](std::string& bytes) { flip(bytes, bit); });
    expect_corrupt(*disk, replica_evidence(), path);
    if (HasFatalFailure()) FAIL() << "bit " << bit;
  }
}

TEST_F(Damage, AMissingSegmentIsNamed) {
  auto without = [&](SegmentId segment) {
    auto copy = files->clone();
    EXPECT_TRUE(copy->remove(segment_path(segment)));
    return copy;
  };
  expect_corrupt(*without(segments.back()), primary_evidence(), segment_path(segments.back()));
  expect_corrupt(*without(segments.front()), primary_evidence(), "memory/wal, offset 0 (log position 0/0)");

  auto three = disk_with({std::string(800, 'a'), std::string(800, 'b'), std::string(800, 'c')});
  std::vector<SegmentId> all = segments_on(*three);
  ASSERT_EQ(all.size(), 3u);
  ASSERT_TRUE(three->remove(segment_path(all[1])));
  expect_corrupt(*three, primary_evidence(), segment_path(all[1]));
}

TEST_F(Damage, ACheckpointIsEvidenceToo) {
  forget_mark();
  auto disk = damaged(segment_path(segments.back()), [&](std::string& bytes) { flip(bytes, 70 * 8); });
  Evidence evidence = replica_evidence();
  evidence.flushed_on_this_disk = segments.back().first + 8;
  expect_corrupt(*disk, evidence, segment_path(segments.back()));
}

TEST_F(Damage, AnotherClustersSegmentIsRefused) {
  Evidence evidence = primary_evidence();
  evidence.cluster = ClusterId{1};
  expect_corrupt(*files, evidence, segment_path(segments.front()));
}

TEST_F(Damage, OlderSegmentsAreNotReadWhenRecoveryDoesNotNeedThem) {
  auto disk = damaged(segment_path(segments.front()), [&](std::string& bytes) { flip(bytes, 800); });
  Evidence evidence = primary_evidence();
  evidence.from = segments.back().first;
  auto recovered = recover(*disk, evidence);
  ASSERT_TRUE(recovered) << recovered.error();
  EXPECT_EQ(recovered->start.segments, segments);
  EXPECT_EQ(recovered->start.end, end);
}

/// What a crash leaves behind the flushed end: any prefix of the next frame, or anything else.
TEST_F(Damage, ATornTailIsCutAndTold) {
  std::string path = segment_path(segments.back());
  size_t offset = file_offset(segments.back(), end);
  std::string frame(frame_size(200), 'x');
  std::string payload(200, 'n');
  std::string_view piece = payload;
  FrameHeader header{.payload_length = 0,
                     .timeline = kFirst,
                     .kind = 1,
                     .format = 1,
                     .writer_flushed = end,
                     .previous_checksum = recover(*files->clone())->start.end_checksum,
                     .checksum = 0};
  write_frame(frame.data(), end, header, std::span(&piece, 1));
  for (size_t length = 1; length < frame.size(); ++length) {
    auto disk = damaged(path, [&](std::string& bytes) { bytes.replace(offset, length, frame, 0, length); });
    auto recovered = recover(*disk);
    ASSERT_TRUE(recovered) << recovered.error();
    EXPECT_EQ(recovered->start.end, end);
    ASSERT_EQ(recovered->notes.size(), 1u);
    EXPECT_NE(recovered->notes[0].find("at " + to_string(end)), std::string::npos) << recovered->notes[0];
    EXPECT_EQ(disk->contents(path), files->contents(path));
  }
  auto whole = damaged(path, [&](std::string& bytes) { bytes.replace(offset, frame.size(), frame); });
  EXPECT_EQ(recover(*whole)->start.end, end + frame.size()) << "a whole next frame is simply there";

  uint64_t random = 42;
  for (size_t length = 1; length < 300; ++length) {
    auto disk = damaged(path, [&](std::string& bytes) {
      for (size_t i = 0; i < length; ++i)
        bytes[offset + i] = static_cast<char>((random = random * 6364136223846793005u + 1) >> 56);
      bytes[offset + length - 1] |= 1;
    });
    auto judged = judge_tail(*disk, primary_evidence(), {});
    EXPECT_EQ(judged->judgement, (TailJudgement{Torn{end, length, path}}));
    expect_cut(*disk, primary_evidence(), end);
  }
}

TEST_F(Damage, RecoveringTwiceChangesNothing) {
  files->damage(segment_path(segments.back()), [](std::string& bytes) { bytes[1000] = 1; });
  ASSERT_TRUE(files->create("wal/spare-0000000000000009"));
  auto first = recover(*files);
  ASSERT_TRUE(first);
  auto after_first = files->snapshot();
  auto second = recover(*files);
  ASSERT_TRUE(second);
  auto after_second = files->snapshot();
  after_first.erase(kMarkPath);
  after_second.erase(kMarkPath);
  EXPECT_EQ(after_first, after_second);
  EXPECT_TRUE(second->notes.empty());
  EXPECT_EQ(second->start.end, first->start.end);
  EXPECT_EQ(second->start.mark.flushed, end);
  EXPECT_FALSE(after_second.contains("wal/spare-0000000000000009"));
}

}  // namespace
}  // namespace wallaby::wal
