// What expressions ask of the session and its node: sequences, positions, names.
#include "sql/session/conversation.h"

namespace wallaby::sql {

bool Conversation::in_recovery() const {
  return services_.backend.read_only().has_value();
}

// --- sequences ---

SqlResult<int64_t> Conversation::nextval(std::string_view name) {
  if (auto writable = check_writable("nextval()"); !writable) return std::unexpected(writable.error());
  ExecContext* context = evaluating;
  if (!context || !context->used_sequences)
    return not_supported("nextval() here", "Use it in INSERT, UPDATE, or SELECT nextval('...').");
  const Sequence* sequence = context->catalog->find_sequence(name);
  if (!sequence) return sql_error("42P01", "relation \"{}\" does not exist", name);
  auto value = services_.sequences.next(*sequence, context->source);
  if (!value) return value;
  context->used_sequences->insert(sequence->name);
  used_here_[sequence->name] = *value;
  last_sequence_ = sequence->name;
  return value;
}

SqlResult<int64_t> Conversation::currval(std::string_view name) {
  auto found = used_here_.find(name);
  if (found != used_here_.end()) return found->second;
  if (evaluating && !evaluating->catalog->find_sequence(name))
    return sql_error("42P01", "relation \"{}\" does not exist", name);
  return sql_error("55000", "currval of sequence \"{}\" is not yet defined in this session", name);
}

SqlResult<int64_t> Conversation::lastval() {
  if (!last_sequence_ || !used_here_.contains(*last_sequence_))
    return sql_error("55000", "lastval is not yet defined in this session");
  return used_here_.at(*last_sequence_);
}

SqlResult<int64_t> Conversation::setval(std::string_view name, int64_t value, bool is_called) {
  if (auto writable = check_writable("setval()"); !writable) return std::unexpected(writable.error());
  ExecContext* context = evaluating;
  if (!context || !context->used_sequences)
    return not_supported("setval() here", "Use it as SELECT setval('...', n).");
  const Sequence* sequence = context->catalog->find_sequence(name);
  if (!sequence) return sql_error("42P01", "relation \"{}\" does not exist", name);
  if (auto set = services_.sequences.set(*sequence, value, is_called); !set)
    return std::unexpected(set.error());
  context->used_sequences->insert(sequence->name);
  if (is_called) used_here_[sequence->name] = value;
  return value;
}

int64_t Conversation::next_row_number(const Table& table) {
  WALLABY_CHECK(evaluating);
  return services_.sequences.next_row_number(table, evaluating->source);
}

// --- positions ---

SqlResult<Lsn> Conversation::current_lsn() const {
  if (in_recovery())
    return sql_error("55000", "recovery is in progress")
        .hint("WAL control functions cannot be executed during recovery.");
  return services_.backend.status(now_).flushed;
}

/// As in PostgreSQL a position stands for the byte before it, so that the end of what was just written lies in its file. Files are
/// named by timeline and first position here, and only those that are there can be told.
SqlResult<Value> Conversation::wal_file_name(Lsn lsn) const {
  if (in_recovery())
    return sql_error("55000", "recovery is in progress")
        .hint("pg_walfile_name() cannot be executed during recovery.");
  std::optional<std::string> file;
  if (lsn != Lsn{}) file = services_.backend.segment_file(Lsn{lsn.value - 1});
  if (file) return Value(std::move(*file));
  node::NodeStatus status = services_.backend.status(now_);
  return sql_error("22023", "no file of the log holds {}: it goes from {} to {}", to_string(lsn),
                   to_string(status.log_oldest), to_string(status.appended));
}

std::optional<Lsn> Conversation::receive_lsn() const {
  if (!in_recovery()) return std::nullopt;
  return services_.backend.status(now_).appended;
}

std::optional<Lsn> Conversation::replay_lsn() const {
  if (!in_recovery()) return std::nullopt;
  return services_.backend.status(now_).visible;
}

std::shared_ptr<const Catalog> Conversation::view_catalog() const {
  return evaluating ? evaluating->catalog : std::make_shared<const Catalog>();
}

}  // namespace wallaby::sql
