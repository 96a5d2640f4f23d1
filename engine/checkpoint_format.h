// engine/checkpoint_format.h
//
// The one place that knows what a checkpoint looks like in bytes. Writer, loader and tools share it.
//
//     file   := header (table rows*)* footer          each of them one block
//     block  := length u32, type u32, checksum u64, payload
//
//     header (1) := magic "WALLCKPT", format u32 = 1, timeline u32, cluster u64, position u64, chain checksum u64,
//                   extra (to the end)
//     table (2)  := name (the whole payload)
//     rows (3)   := (key length u16, value length u32, key, value)+    of the table before; closed at 256 KiB
//     footer (4) := tables u64, rows u64, digest u64
//
// Numbers are little-endian. `length` is the payload's. The checksum is XXH3-64 of the payload, seeded with XXH3-64
// of the length and type, seeded with the block's offset in the file: no block passes at another place.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <string_view>

#include "base/endian.h"
#include "engine/checkpoint.h"

namespace wallaby::engine {

inline constexpr std::string_view kCheckpointMagic = "WALLCKPT";
inline constexpr uint32_t kCheckpointFormat = 1;
inline constexpr size_t kBlockHeaderSize = 16;
inline constexpr size_t kRowHeaderSize = 6;
/// A block of rows is closed when its payload has reached this.
inline constexpr size_t kRowsBlock = 256 << 10;
/// No block's payload is longer: a block just short of full takes one row of the largest kind.
inline constexpr size_t kMaxBlock = kRowsBlock + kRowHeaderSize + kMaxKey + kMaxValue;
static_assert(kMaxBlock > kMaxCheckpointExtra);

enum class BlockType : uint32_t { kHeader = 1, kTable = 2, kRows = 3, kFooter = 4 };

struct BlockHeader {
  uint32_t length = 0;
  BlockType type = BlockType::kHeader;
  uint64_t checksum = 0;
};

struct CheckpointFooter {
  uint64_t tables = 0, rows = 0, digest = 0;
  bool operator==(const CheckpointFooter&) const = default;
};

/// Makes a block of the bytes that `fill` appends to `out`; `offset` is the file's at the end of `out`.
void append_block(std::string& out, uint64_t offset, BlockType type,
                  const std::function<void(std::string&)>& fill);
void append_row(std::string& out, const Row& row);
void append_header(std::string& out, const CheckpointHeader& header);
void append_footer(std::string& out, const CheckpointFooter& footer);

/// `bytes`: at least kBlockHeaderSize.
BlockHeader read_block_header(std::string_view bytes);
/// `bytes`: the whole block, header and payload.
bool checksum_is_right(std::string_view bytes, uint64_t offset);

/// Each reads a whole payload; the error is what is wrong with it.
std::expected<CheckpointHeader, std::string_view> read_header(std::string_view payload);
std::expected<CheckpointFooter, std::string_view> read_footer(std::string_view payload);
/// Takes one row off the front of `payload`.
std::expected<Row, std::string_view> take_row(std::string_view& payload);

}  // namespace wallaby::engine
