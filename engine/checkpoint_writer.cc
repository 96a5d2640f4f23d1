#include <optional>

#include "base/check.h"
#include "engine/checkpoint.h"
#include "engine/checkpoint_format.h"
#include "engine/digest.h"

namespace wallaby::engine {
namespace {

// next_bytes() stops adding blocks here; a block of rows may come on top.
constexpr size_t kEnough = 128 << 10;

}  // namespace

/// Where the walk stands: before the header, inside table `next_table`, behind the footer.
struct CheckpointWriter::State {
  CheckpointHeader header;
  View view;
  std::vector<std::string> tables;
  size_t next_table = 0;
  bool in_table = false;  ///< the block with the table's name is out
  std::string next_key;   ///< rows from here on are still to come
  uint64_t offset = 0;
  bool header_out = false, footer_out = false;
  CheckpointFooter footer;

  void append(std::string& out, BlockType type, const std::function<void(std::string&)>& fill) {
    append_block(out, offset + out.size(), type, fill);
  }
  void next_block(std::string& out);
  void append_table(std::string& out);
  void append_rows(std::string& out);
};

void CheckpointWriter::State::next_block(std::string& out) {
  if (!header_out) {
    append(out, BlockType::kHeader, [&](std::string& to) { append_header(to, header); });
    header_out = true;
  } else if (next_table < tables.size()) {
    in_table ? append_rows(out) : append_table(out);
  } else {
    append(out, BlockType::kFooter, [&](std::string& to) { append_footer(to, footer); });
    footer_out = true;
  }
}

void CheckpointWriter::State::append_table(std::string& out) {
  const std::string& name = tables[next_table];
  append(out, BlockType::kTable, [&](std::string& to) { to.append(name); });
  ++footer.tables;
  footer.digest += table_hash(name);
  in_table = true;
  next_key.clear();
}

void CheckpointWriter::State::append_rows(std::string& out) {
  const std::string& name = tables[next_table];
  uint64_t hash = table_hash(name);
  uint64_t rows_before = footer.rows;
  size_t start = out.size();
  bool full = false;
  append(out, BlockType::kRows, [&](std::string& to) {
    view.scan(name, KeyRange{next_key, ""}, [&](const Row& row) {
      append_row(to, row);
      ++footer.rows;
      footer.digest += row_hash(hash, row.key, row.value);
      full = to.size() - start - kBlockHeaderSize >= kRowsBlock;
      if (full) next_key.assign(row.key).push_back('\0');  // the first key behind this one
      return !full;
    });
  });
  if (footer.rows == rows_before) out.resize(start);  // a block of no rows is not written
  if (!full) {
    in_table = false;
    ++next_table;
  }
}

CheckpointWriter::CheckpointWriter(CheckpointHeader header, View view) : state_(std::make_unique<State>()) {
  WALLABY_CHECK(view.position() == header.position, "a checkpoint at {} of a view at {}",
                to_string(header.position), to_string(view.position()));
  WALLABY_CHECK(header.extra.size() <= kMaxCheckpointExtra, "a checkpoint with {} bytes of extra",
                header.extra.size());
  state_->header = std::move(header);
  state_->tables = view.tables();
  state_->view = std::move(view);
}

CheckpointWriter::CheckpointWriter(CheckpointWriter&&) noexcept = default;
CheckpointWriter& CheckpointWriter::operator=(CheckpointWriter&&) noexcept = default;
CheckpointWriter::~CheckpointWriter() = default;

std::string CheckpointWriter::next_bytes() {
  std::string out;
  while (!state_->footer_out && out.size() < kEnough) state_->next_block(out);
  state_->offset += out.size();
  return out;
}

uint64_t CheckpointWriter::offset() const {
  return state_->offset;
}
const CheckpointHeader& CheckpointWriter::header() const {
  return state_->header;
}
uint64_t CheckpointWriter::rows() const {
  return state_->footer.rows;
}

}  // namespace wallaby::engine
