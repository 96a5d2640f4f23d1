// Names and reading: one walk over a file's blocks serves loading and checking.
#include "engine/checkpoint.h"

#include <algorithm>
#include <charconv>
#include <ostream>

#include "base/check.h"
#include "engine/checkpoint_format.h"
#include "engine/digest.h"

namespace wallaby::engine {
namespace {

constexpr std::string_view kSuffix = ".ckpt";
constexpr size_t kDigits = 16;
// One read of the file; a larger block is read by itself.
constexpr uint64_t kReadAhead = 1 << 20;

using RowsSink = std::function<void(std::string_view table, std::span<const Row> rows)>;

class CheckpointReader {
 public:
  CheckpointReader(FileSystem& files, Lsn position)
      : files_(files), position_(position), path_(checkpoint_path(position)) {}

  Result<CheckpointHeader> header();
  Result<CheckpointSummary> read(const RowsSink& sink, const CheckpointProgress& progress);

 private:
  struct Block {
    BlockType type;
    std::string_view payload;
  };
  Result<void> open();
  /// Makes `length` bytes from offset_ on available.
  Result<std::string_view> bytes(uint64_t length);
  Result<Block> next_block();
  Result<void> read_table(std::string_view payload);
  Result<void> read_rows(std::string_view payload, const RowsSink& sink);
  Result<void> read_end(std::string_view payload);
  /// Names the file and the block that is being read.
  std::unexpected<Error> corrupt(std::string_view why) const {
    return error(ErrorCode::kCorrupt, "{}: damaged at offset {}: {}", path_, block_offset_, why);
  }

  FileSystem& files_;
  const Lsn position_;
  const std::string path_;
  uint64_t size_ = 0;
  uint64_t offset_ = 0;        ///< of what is read next
  uint64_t block_offset_ = 0;  ///< of the block that is being read
  std::string buffer_;
  uint64_t buffer_offset_ = 0;
  CheckpointFooter found_;
  std::string table_, last_key_;
  uint64_t table_hash_ = 0;
  bool table_has_rows_ = false;
  std::vector<Row> rows_;
};

Result<void> CheckpointReader::open() {
  auto size = files_.size(path_);
  if (!size) return std::unexpected(size.error());
  size_ = *size;
  return {};
}

Result<std::string_view> CheckpointReader::bytes(uint64_t length) {
  if (offset_ + length > size_) return corrupt("the file ends inside a block");
  if (offset_ + length > buffer_offset_ + buffer_.size()) {
    auto more = files_.read(path_, offset_, std::min(size_ - offset_, std::max(length, kReadAhead)));
    if (!more) return std::unexpected(more.error());
    if (more->size() < length) return corrupt("the file is shorter than it was");
    buffer_ = std::move(*more);
    buffer_offset_ = offset_;
  }
  return std::string_view(buffer_).substr(offset_ - buffer_offset_, length);
}

Result<CheckpointReader::Block> CheckpointReader::next_block() {
  block_offset_ = offset_;
  if (offset_ == size_) return corrupt("the file ends without a footer");
  auto start = bytes(kBlockHeaderSize);
  if (!start) return std::unexpected(start.error());
  BlockHeader header = read_block_header(*start);
  // Bounded before it is read: a damaged length must not cost memory.
  if (header.length > kMaxBlock) return corrupt("a block's length is impossible");
  auto whole = bytes(kBlockHeaderSize + header.length);
  if (!whole) return std::unexpected(whole.error());
  if (!checksum_is_right(*whole, block_offset_)) return corrupt("a block's checksum is wrong");
  offset_ += whole->size();
  return Block{header.type, whole->substr(kBlockHeaderSize)};
}

Result<CheckpointHeader> CheckpointReader::header() {
  if (auto opened = open(); !opened) return std::unexpected(opened.error());
  auto block = next_block();
  if (!block) return std::unexpected(block.error());
  if (block->type != BlockType::kHeader) return corrupt("it does not begin with a header");
  auto header = read_header(block->payload);
  if (!header) return corrupt(header.error());
  if (header->position != position_)
    return corrupt(fmt::format("it holds the state at {}, not at the position of its name",
                               to_string(header->position)));
  return *std::move(header);
}

Result<void> CheckpointReader::read_table(std::string_view payload) {
  if (auto valid = check_table_name(payload); !valid) return corrupt(valid.error().message);
  if (found_.tables > 0 && payload <= table_) return corrupt("tables are out of order");
  table_ = payload;
  table_hash_ = table_hash(table_);
  table_has_rows_ = false;
  ++found_.tables;
  found_.digest += table_hash_;
  return {};
}

Result<void> CheckpointReader::read_rows(std::string_view payload, const RowsSink& sink) {
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
  sink(table_, rows_);
  return {};
}

Result<void> CheckpointReader::read_end(std::string_view payload) {
  auto footer = read_footer(payload);
  if (!footer) return corrupt(footer.error());
  if (offset_ != size_) return corrupt("bytes follow the footer");
  if (footer->tables != found_.tables || footer->rows != found_.rows)
    return corrupt(fmt::format("the footer counts {} rows in {} tables, but there are {} in {}", footer->rows,
                               footer->tables, found_.rows, found_.tables));
  if (footer->digest != found_.digest) return corrupt("the digest is not that of the rows");
  return {};
}

Result<CheckpointSummary> CheckpointReader::read(const RowsSink& sink, const CheckpointProgress& progress) {
  auto head = header();
  if (!head) return std::unexpected(head.error());
  while (true) {
    auto block = next_block();
    if (!block) return std::unexpected(block.error());
    Result<void> done;
    switch (block->type) {
      case BlockType::kTable:
        done = read_table(block->payload);
        // An empty table has no rows to bring it.
        if (done) sink(table_, {});
        break;
      case BlockType::kRows: done = read_rows(block->payload, sink); break;
      case BlockType::kFooter: done = read_end(block->payload); break;
      default: done = corrupt("a block of an unknown type"); break;
    }
    if (!done) return std::unexpected(done.error());
    if (progress) progress(offset_, size_);
    if (block->type != BlockType::kFooter) continue;
    return CheckpointSummary{*std::move(head), found_.tables, found_.rows, size_,
                             Digest{position_, found_.digest}};
  }
}

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

Result<CheckpointHeader> load_checkpoint(FileSystem& files, Lsn position, Store& store,
                                         const CheckpointProgress& progress) {
  CheckpointReader reader(files, position);
  auto fill = [&](std::string_view table, std::span<const Row> rows) { store.fill(position, table, rows); };
  auto summary = reader.read(fill, progress);
  if (!summary) return std::unexpected(summary.error());
  if (position > Lsn{}) store.advance(position);
  store.set_visible(position);
  WALLABY_CHECK(store.digest() == summary->digest, "{}: loaded rows have another digest",
                checkpoint_path(position));
  return std::move(summary->header);
}

Result<CheckpointSummary> check_checkpoint(FileSystem& files, Lsn position) {
  CheckpointReader reader(files, position);
  return reader.read([](std::string_view, std::span<const Row>) {}, {});
}

Result<CheckpointHeader> read_checkpoint_header(FileSystem& files, Lsn position) {
  return CheckpointReader(files, position).header();
}

}  // namespace wallaby::engine
