#include "sim/read_checker.h"

#include <algorithm>
#include <sstream>

#include <fmt/core.h>

#include "sim/trace.h"

namespace wallaby::sim {

void ReadChecker::asked(const Place& place, node::ConnectionId connection, const node::Request& request,
                        Lsn visible, bool primary) {
  const std::optional<Token>* after = nullptr;
  if (const auto* get = std::get_if<node::Get>(&request.body)) after = &get->after;
  if (const auto* scan = std::get_if<node::Scan>(&request.body)) after = &scan->after;
  if (!after) return;
  Lsn promised = own_[{place, connection}];
  if (*after) promised = std::max(promised, (*after)->lsn);
  Lsn low = std::max(visible, promised);
  if (primary) low = std::max(low, shown_);
  reads_[{place, connection}][request.id] = Read{request.body, low, promised, {}, {}};
}

void ReadChecker::own_write(const Place& place, node::ConnectionId connection, Lsn lsn) {
  Lsn& own = own_[{place, connection}];
  own = std::max(own, lsn);
}

void ReadChecker::forget(const Place& place) {
  std::erase_if(reads_, [&](const auto& entry) { return entry.first.first == place; });
  std::erase_if(own_, [&](const auto& entry) { return entry.first.first == place; });
}

template <typename Explains>
void ReadChecker::judge(const Place& place, const Read& read, Lsn low, Lsn high, bool primary,
                        const Explains& explains) {
  ++checked_;
  if (low > high) {
    // Only a base copy may take a replica back, and it shows nothing older than the checkpoint that it holds.
    if (primary || read.promised > high)
      throw BrokenPromise(fmt::format(
          "what a client has read never disappears: {} was shown up to {} or must be, and answers from {}",
          place, to_string(low), to_string(high)));
    low = std::max(read.promised, high);
  }
  std::vector<Lsn> positions{low};
  for (Lsn end : canon_.ends_between(low, high)) positions.push_back(end);
  for (Lsn position : positions)
    if (explains(position)) {
      if (primary) shown_ = std::max(shown_, position);
      return;
    }
  std::ostringstream text;
  text << "a read sees the log's state at one position: " << place << " answered "
       << node::Request{0, read.body} << " in a way that no position from " << low << " to " << high
       << " explains";
  throw BrokenPromise(text.str());
}

bool ReadChecker::answered(const Place& place, node::ConnectionId connection, const node::Reply& reply,
                           Lsn visible, bool primary) {
  auto session = reads_.find({place, connection});
  if (session == reads_.end()) return false;
  auto found = session->second.find(reply.id);
  if (found == session->second.end()) return false;
  Read& read = found->second;
  if (!read.high) read.high = visible;
  if (const auto* rows = std::get_if<node::Rows>(&reply.body))
    read.rows.insert(read.rows.end(), rows->rows.begin(), rows->rows.end());
  if (!node::is_final(reply.body)) return true;
  Read done = std::move(read);
  session->second.erase(found);

  Lsn low = done.low, high = *done.high;
  if (const auto* value = std::get_if<node::Value>(&reply.body)) {
    const auto& get = std::get<node::Get>(done.body);
    judge(place, done, low, high, primary,
          [&](Lsn at) { return canon_.value(get.table, get.key, at) == value->value; });
  } else if (std::holds_alternative<node::Rows>(reply.body)) {
    const auto& scan = std::get<node::Scan>(done.body);
    judge(place, done, low, high, primary,
          [&](Lsn at) { return canon_.rows(scan.table, scan.range, scan.limit, at) == done.rows; });
  } else if (const auto* failed = std::get_if<node::Failed>(&reply.body);
             failed && failed->error.code == ErrorCode::kNotFound) {
    const auto* scan = std::get_if<node::Scan>(&done.body);
    const std::string& table = scan ? scan->table : std::get<node::Get>(done.body).table;
    judge(place, done, low, high, primary, [&](Lsn at) { return !canon_.has_table(table, at); });
  }
  return true;
}

}  // namespace wallaby::sim
