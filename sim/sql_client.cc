#include "sim/sql_client.h"

#include <utility>

#include "base/check.h"
#include "sim/trace.h"

namespace wallaby::sim {

void SqlClient::Canceller::cancel(const Place& at, const SqlKey& key) {
  Socket socket = net_.connect(place_, *this, at, kSqlPort);
  net_.send(socket, frontend::cancel_request(key));
}

void SqlClient::connect(const Place& to, const frontend::Parameters& parameters) {
  close();
  peer_ = to;
  reader_ = {};
  prepared_.clear();
  logged_in_ = false;
  socket_ = net_.connect(place_, *this, to, kSqlPort);
  net_.send(*socket_, frontend::startup(parameters));
}

void SqlClient::close() {
  if (!socket_) return;
  net_.close(*socket_);
  socket_.reset();
  if (auto answer = std::exchange(waiting_, nullptr)) answer(nullptr);
}

void SqlClient::send(std::string bytes, Answer answer) {
  WALLABY_CHECK(socket_ && !waiting_, "{} asks out of turn", place_);
  waiting_ = std::move(answer);
  net_.send(*socket_, std::move(bytes));
}

void SqlClient::query(std::string_view text, Answer answer) {
  send(frontend::query(text), std::move(answer));
}

void SqlClient::execute(const std::vector<PreparedCall>& calls, Answer answer) {
  std::string bytes;
  for (const PreparedCall& call : calls) {
    if (prepared_.insert(call.name).second)
      bytes += frontend::close_statement(call.name) + frontend::parse(call.name, call.text);
    bytes += frontend::bind(call.name, call.values) + frontend::describe() + frontend::execute();
  }
  send(bytes + frontend::sync(), std::move(answer));
}

void SqlClient::copy(std::string_view text, std::vector<std::string> pieces, bool fails, Answer answer) {
  copy_.clear();
  for (const std::string& piece : pieces) copy_ += frontend::copy_data(piece);
  copy_ += fails ? frontend::copy_fail() : frontend::copy_done();
  query(text, std::move(answer));
}

void SqlClient::cancel() {
  if (busy() && reader_.key()) canceller_.cancel(peer_, *reader_.key());
}

void SqlClient::received(Socket socket, std::string bytes) {
  if (socket_ != socket) return;
  for (SqlAnswer& answer : reader_.feed(bytes)) {
    if (socket_ != socket) return;  // hung up in the middle
    if (!std::exchange(logged_in_, true)) continue;
    if (!waiting_) throw BrokenPromise(place_ + " got an answer to nothing from " + peer_);
    // Perhaps it was Parse that failed: then nothing has the name.
    if (answer.failed) prepared_.clear();
    std::exchange(waiting_, nullptr)(&answer);
  }
  if (socket_ == socket && reader_.take_copy_wanted()) net_.send(socket, std::exchange(copy_, {}));
}

void SqlClient::lost(Socket socket, const std::string&) {
  if (socket_ != socket) return;
  socket_.reset();
  if (auto answer = std::exchange(waiting_, nullptr)) answer(nullptr);
}

}  // namespace wallaby::sim
