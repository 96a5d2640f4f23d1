// sim/log_watch.h
//
// Checks every node's log on its disk, as it grows:
//
//   - the logs of all nodes agree byte for byte (each frame is proved, and compared with the canon);
//   - what a node calls received is in its files; what it calls flushed, aloud or to itself, survives any power cut
//     from that moment on, names included (the disk is asked, no cut is needed);
//   - when a node has started again, everything that it ever called flushed is there, and its tables are the replay of
//     the whole log up to their position.
//
// A base copy is the one way in which a node may go back: it throws away what it had, and promises nothing until it
// reports again.
//
// Owns a cursor for each node. Threads: none.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "node/data_directory.h"
#include "sim/canon.h"
#include "sim/sim_disk.h"
#include "sim/sim_net.h"
#include "wal/segment.h"

namespace wallaby::sim {

/// The segments on a disk as reads see them, oldest first.
std::vector<SegmentId> segments_on(const SimDisk& disk);

class LogWatch {
 public:
  explicit LogWatch(Canon& canon) : canon_(canon) {}

  /// A directory was opened: right after recovery, before the node runs.
  void opened(const Place& place, const SimDisk& disk, const node::OpenedDirectory& directory);
  /// The primary holds its log as flushed up to here.
  void primary_flushed(const Place& place, const SimDisk& disk, Lsn flushed);
  /// A replica reports.
  void reported(const Place& place, const SimDisk& disk, const replication::Positions& positions);
  /// The node was told to take a base copy, or its directory was emptied by hand.
  void starts_over(const Place& place) { cursors_[place] = Cursor{}; }

  /// Up to where its log is known to survive.
  Lsn promised(const Place& place) { return cursors_[place].certain; }

 private:
  struct Cursor {
    std::optional<Lsn> read;  ///< frames below are compared
    Lsn certain;              ///< bytes below survive
  };
  using Take = std::function<void(const wal::Frame&)>;
  /// Reads whole frames from the cursor to `to`.
  void walk(const Place& place, const SimDisk& disk, Lsn to, const Take& take);
  void expect_certain(const Place& place, const SimDisk& disk, Lsn to);

  Canon& canon_;
  std::map<Place, Cursor> cursors_;
};

}  // namespace wallaby::sim
