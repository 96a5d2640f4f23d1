#include "server/client.h"

#include <future>

#include <gtest/gtest.h>

#include "tests/server/peers.h"

namespace wallaby::server {
namespace {

using namespace std::chrono_literals;

Client connected(const FakeNode& node) {
  auto client = Client::connect(node.address(), 5s);
  EXPECT_TRUE(client.has_value()) << client.error();
  return std::move(*client);
}

node::Value value(std::string text) {
  return node::Value{std::move(text)};
}

TEST(Client, GetsTheReply) {
  FakeNode node([](Peer& peer) {
    node::Request request = peer.read_request();
    EXPECT_EQ(request.body, node::RequestBody(node::Get{"t", "k", {}}));
    peer.reply(request.id, value("v"));
  });
  auto reply = connected(node).call(node::Get{"t", "k", {}});
  ASSERT_TRUE(reply.has_value()) << reply.error();
  EXPECT_EQ(*reply, node::ReplyBody(value("v")));
}

TEST(Client, ReadsARepliesBytesHoweverTheyAreSplit) {
  FakeNode node([](Peer& peer) {
    node::Request request = peer.read_request();
    std::string bytes =
        Peer::encoded(request.id, node::ClientNotice{"wait", {}}) + Peer::encoded(request.id, value("v"));
    for (char byte : bytes) peer.write(std::string_view(&byte, 1));
  });
  std::vector<node::ReplyBody> before;
  auto reply = connected(node).call(node::Get{"t", "k", {}},
                                    [&](const node::ReplyBody& body) { before.push_back(body); });
  ASSERT_TRUE(reply.has_value()) << reply.error();
  EXPECT_EQ(*reply, node::ReplyBody(value("v")));
  EXPECT_EQ(before, std::vector<node::ReplyBody>{(node::ClientNotice{"wait", {}})});
}

TEST(Client, TurnsAFailedReplyIntoItsError) {
  Error why{ErrorCode::kReadOnly, "this is a replica"};
  FakeNode node([&](Peer& peer) { peer.reply(peer.read_request().id, node::Failed{why, {}}); });
  auto reply = connected(node).call(node::Write{});
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error(), why);
}

TEST(Client, ShowsTheTokenOfAnUnknownOutcome) {
  node::Failed failed{{ErrorCode::kUnknownOutcome, "stopping"}, Token{Lsn{0x1A8}, TimelineId{1}}};
  FakeNode node([&](Peer& peer) { peer.reply(peer.read_request().id, failed); });
  std::vector<node::ReplyBody> seen;
  auto reply =
      connected(node).call(node::Write{}, [&](const node::ReplyBody& body) { seen.push_back(body); });
  EXPECT_FALSE(reply.has_value());
  EXPECT_EQ(seen, std::vector<node::ReplyBody>{failed});
}

TEST(Client, AWordAboutTheConnectionAnswersTheCall) {
  Error why{ErrorCode::kRefused, "too many connections"};
  FakeNode node([&](Peer& peer) {
    peer.reply(0, node::Failed{why, {}});
    peer.read_to_end();
  });
  auto reply = connected(node).call(node::Get{"t", "k", {}});
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error(), why);
}

TEST(Client, NobodyListens) {
  auto client = Client::connect(free_address(), 5s);
  ASSERT_FALSE(client.has_value());
  EXPECT_EQ(client.error().code, ErrorCode::kUnreachable);
  EXPECT_NE(client.error().message.find("127.0.0.1:"), std::string::npos);
}

TEST(Client, NoSuchHost) {
  auto client = Client::connect(Address{"no such host", 1}, 5s);
  ASSERT_FALSE(client.has_value());
  EXPECT_EQ(client.error().code, ErrorCode::kUnreachable);
}

TEST(Client, TheOutcomeIsUnknownWhenTheNodeClosesBeforeItAnswers) {
  FakeNode node([](Peer& peer) { peer.read_request(); });
  auto reply = connected(node).call(node::Write{});
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().code, ErrorCode::kUnknownOutcome);
}

TEST(Client, TheOutcomeIsUnknownWhenTheAnswerIsCutOffAnywhere) {
  std::string whole = Peer::encoded(1, value("v"));
  for (size_t size = 0; size < whole.size(); ++size) {
    FakeNode node([&](Peer& peer) {
      peer.read_request();
      peer.write(std::string_view(whole).substr(0, size));
    });
    auto reply = connected(node).call(node::Get{"t", "k", {}});
    ASSERT_FALSE(reply.has_value()) << size;
    EXPECT_EQ(reply.error().code, ErrorCode::kUnknownOutcome) << size;
  }
}

TEST(Client, TheOutcomeIsUnknownWhenTheAnswerIsGarbage) {
  FakeNode node([](Peer& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 400 Bad Request\r\n\r\n");
    peer.read_to_end();
  });
  auto reply = connected(node).call(node::Write{});
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().code, ErrorCode::kUnknownOutcome);
}

TEST(Client, NothingHappenedWhenTheConnectionHadEndedBefore) {
  std::promise<void> closed;
  FakeNode node([&](Peer& peer) {
    peer.reply(peer.read_request().id, value("v"));
    peer.close();
    closed.set_value();
  });
  Client client = connected(node);
  EXPECT_TRUE(client.call(node::Get{"t", "k", {}}).has_value());
  closed.get_future().wait();
  auto reply = client.call(node::Write{});
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().code, ErrorCode::kUnreachable);
}

