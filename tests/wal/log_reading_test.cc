#include <algorithm>

#include <gtest/gtest.h>

#include "tests/wal/log_driver.h"

namespace wallaby::wal {
namespace {

using testing::MemoryFileSystem;

struct LogReading : ::testing::Test {
  MemoryFileSystem files;
  Log log{new_log(files), small_options()};
  LogDriver driver{files, log};
  std::vector<Lsn> borders{Lsn{0}};
  std::vector<uint64_t> checksums{chain_start(kCluster)};

  void fill(int records) {
    for (int i = 0; i < records; ++i) {
      borders.push_back(driver.append(std::string(static_cast<size_t>(i * 37 % 300), 'a')));
      checksums.push_back(log.end_checksum());
    }
    driver.run();
  }
  std::string bytes(const LogRead& read) {
    std::string all;
    if (auto* memory = std::get_if<InMemory>(&read))
      for (const SharedBytes& piece : memory->pieces) all += piece.view();
    if (auto* disk = std::get_if<OnDisk>(&read))
      all = *files.read(disk->step.path, disk->step.offset, disk->step.length);
    return all;
  }
};

TEST_F(LogReading, DiskAndMemoryGiveTheSameBytes) {
  fill(200);
  std::string all;
  Lsn at;
  bool from_disk = false, from_memory = false;
  while (at < log.flushed()) {
    LogRead read = log.read(at, log.flushed(), 100);
    std::string piece = bytes(read);
    ASSERT_FALSE(piece.empty());
    (std::holds_alternative<OnDisk>(read) ? from_disk : from_memory) = true;
    SegmentId segment = std::holds_alternative<OnDisk>(read) ? std::get<OnDisk>(read).segment
                                                             : std::get<InMemory>(read).segment;
    EXPECT_EQ(segment, log.segment_at(at));
    EXPECT_EQ(piece, *files.read(segment_path(segment), file_offset(segment, at), piece.size()));
    all += piece;
    at = at + piece.size();
  }
  EXPECT_TRUE(from_disk);
  EXPECT_TRUE(from_memory);
  EXPECT_EQ(Lsn{all.size()}, log.flushed());
  EXPECT_LE(log.bytes_in_memory(), 2 * small_options().memory_size);
}

TEST_F(LogReading, NeverPastTheSegmentNorTheLimit) {
  fill(20);
  for (uint64_t at = 0; at < log.flushed().value; at += 24) {
    LogRead read = log.read(Lsn{at}, log.flushed(), 1 << 20);
    const auto& memory = std::get<InMemory>(read);
    EXPECT_EQ(log.segment_at(Lsn{memory.to.value - 1}), memory.segment);
    EXPECT_EQ(std::get<InMemory>(log.read(Lsn{at}, Lsn{at + 8}, 1 << 20)).to, Lsn{at + 8});
  }
  LogRead nothing = log.read(log.appended(), log.appended(), 100);
  EXPECT_TRUE(std::get<InMemory>(nothing).pieces.empty());
}

TEST_F(LogReading, ChecksumsAreKnownAtEveryBorder) {
  fill(200);
  for (size_t i = 0; i < borders.size(); ++i) {
    auto answer = log.checksum_at(borders[i]);
    if (auto* known = std::get_if<Log::Known>(&answer)) {
      EXPECT_EQ(known->checksum, checksums[i]);
      continue;
    }
    const auto& read = std::get<OnDisk>(answer);
    EXPECT_EQ(Log::checksum_from(read, bytes(read)), checksums[i]) << borders[i];
  }
}

TEST_F(LogReading, NoChecksumInsideAFrame) {
  fill(200);
  for (uint64_t at : {8u, 24u, 104u, 1000u}) {
    if (std::ranges::find(borders, Lsn{at}) != borders.end()) continue;
    const auto read = std::get<OnDisk>(log.checksum_at(Lsn{at}));
    EXPECT_EQ(Log::checksum_from(read, bytes(read)), std::nullopt);
  }
}

TEST_F(LogReading, FreshLogKnowsItsEnd) {
  EXPECT_EQ(std::get<Log::Known>(log.checksum_at(Lsn{0})).checksum, chain_start(kCluster));
  EXPECT_EQ(log.oldest(), Lsn{0});
  auto recovered = recover(files);
  ASSERT_TRUE(recovered);
  EXPECT_EQ(recovered->start.end, Lsn{0});
  EXPECT_EQ(recovered->start.end_checksum, chain_start(kCluster));
}

TEST(LogReadingAlone, WhatIsNotWrittenStaysInMemory) {
  MemoryFileSystem files;
  Log log(new_log(files),
          LogOptions{.segment_file_size = 256 << 10, .memory_size = 16 << 10, .max_write = 1 << 10});
  LogDriver driver(files, log);
  for (int i = 0; i < 100; ++i) driver.append(std::string(1000, 'm'));
  driver.run();
  EXPECT_EQ(log.flushed(), log.appended());
  EXPECT_LE(log.bytes_in_memory(), 20u << 10);
  EXPECT_TRUE(std::holds_alternative<OnDisk>(log.read(Lsn{0}, log.flushed(), 100)));
}

TEST_F(LogReading, AfterARestartTheLogIsReadFromDisk) {
  fill(30);
  auto recovered = recover(files);
  ASSERT_TRUE(recovered);
  Log again(recovered->start, small_options());
  for (size_t i = 0; i + 1 < borders.size(); ++i) {
    EXPECT_EQ(bytes(again.read(borders[i], borders[i + 1], 1 << 20)),
              bytes(log.read(borders[i], borders[i + 1], 1 << 20)));
    auto read = std::get<OnDisk>(again.checksum_at(borders[i]));
    EXPECT_EQ(Log::checksum_from(read, bytes(read)), checksums[i]);
  }
  EXPECT_EQ(std::get<Log::Known>(again.checksum_at(borders.back())).checksum, checksums.back());
}

}  // namespace
}  // namespace wallaby::wal
