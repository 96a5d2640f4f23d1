// tests/node/writing_fixture.h
//
// A primary with one row, a = 1 in table t, and a session of another door that writes there.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "tests/node/test_cluster.h"
#include "tests/node/test_session.h"

namespace wallaby::node {

using engine::Transaction;
using replication::Rung;
using replication::Stage;
using testing::TestCluster;
using testing::TestSession;
using namespace std::chrono_literals;

/// UPDATE t SET value = value || text WHERE key = 'k'
inline Statement append_to(const std::string& key, const std::string& text) {
  return [key, text](Transaction& tx) { return tx.put("t", key, std::string(*tx.get("t", key)) + text); };
}
inline Statement put(const std::string& key, const std::string& value) {
  return [key, value](Transaction& tx) { return tx.put("t", key, value); };
}
inline Statement erase(const std::string& key) {
  return [key](Transaction& tx) -> Result<void> {
    auto done = tx.erase("t", key);
    if (!done) return std::unexpected(done.error());
    return {};
  };
}
inline Result<void> divide_by_zero(Transaction&) {
  return error(ErrorCode::kInvalidArgument, "division by zero");
}

class WritingTest : public ::testing::Test {
 protected:
  WritingTest() {
    cluster.start_primary("p1");
    cluster.put("p1", "a", "1");
    session.emplace(cluster.node("p1").backend());
  }
  ~WritingTest() override {
    if (!cluster.running("p1")) session->forget();
  }

  RequestId run(Statement statement, std::optional<Rung> ack = {}) {
    return session->run(cluster.now("p1"), std::move(statement), ack);
  }
  RequestId commit(Transaction transaction, Finish finish = {}) {
    return session->commit(cluster.now("p1"), std::move(transaction), std::move(finish));
  }
  void replica_that_counts() {
    cluster.start_replica("r1", "p1");
    cluster.pass(3s);
    cluster.call("p1", SetPolicy{Rung::kSync, {}, {}});
  }
  Lsn appended() { return cluster.status("p1").appended; }
  Backend& backend() { return cluster.node("p1").backend(); }

  TestCluster cluster;
  std::optional<TestSession> session;
};

}  // namespace wallaby::node
