// Statements and transactions through the Backend: what a door other than the native one does.
#include <gmock/gmock.h>

#include "engine/reserved.h"
#include "tests/node/writing_fixture.h"

namespace wallaby::node {
namespace {

using engine::Change;
using engine::ChangeKind;
using ::testing::HasSubstr;

// --- what they do ----------------------------------------------------------------------------------------------------

TEST_F(WritingTest, AStatementIsAnsweredWithItsToken) {
  RequestId id = run(put("b", "2"));
  EXPECT_FALSE(session->answered(id)) << "the promise comes with the flush";
  cluster.settle();
  EXPECT_EQ(session->written(id)->token->lsn, appended());
  EXPECT_EQ(cluster.get("p1", "b"), "2");
}

TEST_F(WritingTest, StatementsOnOneKeyRunOneAfterTheOther) {
  RequestId first = run(append_to("a", "2")), second = run(append_to("a", "3"));
  cluster.settle();
  EXPECT_LT(session->written(first)->token->lsn, session->written(second)->token->lsn);
  EXPECT_EQ(cluster.get("p1", "a"), "123");
}

TEST_F(WritingTest, AnErrorOfTheStatementChangesNothing) {
  Lsn before = appended();
  RequestId id = run([](Transaction& tx) -> Result<void> {
    (void)tx.put("t", "b", "2");
    return divide_by_zero(tx);
  });
  EXPECT_EQ(session->failed(id)->error.message, "division by zero");
  cluster.settle();
  EXPECT_EQ(appended(), before);
  EXPECT_EQ(cluster.get("p1", "b"), "(none)");
}

TEST_F(WritingTest, AStatementWithoutChangesLogsNothing) {
  Lsn before = appended();
  RequestId id = run(erase("nobody"));
  EXPECT_EQ(session->written(id), (Written{std::nullopt, 0, Rung::kAsync, {}}));
  cluster.settle();
  EXPECT_EQ(appended(), before);
}

TEST_F(WritingTest, TheFirstCommitterWins) {
  Transaction mine = session->begin(), other = session->begin();
  ASSERT_TRUE(mine.put("t", "a", "mine"));
  ASSERT_TRUE(other.put("t", "a", "other"));
  EXPECT_FALSE(backend().conflict(other));
  RequestId won = commit(std::move(mine));
  EXPECT_TRUE(backend().conflict(other));
  RequestId lost = commit(std::move(other));
  cluster.settle();
  EXPECT_TRUE(session->written(won)->token);
  EXPECT_EQ(session->failed(lost)->error,
            (Error{ErrorCode::kConflict, "could not serialize access due to concurrent update"}));
  EXPECT_EQ(cluster.get("p1", "a"), "mine");
}

TEST_F(WritingTest, ATransactionWithoutChangesIsAnsweredAtOnce) {
  RequestId id = commit(session->begin());
  EXPECT_EQ(session->written(id)->token, std::nullopt);
}

TEST_F(WritingTest, FinishSeesTheNewestStateAndAddsToTheRecord) {
  cluster.call("p1", Write{{Change{ChangeKind::kPut, "seq", "users_id_seq", "7"}}, {}});
  Transaction older = session->begin();
  run([](Transaction& tx) { return tx.put("seq", "users_id_seq", "8"); });
  std::string seen;
  ASSERT_TRUE(older.put("t", "b", "2"));
  RequestId id = commit(std::move(older), [&](const engine::View& newest, engine::Changes& changes) {
    seen = *newest.get("seq", "users_id_seq");
    changes.push_back({ChangeKind::kPut, "seq", "users_id_seq", "9"});
  });
  cluster.settle();
  EXPECT_EQ(seen, "8");
  EXPECT_TRUE(session->written(id)->token);
  EXPECT_EQ(*backend().visible_view()->get("seq", "users_id_seq"), "9");
}

TEST_F(WritingTest, FinishAloneMakesARecordAndALoserIsNotFinished) {
  int finished = 0;
  auto finish = [&](const engine::View&, engine::Changes& changes) {
    ++finished;
    changes.push_back({ChangeKind::kPut, "t", "seq", "1"});
  };
  Transaction loser = session->begin();
  ASSERT_TRUE(loser.put("t", "a", "late"));
  run(put("a", "2"));
  RequestId lost = commit(std::move(loser), finish);
  cluster.settle();
  EXPECT_EQ(session->error(lost), ErrorCode::kConflict);
  EXPECT_EQ(finished, 0);
  RequestId id = commit(session->begin(), finish);
  cluster.settle();
  EXPECT_TRUE(session->written(id)->token);
  EXPECT_EQ(cluster.get("p1", "seq"), "1");
}

TEST_F(WritingTest, TheSessionsOwnRungHoldsForItsAnswer) {
  replica_that_counts();
  cluster.call("r1", HoldStage{{Stage::kApplied, {}}});
  RequestId weaker = run(put("a", "2"), Rung::kAsync), usual = run(put("a", "3"));
  cluster.settle();
  EXPECT_EQ(session->written(weaker)->rung, Rung::kAsync);
  EXPECT_FALSE(session->answered(usual));
  cluster.call("r1", ReleaseStage{});
  EXPECT_EQ(session->written(usual)->rung, Rung::kSync);
}

// --- refusals --------------------------------------------------------------------------------------------------------

TEST_F(WritingTest, RejectRefusesBeforeAnythingRuns) {
  cluster.start_replica("r1", "p1");
  cluster.pass(3s);
  cluster.call("p1", SetPolicy{Rung::kSync, {}, "reject"});
  cluster.kill("r1");
  cluster.settle();
  bool ran = false;
  RequestId statement = run([&](Transaction& tx) {
    ran = true;
    return tx.put("t", "a", "2");
  });
  Transaction transaction = session->begin();
  ASSERT_TRUE(transaction.put("t", "a", "2"));
  RequestId commits = commit(std::move(transaction));
  EXPECT_EQ(session->error(statement), ErrorCode::kRefused);
  EXPECT_EQ(session->error(commits), ErrorCode::kRefused);
  EXPECT_FALSE(ran);
  // Readers would wait for the switch's promise however early its client was told.
  EXPECT_EQ(session->error(run(put("a", "2"), Rung::kAsync)), ErrorCode::kRefused);
}

TEST_F(WritingTest, AReplicaRefusesThem) {
  cluster.start_replica("r1", "p1");
  cluster.pass(3s);
  Backend& replica = cluster.node("r1").backend();
  TestSession reader(replica);
  EXPECT_EQ(backend().read_only(), std::nullopt);
  EXPECT_EQ(replica.read_only()->code, ErrorCode::kReadOnly);
  RequestId statement = reader.run(cluster.now("r1"), put("a", "2"));
  Transaction transaction = reader.begin();
  ASSERT_TRUE(transaction.put("t", "a", "2"));
  EXPECT_FALSE(replica.conflict(transaction));
  RequestId commits = reader.commit(cluster.now("r1"), std::move(transaction));
  EXPECT_EQ(reader.error(statement), ErrorCode::kReadOnly);
  EXPECT_EQ(reader.error(commits), ErrorCode::kReadOnly);
}

TEST_F(WritingTest, ATransactionOverTheRecordsLimitIsRefused) {
  Lsn before = appended();
  auto large = [](Transaction& tx) -> Result<void> {
    for (int i = 0; i < 5; ++i)
      if (auto done = tx.put("t", std::to_string(i), std::string(15 << 20, 'v')); !done) return done;
    return {};
  };
  RequestId statement = run(large);
  EXPECT_EQ(session->error(statement), ErrorCode::kTooLarge);
  Transaction transaction = session->begin();
  ASSERT_TRUE(large(transaction));
  RequestId commits = commit(std::move(transaction));
  cluster.settle();
  EXPECT_EQ(session->error(commits), ErrorCode::kTooLarge);
  EXPECT_EQ(appended(), before);
}

TEST(WritingMemory, OverTheLimitOnlyWhatFreesIsTaken) {
  TestCluster cluster;
  cluster.defaults.memory_limit = 20'000;
  cluster.start_primary("p1");
  cluster.put("p1", "a", "1");
  TestSession session(cluster.node("p1").backend());
  auto run = [&](Statement statement) {
    RequestId id = session.run(cluster.now("p1"), std::move(statement));
    cluster.settle();
    return id;
  };
  RequestId id = 0;
  for (int i = 0; i < 100 && session.error(id) == std::nullopt; ++i)
    id = run(put("k" + std::to_string(i), std::string(1000, 'x')));
  EXPECT_EQ(session.error(id), ErrorCode::kRefused);
  EXPECT_THAT(session.failed(id)->error.message, HasSubstr("--memory-limit"));
  EXPECT_TRUE(session.written(run(erase("k0")))->token);
  id = run(put("k0", std::string(1000, 'x')));
  RequestId emptied = run([](Transaction& tx) -> Result<void> {
    if (auto done = tx.drop_table("t"); !done) return done;
    return tx.create_table("t");
  });
  EXPECT_TRUE(session.written(emptied)->token) << "TRUNCATE frees";
  EXPECT_TRUE(session.written(run(put("b", "2")))->token);
}

TEST_F(WritingTest, SqlsTablesAreOnlyReadAtTheNativeDoor) {
  RequestId made = run([](Transaction& tx) -> Result<void> {
    if (auto done = tx.create_table(engine::kSqlCatalog); !done) return done;
    if (auto done = tx.create_table("users"); !done) return done;
    if (auto done = tx.put("users", "1", "Alice"); !done) return done;
    return tx.put(engine::kSqlCatalog, "relation/users", "(id int)");
  });
  cluster.settle();
  ASSERT_TRUE(session->written(made));
  auto refusal = [&](Change change) {
    auto reply = cluster.call("p1", Write{{std::move(change)}, {}});
    return std::holds_alternative<Failed>(*reply) ? std::get<Failed>(*reply).error : Error{};
  };
  Lsn before = appended();
  EXPECT_EQ(refusal({ChangeKind::kPut, "users", "2", "Bob"}),
            (Error{ErrorCode::kRefused, "table users belongs to SQL (CREATE TABLE); write it there"}));
  EXPECT_EQ(refusal({ChangeKind::kDropTable, "users", {}, {}}).code, ErrorCode::kRefused);
  EXPECT_EQ(refusal({ChangeKind::kDelete, "sql.catalog", "relation/users", {}}).code, ErrorCode::kRefused);
  EXPECT_EQ(refusal({ChangeKind::kPut, "sql.mine", "a", "b"}).code, ErrorCode::kRefused);
  EXPECT_EQ(appended(), before);
  EXPECT_EQ(std::get<Value>(*cluster.call("p1", Get{"users", "1", {}})).value, "Alice");
  EXPECT_TRUE(std::holds_alternative<Written>(*cluster.put("p1", "b", "2"))) << "others are as before";
}

// --- sessions of other doors -----------------------------------------------------------------------------------------

TEST_F(WritingTest, EverySessionLetsGoOfItsViewsForABaseCopy) {
  cluster.defaults.max_slot_keep = 64 << 10;
  cluster.defaults.checkpoint_log = 64 << 10;
  cluster.start_primary("p2");
  cluster.put("p2", "a", "1");
  cluster.start_replica("r2", "p2");
  cluster.pass(3s);
  TestSession reader(cluster.node("r2").backend());
  reader.view.emplace(*cluster.node("r2").backend().visible_view());
  cluster.cut("p2", "r2", true);
  for (int i = 0; i < 400; ++i) {
    cluster.put("p2", "k" + std::to_string(i), std::string(1000, 'x'));
    if (i % 50 == 0) cluster.pass(1s);
  }
  cluster.call("p2", TakeCheckpoint{});
  cluster.pass(30s);
  cluster.cut("p2", "r2", false);
  cluster.pass(30s);
  EXPECT_THAT(reader.dropped, HasSubstr("base copy"));
  EXPECT_EQ(cluster.get("r2", "k399"), std::string(1000, 'x'));
}

TEST_F(WritingTest, TheyAskForWhatTheNativeDoorAsksFor) {
  RequestId id = run(put("a", "2"));
  cluster.settle();
  Token token = *session->written(id)->token;
  RequestId status = session->next(), wait = session->next();
  backend().commit_status(cluster.now("p1"), *session, status, token);
  backend().wait_for(cluster.now("p1"), *session, wait, token);
  cluster.settle();
  EXPECT_EQ(std::get<CommitStatusReply>(session->answers(status).back()).status.state,
            replication::CommitState::kVisible);
  EXPECT_EQ(session->reached_requests(), std::vector<RequestId>{wait});
  EXPECT_EQ(cluster.status("p1").sessions, 2u);
  EXPECT_GE(backend().wall_time(cluster.now("p1")).microseconds, 1'700'000'000'000'000);
}

}  // namespace
}  // namespace wallaby::node
