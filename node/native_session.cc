#include "node/native_session.h"

#include <algorithm>
#include <utility>

namespace wallaby::node {
namespace {

constexpr uint64_t kPageBytes = 256 << 10;
constexpr uint64_t kPageRows = 2000;
/// Pages are made only while less than this is unsent.
constexpr uint64_t kPageRoom = 1 << 20;

Error no_such_table(const std::string& table) {
  return Error{ErrorCode::kNotFound, fmt::format("table '{}' does not exist", table)};
}

}  // namespace

void NativeSession::answer(RequestId request, ReplyBody body) {
  if (const auto* written = std::get_if<Written>(&body); written && written->token)
    own_ = std::max(own_, written->token->lsn);
  if (is_final(body)) {
    if (outstanding_ > 0) --outstanding_;
    if (!waiting_.empty()) waiting_.erase(request);
  }
  std::string* out = connections_.begin_message(connection_);
  if (!out) return;
  encode_reply(Reply{request, std::move(body)}, *out);
  connections_.end_message(connection_);
}

void NativeSession::request(TimePoint now, Request request) {
  struct Dispatch {
    NativeSession& session;
    TimePoint now;
    RequestId id;

    void operator()(Write& write) { session.backend_.write(now, session, id, write); }
    void operator()(Get& get) {
      auto after = get.after;
      session.start_read(now, id, std::move(get), after);
    }
    void operator()(Scan& scan) {
      auto after = scan.after;
      session.start_read(now, id, std::move(scan), after);
    }
    void operator()(ListTables&) {
      auto view = session.backend_.visible_view();
      if (!view) return session.answer(id, Failed{view.error(), {}});
      session.answer(id, TableNames{view->tables()});
    }
    void operator()(GetStatus&) { session.answer(id, StatusReply{session.backend_.status(now)}); }
    void operator()(WatchEvents&) { session.backend_.watch_events(session, id); }
    void operator()(Cancel& cancel) {
      session.cancel(now, cancel.request);
      session.answer(id, Done{});
    }
    void operator()(GetCommitStatus& get) { session.backend_.commit_status(now, session, id, get.token); }
    void operator()(GetTraces& get) { session.backend_.traces(session, id, get); }
    void admin(const AdminCommand& command) { session.backend_.admin(now, session, id, command); }
    void operator()(SetPolicy& command) { admin(command); }
    void operator()(DropReplica& command) { admin(command); }
    void operator()(HoldStage& command) { admin(command); }
    void operator()(ReleaseStage& command) { admin(command); }
    void operator()(Step& command) { admin(command); }
    void operator()(TakeCheckpoint& command) { admin(command); }
  };
  ++outstanding_;
  if (waiting_.contains(request.id) || scans_.contains(request.id)) {
    answer(request.id,
           Failed{Error{ErrorCode::kProtocol, fmt::format("request number {} is already in use", request.id)},
                  {}});
    return;
  }
  std::visit(Dispatch{*this, now, request.id}, request.body);
}

void NativeSession::cancel(TimePoint now, RequestId request) {
  backend_.cancel(now, *this, request);
  // A read that waited for a position, or a scan in the middle of its pages.
  if (waiting_.contains(request) || scans_.erase(request) > 0)
    answer(request, Failed{Error{ErrorCode::kUnknownOutcome, "cancelled"}, {}});
}

void NativeSession::start_read(TimePoint now, RequestId request, Read read,
                               const std::optional<Token>& after) {
  Token target = after.value_or(Token{});
  target.lsn = std::max(target.lsn, own_);
  if (target.lsn == Lsn{}) return run_read(request, read);
  waiting_.emplace(request, std::move(read));
  backend_.wait_for(now, *this, request, target);
}

void NativeSession::reached(TimePoint, RequestId request) {
  auto it = waiting_.find(request);
  if (it == waiting_.end()) return;
  Read read = std::move(it->second);
  waiting_.erase(it);
  run_read(request, read);
}

void NativeSession::run_read(RequestId request, Read& read) {
  auto view = backend_.visible_view();
  if (!view) return answer(request, Failed{view.error(), {}});
  if (auto* get = std::get_if<Get>(&read)) {
    if (auto value = view->get(get->table, get->key)) return answer(request, Value{std::string(*value)});
    if (!view->has_table(get->table)) return answer(request, Failed{no_such_table(get->table), {}});
    return answer(request, Value{std::nullopt});
  }
  Scan& scan = std::get<Scan>(read);
  if (!view->has_table(scan.table)) return answer(request, Failed{no_such_table(scan.table), {}});
  uint64_t left = scan.limit == 0 ? ~uint64_t{0} : scan.limit;
  scans_.emplace(request, RunningScan{std::move(*view), std::move(scan), left});
  pump();
}

void NativeSession::next_page(RequestId request, RunningScan& scan, bool& finished) {
  Rows page;
  uint64_t bytes = 0;
  scan.view.scan(scan.scan.table, scan.scan.range, [&](const engine::Row& row) {
    if (bytes >= kPageBytes || page.rows.size() >= std::min(kPageRows, scan.left)) {
      page.more = scan.left > page.rows.size();
      scan.scan.range.from = std::string(row.key);
      return false;
    }
    bytes += row.key.size() + row.value.size();
    page.rows.emplace_back(row.key, row.value);
    return true;
  });
  scan.left -= page.rows.size();
  finished = !page.more;
  answer(request, std::move(page));
}

void NativeSession::views_dropped(const std::string& reason) {
  std::vector<RequestId> requests;
  for (const auto& [request, scan] : scans_) requests.push_back(request);
  scans_.clear();
  for (RequestId request : requests) answer(request, Failed{Error{ErrorCode::kNotServing, reason}, {}});
}

bool NativeSession::pump() {
  Connection* connection = connections_.find(connection_);
  if (!connection) return false;
  auto room = [&] { return connection->unsent() < kPageRoom; };
  // Pages of each scan in turn, as many as there is room for: so much a turn, and other sessions have theirs.
  while (!scans_.empty() && room()) {
    for (auto it = scans_.begin(); it != scans_.end() && room();) {
      bool finished = false;
      next_page(it->first, it->second, finished);
      it = finished ? scans_.erase(it) : std::next(it);
    }
  }
  return !scans_.empty() && room();
}

}  // namespace wallaby::node
