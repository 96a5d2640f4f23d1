// cli/offline.h
//
// A data directory as the offline tools see it: whose it is, its checkpoints, and what is known to have been on its
// disk (the same evidence that a start goes by, so that `verify` says what a start would say). Nothing is changed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/posix_file_system.h"
#include "engine/checkpoint.h"
#include "node/data_directory.h"
#include "wal/tail.h"

namespace wallaby::cli {

struct OfflineDirectory {
  std::unique_ptr<PosixFileSystem> files;
  node::Identity identity;
  std::vector<engine::CheckpointSummary> checkpoints;  ///< sound ones, oldest first
  std::vector<Error> damaged_checkpoints;
  wal::Evidence evidence;
};

/// kNotFound: no data directory.
Result<void> find_directory(const std::string& path);
/// kNotFound as above. kRefused: there is no log in it to look at yet.
Result<OfflineDirectory> look_into(const std::string& path);

}  // namespace wallaby::cli
