#include "sim/read_checker.h"

#include <algorithm>
#include <sstream>

#include <fmt/core.h>

#include "sim/trace.h"

namespace wallaby::sim {

ReadChecker::Floor ReadChecker::floor(const Place& place, node::ConnectionId connection,
                                      const std::optional<Token>& after, Lsn visible, bool primary) {
  Lsn promised = own_[{place, connection}];
  if (after) promised = std::max(promised, after->lsn);
  Lsn low = std::max(visible, promised);
  return {primary ? std::max(low, shown_) : low, promised};
}

void ReadChecker::asked(const Place& place, node::ConnectionId connection, const node::Request& request,
                        Lsn visible, bool primary) {
  if (const auto* status = std::get_if<node::GetCommitStatus>(&request.body))
    statuses_[{place, connection}][request.id] = status->token;
  const std::optional<Token>* after = nullptr;
  if (const auto* get = std::get_if<node::Get>(&request.body)) after = &get->after;
  if (const auto* scan = std::get_if<node::Scan>(&request.body)) after = &scan->after;
  if (!after) return;
  reads_[{place, connection}][request.id] =
      Read{request.body, floor(place, connection, *after, visible, primary), {}, {}};
}

void ReadChecker::own_write(const Place& place, node::ConnectionId connection, Lsn lsn) {
  Lsn& own = own_[{place, connection}];
  own = std::max(own, lsn);
}

void ReadChecker::forget(const Place& place) {
  std::erase_if(reads_, [&](const auto& entry) { return entry.first.first == place; });
  std::erase_if(statuses_, [&](const auto& entry) { return entry.first.first == place; });
  std::erase_if(own_, [&](const auto& entry) { return entry.first.first == place; });
  lost_with_off_ += std::erase_if(ahead_, [&](const Shown& answer) { return answer.place == place; });
}

void ReadChecker::canon_grew() {
  for (auto answer = ahead_.begin(); answer != ahead_.end();) {
    if (answer->high > canon_.end()) {
      ++answer;
      continue;
    }
    Shown due = std::move(*answer);
    answer = ahead_.erase(answer);
    judge(std::move(due));
  }
}

bool ReadChecker::explained(const Shown& answer, Lsn high) {
  std::vector<Lsn> positions{answer.floor.low};
  for (Lsn end : canon_.ends_between(answer.floor.low, high)) positions.push_back(end);
  for (Lsn position : positions)
    if (answer.explains(position)) {
      if (answer.primary) shown_ = std::max(shown_, position);
      return true;
    }
  return false;
}

void ReadChecker::judge(Shown answer) {
  Lsn& low = answer.floor.low;
  if (low > answer.high) {
    // Only a base copy may take a replica back, and it shows nothing older than the checkpoint that it holds.
    if (answer.primary || answer.floor.promised > answer.high)
      throw BrokenPromise(fmt::format(
          "what a client has read never disappears: {} was shown up to {} or must be, and answers from {}",
          answer.place, to_string(low), to_string(answer.high)));
    low = std::max(answer.floor.promised, answer.high);
  }
  if (answer.high > canon_.end()) {
    bool known = low <= canon_.end() && explained(answer, canon_.end());
    if (known) ++checked_;
    if (!known) ahead_.push_back(std::move(answer));
    return;
  }
  ++checked_;
  if (explained(answer, answer.high)) return;
  throw BrokenPromise(fmt::format(
      "a read sees the log's state at one position: {} answered {} in a way that no position from "
      "{} to {} explains",
      answer.place, answer.what(), to_string(low), to_string(answer.high)));
}

bool ReadChecker::answered(const Place& place, node::ConnectionId connection, const node::Reply& reply,
                           Lsn visible, bool primary) {
  if (const auto* status = std::get_if<node::CommitStatusReply>(&reply.body)) {
    auto& asked = statuses_[{place, connection}];
    if (auto token = asked.find(reply.id); token != asked.end()) {
      status_answered(place, token->second, status->status.state, status->status.text, visible, primary);
      asked.erase(token);
    }
    return true;
  }
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

  // Copies: it may be judged much later.
  auto what = [body = done.body] {
    std::ostringstream text;
    text << node::Request{0, body};
    return text.str();
  };
  Shown answer{place, done.floor, *done.high, primary, {}, what};
  if (const auto* value = std::get_if<node::Value>(&reply.body)) {
    answer.explains = [this, get = std::get<node::Get>(done.body), value = value->value](Lsn at) {
      return canon_.value(get.table, get.key, at) == value;
    };
  } else if (std::holds_alternative<node::Rows>(reply.body)) {
    answer.explains = [this, scan = std::get<node::Scan>(done.body), rows = std::move(done.rows)](Lsn at) {
      return canon_.rows(scan.table, scan.range, scan.limit, at) == rows;
    };
  } else if (const auto* failed = std::get_if<node::Failed>(&reply.body);
             failed && failed->error.code == ErrorCode::kNotFound) {
    const auto* scan = std::get_if<node::Scan>(&done.body);
    answer.explains = [this, table = scan ? scan->table : std::get<node::Get>(done.body).table](Lsn at) {
      return !canon_.has_table(table, at);
    };
  } else {
    return true;
  }
  judge(std::move(answer));
  return true;
}

void ReadChecker::status_answered(const Place& place, const Token& token, replication::CommitState state,
                                  const std::string& text, Lsn visible, bool primary) {
  using enum replication::CommitState;
  bool so = true;
  switch (state) {
    case kVisible:
      so = token.lsn <= visible;
      if (so && primary && token.lsn <= canon_.end()) shown_ = std::max(shown_, token.lsn);
      break;
    case kPending: so = token.lsn > before_[place]; break;
    case kDiscarded: so = false; break;  // nobody was promoted
    case kUnknown: break;
  }
  // A record that is on the primary's disk is in its log for ever, so it cannot be unknown there.
  bool our_timeline = token.timeline <= TimelineId{1};
  if (state == kUnknown && primary && our_timeline && token.lsn <= canon_.end())
    so = !canon_.checksum_at(token.lsn);
  if (so) return;
  throw BrokenPromise(fmt::format("commit-status tells the truth: {} says of {} '{}: {}', and shows up to {}",
                                  place, to_string(token), to_string(state), text, to_string(visible)));
}

}  // namespace wallaby::sim
