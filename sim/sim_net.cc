#include "sim/sim_net.h"

#include <algorithm>

namespace wallaby::sim {
namespace {
constexpr Duration kRetry = std::chrono::milliseconds(200);  // TCP sends again
}  // namespace

Path& SimNet::path(const Place& from, const Place& to) {
  return paths_.try_emplace({from, to}, options_.path).first->second;
}

SimNet::Connection* SimNet::of(Socket socket) {
  auto found = connections_.find(socket / 2);
  return found == connections_.end() ? nullptr : &found->second;
}

Duration SimNet::delay(const Path& path, uint64_t bytes) {
  auto span = static_cast<uint64_t>((path.delay_max - path.delay_min).count());
  Duration delay = path.delay_min + Duration(random_.below(span + 1));
  if (path.bytes_per_second > 0) delay += Duration(bytes * 1'000'000'000 / path.bytes_per_second);
  return delay;
}

Socket SimNet::connect(const Place& from, Party& party, const Place& to, Port port) {
  Socket socket = next_++ * 2;
  Connection& connection = connections_[socket / 2];
  connection.ends[0].party = &party;
  connection.ends[0].place = from;
  connection.ends[0].open = true;
  connection.ends[1].place = to;
  connection.port = port;
  scheduler_.after(delay(path(from, to), 0), [this, socket] { try_connect(socket); });
  return socket;
}

void SimNet::try_connect(Socket socket) {
  Connection* connection = of(socket);
  if (!connection) return;
  End& caller = connection->ends[0];
  End& callee = connection->ends[1];
  if (!caller.open) {
    connections_.erase(socket / 2);
    return;
  }
  Path& there = path(caller.place, callee.place);
  Path& back = path(callee.place, caller.place);
  if (there.blocked || back.blocked || dark_.contains(callee.place)) {
    scheduler_.after(kRetry, [this, socket] { try_connect(socket); });
    return;
  }
  auto listener = listeners_.find(callee.place);
  if (listener == listeners_.end()) {
    scheduler_.after(delay(back, 0), [this, socket] { tell_lost(socket, "connection refused"); });
    return;
  }
  callee.party = listener->second;
  callee.open = true;
  connection->established = true;
  callee.party->accepted(socket ^ 1, caller.place, connection->port);
  caller.last_ready = scheduler_.now();
  SimTime known = scheduler_.now() + delay(back, 0);
  callee.last_ready = known;  // nothing from there may overtake the news that the connection stands
  scheduler_.at(known, [this, socket] {
    if (Connection* made = of(socket); made && made->ends[0].open) {
      made->ends[0].party->connected(socket);
      pump(socket);
    }
  });
}

void SimNet::send(Socket socket, std::string bytes) {
  Connection* connection = of(socket);
  if (!connection || bytes.empty()) return;
  End& end = connection->ends[socket & 1];
  if (!end.open) return;
  end.queued += bytes.size();
  end.queue.push_back(std::move(bytes));
  if (connection->established) pump(socket);
}

void SimNet::pump(Socket socket) {
  Connection* connection = of(socket);
  End& end = connection->ends[socket & 1];
  uint64_t taken = 0;
  while (!end.queue.empty() && end.in_pipe < options_.pipe) {
    uint64_t room = std::min(options_.pipe - end.in_pipe, options_.max_chunk);
    uint64_t most = std::min<uint64_t>(room, end.queued);
    uint64_t want = options_.random_chunks && random_.chance(30) ? random_.between(1, most) : most;
    std::string chunk;
    while (chunk.size() < want) {
      std::string& front = end.queue.front();
      size_t part = std::min<size_t>(want - chunk.size(), front.size());
      chunk.append(front, 0, part);
      if (part == front.size())
        end.queue.pop_front();
      else
        front.erase(0, part);
    }
    end.queued -= want;
    end.in_pipe += want;
    taken += want;
    put_on_way(socket, Item{Item::Kind::kBytes, std::move(chunk)});
  }
  if (taken > 0 && end.open)
    scheduler_.after(Duration(0), [this, socket, taken] {
      if (Connection* still = of(socket); still && still->ends[socket & 1].open)
        still->ends[socket & 1].party->drained(socket, taken);
    });
  if (end.closing && end.queue.empty() && !end.fin_sent) {
    end.fin_sent = true;
    put_on_way(socket, Item{Item::Kind::kFin, {}});
  }
}

void SimNet::put_on_way(Socket socket, Item item) {
  Connection* connection = of(socket);
  End& end = connection->ends[socket & 1];
  Path& way = path(end.place, connection->ends[1 - (socket & 1)].place);
  end.last_ready = std::max(end.last_ready, scheduler_.now()) + Duration(1);
  SimTime ready = scheduler_.now() + delay(way, item.bytes.size());
  if (way.bytes_per_second > 0)  // what is before us is sent first
    ready =
        std::max(ready, end.last_ready + Duration(item.bytes.size() * 1'000'000'000 / way.bytes_per_second));
  end.last_ready = item.ready = std::max(end.last_ready, ready);
  end.flight.push_back(std::move(item));
  schedule_arrival(socket);
}

void SimNet::schedule_arrival(Socket socket) {
  End& end = of(socket)->ends[socket & 1];
  if (end.arrival_scheduled || end.flight.empty()) return;
  end.arrival_scheduled = true;
  scheduler_.at(end.flight.front().ready, [this, socket] { arrive(socket); });
}

void SimNet::arrive(Socket socket) {
  Connection* connection = of(socket);
  if (!connection) return;
  End& from = connection->ends[socket & 1];
  End& to = connection->ends[1 - (socket & 1)];
  from.arrival_scheduled = false;
  if (from.flight.empty() || path(from.place, to.place).blocked) return;  // unblock() starts again
  if (to.gone) {
    if (dark_.contains(to.place)) {
      from.arrival_scheduled = true;
      scheduler_.after(kRetry, [this, socket] { arrive(socket); });
    } else {
      tell_lost(socket, "connection reset by peer");
    }
    return;
  }
  if (!to.open) {
    from.flight.clear();
    forget_if_done(socket);
    return;
  }
  Item& item = from.flight.front();
  if (item.kind == Item::Kind::kBytes) {
    if (!to.reading) return;  // set_reading() starts again
    std::string bytes = std::move(item.bytes);
    from.flight.pop_front();
    from.in_pipe -= bytes.size();
    to.party->received(socket ^ 1, std::move(bytes));
    pump(socket);
    schedule_arrival(socket);
    return;
  }
  std::string reason =
      item.kind == Item::Kind::kFin ? "closed by the other side" : "connection reset by peer";
  from.flight.clear();
  tell_lost(socket ^ 1, reason);
}

void SimNet::tell_lost(Socket socket, std::string reason) {
  Connection* connection = of(socket);
  if (!connection) return;
  End& end = connection->ends[socket & 1];
  Party* party = end.open ? end.party : nullptr;
  end.open = false;
  end.queue.clear();
  end.flight.clear();
  end.queued = 0;
  forget_if_done(socket);
  if (party) party->lost(socket, reason);
}

void SimNet::forget_if_done(Socket socket) {
  Connection* connection = of(socket);
  if (!connection) return;
  for (const End& end : connection->ends)
    if (end.open || !end.flight.empty() || (!end.queue.empty() && !end.gone)) return;
  connections_.erase(socket / 2);
}

void SimNet::close(Socket socket) {
  Connection* connection = of(socket);
  if (!connection) return;
  End& end = connection->ends[socket & 1];
  if (!end.open) return;
  end.open = false;
  end.closing = true;
  if (connection->established) pump(socket);
}

void SimNet::set_reading(Socket socket, bool reading) {
  Connection* connection = of(socket);
  if (!connection) return;
  connection->ends[socket & 1].reading = reading;
  if (reading && !connection->ends[1 - (socket & 1)].flight.empty()) schedule_arrival(socket ^ 1);
}

uint64_t SimNet::queued(Socket socket) const {
  auto found = connections_.find(socket / 2);
  return found == connections_.end() ? 0 : found->second.ends[socket & 1].queued;
}

void SimNet::unblock(const Place& from, const Place& to) {
  path(from, to).blocked = false;
  for (auto& [number, connection] : connections_)
    for (unsigned side : {0u, 1u})
      if (connection.ends[side].place == from && connection.ends[1 - side].place == to)
        schedule_arrival(number * 2 + side);
}

void SimNet::unblock_all() {
  std::map<std::pair<Place, Place>, Path> paths = paths_;
  for (const auto& [ends, way] : paths)
    if (way.blocked) unblock(ends.first, ends.second);
}

void SimNet::die(const Place& place) {
  std::vector<Socket> sockets;
  for (auto& [number, connection] : connections_)
    for (unsigned side : {0u, 1u})
      if (connection.ends[side].place == place && connection.ends[side].open)
        sockets.push_back(number * 2 + side);
  for (Socket socket : sockets) {
    Connection* connection = of(socket);
    End& end = connection->ends[socket & 1];
    end.open = false;
    end.queue.clear();
    end.queued = 0;
    if (random_.chance(50)) end.flight.clear();
    if (connection->established) put_on_way(socket, Item{Item::Kind::kReset, {}});
  }
}

void SimNet::vanish(const Place& place) {
  dark_.insert(place);
  std::vector<Socket> sockets;
  for (auto& [number, connection] : connections_)
    for (unsigned side : {0u, 1u})
      if (connection.ends[side].place == place) {
        End& end = connection.ends[side];
        end.open = false;
        end.gone = true;
        end.queue.clear();
        end.queued = 0;
        end.closing = false;
        sockets.push_back(number * 2 + side);
      }
  for (Socket socket : sockets) forget_if_done(socket);
}

size_t SimNet::reset_between(const Place& a, const Place& b) {
  std::vector<Socket> sockets;
  for (auto& [number, connection] : connections_) {
    const Place& x = connection.ends[0].place;
    const Place& y = connection.ends[1].place;
    if (connection.established && ((x == a && y == b) || (x == b && y == a))) sockets.push_back(number * 2);
  }
  for (Socket socket : sockets) {
    tell_lost(socket, "connection reset by peer");
    tell_lost(socket ^ 1, "connection reset by peer");
  }
  return sockets.size();
}

std::set<std::pair<Place, Place>> SimNet::connected_pairs() const {
  std::set<std::pair<Place, Place>> pairs;
  for (const auto& [number, connection] : connections_)
    if (connection.established && (connection.ends[0].open || connection.ends[1].open))
      pairs.insert({connection.ends[0].place, connection.ends[1].place});
  return pairs;
}

}  // namespace wallaby::sim
