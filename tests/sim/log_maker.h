// tests/sim/log_maker.h
//
// Makes the frames of a small log, one after the other, for tests of the checkers: what a primary would have written.
#pragma once

#include <deque>
#include <string>

#include "engine/changes.h"
#include "replication/log_events.h"
#include "wal/frame.h"

namespace wallaby::sim {

class LogMaker {
 public:
  static constexpr ClusterId kCluster{7};

  wal::Frame changes(const engine::Changes& changes) {
    std::string payload;
    engine::encode_changes(changes, payload);
    return frame(replication::RecordKind::kChanges, payload);
  }
  wal::Frame event(const replication::LogEvent& event) {
    return frame(replication::kind_of(event), replication::encode_log_event(event));
  }
  wal::Frame policy(replication::Rung rung) { return event(replication::PolicyChanged{{rung, {}}}); }
  wal::Frame member(const NodeName& name, uint64_t directory) {
    return event(replication::MemberJoined{name, DirectoryId{directory}});
  }

  Lsn end() const { return end_; }
  /// Of the whole log so far.
  const std::string& bytes() const { return log_; }

 private:
  wal::Frame frame(replication::RecordKind kind, const std::string& payload) {
    std::string& bytes = frames_.emplace_back(wal::frame_size(payload.size()), '\0');
    wal::FrameHeader header;
    header.timeline = TimelineId{1};
    header.kind = static_cast<uint16_t>(kind);
    header.format = replication::kRecordFormat;
    header.previous_checksum = checksum_;
    std::string_view piece = payload;
    wal::write_frame(bytes.data(), end_, header, std::span(&piece, 1));
    wal::Frame frame = *wal::read_frame(bytes, end_, checksum_);
    end_ = frame.end;
    checksum_ = frame.header.checksum;
    log_ += bytes;
    return frame;
  }

  std::deque<std::string> frames_;  ///< frames view into these
  std::string log_;
  Lsn end_;
  uint64_t checksum_ = wal::chain_start(kCluster);
};

inline engine::Change put(std::string table, std::string key, std::string value) {
  return {engine::ChangeKind::kPut, std::move(table), std::move(key), std::move(value)};
}
inline engine::Change del(std::string table, std::string key) {
  return {engine::ChangeKind::kDelete, std::move(table), std::move(key), ""};
}
inline engine::Change create(std::string table) {
  return {engine::ChangeKind::kCreateTable, std::move(table), "", ""};
}

}  // namespace wallaby::sim
