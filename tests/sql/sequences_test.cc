#include "sql/storage/sequences.h"

#include "tests/sql/storage_fixture.h"

namespace wallaby::sql {
namespace {

class SequencesTest : public StorageTest {
 protected:
  SequencesTest() {
    engine::Transaction tx = begin();
    EXPECT_TRUE(CatalogWriter(tx).put(ids));
    EXPECT_TRUE(commit(tx));
  }
  SqlResult<int64_t> next(const Sequence& sequence) {
    engine::View view = store.visible_view();
    return memory.next(sequence, DataSource(view));
  }
  void store_used() {
    engine::Changes changes;
    memory.store_used({"ids", "dropped meanwhile"}, store.newest_view(), changes);
    apply(changes);
  }
  Sequence ids{77, "ids", {TypeId::kInt8, -1}, 1, 1, {}, {}};
};

TEST_F(SequencesTest, CountsOnAndNeverGivesANumberTwice) {
  EXPECT_EQ(next(ids), 1);
  EXPECT_EQ(next(ids), 2);
  engine::Transaction rolled_back = begin();
  EXPECT_EQ(memory.next(ids, DataSource(rolled_back)), 3);
  EXPECT_EQ(next(ids), 4);
}

TEST_F(SequencesTest, ARestartGoesOnBehindWhatWasCommitted) {
  for (int i = 1; i <= 3; ++i) EXPECT_EQ(next(ids), i);
  store_used();
  EXPECT_EQ(next(ids), 4) << "of a transaction that never commits";
  memory.clear();
  EXPECT_EQ(next(ids), 4);
}

TEST_F(SequencesTest, AnotherDefinitionBeginsAnew) {
  EXPECT_EQ(next(ids), 1);
  store_used();
  Sequence other = ids;
  other.oid = 78;
  other.start = 100;
  EXPECT_EQ(next(other), 100);
  EXPECT_EQ(next(ids), 2) << "while the other is not committed";
  store_used();
  memory.forget("ids");
  EXPECT_EQ(next(ids), 3) << "the log has it";
}

TEST_F(SequencesTest, SetsAValue) {
  ASSERT_TRUE(memory.set(ids, 41, true));
  EXPECT_EQ(next(ids), 42);
  ASSERT_TRUE(memory.set(ids, 7, false));
  EXPECT_EQ(next(ids), 7);
  EXPECT_EQ(memory.set(ids, 0, true).error().message(),
            "setval: value 0 is out of bounds for sequence \"ids\" (1..9223372036854775807)");
  EXPECT_EQ(memory.set(ids, 0, true).error().code(), "22003");
}

TEST_F(SequencesTest, EndsAtTheLargestValue) {
  ids.type.id = TypeId::kInt2;
  ASSERT_TRUE(memory.set(ids, 32766, true));
  EXPECT_EQ(next(ids), 32767);
  EXPECT_EQ(next(ids).error().code(), "2200H");
  EXPECT_EQ(next(ids).error().message(), "nextval: reached maximum value of sequence \"ids\" (32767)");
  ids.type.id = TypeId::kInt8;
  ASSERT_TRUE(memory.set(ids, INT64_MAX, true));
  EXPECT_EQ(next(ids).error().code(), "2200H");
  ids.increment = 1000;
  EXPECT_EQ(next(ids).error().code(), "2200H");
}

TEST_F(SequencesTest, CountsDown) {
  Sequence down{79, "down", {TypeId::kInt2, -1}, -1, -20000, {}, {}};
  EXPECT_EQ(next(down), -1);
  EXPECT_EQ(next(down), -20001);
  EXPECT_EQ(next(down).error().message(), "nextval: reached minimum value of sequence \"down\" (-32768)");
}

TEST_F(SequencesTest, RowNumbersFindTheLastRow) {
  Table log;
  log.oid = 90;
  log.name = "log";
  apply({{engine::ChangeKind::kCreateTable, "log", {}, {}}});
  EXPECT_EQ(next_row_number(log), 1);
  apply({{engine::ChangeKind::kPut, "log", row_number_key(1234567), "x"},
         {engine::ChangeKind::kPut, "log", row_number_key(5), "x"}});
  EXPECT_EQ(next_row_number(log), 2) << "known from before";
  memory.clear();
  EXPECT_EQ(next_row_number(log), 1234568);
}

}  // namespace
}  // namespace wallaby::sql
