// Names and reading: one parser of a file's blocks serves recovery, base copies and checks.
#include "engine/checkpoint.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <ostream>

#include "base/check.h"
#include "engine/checkpoint_format.h"
#include "engine/digest.h"

namespace wallaby::engine {
namespace {

constexpr std::string_view kSuffix = ".ckpt";
constexpr size_t kDigits = 16;
constexpr uint64_t kReadBytes = 1 << 20;

}  // namespace

/// The walk over a file's blocks, fed with its bytes as they come.
class CheckpointParser {
 public:
  using RowsSink = std::function<void(std::string_view table, std::span<const Row> rows)>;

  CheckpointParser(Lsn position, RowsSink sink)
      : position_(position), path_(checkpoint_path(position)), sink_(std::move(sink)) {}

  Result<void> feed(std::string_view bytes);
  Result<CheckpointSummary> finish();
  const std::optional<CheckpointHeader>& header() const { return header_; }

 private:
  Result<void> read_block(BlockType type, std::string_view payload);
  Result<void> read_head(std::string_view payload);
  Result<void> read_table(std::string_view payload);
  Result<void> read_rows(std::string_view payload);
  Result<void> read_end(std::string_view payload);
  /// Names the file and the block that is being read.
  std::unexpected<Error> corrupt(std::string_view why) const {
    return error(ErrorCode::kCorrupt, "{}: damaged at offset {}: {}", path_, offset_, why);
  }