TEST(Client, AnAnswerMayComeAfterTheTimeout) {
  std::promise<void> timed_out;
  FakeNode node([&](Peer& peer) {
    node::Request request = peer.read_request();
    timed_out.get_future().wait();
    peer.reply(request.id, value("late"));
  });
  Client client = connected(node);
  auto reply = client.call(node::Get{"t", "k", {}}, {}, 10ms);
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().code, ErrorCode::kUnknownOutcome);
  timed_out.set_value();
  auto late = client.receive();
  ASSERT_TRUE(late.has_value()) << late.error();
  EXPECT_EQ(late->body, node::ReplyBody(value("late")));
}

TEST(Client, AnInterruptEndsTheWait) {
  std::promise<void> interrupted;
  FakeNode node([&](Peer& peer) {
    peer.read_request();
    interrupted.get_future().wait();
  });
  volatile std::sig_atomic_t flag = 1;
  Client client = connected(node);
  client.interrupt_by(&flag);
  auto reply = client.call(node::Write{});
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error(), (Error{ErrorCode::kUnknownOutcome, "interrupted"}));
  interrupted.set_value();
}

/// Reads a write and its cancel, and then says `last` to the write.
std::function<void(Peer&)> asks_for_cancel(node::ReplyBody last) {
  return [last](Peer& peer) {
    node::Request write = peer.read_request();
    node::Request cancel = peer.read_request();
    EXPECT_EQ(cancel.body, node::RequestBody(node::Cancel{write.id}));
    peer.reply(write.id, last);
    peer.reply(cancel.id, node::Done{});
  };
}

TEST(Client, ACancelledWriteStillGetsItsOwnLastWord) {
  node::Failed failed{{ErrorCode::kUnknownOutcome, "cancelled"}, Token{Lsn{0x1A8}, TimelineId{1}}};
  FakeNode node(asks_for_cancel(failed));
  Client client = connected(node);
  node::RequestId id = client.send(node::Write{});
  EXPECT_FALSE(client.wait(id, {}, 10ms).has_value());
  std::vector<node::ReplyBody> seen;
  auto reply = client.cancel(id, [&](const node::ReplyBody& body) { seen.push_back(body); }, 10s);
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error(), failed.error);
  EXPECT_EQ(seen, std::vector<node::ReplyBody>{failed});
}

TEST(Client, ACancelMayComeTooLate) {
  node::Written written{Token{Lsn{0x1A8}, TimelineId{1}}, 1, replication::Rung::kAsync, {}};
  FakeNode node(asks_for_cancel(written));
  Client client = connected(node);
  node::RequestId id = client.send(node::Write{});
  EXPECT_FALSE(client.wait(id, {}, 10ms).has_value());
  auto reply = client.cancel(id, {}, 10s);
  ASSERT_TRUE(reply.has_value()) << reply.error();
  EXPECT_EQ(*reply, node::ReplyBody(written));
}

TEST(Client, TheInterruptThatAsksForACancelDoesNotEndIt) {
  FakeNode node(asks_for_cancel(node::Failed{{ErrorCode::kRefused, "it was not run"}, {}}));
  volatile std::sig_atomic_t flag = 1;
  Client client = connected(node);
  client.interrupt_by(&flag);
  node::RequestId id = client.send(node::Write{});
  EXPECT_EQ(client.wait(id).error().code, ErrorCode::kUnknownOutcome);
  EXPECT_EQ(client.cancel(id, {}, 10s).error(), (Error{ErrorCode::kRefused, "it was not run"}));
}

TEST(Client, ACancelHasNoMorePatienceThanItWasGiven) {
  std::promise<void> gave_up;
  FakeNode node([&](Peer& peer) {
    peer.read_request();
    gave_up.get_future().wait();
  });
  Client client = connected(node);
  EXPECT_EQ(client.cancel(client.send(node::Write{}), {}, 10ms).error().code, ErrorCode::kUnknownOutcome);
  gave_up.set_value();
}

TEST(Client, PipelinedRepliesComeInAnyOrder) {
  FakeNode node([](Peer& peer) {
    std::vector<node::RequestId> ids;
    for (int i = 0; i < 3; ++i) ids.push_back(peer.read_request().id);
    for (int i : {2, 0, 1}) peer.reply(ids[static_cast<size_t>(i)], value(std::to_string(i)));
  });
  Client client = connected(node);
  for (int i = 0; i < 3; ++i) client.send(node::Get{"t", std::to_string(i), {}});
  for (int i : {2, 0, 1}) {
    auto reply = client.receive();
    ASSERT_TRUE(reply.has_value()) << reply.error();
    EXPECT_EQ(*reply, (node::Reply{static_cast<node::RequestId>(i) + 1, value(std::to_string(i))}));
  }
}

TEST(Client, KeepsReadingWhileItWritesMoreThanTheSocketsHold) {
  constexpr int kRequests = 300;
  std::string big(100'000, 'x');
  FakeNode node([&](Peer& peer) {  // blocks in its answer before it reads the next request
    for (int i = 0; i < kRequests; ++i) peer.reply(peer.read_request().id, value(big));
  });
  Client client = connected(node);
  for (int i = 0; i < kRequests; ++i) client.send(node::Get{"t", big, {}});
  ASSERT_TRUE(client.flush().has_value());
  for (int i = 0; i < kRequests; ++i) {
    auto reply = client.receive();
    ASSERT_TRUE(reply.has_value()) << reply.error();
    EXPECT_EQ(reply->body, node::ReplyBody(value(big)));
  }
}

}  // namespace
}  // namespace wallaby::server
