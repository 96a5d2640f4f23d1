// waldump: what is in a log, record by record. Reads only, so that it may run beside a server.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "base/posix_file_system.h"
#include "cli/command.h"
#include "cli/record_text.h"
#include "engine/checkpoint.h"
#include "engine/reserved.h"
#include "wal/mark.h"
#include "wal/reader.h"

namespace wallaby::cli {
namespace {

struct DumpOptions {
  std::string path;
  Lsn from;
  Lsn to = kMaxLsn;
  uint64_t limit = 0;
};

/// One segment file anywhere, under the path where a reader looks for it.
class SegmentFile : public PosixFileSystem {
 public:
  explicit SegmentFile(const std::filesystem::path& file)
      : PosixFileSystem(file.has_parent_path() ? file.parent_path().string() : "."),
        name_(file.filename().string()) {}

  Result<uint64_t> size(const std::string&) override { return PosixFileSystem::size(name_); }
  Result<std::string> read(const std::string&, uint64_t offset, uint64_t length) override {
    return PosixFileSystem::read(name_, offset, length);
  }

 private:
  std::string name_;
};

struct Source {
  std::unique_ptr<FileSystem> files;
  std::vector<SegmentId> segments;
  sql::RowText names;  ///< the definitions of before
  Lsn flushed;         ///< the log was on this disk up to here, as the mark said before it was read
};

/// Learns SQL's definitions from the newest checkpoint that is not behind `from`, or else from the oldest. Returns where to read
/// the log from. A checkpoint that cannot be read only leaves rows as bytes.
Lsn learn_from_checkpoint(FileSystem& files, Lsn from, sql::RowText& sql) {
  auto positions = engine::list_checkpoints(files);
  if (!positions || positions->empty()) return Lsn{};
  auto behind = std::ranges::upper_bound(*positions, from);
  Lsn position = behind == positions->begin() ? positions->front() : *std::prev(behind);
  auto read = engine::read_checkpoint_table(files, position, engine::kSqlCatalog,
                                            [&](const engine::Row& row) { sql.learn(row.key, row.value); });
  return read ? std::min(position, from) : Lsn{};
}

Result<Source> open_source(const DumpOptions& options) {
  std::filesystem::path path(options.path);
  std::error_code ignored;
  Source source;
  if (std::filesystem::is_regular_file(path, ignored)) {
    auto id = wal::parse_segment_name(path.filename().string());
    if (!id)
      return error(ErrorCode::kNotFound, "{} does not have the name of a segment: TIMELINE-POSITION.wal",
                   options.path);
    source.files = std::make_unique<SegmentFile>(path);
    source.segments = {*id};
    return source;
  }
  source.files = std::make_unique<PosixFileSystem>(options.path);
  if (auto mark = wal::read_mark(*source.files)) source.flushed = mark->flushed;
  auto segments = wal::list_segments(*source.files);
  if (!segments && segments.error().code != ErrorCode::kNotFound) return std::unexpected(segments.error());
  if (!segments)
    return error(ErrorCode::kNotFound, "{} is no data directory: it has no folder '{}'", options.path,
                 wal::kWalDirectory);
  // The segment that holds the first wanted record, and all behind it; from the checkpoint on when there is one, for the
  // definitions of SQL tables in between.
  Lsn from = learn_from_checkpoint(*source.files, options.from, source.names);
  auto behind = std::ranges::lower_bound(*segments, from, {}, &SegmentId::first);
  if (behind != segments->begin()) segments->erase(segments->begin(), std::prev(behind));
  source.segments = std::move(*segments);
  return source;
}

ExitStatus waldump(const Context& context, const DumpOptions& options) {
  auto source = open_source(options);
  if (!source) return fail(source.error());
  if (source->segments.empty()) return ExitStatus::kDone;
  wal::Reader reader(*source->files, source->segments, std::nullopt);
  for (uint64_t printed = 0; options.limit == 0 || printed < options.limit;) {
    auto frame = reader.next();
    if (!frame) return fail(frame.error());
    if (!*frame) break;
    if ((*frame)->end > options.to) return ExitStatus::kDone;
    if ((*frame)->end < options.from) {
      learn_definitions(**frame, source->names);
      continue;
    }
    std::string line =
        context.json ? record_json(**frame, source->names) : record_text(**frame, source->names);
    line += '\n';
    std::fwrite(line.data(), 1, line.size(), stdout);
    if (std::ferror(stdout)) return ExitStatus::kNotFound;
    if (++printed == options.limit) return ExitStatus::kDone;
  }
  const wal::LogStop& stop = reader.stop();
  bool flushed = stop.at < source->flushed;
  if (stop.kind == wal::LogStop::Kind::kEnd && !flushed) return ExitStatus::kDone;
  if (stop.kind == wal::LogStop::Kind::kTail && !flushed) {
    tell(
        fmt::format("the log ends at {}; behind it, {} from byte {} on: {}. A write that a crash cut short, "
                    "or one that is "
                    "under way now; `wallaby verify` knows more",
                    to_string(stop.at), stop.file, stop.offset, stop.why));
    return ExitStatus::kDone;
  }
  return fail({ErrorCode::kCorrupt,
               fmt::format("damage at {}, {} byte {}: {}", to_string(stop.at), stop.file, stop.offset,
                           stop.why.empty() ? "nothing is there any more" : stop.why)});
}

}  // namespace

void add_waldump(CLI::App& app, Context& context) {
  auto options = std::make_shared<DumpOptions>();
  auto* command = app.add_subcommand("waldump", "Print a log's records");
  command->add_option("PATH", options->path, "A data directory, or one segment file (*.wal)")->required();
  add_parsed(command, "--from", options->from, parse_lsn, "The first record, by its LSN")->type_name("LSN");
  add_parsed(command, "--to", options->to, parse_lsn, "The last record, by its LSN")->type_name("LSN");
  command->add_option("--limit", options->limit, "At most so many records (default: all)")->type_name("N");
  add_examples(
      command,
      R"(A record's LSN is the position where it ends: the one that a write's token names. Changes nothing, and may run
beside a server. Rows of SQL tables are shown as rows. --json prints all of each record, with the checksums that chain it
to the one before.

  wallaby waldump data
  wallaby waldump data --from 0/1A8 --limit 1
  wallaby waldump data --json | python3 -c 'import json,sys; print(sum(1 for l in sys.stdin if json.loads(l)["kind"] == "changes"))')");
  on_run(command, context, [options, &context] { return waldump(context, *options); });
}

}  // namespace wallaby::cli
