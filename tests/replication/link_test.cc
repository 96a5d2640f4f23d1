// A sender and a receiver back to back, over a link that delays, cuts into pieces, stalls and breaks at random. Whatever
// happens, the replica holds a prefix of the feeder's log at every moment, and all of it once the faults stop.
#include <algorithm>
#include <optional>
#include <utility>

#include <gtest/gtest.h>

#include "base/random.h"
#include "replication/receiver.h"
#include "replication/sender.h"
#include "tests/replication/dialogue.h"

namespace wallaby::replication {
namespace {

/// One direction of a connection: bytes that arrive later, in pieces.
struct Wire {
  std::string bytes;
  proto::MessageReader reader{proto::kMaxMessage};

  /// Moves up to `most` bytes over; calls f(message, attachment) for each whole message. Returns how many moved.
  template <typename F>
  size_t deliver(size_t most, F&& f) {
    size_t moved = std::min(most, bytes.size());
    reader.feed(std::string_view(bytes).substr(0, moved));
    bytes.erase(0, moved);
    proto::MessageView view;
    for (;;) {
      Result<bool> got = reader.next(view);
      EXPECT_TRUE(got);
      if (!got || !*got) return moved;
      Result<Message> message = decode_message(view);
      EXPECT_TRUE(message) << message.error();
      std::string attachment(view.attachment);
      f(*message, attachment);
    }
  }
  void put(const Message& message, const std::vector<SharedBytes>& attachment = {}) {
    size_t length = 0;
    for (const SharedBytes& piece : attachment) length += piece.size();
    encode_message(message, bytes, length);
    for (const SharedBytes& piece : attachment) bytes += piece.view();
  }
};

/// The feeder's log is a string, cut into "segments" of 1000 bytes; its checkpoint file is `file`, at position 3000.
class LinkWorld {
 public:
  explicit LinkWorld(uint64_t seed) : random_(seed), receiver_({}, {}, seed) {}

  void run(int steps, bool faults) {
    for (int i = 0; i < steps && !testing::Test::HasFatalFailure(); ++i) step(faults);
  }

  const std::string& log() const { return log_; }
  const std::string& copy() const { return copy_; }
  bool caught_up() const { return sender_ && sender_->caught_up(); }
  int links() const { return links_; }
  int copies() const { return copies_; }
  bool needs_copy = false;  ///< the next handshake answers with a snapshot

 private:
  void step(bool faults) {
    now_ += std::chrono::milliseconds(random_.between(1, faults ? 400 : 50));
    if (random_.chance(40) && (faults || log_.size() < 20000)) grow();
    if (faults && connected_ && random_.chance(3)) cut();
    if (faults && random_.chance(2)) needs_copy = true;
    if (receiver_.next_deadline() <= now_) receive(ReceiverTick{});
    if (sender_ && sender_->next_deadline() <= now_) send(SenderTick{});
    bool stalled = faults && random_.chance(30);
    if (connected_ && !stalled) deliver();
    if (random_.chance(60)) progress();
    receiver_.check_invariants();
    if (sender_) sender_->check_invariants();
    ASSERT_TRUE(std::string_view(log_).starts_with(copy_))
        << "the replica's log is no prefix of the feeder's";
  }

  void grow() {
    for (uint64_t length = 8 * random_.between(1, 60); length > 0; --length)
      log_ += static_cast<char>(random_.next());
    if (sender_) send(FeederFlushed{Lsn{log_.size()}, {}});
  }

  void cut() {
    connected_ = false;
    sender_.reset();
    down_ = up_ = Wire{};
    receive(LinkDown{"cut"});
  }

  void deliver() {
    size_t moved = down_.deliver(
        random_.between(1, 3000),
        [&](const Message& message, const std::string& bytes) { receive(MessageArrived{message, bytes}); });
    if (sender_ && moved > 0) send(LinkDrained{moved});
    if (!connected_) return;
    up_.deliver(random_.between(1, 200), [&](const Message& message, const std::string&) {
      if (const auto* hello = std::get_if<Hello>(&message)) answer(*hello);
      if (const auto* report = std::get_if<Report>(&message); report && sender_) send(ReportArrived{*report});
    });
  }

  void answer(const Hello& hello) {
    Answer answer{.name = "p1", .is_primary = true};
    if (std::exchange(needs_copy, false) && log_.size() > 4000) {
      answer.decision =
          Snapshot{.position = Lsn{3000}, .file_size = file_.size(), .log_from = {TimelineId{1}, Lsn{2000}}};
      ++copies_;
    } else {
      answer.decision = Continue{hello.end};
    }
    down_.put(answer);
    sender_.emplace(now_, SenderOptions{.window = 2000, .max_message = 500}, answer, Lsn{log_.size()});
    ++links_;
    drain_sender();
  }

