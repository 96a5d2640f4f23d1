// node/local.h
//
// What the parts of one node share: its identity and options, its log and tables, file jobs, and what goes out.
//
// The parts (Primary, Replica, Feeder, Checkpointer, sessions) own their decisions; this owns none. File work is
// asked for with a continuation: `files.run(lane, steps, then)` numbers the job and calls `then` when it is done, so the
// part that asked reads on where it left off. The log numbers its jobs from the same row.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/file_job.h"
#include "base/random.h"
#include "base/time.h"
#include "engine/store.h"
#include "node/ceilings.h"
#include "node/cluster_log.h"
#include "node/connections.h"
#include "node/data_directory.h"
#include "node/events.h"
#include "node/options.h"
#include "replication/stage.h"
#include "replication/trace_log.h"
#include "wal/log.h"

namespace wallaby::node {

/// File jobs of everybody but the log, each with what to do when it is done.
class FileDesk {
 public:
  using Then = std::function<void(TimePoint, const FileJobDone&)>;

  void run(Lane lane, std::vector<FileStep> steps, Then then) {
    JobId id = next_id++;
    waiting_.emplace(id, std::move(then));
    jobs_.push_back(FileJob{id, lane, std::move(steps)});
  }
  /// False: not one of ours.
  bool done(TimePoint now, const FileJobDone& done) {
    auto it = waiting_.find(done.id);
    if (it == waiting_.end()) return false;
    Then then = std::move(it->second);
    waiting_.erase(it);
    then(now, done);
    return true;
  }
  std::vector<FileJob> take_jobs() { return std::exchange(jobs_, {}); }
  bool idle() const { return waiting_.empty(); }

  JobId next_id = 1;

 private:
  std::map<JobId, Then> waiting_;
  std::vector<FileJob> jobs_;
};

/// Stage events for those who watch: at most one a node and stage each turn.
class StageWatch {
 public:
  void note(const NodeName& node, replication::Stage stage, Lsn position) {
    if (!watched) return;
    Lsn& known = known_[{node, stage}];
    if (position <= known) return;
    known = position;
    fresh_[{node, stage}] = position;
  }
  std::vector<replication::StageEvent> take(TimePoint now) {
    std::vector<replication::StageEvent> events;
    for (const auto& [key, position] : fresh_) events.push_back({key.first, key.second, position, now});
    fresh_.clear();
    return events;
  }

  bool watched = false;

 private:
  std::map<std::pair<NodeName, replication::Stage>, Lsn> known_, fresh_;
};

struct Local {
  NodeOptions options;
  Identity identity;
  wal::Log log;
  std::unique_ptr<engine::Store> store;
  ClusterLog cluster;
  Random random;
  WallTime wall;  ///< at `started`
  TimePoint started;

  Connections connections;
  FileDesk files;
  StageWatch watch;
  Ceilings ceilings;
  replication::TraceLog traces;
  std::vector<NodeOutput> outputs;
  bool stopping = false;
  /// The tables are about to be replaced: whoever has a view open must let go of it. Set by the node.
  std::function<void()> drop_views = [] {};

  void say(LogLevel level, std::string text) { outputs.emplace_back(LogLine{level, std::move(text)}); }
  WallTime wall_time(TimePoint now) const {
    return WallTime{wall.microseconds +
                    std::chrono::duration_cast<std::chrono::microseconds>(now - started).count()};
  }
  /// The steps that make the identity file say this, durably.
  std::vector<FileStep> identity_steps() const {
    std::string draft = std::string(kIdentityPath) + ".tmp";
    return {CreateStep{draft}, WriteStep{draft, 0, {SharedBytes(encode_identity(identity))}}, SyncStep{draft},
            RenameStep{draft, kIdentityPath}, SyncDirectoryStep{""}};
  }
};

}  // namespace wallaby::node
