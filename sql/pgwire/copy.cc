// COPY FROM STDIN: after CopyInResponse the client sends data, in pieces that need not be lines, until CopyDone or CopyFail.
//
// The session finds errors in the middle of it. PostgreSQL tells of them at once, and so do we; what the client has sent in the meantime
// comes when the COPY is over, and is dropped without a word (connection.cc, handle()).
#include "sql/pgwire/connection.h"

namespace wallaby::sql::pgwire {

namespace {

/// What may come while data is awaited: data, its end, Flush and Sync of one who did not know that this is a COPY, and a farewell.
constexpr std::string_view kExpected = "dcfHSX";

}  // namespace

bool Connection::copy_step(TimePoint now) {
  if (session_->copy_failed()) {
    woken_ = false;
    settle(session_->copy_end(now, std::nullopt));
    return true;
  }
  if (session_->copy_full()) {
    waiting_ = true;
    return true;
  }
  auto type = decoder_.peek_type();
  if (type && !kExpected.contains(*type)) {
    // Nobody knows what the client means by it, nor by all that comes behind: as in PostgreSQL it is the end.
    lost_sync_ = true;
    woken_ = false;
    settle(
        session_->copy_end(now, sql_error("08P01", "unexpected message type 0x{:02X} during COPY from stdin",
                                          static_cast<uint8_t>(*type))));
    return true;
  }
  return next_message(now);
}

void Connection::copy_message(TimePoint now, const FrontendMessage& message) {
  if (const auto* data = std::get_if<CopyData>(&message)) return session_->copy_data(now, data->bytes);
  // A client of the extended protocol has sent its Sync behind Execute, before it knew that this is a COPY.
  if (std::holds_alternative<Flush>(message) || std::holds_alternative<Sync>(message)) return;
  if (std::holds_alternative<Terminate>(message)) return end();
  woken_ = false;
  if (std::holds_alternative<CopyDone>(message)) return settle(session_->copy_end(now, std::nullopt));
  if (const auto* failed = std::get_if<CopyFail>(&message))
    return settle(session_->copy_end(now, sql_error("57014", "COPY from stdin failed: {}", failed->reason)));
  settle(session_->copy_end(now, sql_error("08P01", "{}", std::get<Malformed>(message).fault)));
}

}  // namespace wallaby::sql::pgwire