  /// The replica's disk: what was received is flushed and applied some time later.
  void progress() {
    positions_.applied = Lsn{random_.between(positions_.applied.value, positions_.flushed.value)};
    positions_.flushed = Lsn{random_.between(positions_.flushed.value, positions_.received.value)};
    positions_.received = std::max(positions_.received, Lsn{copy_.size()});
    if (random_.chance(50)) positions_ = {positions_.received, positions_.received, positions_.received};
    bool installing = copying_ && file_bytes_ == file_ && positions_.flushed >= Lsn{3000};
    receive(Progress{positions_});
    if (installing) {
      copying_ = false;
      receive(CopyInstalled{});
    }
  }

  void send(const SenderEvent& event) {
    sender_->step(now_, event);
    drain_sender();
  }
  void drain_sender() {
    for (bool again = true; again && sender_;) {
      again = false;
      for (const SenderOutput& output : sender_->take_outputs()) {
        if (const auto* message = std::get_if<SendMessage>(&output))
          down_.put(message->message, message->attachment);
        if (const auto* read = std::get_if<ReadLog>(&output)) {
          ASSERT_LE(read->until, Lsn{log_.size()});
          uint64_t from = read->from.value, first = from / 1000 * 1000;
          uint64_t to = std::min({from + read->max, read->until.value, first + 1000});
          sender_->step(now_, LogArrived{{TimelineId{1}, Lsn{first}},
                                         Lsn{from},
                                         Lsn{to},
                                         {SharedBytes(log_.substr(from, to - from))}});
          again = true;
        }
        if (const auto* read = std::get_if<ReadCheckpoint>(&output)) {
          sender_->step(
              now_, CheckpointArrived{read->offset, SharedBytes(file_.substr(read->offset, read->length))});
          again = true;
        }
      }
    }
  }

  void receive(const ReceiverEvent& event) {
    receiver_.step(now_, event);
    for (const ReceiverOutput& output : receiver_.take_outputs())
      std::visit([&](const auto& each) { act(each); }, output);
  }
  void act(const ConnectToFeeder&) {
    if (random_.chance(20)) return receive(LinkDown{"refused"});
    connected_ = true;
    receive(LinkUp{});
  }
  void act(const SayHello&) {
    // The stream goes on from the flushed end: what was received is flushed first.
    positions_.flushed = positions_.received = Lsn{copy_.size()};
    if (copying_) {
      copy_.clear();
      positions_ = {};
      needs_copy = log_.size() > 4000;
    }
    up_.put(Hello{.name = "r1", .end = Lsn{copy_.size() / 8 * 8}});
    copy_.resize(copy_.size() / 8 * 8);
    positions_ = {Lsn{copy_.size()}, Lsn{copy_.size()}, std::min(positions_.applied, Lsn{copy_.size()})};
    receive(Progress{positions_});
  }
  void act(const SendReport& output) { up_.put(output.report); }
  void act(const Accepted& output) {
    copying_ = std::holds_alternative<Snapshot>(output.answer.decision);
    if (!copying_) return;
    file_bytes_.clear();
    copy_ = log_.substr(
        0, 2000);  // before its first segment a copied log has nothing; here that part is simply given
    positions_ = {};
  }
  void act(const Unlinked&) {}
  void act(const IngestLog& output) {
    ASSERT_EQ(output.data.from, Lsn{copy_.size()});
    ASSERT_EQ(output.data.segment.first.value, output.data.from.value / 1000 * 1000);
    copy_ += output.bytes;
  }
  void act(const IngestCopy& output) {
    ASSERT_EQ(output.block.offset, file_bytes_.size());
    file_bytes_ += output.bytes;
    ASSERT_EQ(output.block.last, file_bytes_ == file_);
  }
  void act(const FeederProgress& output) { ASSERT_LE(output.flushed, Lsn{log_.size()}); }
  void act(const CloseLink&) {
    connected_ = false;
    sender_.reset();
    down_ = up_ = Wire{};
  }

  Random random_;
  TimePoint now_;
  Receiver receiver_;
  std::optional<Sender> sender_;
  Wire down_, up_;
  bool connected_ = false, copying_ = false;
  int links_ = 0, copies_ = 0;
  std::string log_, copy_, file_ = std::string(7777, 'f'), file_bytes_;
  Positions positions_;
};

class LinkChaos : public testing::TestWithParam<uint64_t> {};

TEST_P(LinkChaos, TheReplicaConvergesOnceTheFaultsStop) {
  LinkWorld world(GetParam());
  world.run(3000, true);
  EXPECT_GT(world.links(), 10);
  EXPECT_GT(world.copies(), 1);
  world.needs_copy = false;
  world.run(3000, false);
  EXPECT_EQ(world.copy().size(), world.log().size());
  EXPECT_EQ(world.copy(), world.log());
  EXPECT_TRUE(world.caught_up());
}

INSTANTIATE_TEST_SUITE_P(Seeds, LinkChaos, testing::Range<uint64_t>(1, 21));

}  // namespace
}  // namespace wallaby::replication
