// sim/sql_client.h
//
// A PostgreSQL client at its socket: logs in, sends one statement (or one pipeline of prepared ones) and waits for the answer, as
// libpq and most drivers do; and cancels on a connection of its own.
//
//     client.connect("p1", {{"user", "bank"}});
//     client.query("SELECT 1", [](const SqlAnswer* answer) { ... });     nullptr: the connection is gone
//
// What is asked before the login is through is sent behind it. Owns its sockets. Threads: none.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/sim_net.h"
#include "sim/sql_wire.h"

namespace wallaby::sim {

/// A statement that is prepared under a name when it is run first on a connection.
struct PreparedCall {
  std::string name, text;
  std::vector<std::string> values;
};

class SqlClient final : public Party {
 public:
  using Answer = std::function<void(const SqlAnswer*)>;

  SqlClient(SimNet& net, Place place) : net_(net), place_(std::move(place)), canceller_(net, place_) {}

  void connect(const Place& to, const frontend::Parameters& parameters);
  /// Hangs up, without a word.
  void close();
  bool open() const { return socket_.has_value(); }
  bool busy() const { return static_cast<bool>(waiting_); }
  const Place& peer() const { return peer_; }

  /// One at a time. Requires open().
  void query(std::string_view text, Answer answer);
  /// All of them before one Sync. Requires open().
  void execute(const std::vector<PreparedCall>& calls, Answer answer);
  /// COPY ... FROM STDIN with these pieces; `fails`: it takes all of it back at the end. Requires open().
  void copy(std::string_view text, std::vector<std::string> pieces, bool fails, Answer answer);
  /// Of what is under way; nothing before the login is through.
  void cancel();

  void accepted(Socket, const Place&, Port) override {}
  void connected(Socket) override {}
  void received(Socket socket, std::string bytes) override;
  void drained(Socket, uint64_t) override {}
  void lost(Socket socket, const std::string& reason) override;

 private:
  /// The connections that only bring a CancelRequest.
  class Canceller final : public Party {
   public:
    Canceller(SimNet& net, const Place& place) : net_(net), place_(place) {}
    void cancel(const Place& at, const SqlKey& key);
    void accepted(Socket, const Place&, Port) override {}
    void connected(Socket) override {}
    void received(Socket, std::string) override {}
    void drained(Socket, uint64_t) override {}
    void lost(Socket, const std::string&) override {}

   private:
    SimNet& net_;
    const Place& place_;
  };
  void send(std::string bytes, Answer answer);

  SimNet& net_;
  Place place_, peer_;
  Canceller canceller_;
  std::optional<Socket> socket_;
  SqlAnswerReader reader_;
  bool logged_in_ = false;
  Answer waiting_;
  std::string copy_;                ///< to be sent when the server wants it
  std::set<std::string> prepared_;  ///< on this connection
};

}  // namespace wallaby::sim
