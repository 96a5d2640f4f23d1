#include "server/node_server.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <algorithm>
#include <chrono>
#include <vector>

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "tests/server/peers.h"

namespace wallaby::server {
namespace {

using namespace std::chrono_literals;
using node::ConnectionId;

void echo(ScriptCore& core, const node::NodeEvent& event) {
  if (const auto* got = std::get_if<node::BytesReceived>(&event)) core.send(got->id, std::string(got->bytes));
}

std::string pattern(size_t size) {
  std::string bytes(size, 0);
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>('a' + (i * 7 + i / 1000) % 26);
  return bytes;
}

TEST(NodeServer, CarriesBytesBothWays) {
  ScriptServer server(echo);
  Peer peer = Peer::connect(server.address());
  for (size_t size : {size_t{1}, size_t{4095}, size_t{4096}, size_t{4097}, size_t{100'000}}) {
    std::string sent = pattern(size);
    peer.write(sent);
    EXPECT_EQ(peer.read(size), sent) << size;
  }
  EXPECT_TRUE(server.stop().clean);
  EXPECT_EQ(peer.read_some(), "");
}

TEST(NodeServer, NumbersAcceptedConnectionsOddly) {
  std::vector<ConnectionId> ids;
  ScriptServer server([&](ScriptCore& core, const node::NodeEvent& event) {
    if (const auto* accepted = std::get_if<node::ConnectionAccepted>(&event)) {
      EXPECT_TRUE(accepted->peer.starts_with("127.0.0.1:")) << accepted->peer;
      ids.push_back(accepted->id);
      core.send(accepted->id, "!");
    }
  });
  for (int i = 0; i < 3; ++i) {
    Peer peer = Peer::connect(server.address());
    EXPECT_EQ(peer.read(1), "!");
  }
  server.stop();
  EXPECT_EQ(ids, (std::vector<ConnectionId>{1, 3, 5}));
}

TEST(NodeServer, SendsManyPiecesInOrder) {
  std::string all = pattern(300'000);
  ScriptServer server([&](ScriptCore& core, const node::NodeEvent& event) {
    const auto* got = std::get_if<node::BytesReceived>(&event);
    if (got == nullptr) return;
    SharedBytes bytes(all);
    node::SendBytes send{got->id, {}};
    for (size_t at = 0, size = 0; at < all.size(); at += size, size = (size + 17) % 2500) {
      send.pieces.push_back(bytes.slice(at, size));
    }
    core.say(send);
  });
  Peer peer = Peer::connect(server.address());
  peer.write("go");
  EXPECT_EQ(peer.read(all.size()), all);
}

// The write of a record, its flush and the answer, as a primary would ask for them.
TEST(NodeServer, RunsAWriteAtOnceAndItsFlushBeforeTheTurnsSends) {
  std::vector<std::string> order;
  ConnectionId client = 0;
  ScriptServer server([&](ScriptCore& core, const node::NodeEvent& event) {
    if (const auto* got = std::get_if<node::BytesReceived>(&event)) {
      client = got->id;
      order.emplace_back("received");
      core.say(node::RunJob{{1, Lane::kLoop, {CreateStep{"f"}, WriteStep{"f", 0, {SharedBytes("x")}}}}});
      core.send(client, "1");
    } else if (const auto* finished = std::get_if<node::JobFinished>(&event)) {
      order.push_back(fmt::format("job {}", finished->done.id));
      if (finished->done.id == 1) core.say(node::RunJob{{2, Lane::kFlush, {SyncStep{"f"}}}});
      if (finished->done.id == 2) core.say(node::RunJob{{3, Lane::kFile, {ReadStep{"f", 0, 9}}}});
      if (finished->done.id == 3) core.say(node::SendBytes{client, finished->done.reads});
    } else if (std::holds_alternative<node::BytesSent>(event)) {
      order.emplace_back("sent");
    }
  });
  Peer peer = Peer::connect(server.address());
  peer.write("go");
  EXPECT_EQ(peer.read(2), "1x");
  server.stop();
  // "sent" and "job 2" race with each other; the write's completion comes before both, in its own turn.
  ASSERT_GE(order.size(), 4u);
  EXPECT_EQ(order[0], "received");
  EXPECT_EQ(order[1], "job 1");
  EXPECT_LT(std::ranges::find(order, "job 2"), std::ranges::find(order, "job 3"));
}

TEST(NodeServer, WhatNobodyWaitsForLeavesLast) {
  ConnectionId first = 0;
  std::vector<ConnectionId> left;
  ScriptServer server([&](ScriptCore& core, const node::NodeEvent& event) {
    if (const auto* accepted = std::get_if<node::ConnectionAccepted>(&event)) {
      if (first == 0) {
        first = accepted->id;
        return core.note("first");
      }
      core.say(node::SendBytes{first, {SharedBytes("a")}, true});
      core.send(accepted->id, "b");
    } else if (const auto* sent = std::get_if<node::BytesSent>(&event)) {
      left.push_back(sent->id);
    }
  });
  Peer one = Peer::connect(server.address());
  server.wait_for("first");
  Peer two = Peer::connect(server.address());
  EXPECT_EQ(one.read(1), "a");
  EXPECT_EQ(two.read(1), "b");
  server.stop();
  EXPECT_EQ(left, (std::vector<ConnectionId>{3, 1}));
}

TEST(NodeServer, ASlowReaderHoldsUpNobody) {
  constexpr size_t kLarge = 64 << 20;
  uint64_t sent = 0;
  ScriptServer server([&](ScriptCore& core, const node::NodeEvent& event) {
    if (const auto* got = std::get_if<node::BytesReceived>(&event)) {
      core.send(got->id, got->bytes == "much" ? pattern(kLarge) : std::string(got->bytes));
    } else if (const auto* left = std::get_if<node::BytesSent>(&event)) {
      if (left->id == 1) sent += left->bytes;
    }
  });
  Peer slow = Peer::connect(server.address());
  slow.write("much");
  Peer quick = Peer::connect(server.address());
  for (int i = 0; i < 100; ++i) {
    quick.write("ping");
    ASSERT_EQ(quick.read(4), "ping");
  }
  EXPECT_EQ(slow.read(kLarge), pattern(kLarge));
  slow.write("end");
  EXPECT_EQ(slow.read(3), "end");
  server.stop();
  EXPECT_EQ(sent, kLarge + 3);
}

TEST(NodeServer, ClosesAfterEverythingHasLeft) {
  constexpr size_t kLarge = 8 << 20;
  ScriptServer server([&](ScriptCore& core, const node::NodeEvent& event) {
    if (const auto* got = std::get_if<node::BytesReceived>(&event)) {
      core.send(got->id, pattern(kLarge));
      core.say(node::CloseConnection{got->id});
    } else if (std::holds_alternative<node::ConnectionLost>(event)) {
      ADD_FAILURE() << "lost after CloseConnection";
    }
  });
  Peer peer = Peer::connect(server.address());
  peer.write("go");
  // What nobody will read must not turn the close into a reset that eats the answer.
  peer.write(pattern(200'000));
  EXPECT_EQ(peer.read_to_end(), pattern(kLarge));
}

TEST(NodeServer, TellsOfAPeerThatIsGone) {
  ScriptServer server([&](ScriptCore& core, const node::NodeEvent& event) {
    if (const auto* lost = std::get_if<node::ConnectionLost>(&event)) {
      core.note(fmt::format("lost {}: {}", lost->id, lost->reason));
      core.send(lost->id, "to nobody");
      core.say(node::CloseConnection{lost->id});
    }
    echo(core, event);
  });
  Peer peer = Peer::connect(server.address());
  peer.write("x");
  EXPECT_EQ(peer.read(1), "x");
  peer.close();
  server.wait_for("lost 1: closed by the other side");
}

TEST(NodeServer, ConnectsWhereTheNodeWants) {
  FakeNode other([](Peer& peer) { peer.write(peer.read(5) + " back"); });
  Address by_name{"localhost", other.address().port};
  Address nobody = free_address();
  bool begun = false;
  ScriptServer server([&](ScriptCore& core, const node::NodeEvent& event) {
    if (std::holds_alternative<node::ConnectionAccepted>(event) && !std::exchange(begun, true)) {
      core.say(node::OpenConnection{2, by_name});
      core.say(node::OpenConnection{4, nobody});
      core.say(node::OpenConnection{6, Address{"no such host", 1}});
    } else if (const auto* made = std::get_if<node::ConnectionMade>(&event)) {
      core.send(made->id, "there");
    } else if (const auto* got = std::get_if<node::BytesReceived>(&event)) {
      core.note(fmt::format("got {}: {}", got->id, got->bytes));
    } else if (const auto* lost = std::get_if<node::ConnectionLost>(&event)) {
      core.note(fmt::format("lost {}", lost->id));
    }
  });
  Peer peer = Peer::connect(server.address());
  for (const char* line : {"got 2: there back", "lost 2", "lost 4", "lost 6"}) server.wait_for(line);
}

TEST(NodeServer, StopsReadingUntilToldToGoOn) {
  constexpr size_t kLarge = 32 << 20;
  uint64_t received = 0, before_pause_ended = 0;
  ScriptServer server([&](ScriptCore& core, const node::NodeEvent& event) {
    const auto* got = std::get_if<node::BytesReceived>(&event);
    if (got == nullptr) return;
    if (got->id == 1) {
      if (received == 0) {
        core.say(node::SetReading{1, false});
        core.note("paused");
      }
      if ((received += got->bytes.size()) == kLarge) core.note("all");
    } else {
      before_pause_ended = received;
      core.say(node::SetReading{1, true});
    }
  });
  Peer sender = Peer::connect(server.address());
  std::thread writer([&] { sender.write(pattern(kLarge)); });
  Peer other = Peer::connect(server.address());
  server.wait_for("paused");
  other.write("go on");
  server.wait_for("all");
  writer.join();
  EXPECT_LT(before_pause_ended, kLarge / 2);
}

TEST(NodeServer, TicksWhenTheDeadlineHasCome) {
  TimePoint due = kNever;
  ScriptServer server([&](ScriptCore& core, const node::NodeEvent& event) {
    if (std::holds_alternative<node::BytesReceived>(event)) {
      core.deadline = due = core.now + 20ms;
    } else if (std::holds_alternative<node::Tick>(event) && core.now >= due) {
      core.deadline = due = kNever;
      core.note("in time");
    }
  });
  Peer peer = Peer::connect(server.address());
  peer.write("x");
  server.wait_for("in time");
}

TEST(NodeServer, SaysReadyAndLogs) {
  ScriptServer server([](ScriptCore& core, const node::NodeEvent& event) {
    if (!std::holds_alternative<node::ConnectionAccepted>(event)) return;
    core.say(node::LogLine{node::LogLevel::kWarning, "hot"});
    core.say(node::Ready{"primary p1"});
  });
  Peer peer = Peer::connect(server.address());
  server.wait_for("ready: primary p1");
  EXPECT_EQ(server.notes(), (std::vector<std::string>{"log: hot", "ready: primary p1"}));
}

TEST(NodeServer, ManyIdleConnectionsDoNotMatter) {
  ScriptServer server(echo);
  std::vector<Peer> idle;
  for (int i = 0; i < 200; ++i) idle.push_back(Peer::connect(server.address()));
  Peer busy = Peer::connect(server.address());
  for (int i = 0; i < 100; ++i) {
    busy.write("x");
    ASSERT_EQ(busy.read(1), "x");
  }
  for (Peer& peer : idle) {
    peer.write("y");
    ASSERT_EQ(peer.read(1), "y");
  }
}

TEST(NodeServer, WaitsWithoutDespairWhenThereAreNoFileDescriptorsLeft) {
  ScriptServer server(echo);
  // The client's socket is made before the limit falls to what is open; only the server's end is one too many.
  Peer first = Peer::connect(server.address());
  first.write("x");
  ASSERT_EQ(first.read(1), "x");
  Fd second(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  rlimit none_left = before;
  none_left.rlim_cur = static_cast<rlim_t>(second.get()) + 1;
  setrlimit(RLIMIT_NOFILE, &none_left);
  ASSERT_TRUE(connect_raw(second, server.address()));
  server.wait_for(
      "log: cannot accept a connection: Too many open files; trying again until it works (see ulimit -n)");
  setrlimit(RLIMIT_NOFILE, &before);
  Peer peer(std::move(second));
  peer.write("y");
  EXPECT_EQ(peer.read(1), "y");
}

}  // namespace
}  // namespace wallaby::server
