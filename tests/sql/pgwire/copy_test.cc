#include <gtest/gtest.h>

#include "tests/sql/pgwire/test_client.h"

namespace wallaby::sql::pgwire {
namespace {

using testing::Lines;
using testing::TestClient;
namespace frontend = testing::frontend;

struct Copy : ::testing::Test {
  Copy() { client.log_in(); }
  Lines say(std::string_view bytes) { return client.say(bytes); }

  TestClient client;
};

TEST_F(Copy, in_takes_pieces_until_done) {
  EXPECT_EQ(say(frontend::query("copyin")), Lines{"CopyInResponse 2 columns"});
  EXPECT_EQ(say(frontend::copy_data("1\ta\n2") + frontend::copy_data("\tb\n")), Lines{});
  EXPECT_EQ(say(frontend::copy_done()), (Lines{"CommandComplete COPY 2", "ReadyForQuery I"}));
  EXPECT_EQ(client.session->copied, "1\ta\n2\tb\n");
}

TEST_F(Copy, in_ends_when_the_client_gives_up) {
  say(frontend::query("copyin"));
  EXPECT_EQ(say(frontend::copy_data("1\ta\n") + frontend::copy_fail("no more")),
            (Lines{"Error ERROR 57014: COPY from stdin failed: no more", "ReadyForQuery I"}));
}

TEST_F(Copy, a_bad_line_is_told_at_once_and_what_still_comes_is_dropped) {
  say(frontend::query("copyin; write a"));
  EXPECT_EQ(say(frontend::copy_data("bad\n") + frontend::copy_data("more\n")),
            (Lines{"Error ERROR 22P04: missing data for column \"name\"", "ReadyForQuery I"}));
  EXPECT_EQ(say(frontend::copy_data("more\n") + frontend::copy_done()), Lines{});
  EXPECT_EQ(client.session->copied, "bad\n");
  EXPECT_EQ(say(frontend::query("rows 0")).size(), 3u);
}

TEST_F(Copy, in_through_the_extended_protocol_does_not_stumble_over_its_sync) {
  EXPECT_EQ(say(frontend::extended("copyin")),
            (Lines{"ParseComplete", "BindComplete", "NoData", "CopyInResponse 2 columns"}));
  EXPECT_EQ(say(frontend::copy_data("1\ta\n") + frontend::copy_done() + frontend::sync()),
            (Lines{"CommandComplete COPY 1", "ReadyForQuery I"}));
}

TEST_F(Copy, in_through_the_extended_protocol_skips_to_sync_after_a_bad_line) {
  say(frontend::extended("copyin"));
  EXPECT_EQ(say(frontend::copy_data("bad\n") + frontend::copy_data("x\n") + frontend::copy_done() +
                frontend::sync()),
            (Lines{"Error ERROR 22P04: missing data for column \"name\"", "ReadyForQuery I"}));
}

TEST_F(Copy, another_message_ends_the_connection) {
  say(frontend::query("copyin"));
  EXPECT_EQ(say(frontend::query("rows 1")),
            (Lines{"Error ERROR 08P01: unexpected message type 0x51 during COPY from stdin",
                   "Error FATAL 08P01: terminating connection because protocol synchronization was lost"}));
  EXPECT_TRUE(client.connection.ended());
}

TEST_F(Copy, a_message_that_does_not_fit_ends_the_copy_alone) {
  say(frontend::query("copyin"));
  EXPECT_EQ(say(frontend::message('f', "no end")),
            (Lines{"Error ERROR 08P01: invalid string in message", "ReadyForQuery I"}));
  EXPECT_EQ(say(frontend::message('f', "no end")), Lines{}) << "as all that is left of a COPY";
  EXPECT_EQ(say(frontend::query("rows 0")).size(), 3u);
}

TEST_F(Copy, in_can_be_cancelled_between_its_data) {
  say(frontend::query("copyin") + frontend::copy_data("1\ta\n"));
  client.connection.cancel(client.now);
  EXPECT_EQ(client.go_on(),
            (Lines{"Error ERROR 57014: canceling statement due to user request", "ReadyForQuery I"}));
}

TEST_F(Copy, in_does_not_take_more_than_the_session_can_hold) {
  say(frontend::query("copyin"));
  client.session->copy_full_now = true;
  EXPECT_EQ(say(frontend::copy_data("1\ta\n")), Lines{});
  EXPECT_EQ(client.progress, Progress::kWaiting);
  EXPECT_EQ(client.session->copied, "");
  for (int i = 0; i < 10'000; ++i) client.connection.received(frontend::copy_data("2\tb\n"));
  EXPECT_FALSE(client.connection.wants_reading());
  client.session->copy_full_now = false;
  client.session->release();
  client.take();
  EXPECT_EQ(client.session->copied.size(), 10'001u * 4);
  EXPECT_TRUE(client.connection.wants_reading());
}

TEST_F(Copy, out_sends_a_message_a_line) {
  EXPECT_EQ(say(frontend::query("copyout 2")),
            (Lines{"CopyOutResponse 2 columns", "CopyData 1\tn1\n", "CopyData 2\tn2\n", "CopyDone",
                   "CommandComplete COPY 2", "ReadyForQuery I"}));
  EXPECT_EQ(say(frontend::extended("copyout 1")),
            (Lines{"ParseComplete", "BindComplete", "NoData", "CopyOutResponse 2 columns", "CopyData 1\tn1\n",
                   "CopyDone", "CommandComplete COPY 1", "ReadyForQuery I"}));
}

}  // namespace
}  // namespace wallaby::sql::pgwire
