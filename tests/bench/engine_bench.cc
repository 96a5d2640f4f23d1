// What the engine takes for one row, one record, one scan. Keys are 16 bytes, values 100.
//
//     build/release/bin/bench/engine_bench --benchmark_filter=Apply
#include <benchmark/benchmark.h>
#include <fmt/core.h>

#include "base/random.h"
#include "engine/changes.h"
#include "engine/checkpoint.h"
#include "engine/store.h"
#include "engine/transaction.h"

namespace wallaby::engine {
namespace {

constexpr size_t kRecord = 1000;  // rows in a record of a bulk load

std::string key_of(uint64_t number) {
  return fmt::format("user:{:011}", number);
}

Change put_of(uint64_t number) {
  return {ChangeKind::kPut, "t", key_of(number), std::string(100, 'v')};
}

void apply_next(Store& store, const ChangeViews& changes) {
  store.apply(store.applied() + 8, changes);
  store.set_visible(store.applied());
}

void fill(Store& store, uint64_t rows) {
  Changes create = {{ChangeKind::kCreateTable, "t", {}, {}}};
  apply_next(store, views_of(create));
  for (uint64_t row = 0; row < rows;) {
    Changes changes;
    for (uint64_t end = std::min(rows, row + kRecord); row < end; ++row) changes.push_back(put_of(row));
    apply_next(store, views_of(changes));
  }
}

/// Records of random rows, made before the clock runs.
std::vector<Changes> random_records(uint64_t rows, size_t size) {
  Random random(1);
  std::vector<Changes> records(std::max<size_t>(1, 10000 / size));
  for (Changes& record : records)
    for (size_t i = 0; i < size; ++i) record.push_back(put_of(random.below(rows)));
  return records;
}

void ApplyRandomRows(benchmark::State& state) {
  auto rows = static_cast<uint64_t>(state.range(0));
  auto size = static_cast<size_t>(state.range(1));
  Store store;
  fill(store, rows);
  std::vector<Changes> records = random_records(rows, size);
  std::vector<ChangeViews> views;
  for (const Changes& record : records) views.push_back(views_of(record));
  size_t at = 0;
  for (auto _ : state) apply_next(store, views[at++ % views.size()]);
  state.SetItemsProcessed(state.iterations() * state.range(1));
}
BENCHMARK(ApplyRandomRows)->ArgsProduct({{1000, 1000000}, {1, 1000}});

void ApplySortedLoad(benchmark::State& state) {
  Store store;
  fill(store, 0);
  uint64_t row = 0;
  for (auto _ : state) {
    state.PauseTiming();
    Changes changes;
    for (size_t i = 0; i < kRecord; ++i) changes.push_back(put_of(row++));
    ChangeViews views = views_of(changes);
    state.ResumeTiming();
    apply_next(store, views);
  }
  state.SetItemsProcessed(state.iterations() * kRecord);
  state.counters["bytes_per_row"] = static_cast<double>(store.memory()) / static_cast<double>(row);
}
BENCHMARK(ApplySortedLoad)->Iterations(1000);

void Get(benchmark::State& state) {
  auto rows = static_cast<uint64_t>(state.range(0));
  Store store;
  fill(store, rows);
  Random random(1);
  std::vector<std::string> keys;
  for (int i = 0; i < 10000; ++i) keys.push_back(key_of(random.below(rows)));
  size_t at = 0;
  for (auto _ : state) {
    View view = store.visible_view();
    benchmark::DoNotOptimize(view.get("t", keys[at++ % keys.size()]));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(Get)->Arg(1000)->Arg(1000000);

void Scan(benchmark::State& state) {
  Store store;
  fill(store, 100000);
  View view = store.visible_view();
  for (auto _ : state) {
    uint64_t bytes = 0;
    view.scan("t", {}, [&](const Row& row) {
      bytes += row.value.size();
      return true;
    });
    benchmark::DoNotOptimize(bytes);
  }
  state.SetItemsProcessed(state.iterations() * 100000);
}
BENCHMARK(Scan);

/// What a single writing statement costs the engine: read, write, check, encode, decode, apply.
void Statement(benchmark::State& state) {
  Store store;
  fill(store, 100000);
  Random random(1);
  std::vector<std::string> keys;
  for (int i = 0; i < 10000; ++i) keys.push_back(key_of(random.below(100000)));
  std::string value(100, 'w'), record;
  size_t at = 0;
  for (auto _ : state) {
    Transaction tx(store.newest_view());
    benchmark::DoNotOptimize(tx.put("t", keys[at++ % keys.size()], value));
    benchmark::DoNotOptimize(tx.conflict(store));
    record.clear();
    encode_changes(tx.take_changes(), record);
    apply_next(store, *decode_changes(record));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(Statement);

void Encode(benchmark::State& state) {
  Changes changes = random_records(1000000, kRecord).front();
  for (auto _ : state) {
    std::string record;
    encode_changes(changes, record);
    benchmark::DoNotOptimize(record);
  }
  state.SetItemsProcessed(state.iterations() * kRecord);
  state.counters["bytes_per_row"] = static_cast<double>(encoded_size(changes)) / kRecord;
}
BENCHMARK(Encode);

void Decode(benchmark::State& state) {
  std::string record;
  encode_changes(random_records(1000000, kRecord).front(), record);
  for (auto _ : state) benchmark::DoNotOptimize(decode_changes(record));
  state.SetItemsProcessed(state.iterations() * kRecord);
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(record.size()));
}
BENCHMARK(Decode);

void Checkpoint(benchmark::State& state) {
  Store store;
  fill(store, 100000);
  uint64_t bytes = 0;
  for (auto _ : state) {
    CheckpointWriter writer(CheckpointHeader{.position = store.visible()}, store.visible_view());
    while (!writer.next_bytes().empty()) {
    }
    bytes += writer.offset();
  }
  state.SetBytesProcessed(static_cast<int64_t>(bytes));
}
BENCHMARK(Checkpoint);

}  // namespace
}  // namespace wallaby::engine
