#include "sim/sim_net.h"

#include <map>
#include <string>

#include <gtest/gtest.h>

namespace wallaby::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Writes down what it hears.
class Listener final : public Party {
 public:
  void accepted(Socket socket, const Place& from, Port port) override {
    socket_ = socket, story += "accepted from " + from + (port == kSqlPort ? " at the SQL port; " : "; ");
  }
  void connected(Socket socket) override { socket_ = socket, story += "connected; "; }
  void received(Socket, std::string more) override { bytes += more, ++chunks; }
  void drained(Socket, uint64_t count) override { drained_bytes += count; }
  void lost(Socket, const std::string& reason) override { story += "lost: " + reason + "; "; }

  Socket socket() const { return socket_; }
  std::string story, bytes;
  uint64_t drained_bytes = 0;
  int chunks = 0;

 private:
  Socket socket_ = 0;
};

class SimNetTest : public testing::Test {
 protected:
  void connect() {
    net.listen("p1", server);
    socket = net.connect("c1", client, "p1");
    run(milliseconds(20));
  }
  void run(Duration time) { scheduler.run_until(scheduler.now() + time); }

  Scheduler scheduler;
  NetOptions options{.pipe = 1000, .max_chunk = 100, .random_chunks = true, .path = {}};
  SimNet net{scheduler, Random(1), options};
  Listener server, client;
  Socket socket = 0;
};

TEST_F(SimNetTest, BytesArriveInOrderInSomeChunks) {
  connect();
  EXPECT_EQ(server.story, "accepted from c1; ");
  EXPECT_EQ(client.story, "connected; ");
  std::string all;
  for (int i = 0; i < 200; ++i) all += std::to_string(i) + " ";
  net.send(socket, all);
  run(seconds(1));
  EXPECT_EQ(server.bytes, all);
  EXPECT_GT(server.chunks, 3);
  EXPECT_EQ(client.drained_bytes, all.size());
}

TEST_F(SimNetTest, BytesSentBeforeTheConnectionStandsWait) {
  net.listen("p1", server);
  socket = net.connect("c1", client, "p1");
  net.send(socket, "hello");
  run(milliseconds(20));
  EXPECT_EQ(server.bytes, "hello");
}

TEST_F(SimNetTest, AMachineHearsWhichOfItsDoorsIsMeant) {
  net.listen("p1", server);
  net.connect("c1", client, "p1", kSqlPort);
  run(seconds(1));
  EXPECT_EQ(server.story, "accepted from c1 at the SQL port; ");
}

TEST_F(SimNetTest, NobodyListensNobodyAnswers) {
  net.connect("c1", client, "p1");
  run(milliseconds(20));
  EXPECT_EQ(client.story, "lost: connection refused; ");
}

TEST_F(SimNetTest, AMachineWithoutPowerDoesNotEvenRefuse) {
  net.vanish("p1");
  net.connect("c1", client, "p1");
  run(seconds(3));
  EXPECT_EQ(client.story, "");
  net.listen("p1", server);
  net.power_on("p1");
  run(seconds(1));
  EXPECT_EQ(client.story, "connected; ");
}

TEST_F(SimNetTest, WhoDoesNotReadHoldsUpTheSender) {
  connect();
  net.set_reading(server.socket(), false);
  net.send(socket, std::string(5000, 'x'));
  run(seconds(1));
  EXPECT_EQ(server.bytes, "");
  EXPECT_EQ(client.drained_bytes, 1000u);
  EXPECT_EQ(net.queued(socket), 4000u);
  net.set_reading(server.socket(), true);
  run(seconds(1));
  EXPECT_EQ(server.bytes.size(), 5000u);
}

TEST_F(SimNetTest, CloseSendsTheRestFirst) {
  connect();
  net.send(socket, std::string(3000, 'x'));
  net.close(socket);
  run(seconds(1));
  EXPECT_EQ(server.bytes.size(), 3000u);
  EXPECT_EQ(server.story, "accepted from c1; lost: closed by the other side; ");
  EXPECT_EQ(client.story, "connected; ") << "who closes hears nothing more";
}

TEST_F(SimNetTest, ABlockedWayHoldsBytesUntilItOpens) {
  connect();
  net.block("c1", "p1");
  net.send(socket, "there");
  net.send(server.socket(), "back");
  run(seconds(2));
  EXPECT_EQ(server.bytes, "");
  EXPECT_EQ(client.bytes, "back") << "the other way is open";
  net.unblock("c1", "p1");
  run(milliseconds(20));
  EXPECT_EQ(server.bytes, "there");
}

TEST_F(SimNetTest, AResetIsHeardAtBothEnds) {
  connect();
  EXPECT_EQ(net.reset_between("p1", "c1"), 1u);
  EXPECT_EQ(client.story, "connected; lost: connection reset by peer; ");
  EXPECT_EQ(server.story, "accepted from c1; lost: connection reset by peer; ");
  net.send(socket, "x");
  run(seconds(1));
  EXPECT_EQ(server.bytes, "");
}

TEST_F(SimNetTest, ADeadProcessIsToldToItsPeers) {
  connect();
  net.die("p1");
  run(milliseconds(20));
  EXPECT_EQ(client.story, "connected; lost: connection reset by peer; ");
  EXPECT_EQ(server.story, "accepted from c1; ") << "it is dead";
}

TEST_F(SimNetTest, APowerCutIsNotTold_ButFoundOutWhenTheMachineIsBack) {
  connect();
  net.vanish("p1");
  run(seconds(2));
  EXPECT_EQ(client.story, "connected; ") << "half open";
  net.send(socket, "anybody there?");
  run(seconds(2));
  EXPECT_EQ(client.story, "connected; ");
  net.power_on("p1");
  run(seconds(1));
  EXPECT_EQ(client.story, "connected; lost: connection reset by peer; ");
}

}  // namespace
}  // namespace wallaby::sim
