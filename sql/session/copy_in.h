// sql/session/copy_in.h
//
// COPY table FROM STDIN: many rows, fast.
//
// Inside a transaction the rows go into it, and COPY succeeds or fails as a whole. Outside of one it commits in pieces, because one
// record of the log holds 64 MiB at most, and because others want their turns meanwhile:
//
//     bytes ... |<-- piece: kPiece bytes -->|<-- piece -->|<- rest ->|
//                  Backend::run, a record      a record      at the end
//
// Up to kPiece bytes it is one record, atomic as in PostgreSQL. Beyond, a row that fails leaves the pieces before it in the table: the error
// says how many rows that are, and a COPY that needed several pieces says so in a NOTICE.
//
// A piece is parsed and inserted in one turn, straight from what the client sent, so its size is also how long others wait meanwhile
// (70,000 short rows, some 50 ms). Up to kAhead of them may wait for their promise, and keep their bytes until then: while the log has no
// room the node runs a piece again, and it must find the same lines.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "sql/session/row_filler.h"
#include "sql/session/tasks.h"

namespace wallaby::sql {

class CopyIn final : public Task {
 public:
  CopyIn(Conversation& session, const ast::Copy& statement);
  ~CopyIn() override;

  /// kCopyIn; after end(): what became of it.
  SqlResult<Outcome> step(Turn& turn) override;

  size_t columns() const { return column_count_; }
  void data(TimePoint now, std::string_view bytes);
  SqlResult<Outcome> end(TimePoint now, std::optional<SqlError> failure);
  bool failed() const { return error_.has_value(); }
  /// No more is taken until an answer comes.
  bool full() const;
  void interrupt(const SqlError& reason);

  static constexpr size_t kPiece = 1 << 20;
  static constexpr size_t kAhead = 4;

 private:
  struct Progress {
    CopyReader reader;
    size_t consumed = 0;
    uint64_t rows = 0;
    bool end = false;  ///< the data said that it ends
  };
  struct Piece {
    std::string bytes;  ///< once it ran: whole lines
    Progress from;
    bool last = false;
    std::optional<Progress> to;  ///< once it ran
  };
  /// Pieces have requests of their own, several at a time.
  class Pieces final : public node::Session {
   public:
    explicit Pieces(CopyIn& copy);
    ~Pieces() override;
    void answer(node::RequestId request, node::ReplyBody body) override;
    void reached(TimePoint, node::RequestId) override {}
    void views_dropped(const std::string&) override {}
    CopyIn& copy;
    node::RequestId last = 0;
    std::map<node::RequestId, Piece> out;  ///< not answered
  };

  SqlResult<bool> begin();
  SqlResult<Outcome> conclude();
  void work(TimePoint now, bool last);
  void work_in_transaction(bool last);
  void send_piece(TimePoint now, bool last);
  Result<void> run_piece(engine::Transaction& data, Piece& piece);
  /// After a piece has run for the first time: on behind what it has read.
  void settle_piece();
  /// Reads all whole lines of `bytes`, from where `progress` stands, into the table.
  SqlResult<void> insert(engine::Transaction& data, std::string_view bytes, bool last,
                         std::set<std::string>& used, Progress& progress);
  SqlResult<void> check_header(const CopyReader& reader) const;
  /// The line that would be read next: behind those that are here and not in the table yet.
  uint64_t awaited_line() const;
  SqlError with_context(SqlError error, const CopyReader& reader, const Column* column,
                        std::string_view field) const;
  void fail(SqlError error);

  Conversation& session_;
  const ast::Copy& statement_;
  size_t column_count_ = 0;
  std::optional<RowFiller> filler_;
  std::shared_ptr<const Catalog> catalog_;
  std::optional<Progress> progress_;
  std::string buffer_;
  size_t want_ = kPiece;  ///< bytes to have before a piece is made of them
  bool begun_ = false, ended_ = false;

  // Outside of a transaction:
  std::optional<Pieces> pieces_;
  std::optional<node::RequestId> sent_;  ///< a piece that is at the node and has not run yet
  bool sent_last_ = false;
  std::optional<SqlError> own_error_;
  uint64_t committed_rows_ = 0, committed_pieces_ = 0;
  std::optional<SqlError> error_;
};

}  // namespace wallaby::sql
