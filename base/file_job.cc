#include "base/file_job.h"

#include <ostream>

#include "base/check.h"

namespace wallaby {
namespace {

/// One step against the file system; what it reads goes into `done`.
class StepRunner {
 public:
  StepRunner(FileSystem& files, FileJobDone& done) : files_(files), done_(done) {}

  Result<void> operator()(const CreateStep& step) { return files_.create(step.path); }
  Result<void> operator()(const WriteStep& step) { return files_.write(step.path, step.offset, step.pieces); }
  Result<void> operator()(const ZeroStep& step) { return files_.zero(step.path, step.offset, step.length); }
  Result<void> operator()(const TruncateStep& step) { return files_.truncate(step.path, step.length); }
  Result<void> operator()(const SyncStep& step) { return files_.sync(step.path); }
  Result<void> operator()(const RenameStep& step) { return files_.rename(step.from, step.to); }
  Result<void> operator()(const RemoveStep& step) {
    auto removed = files_.remove(step.path);
    if (!removed && removed.error().code == ErrorCode::kNotFound) return {};
    return removed;
  }
  Result<void> operator()(const SyncDirectoryStep& step) { return files_.sync_directory(step.path); }
  Result<void> operator()(const ReadStep& step) {
    auto bytes = files_.read(step.path, step.offset, step.length);
    if (!bytes) return std::unexpected(bytes.error());
    done_.reads.emplace_back(std::move(*bytes));
    return {};
  }
  Result<void> operator()(const SizeStep& step) {
    auto bytes = files_.size(step.path);
    if (!bytes) return std::unexpected(bytes.error());
    done_.size = *bytes;
    return {};
  }
  Result<void> operator()(const FreeBytesStep&) {
    auto bytes = files_.free_bytes();
    if (!bytes) return std::unexpected(bytes.error());
    done_.free_bytes = *bytes;
    return {};
  }

 private:
  FileSystem& files_;
  FileJobDone& done_;
};

class StepPrinter {
 public:
  explicit StepPrinter(std::ostream& out) : out_(out) {}

  void operator()(const CreateStep& step) { out_ << "create " << step.path; }
  void operator()(const WriteStep& step) {
    size_t bytes = 0;
    for (const SharedBytes& piece : step.pieces) bytes += piece.size();
    out_ << "write " << step.path << " at " << step.offset << ", " << bytes << " bytes";
  }
  void operator()(const ZeroStep& step) {
    out_ << "zero " << step.path << " at " << step.offset << ", " << step.length << " bytes";
  }
  void operator()(const TruncateStep& step) { out_ << "truncate " << step.path << " to " << step.length; }
  void operator()(const SyncStep& step) { out_ << "sync " << step.path; }
  void operator()(const RenameStep& step) { out_ << "rename " << step.from << " to " << step.to; }
  void operator()(const RemoveStep& step) { out_ << "remove " << step.path; }
  void operator()(const SyncDirectoryStep& step) {
    out_ << "sync directory " << (step.path.empty() ? "." : step.path);
  }
  void operator()(const ReadStep& step) {
    out_ << "read " << step.path << " at " << step.offset << ", up to " << step.length << " bytes";
  }
  void operator()(const SizeStep& step) { out_ << "size of " << step.path; }
  void operator()(const FreeBytesStep&) { out_ << "free bytes"; }

 private:
  std::ostream& out_;
};

}  // namespace

std::ostream& operator<<(std::ostream& out, Lane lane) {
  switch (lane) {
    case Lane::kLoop: return out << "loop";
    case Lane::kFlush: return out << "flush";
    case Lane::kFile: return out << "file";
  }
  WALLABY_CHECK(false, "lane {}", static_cast<int>(lane));
}

std::ostream& operator<<(std::ostream& out, const FileStep& step) {
  std::visit(StepPrinter(out), step);
  return out;
}

std::ostream& operator<<(std::ostream& out, const FileJob& job) {
  out << "job " << job.id << " (" << job.lane << "):";
  for (const FileStep& step : job.steps) out << ' ' << step << ';';
  return out;
}

std::ostream& operator<<(std::ostream& out, const FileJobDone& done) {
  out << "job " << done.id << " done";
  if (done.error) out << ", failed: " << *done.error;
  for (const SharedBytes& bytes : done.reads) out << ", read " << bytes;
  return out;
}

FileJobDone run_job(const FileJob& job, FileSystem& files) {
  FileJobDone done{.id = job.id, .error = {}, .reads = {}, .size = 0, .free_bytes = 0};
  StepRunner runner(files, done);
  for (const FileStep& step : job.steps) {
    if (auto result = std::visit(runner, step); !result) {
      done.error = result.error();
      break;
    }
  }
  return done;
}

}  // namespace wallaby
