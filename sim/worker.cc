#include "sim/worker.h"

#include <set>

#include "replication/ack_mode.h"
#include "sim/plan.h"

namespace wallaby::sim {

void Worker::schedule() {
  Duration pause = Duration(random_.below(static_cast<uint64_t>(2 * options_.pause.count()) + 1));
  scheduler_.after(pause, [this] {
    if (stopped_) return;
    act();
    schedule();
  });
}

void Worker::stop() {
  stopped_ = true;
  client_.close();
}

void Worker::act() {
  if (auto oldest = client_.oldest(); oldest && scheduler_.now() - *oldest > options_.patience) {
    tally_.add("load", "clients that lost patience");
    client_.close();
  }
  if (!client_.open()) client_.connect(options_.targets[random_.below(options_.targets.size())]);
  uint64_t burst = random_.between(1, options_.depth);
  while (burst-- > 0 && client_.open() && client_.outstanding() < options_.depth) one_request();
}

std::optional<Token> Worker::random_token() {
  Lsn newest = referee_.tokens().newest();
  if (newest == Lsn{} || !random_.chance(30)) return std::nullopt;
  return Token{newest, TimelineId{1}};
}

void Worker::one_request() {
  auto ignore = [](const node::Reply*) {};
  uint64_t what = random_.below(100);
  uint64_t writes = options_.writes ? 70 : 8;
  if (what < writes) {
    node::RequestId request = client_.send(random_write(), ignore);
    if (options_.cancels && random_.chance(12)) cancel_later(request);
  } else if (what < 95) {
    tally_.add("load", "reads asked");
    if (random_.chance(60)) {
      client_.send(node::Get{table(), key(), random_token()}, ignore);
    } else {
      engine::KeyRange range;
      if (random_.chance(50)) range = {key(), key()};
      client_.send(node::Scan{table(), range, random_.chance(30) ? random_.between(1, 5) : 0, random_token()},
                   ignore);
    }
  } else if (auto token = referee_.tokens().doubtful(random_); token && what < 99) {
    client_.send(node::GetCommitStatus{*token}, ignore);
  } else if (what < 98) {
    client_.send(node::ListTables{}, ignore);
  } else {
    client_.send(node::GetStatus{}, ignore);
  }
}

void Worker::cancel_later(node::RequestId request) {
  scheduler_.after(Duration(random_.below(static_cast<uint64_t>(2 * options_.pause.count()))),
                   [this, request] {
                     if (stopped_ || !client_.open() || !client_.waits_for(request)) return;
                     tally_.add("fault", std::string(to_string(Fault::kCancel)));
                     client_.send(node::Cancel{request}, [](const node::Reply*) {});
                   });
}

node::Write Worker::random_write() {
  node::Write write;
  std::string operation = Ledger::operation(options_.place, client_.next_id());
  uint64_t changes = random_.chance(70) ? 1 : random_.between(2, 6);
  std::set<std::pair<std::string, std::string>> used;
  for (uint64_t i = 0; i < changes; ++i) {
    std::string in = table(), at = key();
    if (!used.insert({in, at}).second) continue;
    // Deletes alone carry no value to know them by, so there is only one of them in a write.
    if (random_.chance(15) && (changes == 1 || i > 0)) {
      write.changes.push_back({engine::ChangeKind::kDelete, in, at, ""});
    } else {
      uint64_t filler = random_.chance(95) ? random_.below(40) : random_.below(options_.largest_value + 1);
      write.changes.push_back({engine::ChangeKind::kPut, in, at, Ledger::value(operation, i, filler)});
    }
  }
  using replication::kRungs;
  if (options_.own_rungs && random_.chance(20)) write.ack = kRungs[random_.below(kRungs.size())];
  return write;
}

}  // namespace wallaby::sim
