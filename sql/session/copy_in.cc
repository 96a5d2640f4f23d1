#include "sql/session/copy_in.h"

namespace wallaby::sql {
namespace {

/// As PostgreSQL shows a line in a message: not all of a long one.
std::string shorten(std::string_view text) {
  constexpr size_t kShown = 100;
  if (text.size() <= kShown) return std::string(text);
  size_t end = kShown;
  while (end > 0 && (text[end] & '\xC0') == '\x80') --end;
  return std::string(text.substr(0, end)) + "...";
}

}  // namespace

CopyIn::Pieces::Pieces(CopyIn& copy) : copy(copy) {
  copy.session_.backend().open(*this);
}
CopyIn::Pieces::~Pieces() {
  copy.session_.backend().close(*this);
}

void CopyIn::Pieces::answer(node::RequestId request, node::ReplyBody body) {
  if (const auto* notice = std::get_if<node::ClientNotice>(&body))
    return copy.session_.notice(sql_error("00000", "{}", notice->text).severity("NOTICE"));
  if (!node::is_final(body) || !out.contains(request)) return;
  copy.settle_piece();
  Piece piece = std::move(out.extract(request).mapped());
  if (copy.own_error_ && std::holds_alternative<node::Failed>(body)) {
    copy.fail(*copy.own_error_);
  } else if (auto done = copy.session_.written(body); !done) {
    copy.fail(done.error());
    // Rows that may stand are more to tell than why nobody waited for them.
    if (done.error().code() == "40003") copy.error_ = done.error();
  } else if (piece.to && piece.to->rows > piece.from.rows) {
    copy.committed_rows_ += piece.to->rows - piece.from.rows;
    ++copy.committed_pieces_;
  }
  copy.session_.client().wake();
}

CopyIn::CopyIn(Conversation& session, const ast::Copy& statement)
    : session_(session), statement_(statement) {}

CopyIn::~CopyIn() {
  if (session_.copy_in == this) session_.copy_in = nullptr;
}

// --- the statement ---

SqlResult<bool> CopyIn::begin() {
  if (statement_.program)
    return sql_error(
               "42501",
               "must be superuser or have privileges of the pg_execute_server_program role to COPY to or "
               "from an external program")
        .hint("Anyone can COPY to stdout or from stdin. psql's \\copy command also works for anyone.");
  if (!statement_.file.empty())
    return sql_error(
               "42501",
               "must be superuser or have privileges of the pg_read_server_files role to COPY from a file")
        .hint("Anyone can COPY to stdout or from stdin. psql's \\copy command also works for anyone.");
  if (statement_.where) return not_supported("COPY FROM ... WHERE");
  auto options = copy_options(statement_, {});
  if (!options) return std::unexpected(options.error());
  OpenTransaction* transaction = session_.transaction();
  auto ready = transaction ? session_.need_snapshot() : session_.may_read();
  if (!ready || !*ready) return ready;
  auto prepare = [&](const DataSource& source) -> SqlResult<bool> {
    auto catalog = session_.services().catalogs.of(source);
    if (!catalog) return std::unexpected(catalog.error());
    catalog_ = *catalog;
    auto table = catalog_->find_table(statement_.table.name);
    if (!table) return sql_error("42P01", "relation \"{}\" does not exist", statement_.table.name);
    if (auto writable = session_.check_writable("COPY FROM"); !writable)
      return std::unexpected(writable.error());
    auto filler = RowFiller::make(session_, std::move(table), statement_.columns);
    if (!filler) return std::unexpected(filler.error());
    filler_.emplace(std::move(*filler));
    return true;
  };
  SqlResult<bool> prepared = true;
  if (transaction) {
    prepared = prepare(DataSource(*transaction->data));
    if (prepared)
      if (auto kept = session_.keep_open_reads(); !kept) return std::unexpected(kept.error());
  } else {
    auto view = session_.backend().visible_view();
    if (!view) return std::unexpected(from_node(view.error()));
    prepared = prepare(DataSource(*view));
    pieces_.emplace(*this);
  }
  if (!prepared) return prepared;
  column_count_ = filler_->columns().size();
  progress_.emplace(Progress{CopyReader(std::move(*options))});
  session_.copy_in = this;
  begun_ = true;
  return true;
}

SqlResult<Outcome> CopyIn::step(Turn&) {
  if (ended_) return conclude();
  if (session_.calls().waiting()) return Outcome::kWaiting;
  if (!begun_) {
    auto begun = begin();
    if (!begun) return std::unexpected(begun.error());
    if (!*begun) return Outcome::kWaiting;
  }
  return Outcome::kCopyIn;
}

SqlResult<Outcome> CopyIn::end(TimePoint now, std::optional<SqlError> failure) {
  ended_ = true;
  if (failure && !error_) {
    failure->change().where = fmt::format("COPY {}, line {}", filler_->table().name, awaited_line());
    fail(std::move(*failure));
  }
  if (!error_) work(now, true);
  return conclude();
}

SqlResult<Outcome> CopyIn::conclude() {
  bool out = pieces_ && !pieces_->out.empty();
  if (error_ && !out) {
    session_.copy_in = nullptr;
    if (committed_rows_ > 0)
      error_->change().hint = fmt::format(
          "The {} rows before are in the table: outside of a transaction block COPY commits in "
          "pieces of {} MiB.",
          committed_rows_, kPiece >> 20);
    return std::unexpected(*error_);
  }
  if (pieces_) settle_piece();
  if (out || sent_) return Outcome::kWaiting;
  if (pieces_ && !sent_last_) {
    send_piece(session_.now(), true);
    return conclude();
  }
  if (!pieces_)
    if (auto safe = session_.check_conflict(); !safe) return std::unexpected(safe.error());
  session_.copy_in = nullptr;
  uint64_t rows = pieces_ ? committed_rows_ : progress_->rows;
  if (committed_pieces_ > 1)
    session_.notice(sql_error("00000", "COPY committed {} rows in {} pieces", rows, committed_pieces_)
                        .severity("NOTICE"));
  session_.set_tag(fmt::format("COPY {}", rows));
  return Outcome::kDone;
}

void CopyIn::interrupt(const SqlError& reason) {
  if (pieces_ && sent_last_ && pieces_->out.empty()) return;  // too late: it is committed
  fail(reason);
  if (!pieces_) return;
  // Each is answered, and so taken out, meanwhile.
  for (node::RequestId request = 1; request <= pieces_->last; ++request)
    if (pieces_->out.contains(request)) session_.backend().cancel(session_.now(), *pieces_, request);
}

void CopyIn::fail(SqlError error) {
  if (!error_) error_ = std::move(error);
}

// --- the data ---

bool CopyIn::full() const {
  if (error_ || !pieces_) return false;
  return pieces_->out.size() >= kAhead || (sent_ && buffer_.size() >= 2 * kPiece);
}

void CopyIn::data(TimePoint now, std::string_view bytes) {
  if (error_ || own_error_ || (progress_ && progress_->end)) return;
  buffer_ += bytes;
  if (buffer_.size() >= want_) work(now, false);
}

void CopyIn::work(TimePoint now, bool last) {
  if (!pieces_) return work_in_transaction(last);
  settle_piece();
  if (!sent_ && !own_error_) send_piece(now, last);
}

void CopyIn::work_in_transaction(bool last) {
  OpenTransaction& transaction = *session_.transaction();
  if (!transaction.data) return fail(sql_error("57P03", "this node's tables are being replaced"));
  Progress progress = *progress_;
  progress.consumed = 0;
  if (auto done = insert(*transaction.data, buffer_, last, transaction.used_sequences, progress); !done)
    return fail(done.error());
  if (progress.consumed == 0 && !last) want_ = 2 * buffer_.size();
  buffer_.erase(0, progress.consumed);
  progress_ = std::move(progress);
}

void CopyIn::send_piece(TimePoint now, bool last) {
  node::RequestId request = ++pieces_->last;
  progress_->consumed = 0;
  pieces_->out.emplace(request, Piece{std::exchange(buffer_, {}), *progress_, last, {}});
  sent_ = request;
  sent_last_ = last;
  session_.backend().run(
      now, *pieces_, request,
      [this, request](engine::Transaction& data) { return run_piece(data, pieces_->out.at(request)); },
      session_.settings().effective().rung);
  settle_piece();
}

Result<void> CopyIn::run_piece(engine::Transaction& data, Piece& piece) {
  // Behind a piece that failed there must be no rows, or the table would have a hole.
  if (own_error_ || error_) return error(ErrorCode::kRefused, "a piece before this one has failed");
  std::set<std::string> used;
  Progress to = piece.from;
  if (auto done = insert(data, piece.bytes, piece.last, used, to); !done) {
    own_error_ = done.error();
    return error(ErrorCode::kRefused, "{}", done.error().message());
  }
  if (!used.empty()) session_.services().sequences.store_used(used, data);
  piece.to = std::move(to);
  return {};
}

void CopyIn::settle_piece() {
  if (own_error_ || error_) sent_.reset();
  if (!sent_) return;
  Piece& piece = pieces_->out.at(*sent_);
  if (!piece.to) return;
  sent_.reset();
  const size_t consumed = piece.to->consumed;
  buffer_.insert(0, piece.bytes, consumed);
  want_ = kPiece;
  // A line that is longer than a piece: come back when more of it is here.
  if (consumed == 0 && !piece.last) want_ = 2 * piece.bytes.size();
  piece.bytes.resize(consumed);
  progress_ = *piece.to;
}

SqlResult<void> CopyIn::insert(engine::Transaction& data, std::string_view bytes, bool last,
                               std::set<std::string>& used, Progress& progress) {
  DataSource source(data);
  ExecContext context = session_.exec_context(source, catalog_, {});
  context.used_sequences = &used;
  session_.evaluating = &context;
  TableWriter writer(filler_->table(), data, session_);
  CopyReader& reader = progress.reader;
  auto done = [&]() -> SqlResult<void> {
    while (!progress.end) {
      auto found = reader.next(bytes, progress.consumed, last);
      if (!found) return std::unexpected(with_context(found.error(), reader, nullptr, {}));
      if (*found == CopyReader::Found::kMore) break;
      if (*found == CopyReader::Found::kEnd) {
        progress.end = true;
        progress.consumed = bytes.size();
        break;
      }
      if (reader.header_ahead()) {
        if (auto fits = check_header(reader); !fits) return fits;
        reader.header_done();
        continue;
      }
      const Column* column = nullptr;
      auto row = filler_->fill(reader.fields(), context, column);
      if (!row) {
        std::string_view field;
        for (size_t i = 0; column && i < filler_->columns().size(); ++i)
          if (&filler_->table().columns[filler_->columns()[i]] == column) field = reader.fields()[i].text;
        return std::unexpected(with_context(row.error(), reader, column, field));
      }
      if (auto key = writer.insert(**row); !key) {
        SqlError error = key.error();
        error.change().where = fmt::format("COPY {}, line {}", filler_->table().name, reader.line());
        return std::unexpected(std::move(error));
      }
      ++progress.rows;
    }
    return {};
  }();
  session_.evaluating = nullptr;
  return done;
}

SqlResult<void> CopyIn::check_header(const CopyReader& reader) const {
  if (reader.options().header != CopyOptions::Header::kMatch) return {};
  const auto& fields = reader.fields();
  const auto& columns = filler_->columns();
  if (fields.size() != columns.size())
    return std::unexpected(
        with_context(sql_error("22P04", "wrong number of fields in header line: got {}, expected {}",
                               fields.size(), columns.size()),
                     reader, nullptr, {}));
  for (size_t i = 0; i < columns.size(); ++i) {
    const std::string& name = filler_->table().columns[columns[i]].name;
    if (fields[i].null || fields[i].text != name)
      return std::unexpected(with_context(
          sql_error("22P04", "column name mismatch in header line field {}: got \"{}\", expected \"{}\"",
                    i + 1, fields[i].null ? reader.options().null : std::string(fields[i].text), name),
          reader, nullptr, {}));
  }
  return {};
}

uint64_t CopyIn::awaited_line() const {
  CopyReader reader = progress_->reader;
  std::string here = sent_ ? pieces_->out.at(*sent_).bytes + buffer_ : buffer_;
  for (size_t at = 0;;) {
    auto found = reader.next(here, at, false);
    if (!found || *found != CopyReader::Found::kRow) return reader.line() + 1;
  }
}

SqlError CopyIn::with_context(SqlError error, const CopyReader& reader, const Column* column,
                              std::string_view field) const {
  std::string& where = error.change().where;
  where = fmt::format("COPY {}, line {}", filler_->table().name, reader.line());
  if (column)
    where += fmt::format(", column {}: \"{}\"", column->name, shorten(field));
  else
    where += fmt::format(": \"{}\"", shorten(reader.line_text()));
  return error;
}

TaskPtr make_copy_in_task(Conversation& session, const ast::Copy& statement) {
  return std::make_unique<CopyIn>(session, statement);
}

// --- the session's side ---

size_t Conversation::copy_columns() const {
  return copy_in ? copy_in->columns() : 0;
}

void Conversation::copy_data(TimePoint now, std::string_view bytes) {
  now_ = now;
  if (copy_in) copy_in->data(now, bytes);
}

Outcome Conversation::copy_end(TimePoint now, std::optional<SqlError> failure) {
  now_ = now;
  WALLABY_CHECK(copy_in && busy_);
  stepping_ = true;
  auto outcome = copy_in->end(now, std::move(failure));
  stepping_ = false;
  return settle(std::move(outcome), busy_);
}

bool Conversation::copy_failed() const {
  return copy_in && copy_in->failed();
}
bool Conversation::copy_full() const {
  return copy_in && copy_in->full();
}

}  // namespace wallaby::sql
