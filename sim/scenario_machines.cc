// Machines: their life, and what befalls their disks.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "engine/changes.h"
#include "node/data_directory.h"
#include "sim/scenario.h"
#include "wal/segment.h"

namespace wallaby::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kReadyPatience = seconds(5);
constexpr Duration kStopPatience = seconds(10);

/// Everything in a directory becomes durable, as if the disk had written all that it could.
void sync_all(SimDisk& disk, const std::string& directory) {
  for (const std::string& name : disk.peek_names(directory)) {
    std::string path = directory.empty() ? name : directory + "/" + name;
    if (disk.peek_size(path))
      (void)disk.sync(path);
    else
      sync_all(disk, path);
  }
  (void)disk.sync_directory(directory);
}

}  // namespace

Host& Scenario::host(Words& words) {
  Place place = words.take("NODE");
  if (!cluster_.has(place)) throw ScriptError(fmt::format("there is no {}", place));
  return cluster_.at(place);
}

Host& Scenario::running(Words& words) {
  Host& found = host(words);
  if (!found.up()) throw ScriptError(fmt::format("{} does not run", found.place()));
  return found;
}

Host& Scenario::resting(Words& words) {
  Host& found = host(words);
  if (found.up()) throw ScriptError(fmt::format("{} runs; kill or stop it first", found.place()));
  return found;
}

/// Whoever was connected to it knows at once that this is over.
void Scenario::lose_clients(const Place& place) {
  for (auto& [who, client] : clients_)
    if (who == place || who.starts_with(place + "/")) client->close();
}

void Scenario::dismiss_referee() {
  for (auto& [place, host] : cluster_.hosts()) cluster_.referee().ignore(place);
}

// --- life -------------------------------------------------------------------------------------------------------------

void Scenario::add_machine(const std::string& place, const std::string& from) {
  HostOptions options;
  options.place = place;
  options.role = from.empty() ? node::Role::kPrimary : node::Role::kReplica;
  options.node.log.segment_file_size = 64 << 10;
  options.node.log.memory_size = 256 << 10;
  options.node.checkpoint_log = 1 << 20;
  options.disk = DiskTimes{milliseconds(0), milliseconds(0), milliseconds(1), milliseconds(1)};
  options.turn_events = 1;
  bool first = cluster_.hosts().empty();
  if ((from.empty() && !first) || foreign_.contains(from)) {
    foreign_.insert(place);
    cluster_.referee().ignore(place);
  }
  cluster_.add(std::move(options), from);
}

void Scenario::set_options(Host& host, Words& words) {
  node::NodeOptions& node = host.options().node;
  node.rung = rung_option(words);
  node.sync_replicas = words.option("sync");
  node.on_missing.reset();
  if (auto text = words.option("missing")) {
    auto rule = replication::parse_on_missing(*text);
    if (!rule) throw ScriptError(rule.error().message);
    node.on_missing = *rule;
  }
  if (auto delay = words.option("apply-delay")) node.apply_delay = script_duration(*delay);
  if (auto name = words.option("name")) node.name = *name;
  if (auto size = words.size_option("slot-keep")) node.max_slot_keep = *size;
  if (auto size = words.size_option("max-log")) node.max_log = *size;
  if (auto size = words.size_option("checkpoint-log")) node.checkpoint_log = *size;
  if (auto size = words.size_option("memory-limit")) node.memory_limit = *size;
  if (auto size = words.size_option("log-memory")) node.log.memory_size = *size;
  if (auto size = words.size_option("segment")) node.log.segment_file_size = *size;
  if (auto size = words.size_option("window")) node.sender.window = *size;
}

/// start NODE [from=FEEDER] [options]: a new machine, or one that is there and does not run.
void Scenario::start(Words& words) {
  Place place = words.take("NODE");
  auto from = words.option("from");
  if (!cluster_.has(place)) add_machine(place, from.value_or(""));
  Host& host = cluster_.at(place);
  if (host.up()) throw ScriptError(fmt::format("{} runs already", place));
  if (from) host.options().node.primary = Address{*from, 7400};
  set_options(host, words);
  words.done();
  if (!host.start()) {
    say(fmt::format("{} refuses to start ({}): {}", place, to_string(host.open_error()->code),
                    host.open_error()->message));
    return;
  }
  bool ready = cluster_.run_until([&] { return host.ready() || !host.up(); }, kReadyPatience);
  if (!host.up())
    say(fmt::format("{} stopped: {}", place, host.stop_reason()));
  else if (!ready)
    say(fmt::format("{} runs, but is not ready", place));
  else
    say(fmt::format("{} is ready", place));
}

void Scenario::stop(Words& words) {
  Host& host = running(words);
  host.request_stop();
  if (cluster_.run_until([&] { return !host.up(); }, kStopPatience)) {
    cluster_.run_for(milliseconds(10));  // its clients hear of it
    bool clean = host.ending() == Ending::kStopped;
    say(fmt::format("{}: {}", clean ? "clean stop" : "stopped by itself", host.stop_reason()));
  } else {
    say(fmt::format("{} is still stopping", host.place()));
  }
}

