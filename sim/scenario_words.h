// sim/scenario_words.h
//
// One command line of a script, cut into words: plain ones in their order, and `name=value` options.
//
//     start p1 ack=sync sync="ANY 2 (*)" segment=4K      plain: start p1    options: ack, sync, segment
//
// Quotes hold a word together. Only the names that the command knows are options; `a=1` may be a plain word elsewhere.
// Whoever reads a command takes its words one by one and calls done() at the end, so that nothing is overlooked.
//
// Errors: ScriptError, which ends the script with a sentence.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace wallaby::sim {

class ScriptError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Words {
 public:
  Words(std::string_view line, const std::set<std::string>& option_names);

  /// The next plain word; `what` names it for the error when there is none.
  std::string take(std::string_view what);
  std::optional<std::string> take_if_any();
  std::optional<std::string> option(const std::string& name);
  std::optional<uint64_t> size_option(const std::string& name);
  bool more() const { return next_ < plain_.size(); }
  /// Nothing may be left.
  void done() const;

 private:
  std::vector<std::string> plain_;
  std::map<std::string, std::string> options_;
  std::set<std::string> used_;
  size_t next_ = 0;
};

/// "300ms", "2s", "1min"
Duration script_duration(const std::string& text);
/// "100", "4K", "1M" (powers of 1024)
uint64_t script_size(const std::string& text);

}  // namespace wallaby::sim
