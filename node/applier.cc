#include "node/applier.h"

#include <algorithm>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "engine/changes.h"
#include "engine/reserved.h"
#include "replication/log_events.h"

namespace wallaby::node {
namespace {

/// Log bytes applied in one turn at most, so that reads and reports go on during a long replay.
constexpr uint64_t kTurnBytes = 1 << 20;

std::string shortened(std::string_view text) {
  constexpr size_t kLongest = 40;
  return text.size() <= kLongest ? std::string(text)
                                 : fmt::format("{}... ({} bytes)", text.substr(0, kLongest), text.size());
}

}  // namespace

std::string summarize(uint16_t kind, uint16_t format, std::string_view payload,
                      const std::function<std::optional<std::string>(const engine::ChangeView&)>& describe) {
  if (kind != static_cast<uint16_t>(replication::RecordKind::kChanges)) {
    auto event = replication::decode_log_event(kind, format, payload);
    if (!event) return "unknown";
    std::ostringstream out;
    out << *event;
    return out.str();
  }
  auto changes = engine::decode_changes(payload);
  if (!changes || changes->empty()) return "no changes";
  // Of a table that is made with its rows the first row, and what SQL keeps for itself only when there is nothing else.
  auto interesting = [](const engine::ChangeView& change) {
    return change.kind != engine::ChangeKind::kCreateTable && !change.table.starts_with(engine::kSqlPrefix);
  };
  auto found = std::ranges::find_if(*changes, interesting);
  const engine::ChangeView& told = found == changes->end() ? changes->front() : *found;
  bool row = told.kind == engine::ChangeKind::kPut || told.kind == engine::ChangeKind::kDelete;
  std::optional<std::string> words;
  if (row) words = describe(told);
  std::string text;
  switch (told.kind) {
    case engine::ChangeKind::kPut:
      text = words ? fmt::format("put {} {}", told.table, *words)
                   : fmt::format("put {} {} = {}", told.table, shortened(told.key), shortened(told.value));
      break;
    case engine::ChangeKind::kDelete:
      text = fmt::format("delete {} {}", told.table, words ? *words : shortened(told.key));
      break;
    case engine::ChangeKind::kCreateTable: text = fmt::format("create table {}", told.table); break;
    case engine::ChangeKind::kDropTable: text = fmt::format("drop table {}", told.table); break;
  }
  bool told_all = changes->size() == 1 || (changes->size() == 2 && &told != &changes->front() &&
                                           changes->front().kind == engine::ChangeKind::kCreateTable);
  if (!told_all) text += fmt::format(", {} changes in all", changes->size());
  return text;
}

Result<void> apply_frame(const wal::Frame& frame, engine::Store& store, ClusterLog& cluster) {
  if (frame.header.kind == static_cast<uint16_t>(replication::RecordKind::kChanges)) {
    auto changes = engine::decode_changes(frame.payload);
    if (!changes) return std::unexpected(changes.error());
    store.apply(frame.end, *changes);
    return {};
  }
  auto event = replication::decode_log_event(frame.header.kind, frame.header.format, frame.payload);
  if (!event) return std::unexpected(event.error());
  cluster.note(frame.end, *event);
  store.advance(frame.end);
  return {};
}

/// Nothing that ends past it is applied now.
Lsn Applier::ceiling() const {
  return std::min({local_.log.flushed(), delay_ceiling_, local_.ceilings.of(replication::Stage::kApplied)});
}

bool Applier::more() const {
  return !reading_ && !failed_ && applied() + carry_.size() < ceiling();
}

void Applier::restart() {
  carry_.clear();
  reading_ = false;
  ++epoch_;
}

Result<void> Applier::run(TimePoint) {
  if (failed_) return std::unexpected(*failed_);
  uint64_t budget = kTurnBytes;
  while (more() && budget > 0) {
    Lsn from = applied() + carry_.size();
    wal::LogRead found = local_.log.read(from, ceiling(), budget);
    if (auto* memory = std::get_if<wal::InMemory>(&found)) {
      for (const SharedBytes& piece : memory->pieces)
        if (auto taken = take(piece.view()); !taken) return taken;
      budget -= std::min<uint64_t>(budget, memory->to - memory->from);
    } else if (auto* disk = std::get_if<wal::OnDisk>(&found)) {
      reading_ = true;
      local_.files.run(Lane::kFile, {disk->step},
                       [this, disk = *disk, epoch = epoch_](TimePoint, const FileJobDone& done) {
                         if (epoch != epoch_) return;
                         reading_ = false;
                         if (done.error)
                           failed_ = *done.error;
                         else if (disk.from == applied() + carry_.size())
                           if (auto taken = take(done.reads[0].view()); !taken) failed_ = taken.error();
                       });
    } else {
      return error(ErrorCode::kCorrupt, "the log from {} on is needed for replay and is gone",
                   to_string(from));
    }
  }
  if (failed_) return std::unexpected(*failed_);
  return {};
}

/// Applies whole frames of `bytes` (which continue at applied() + carry_) up to the ceiling; keeps an unfinished one.
Result<void> Applier::take(std::string_view bytes) {
  std::string joined;
  if (!carry_.empty()) {
    joined = std::move(carry_);
    carry_.clear();
    joined += bytes;
    bytes = joined;
  }
  size_t used = 0;
  while (used < bytes.size()) {
    auto next = apply_next(bytes, used);
    if (!next) return std::unexpected(next.error());
    // A ceiling that came while the bytes were read: they are read again when it lifts.
    if (*next == Next::kCeiling) return {};
    if (*next == Next::kIncomplete) break;
  }
  carry_ = std::string(bytes.substr(used));
  return {};
}

Result<Applier::Next> Applier::apply_next(std::string_view bytes, size_t& used) {
  auto frame = wal::read_frame(bytes.substr(used), applied(), std::nullopt);
  if (!frame) {
    if (frame.error() == wal::FrameFault::kIncomplete) return Next::kIncomplete;
    return error(ErrorCode::kCorrupt, "the log at {} is damaged ({}); replay cannot go on",
                 to_string(applied()), to_string(frame.error()));
  }
  if (frame->end > ceiling()) return Next::kCeiling;
  if (auto done = apply_frame(*frame, *local_.store, local_.cluster); !done)
    return std::unexpected(done.error());
  local_.store->set_visible(frame->end);
  used += frame->end - frame->start;
  return Next::kApplied;
}

}  // namespace wallaby::node
