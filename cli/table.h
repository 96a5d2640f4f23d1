// cli/table.h
//
// Columns that are as wide as their widest cell, two blanks apart. Cells are plain text, at best ASCII.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace wallaby::cli {

class Table {
 public:
  using Row = std::vector<std::string>;

  explicit Table(Row head) { rows_.push_back(std::move(head)); }
  void row(Row cells) { rows_.push_back(std::move(cells)); }

  /// The head first; no blanks at the ends of lines.
  std::vector<std::string> lines() const {
    std::vector<size_t> widths;
    for (const Row& row : rows_) {
      widths.resize(std::max(widths.size(), row.size()));
      for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    }
    std::vector<std::string> lines;
    for (const Row& row : rows_) {
      std::string line;
      for (size_t i = 0; i < row.size(); ++i)
        line += row[i] + std::string(widths[i] + 2 - row[i].size(), ' ');
      line.erase(line.find_last_not_of(' ') + 1);
      lines.push_back(std::move(line));
    }
    return lines;
  }

 private:
  std::vector<Row> rows_;
};

}  // namespace wallaby::cli