  const Lsn position_;
  const std::string path_;
  const RowsSink sink_;
  uint64_t offset_ = 0;  ///< in the file, of the block that comes next or is being read
  std::string buffer_;   ///< from offset_ on
  std::optional<CheckpointHeader> header_;
  bool ended_ = false;
  CheckpointFooter found_;
  std::string table_, last_key_;
  uint64_t table_hash_ = 0;
  bool table_has_rows_ = false;
  std::vector<Row> rows_;
};

Result<void> CheckpointParser::feed(std::string_view bytes) {
  buffer_ += bytes;
  size_t used = 0;
  while (true) {
    std::string_view rest = std::string_view(buffer_).substr(used);
    if (ended_ && !rest.empty()) return corrupt("bytes follow the footer");
    if (rest.size() < kBlockHeaderSize) break;
    BlockHeader header = read_block_header(rest);
    // Bounded before it is awaited: a damaged length must not cost memory.
    if (header.length > kMaxBlock) return corrupt("a block's length is impossible");
    uint64_t size = kBlockHeaderSize + header.length;
    if (rest.size() < size) break;
    if (!checksum_is_right(rest.substr(0, size), offset_)) return corrupt("a block's checksum is wrong");
    if (auto read = read_block(header.type, rest.substr(kBlockHeaderSize, header.length)); !read) return read;
    used += size;
    offset_ += size;
  }
  buffer_.erase(0, used);
  return {};
}

Result<CheckpointSummary> CheckpointParser::finish() {
  if (!buffer_.empty()) return corrupt("the file ends inside a block");
  if (!ended_) return corrupt("the file ends without a footer");
  return CheckpointSummary{*header_, found_.tables, found_.rows, offset_, Digest{position_, found_.digest}};
}

Result<void> CheckpointParser::read_block(BlockType type, std::string_view payload) {
  if (!header_ && type != BlockType::kHeader) return corrupt("it does not begin with a header");
  switch (type) {
    case BlockType::kHeader: return read_head(payload);
    case BlockType::kTable: return read_table(payload);
    case BlockType::kRows: return read_rows(payload);
    case BlockType::kFooter: return read_end(payload);
  }
  return corrupt("a block of an unknown type");
}

Result<void> CheckpointParser::read_head(std::string_view payload) {
  if (header_) return corrupt("a second header");
  auto header = read_header(payload);
  if (!header) return corrupt(header.error());
  if (header->position != position_)
    return corrupt(fmt::format("it holds the state at {}, not at the position of its name",
                               to_string(header->position)));
  header_ = *std::move(header);
  return {};
}

Result<void> CheckpointParser::read_table(std::string_view payload) {
  if (auto valid = check_table_name(payload); !valid) return corrupt(valid.error().message);
  if (found_.tables > 0 && payload <= table_) return corrupt("tables are out of order");
  table_ = payload;
  table_hash_ = table_hash(table_);
  table_has_rows_ = false;
  ++found_.tables;
  found_.digest += table_hash_;
  sink_(table_, {});  // an empty table has no rows to bring it
  return {};
}

Result<void> CheckpointParser::read_rows(std::string_view payload) {
  if (found_.tables == 0) return corrupt("rows before any table");
  if (payload.empty()) return corrupt("a block of no rows");
  rows_.clear();
  while (!payload.empty()) {
    auto row = take_row(payload);
    if (!row) return corrupt(row.error());
    bool first = rows_.empty() && !table_has_rows_;
    std::string_view before = rows_.empty() ? std::string_view(last_key_) : rows_.back().key;
    if (!first && row->key <= before) return corrupt("rows are out of order");
    found_.digest += row_hash(table_hash_, row->key, row->value);
    rows_.push_back(*row);
  }
  table_has_rows_ = true;
  last_key_ = rows_.back().key;
  found_.rows += rows_.size();
  sink_(table_, rows_);
  return {};
}

Result<void> CheckpointParser::read_end(std::string_view payload) {
  auto footer = read_footer(payload);
  if (!footer) return corrupt(footer.error());
  if (footer->tables != found_.tables || footer->rows != found_.rows)
    return corrupt(fmt::format("the footer counts {} rows in {} tables, but there are {} in {}", footer->rows,
                               footer->tables, found_.rows, found_.tables));
  if (footer->digest != found_.digest) return corrupt("the digest is not that of the rows");
  ended_ = true;
  return {};
}

namespace {

/// Feeds the whole file to `reader`: a parser or a loader.
template <typename Reader>
Result<CheckpointSummary> read_file(FileSystem& files, Lsn position, Reader& reader,
                                    const CheckpointProgress& progress) {
  std::string path = checkpoint_path(position);
  auto size = files.size(path);
  if (!size) return std::unexpected(size.error());
  for (uint64_t offset = 0; offset < *size;) {
    auto bytes = files.read(path, offset, kReadBytes);
    if (!bytes) return std::unexpected(bytes.error());
    if (bytes->empty()) break;
    if (auto fed = reader.feed(*bytes); !fed) return std::unexpected(fed.error());
    offset += bytes->size();
    if (progress) progress(offset, *size);
  }
  return reader.finish();
}

void ignore_rows(std::string_view, std::span<const Row>) {}

}  // namespace

std::ostream& operator<<(std::ostream& out, const CheckpointHeader& header) {
  return out << "checkpoint at " << Token{header.position, header.timeline} << " of cluster "
             << header.cluster << ", chain " << fmt::format("{:016x}", header.chain_checksum) << ", extra "
             << header.extra.size() << " bytes";
}

std::ostream& operator<<(std::ostream& out, const CheckpointSummary& summary) {
  return out << summary.header << ": " << summary.rows << " rows in " << summary.tables << " tables, "
             << summary.bytes << " bytes, digest " << summary.digest;
}

std::string checkpoint_path(Lsn position) {
  return fmt::format("{}/{:016X}{}", kCheckpointDirectory, position.value, kSuffix);
}

Result<std::vector<Lsn>> list_checkpoints(FileSystem& files) {
  auto names = files.list(kCheckpointDirectory);
  if (!names && names.error().code == ErrorCode::kNotFound) return std::vector<Lsn>();
  if (!names) return std::unexpected(names.error());
  std::vector<Lsn> positions;
  for (const std::string& name : *names) {
    Lsn position;
    auto [end, failed] =
        std::from_chars(name.data(), name.data() + std::min(name.size(), kDigits), position.value, 16);
    // The other way round, so that only the one spelling of a position counts.
    if (failed == std::errc() &&
        fmt::format("{}/{}", kCheckpointDirectory, name) == checkpoint_path(position))
      positions.push_back(position);
  }
  std::ranges::sort(positions);
  return positions;
}

CheckpointLoader::CheckpointLoader(Lsn position, Store& store)
    : position_(position),
      store_(store),
      parser_(std::make_unique<CheckpointParser>(position,
                                                 [this](std::string_view table, std::span<const Row> rows) {
                                                   store_.fill(position_, table, rows);
                                                 })) {}

CheckpointLoader::~CheckpointLoader() = default;

Result<void> CheckpointLoader::feed(std::string_view bytes) {
  return parser_->feed(bytes);
}

Result<CheckpointSummary> CheckpointLoader::finish() {
  auto summary = parser_->finish();
  if (!summary) return summary;
  if (position_ > Lsn{}) store_.advance(position_);
  store_.set_visible(position_);
  WALLABY_CHECK(store_.digest() == summary->digest, "{}: loaded rows have another digest",
                checkpoint_path(position_));
  return summary;
}

Result<CheckpointHeader> load_checkpoint(FileSystem& files, Lsn position, Store& store,
                                         const CheckpointProgress& progress) {
  CheckpointLoader loader(position, store);
  auto summary = read_file(files, position, loader, progress);
  if (!summary) return std::unexpected(summary.error());
  return std::move(summary->header);
}

Result<CheckpointSummary> check_checkpoint(FileSystem& files, Lsn position) {
  CheckpointParser parser(position, ignore_rows);
  return read_file(files, position, parser, {});
}

Result<void> read_checkpoint_table(FileSystem& files, Lsn position, std::string_view table,
                                   const std::function<void(const Row&)>& visit) {
  CheckpointParser parser(position, [&](std::string_view name, std::span<const Row> rows) {
    if (name == table) std::ranges::for_each(rows, visit);
  });
  auto read = read_file(files, position, parser, {});
  if (!read) return std::unexpected(read.error());
  return {};
}

Result<CheckpointHeader> read_checkpoint_header(FileSystem& files, Lsn position) {
  std::string path = checkpoint_path(position);
  auto start = files.read(path, 0, kBlockHeaderSize);
  if (!start) return std::unexpected(start.error());
  CheckpointParser parser(position, ignore_rows);
  if (auto fed = parser.feed(*start); !fed) return std::unexpected(fed.error());
  if (start->size() == kBlockHeaderSize) {
    auto payload = files.read(path, kBlockHeaderSize, read_block_header(*start).length);
    if (!payload) return std::unexpected(payload.error());
    if (auto fed = parser.feed(*payload); !fed) return std::unexpected(fed.error());
  }
  if (parser.header()) return *parser.header();
  return std::unexpected(parser.finish().error());
}

}  // namespace wallaby::engine
