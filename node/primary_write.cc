// The primary's writing half: a list of changes, a statement or a transaction becomes a record in the log.
//
//     refused?  no -> changes  none -> "nothing had to change"
//                       |
//                       v
//               room in the log?  no -> it queues, and is tried again from the beginning
//                       |
//                       v
//       log.append --> store.apply --> gate.enqueue     all in one turn: nobody is between its reading and its record
//
// What was only tried has left nothing behind, so a queued one can be cancelled, refused or run on a newer state.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "engine/changes.h"
#include "engine/reserved.h"
#include "node/primary.h"

namespace wallaby::node {

using namespace replication;

namespace {

/// Versions without readers to let go of before a write is refused for want of memory.
constexpr uint64_t kTidyBudget = 10'000;

/// A queued write is told why it waits.
constexpr Duration kFirstNotice = std::chrono::seconds(1);

/// Deletes, and tables that go, or are emptied by being made anew: taken even when memory is short.
bool only_frees(const engine::Changes& changes) {
  using engine::ChangeKind;
  for (size_t i = 0; i < changes.size(); ++i) {
    bool emptied = changes[i].kind == ChangeKind::kCreateTable && i > 0 &&
                   changes[i - 1].kind == ChangeKind::kDropTable && changes[i - 1].table == changes[i].table;
    if (changes[i].kind != ChangeKind::kDelete && changes[i].kind != ChangeKind::kDropTable && !emptied)
      return false;
  }
  return true;
}

}  // namespace

// --- the three ways to ask -------------------------------------------------------------------------------------------

void Primary::write(TimePoint now, Session& session, RequestId request, const Write& write) {
  obey_ceilings(now);
  Asker asker{&session, request};
  uint64_t payload = 0;
  if (must_queue() || !attempt(now, asker, write, payload))
    queue_.push_back({asker, write, payload, now + kFirstNotice});
}

void Primary::run(TimePoint now, Session& session, RequestId request, Statement statement,
                  std::optional<Rung> ack) {
  obey_ceilings(now);
  Asker asker{&session, request};
  StatementToRun work{std::move(statement), ack};
  uint64_t payload = 0;
  if (must_queue() || !attempt(now, asker, work, payload))
    queue_.push_back({asker, std::move(work), payload, now + kFirstNotice});
}

void Primary::commit(TimePoint now, Session& session, RequestId request, engine::Transaction transaction,
                     Finish finish, std::optional<Rung> ack) {
  obey_ceilings(now);
  Asker asker{&session, request};
  TransactionToCommit work{std::move(transaction), std::move(finish), ack, {}};
  uint64_t payload = 0;
  if (must_queue() || !attempt(now, asker, work, payload))
    queue_.push_back({asker, std::move(work), payload, now + kFirstNotice});
}

void Primary::drain_queue(TimePoint now) {
  while (!queue_.empty() && controls_.empty()) {
    if (uint64_t payload = queue_.front().payload; payload > 0) {
      wal::Room room = local_.log.room_for(payload);
      if (room == wal::Room::kPreparing || room == wal::Room::kHeld) return;
    }
    // Taken out first: a session may be closed from within an answer.
    Queued next = std::move(queue_.front());
    queue_.pop_front();
    auto done = [&](auto& work) { return attempt(now, next.asker, work, next.payload); };
    if (std::visit(done, next.work)) continue;
    queue_.push_front(std::move(next));
    return;
  }
}

// --- from what was asked to changes ----------------------------------------------------------------------------------

bool Primary::attempt(TimePoint now, const Asker& asker, const Write& write, uint64_t& payload) {
  if (refused(asker, write.ack)) return true;
  if (auto good = check(write); !good) return fail(asker, std::move(good.error())), true;
  Terms terms{asker, write.ack, write.trace, 1};
  // The common case, one put into a table that is there, needs no write set.
  if (write.changes.size() == 1 && write.changes[0].kind == engine::ChangeKind::kPut &&
      local_.store->newest_view().has_table(write.changes[0].table))
    return append(now, terms, write.changes, payload);
  terms.rows = 0;
  auto changes = changes_of(write, terms.rows);
  if (changes) return append(now, terms, *changes, payload);
  answer_when_visible(local_.store->applied(), asker, Failed{std::move(changes.error()), {}});
  return true;
}

bool Primary::attempt(TimePoint now, const Asker& asker, StatementToRun& statement, uint64_t& payload) {
  if (refused(asker, statement.ack)) return true;
  engine::Transaction transaction(local_.store->newest_view());
  if (auto done = statement.run(transaction); !done) {
    answer_when_visible(local_.store->applied(), asker, Failed{std::move(done.error()), {}});
    return true;
  }
  return append(now, Terms{asker, statement.ack}, transaction.take_changes(), payload);
}

bool Primary::attempt(TimePoint now, const Asker& asker, TransactionToCommit& commit, uint64_t& payload) {
  if (refused(asker, commit.ack)) return true;
  if (!commit.changes) {
    // The loser is told when the winner is visible: then a second try reads what it lost against.
    if (commit.transaction.conflict(*local_.store)) {
      Error lost{ErrorCode::kConflict, "could not serialize access due to concurrent update"};
      answer_when_visible(local_.store->applied(), asker, Failed{std::move(lost), {}});
      return true;
    }
    commit.changes = commit.transaction.take_changes();
    if (commit.finish) commit.finish(local_.store->newest_view(), *commit.changes);
  }
  if (commit.changes->empty()) {
    answer_when_visible(commit.transaction.view().position(), asker, Written{});
    return true;
  }
  return append(now, Terms{asker, commit.ack}, *commit.changes, payload);
}

Result<void> Primary::check(const Write& write) const {
  const std::string* known = nullptr;  // most lists are of one table
  for (const engine::Change& change : write.changes) {
    if (auto good = engine::check_change(engine::view_of(change)); !good) return good;
    if (known && *known == change.table) continue;
    known = &change.table;
    if (change.table.starts_with(engine::kSqlPrefix))
      return error(ErrorCode::kRefused,
                   "names that begin with '{}' belong to SQL: '{}' can be read here, not written",
                   engine::kSqlPrefix, change.table);
    if (engine::belongs_to_sql(local_.store->newest_view(), change.table))
      return error(ErrorCode::kRefused, "table {} belongs to SQL (CREATE TABLE); write it there",
                   change.table);
  }
  return {};
}

Result<engine::Changes> Primary::changes_of(const Write& write, uint64_t& rows) const {
  engine::Transaction transaction(local_.store->newest_view());
  for (const engine::Change& change : write.changes) {
    Result<void> done;
    switch (change.kind) {
      case engine::ChangeKind::kPut:
        if (!transaction.has_table(change.table)) done = transaction.create_table(change.table);
        if (done) done = transaction.put(change.table, change.key, change.value);
        ++rows;
        break;
      case engine::ChangeKind::kDelete: {
        auto erased = transaction.erase(change.table, change.key);
        if (!erased) return std::unexpected(erased.error());
        rows += *erased ? 1 : 0;
        break;
      }
      case engine::ChangeKind::kCreateTable: done = transaction.create_table(change.table); break;
      case engine::ChangeKind::kDropTable: done = transaction.drop_table(change.table); break;
    }
    if (!done) return std::unexpected(done.error());
  }
  return transaction.take_changes();
}

// --- from changes to a record ----------------------------------------------------------------------------------------

bool Primary::append(TimePoint now, const Terms& terms, const engine::Changes& changes, uint64_t& payload) {
  if (changes.empty()) {
    answer_when_visible(local_.store->applied(), terms.asker, Written{});
    return true;
  }
  if (over_memory_limit() && !only_frees(changes)) return fail(terms.asker, *writes_refused()), true;
  std::string record;
  engine::encode_changes(changes, record);
  if (record.size() > wal::kMaxPayload) {
    fail(terms.asker,
         Error{ErrorCode::kTooLarge,
               fmt::format(
                   "the transaction takes {} bytes in the log, the limit is {}; commit it in smaller parts",
                   record.size(), wal::kMaxPayload)});
    return true;
  }
  switch (local_.log.room_for(record.size())) {
    case wal::Room::kReady: break;
    case wal::Room::kDiskFull:
      return fail(terms.asker,
                  Error{ErrorCode::kDiskFull,
                        "writes are refused: no room for a further segment of the log on the disk"}),
             true;
    case wal::Room::kFailed:
      return fail(terms.asker, Error{ErrorCode::kIo, "the log has failed; the node is stopping"}), true;
    case wal::Room::kPreparing:
    case wal::Room::kHeld: payload = record.size(); return false;
  }
  std::string_view piece = record;
  Lsn lsn = local_.log.append(local_.log.timeline(), static_cast<uint16_t>(RecordKind::kChanges),
                              kRecordFormat, std::span(&piece, 1));
  local_.store->apply(lsn, engine::views_of(changes));
  borders_.push_back({.end = lsn, .commit = true});
  local_.traces.appended(now, token(lsn), terms.trace);
  TxnId txn = next_txn_++;
  commits_.emplace(txn, Commit{terms.asker, token(lsn), terms.rows});
  gate_.local(now, local_.log.appended(), told_flushed_);
  gate_.enqueue(now, txn, lsn, terms.ack);
  return true;
}

// --- refusals and answers without a record ---------------------------------------------------------------------------

bool Primary::over_memory_limit() const {
  return local_.store->memory() > local_.options.memory_limit;
}

std::optional<Error> Primary::writes_refused() const {
  if (local_.stopping)
    return Error{ErrorCode::kNotServing, fmt::format("{} is shutting down", local_.identity.name)};
  if (local_.log.disk_full() || low_space_)
    return Error{
        ErrorCode::kDiskFull,
        fmt::format("the disk is nearly full, so writes are refused: only {} bytes are free under {}, "
                    "less than a checkpoint and two segments need; reads go "
                    "on, writes resume when there is space",
                    free_bytes_, local_.identity.name)};
  if (over_memory_limit())
    return Error{
        ErrorCode::kRefused,
        fmt::format(
            "writes are refused: the tables take {} bytes of memory, the limit is {} (--memory-limit); "
            "deletes free some",
            local_.store->memory(), local_.options.memory_limit)};
  return std::nullopt;
}

/// Before it runs. Whether memory lets it pass is known when its changes are.
bool Primary::refused(const Asker& asker, std::optional<Rung> ack) {
  if (over_memory_limit()) local_.store->tidy(kTidyBudget);
  if (auto why = writes_refused(); why && why->code != ErrorCode::kRefused)
    return fail(asker, std::move(*why)), true;
  if (auto missing = gate_.refusal(ack))
    return fail(asker, Error{ErrorCode::kRefused, std::move(*missing)}), true;
  return false;
}

void Primary::fail(const Asker& asker, Error error) {
  asker.session->answer(asker.request, Failed{std::move(error), {}});
}

/// It tells of what was read up to `read`, and that may yet vanish as long as it is not visible.
void Primary::answer_when_visible(Lsn read, const Asker& asker, ReplyBody body) {
  if (local_.store->visible() < read) {
    late_answers_.emplace(read, LateAnswer{asker, std::move(body)});
    return;
  }
  if (auto* unchanged = std::get_if<Written>(&body)) unchanged->rung = gate_.policy().rung;
  asker.session->answer(asker.request, std::move(body));
}

}  // namespace wallaby::node