void Scenario::kill(Words& words) {
  running(words).kill();
}

/// power-cut NODE [keep=none|all]: of what is not synced, nothing (the default) or everything survives.
void Scenario::power_cut(Words& words) {
  Host& host = running(words);
  std::string keep = words.option("keep").value_or("none");
  if (keep != "none" && keep != "all") throw ScriptError("keep= is none or all");
  host.disk().fail_syncs(0);
  if (keep == "all") sync_all(host.disk(), "");
  host.power_cut_losing_all();
  lose_clients(host.place());
}

void Scenario::freeze(Words& words) {
  Host& host = running(words);
  host.freeze(script_duration(words.take("DURATION")));
}

// --- disks ------------------------------------------------------------------------------------------------------------

void Scenario::fail_flush(Words& words) {
  host(words).disk().fail_syncs(1);
}

void Scenario::stall_flush(Words& words) {
  Host& host = running(words);
  host.lanes().stall_syncs_until(cluster_.now() + script_duration(words.take("DURATION")));
}

/// disk-full NODE [free=BYTES]
void Scenario::disk_full(Words& words) {
  Host& where = host(words);
  where.disk().set_capacity(where.disk().used() + words.size_option("free").value_or(0));
}

void Scenario::disk_free(Words& words) {
  host(words).disk().set_capacity(UINT64_MAX);
}

/// tear NODE half|garbage: what a write that was cut off leaves behind the end of the log.
void Scenario::tear(Words& words) {
  Host& host = resting(words);
  std::string what = words.take("half or garbage");
  SimDisk probe = host.disk();
  Random chance(1);
  auto opened = node::open_data_directory(
      probe, {host.role(), host.options().node.name, host.options().node.log}, chance, {});
  if (!opened) throw ScriptError("its directory does not open: " + opened.error().message);
  std::string bytes(100, '\xA5');
  if (what == "half") {
    std::string payload;
    engine::encode_changes({{engine::ChangeKind::kPut, "t", "torn", std::string(100, 'y')}}, payload);
    wal::FrameHeader header;
    header.timeline = opened->log.timeline;
    header.kind = static_cast<uint16_t>(replication::RecordKind::kChanges);
    header.format = replication::kRecordFormat;
    header.previous_checksum = opened->log.end_checksum;
    bytes.resize(wal::frame_size(payload.size()));
    std::string_view piece = payload;
    wal::write_frame(bytes.data(), opened->log.end, header, std::span(&piece, 1));
    bytes.resize(bytes.size() / 2);
  } else if (what != "garbage") {
    throw ScriptError("tear: half or garbage");
  }
  SegmentId segment = opened->log.segments.back();
  SharedBytes torn(bytes);
  std::string path = wal::segment_path(segment);
  (void)host.disk().write(path, wal::file_offset(segment, opened->log.end), std::span(&torn, 1));
  (void)host.disk().sync(path);
  say(fmt::format("{} bytes lie behind the end of the log at {}", bytes.size(), to_string(opened->log.end)));
}

/// flip NODE LSN: one bit of the byte of the log there.
void Scenario::flip(Words& words) {
  Host& host = resting(words);
  auto lsn = parse_lsn(words.take("LSN"));
  if (!lsn) throw ScriptError(lsn.error().message);
  std::vector<SegmentId> segments = segments_on(host.disk());
  auto next = std::ranges::upper_bound(segments, *lsn, {}, &SegmentId::first);
  if (next == segments.begin()) throw ScriptError(fmt::format("{} is not kept", to_string(*lsn)));
  SegmentId segment = *std::prev(next);
  uint64_t offset = wal::file_offset(segment, *lsn);
  host.disk().flip_bit(wal::segment_path(segment), offset, 3);
  cluster_.referee().may_refuse(host.place());
  say(fmt::format("a bit of {} at {} is flipped", wal::segment_path(segment), offset));
}

void Scenario::wipe(Words& words) {
  Host& host = resting(words);
  host.wipe();
  cluster_.referee().wiped(host.place());
}

/// copy-disk NODE: keeps what its disk holds now ... put-back NODE: the disk goes back to that.
void Scenario::copy_disk(Words& words) {
  Host& where = host(words);
  copies_.insert_or_assign(where.place(), where.disk());
}

void Scenario::put_back(Words& words) {
  Host& host = resting(words);
  auto copy = copies_.find(host.place());
  if (copy == copies_.end()) throw ScriptError("there is no copy of its disk");
  host.disk() = copy->second;
  dismiss_referee();
}

/// The machine is thrown away; the script goes on without it.
void Scenario::discard(Words& words) {
  Host& host = resting(words);
  Place place = host.place();
  lose_clients(place);
  clients_.erase(place);
  told_states_.erase(place);
  discarded_.push_back(std::move(cluster_.hosts().at(place)));
  cluster_.hosts().erase(place);
}

}  // namespace wallaby::sim
