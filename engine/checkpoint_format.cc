#include "engine/checkpoint_format.h"

#include <xxhash.h>

#include "base/check.h"

namespace wallaby::engine {
namespace {

constexpr size_t kFixedHeader = 40;
constexpr size_t kFooterSize = 24;

template <typename T>
void append(std::string& out, T value) {
  char bytes[sizeof value];
  store(bytes, value);
  out.append(bytes, sizeof bytes);
}

/// Of a block whose header holds its length and type already.
uint64_t block_checksum(std::string_view block, uint64_t offset) {
  uint64_t seed = XXH3_64bits_withSeed(block.data(), 8, offset);
  std::string_view payload = block.substr(kBlockHeaderSize);
  return XXH3_64bits_withSeed(payload.data(), payload.size(), seed);
}

}  // namespace

void append_block(std::string& out, uint64_t offset, BlockType type,
                  const std::function<void(std::string&)>& fill) {
  size_t start = out.size();
  out.resize(start + kBlockHeaderSize);
  fill(out);
  size_t length = out.size() - start - kBlockHeaderSize;
  WALLABY_CHECK(length <= kMaxBlock, "a block of {} bytes", length);
  char* header = out.data() + start;
  store(header, static_cast<uint32_t>(length));
  store(header + 4, static_cast<uint32_t>(type));
  store(header + 8, block_checksum(std::string_view(out).substr(start), offset));
}

void append_row(std::string& out, const Row& row) {
  append(out, static_cast<uint16_t>(row.key.size()));
  append(out, static_cast<uint32_t>(row.value.size()));
  out.append(row.key);
  out.append(row.value);
}

void append_header(std::string& out, const CheckpointHeader& header) {
  out.append(kCheckpointMagic);
  append(out, kCheckpointFormat);
  append(out, header.timeline.value);
  append(out, header.cluster.value);
  append(out, header.position.value);
  append(out, header.chain_checksum);
  out.append(header.extra);
}

void append_footer(std::string& out, const CheckpointFooter& footer) {
  append(out, footer.tables);
  append(out, footer.rows);
  append(out, footer.digest);
}

BlockHeader read_block_header(std::string_view bytes) {
  return {load<uint32_t>(bytes.data()), BlockType{load<uint32_t>(bytes.data() + 4)},
          load<uint64_t>(bytes.data() + 8)};
}

bool checksum_is_right(std::string_view bytes, uint64_t offset) {
  return read_block_header(bytes).checksum == block_checksum(bytes, offset);
}

std::expected<CheckpointHeader, std::string_view> read_header(std::string_view payload) {
  if (!payload.starts_with(kCheckpointMagic))
    return std::unexpected("it does not begin as a checkpoint does");
  if (payload.size() < kFixedHeader) return std::unexpected("its header is too short");
  if (payload.size() > kFixedHeader + kMaxCheckpointExtra) return std::unexpected("its header is too long");
  const char* at = payload.data();
  if (load<uint32_t>(at + 8) != kCheckpointFormat)
    return std::unexpected("its format is not 1: another version of Wallaby wrote it");
  CheckpointHeader header;
  header.timeline = TimelineId{load<uint32_t>(at + 12)};
  header.cluster = ClusterId{load<uint64_t>(at + 16)};
  header.position = Lsn{load<uint64_t>(at + 24)};
  header.chain_checksum = load<uint64_t>(at + 32);
  header.extra = payload.substr(kFixedHeader);
  return header;
}

std::expected<CheckpointFooter, std::string_view> read_footer(std::string_view payload) {
  if (payload.size() != kFooterSize) return std::unexpected("its footer has the wrong length");
  const char* at = payload.data();
  return CheckpointFooter{load<uint64_t>(at), load<uint64_t>(at + 8), load<uint64_t>(at + 16)};
}

std::expected<Row, std::string_view> take_row(std::string_view& payload) {
  if (payload.size() < kRowHeaderSize) return std::unexpected("a row runs past its block");
  size_t key_size = load<uint16_t>(payload.data());
  size_t value_size = load<uint32_t>(payload.data() + 2);
  if (key_size > kMaxKey || value_size > kMaxValue) return std::unexpected("a row is over the limits");
  if (payload.size() - kRowHeaderSize < key_size + value_size)
    return std::unexpected("a row runs past its block");
  Row row{payload.substr(kRowHeaderSize, key_size), payload.substr(kRowHeaderSize + key_size, value_size)};
  payload.remove_prefix(kRowHeaderSize + key_size + value_size);
  return row;
}

}  // namespace wallaby::engine
