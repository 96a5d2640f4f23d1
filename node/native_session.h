// node/native_session.h
//
// One client at the native door: requests come in as messages, answers leave as messages.
//
// Reads are answered at once from what is visible, except that
//   - `--after TOKEN` waits until the node has reached the token;
//   - a read behind an own write that was answered early (a weaker rung than the switch's) waits until that write is visible.
// A scan leaves in pages: a page is made only while little is unsent on the connection, from one snapshot that
// stays open until the last page. So a client that does not read costs bounded memory, and others are not kept waiting.
//
// A client may have kMaxOutstanding requests out; its connection is not read while it has.
//
// Owns the state of its requests; the connection belongs to Connections.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>

#include "base/time.h"
#include "engine/store.h"
#include "node/backend.h"
#include "node/client_messages.h"
#include "node/connections.h"

namespace wallaby::node {

class NativeSession final : public Session {
 public:
  NativeSession(ConnectionId connection, Connections& connections, Backend& backend)
      : connection_(connection), connections_(connections), backend_(backend) {}

  void request(TimePoint now, Request request);
  void answer(RequestId request, ReplyBody body) override;
  void reached(TimePoint now, RequestId request) override;
  /// Ends the scans under way.
  void views_dropped(const std::string& reason) override;
  /// Sends further pages while there is room; true while there is more to send and room for it.
  bool pump();
  /// Whether further requests may be taken now.
  bool has_room() const { return outstanding_ < kMaxOutstanding; }

 private:
  static constexpr uint64_t kMaxOutstanding = 10'000;

  struct RunningScan {
    engine::View view;
    Scan scan;
    uint64_t left = 0;  ///< rows still wanted
  };
  using Read = std::variant<Get, Scan>;

  void cancel(TimePoint now, RequestId request);
  void start_read(TimePoint now, RequestId request, Read read, const std::optional<Token>& after);
  void run_read(RequestId request, Read& read);
  void next_page(RequestId request, RunningScan& scan, bool& finished);

  ConnectionId connection_;
  Connections& connections_;
  Backend& backend_;
  uint64_t outstanding_ = 0;           ///< requests without a final answer
  Lsn own_;                            ///< newest own write that was answered
  std::map<RequestId, Read> waiting_;  ///< reads that wait for a position
  std::map<RequestId, RunningScan> scans_;
};

}  // namespace wallaby::node
