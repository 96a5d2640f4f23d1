// server/node_server.h
//
// Drives one node on a real machine: its connections, its file jobs, its timer. It decides nothing; what a node is
// and does is in node/, and the simulator drives the same code.
//
// One thread, the loop, owns the node. It works in turns:
//
//     wait until something happened            sockets, finished jobs, the timer, signals
//     step() for each thing that has           one reading of the clock for all
//     take_outputs(), and carry them out:
//        loop-lane jobs at once                their completion belongs to the same turn, and so may ask for more:
//        flush jobs to the flush thread        a write just done is on its way to the disk before anything else
//        file jobs to the file thread
//     one gather write a socket                what the whole turn had for it leaves together
//
// So everything that arrives while a flush runs is written with one system call a socket and flushed by the next
// flush, and a finished flush wakes the loop once, however many commits it covers.
//
// Time: steady_clock, read once a turn and after the turn's file work. Threads: run() keeps the caller's and makes
// the flush and the file thread; request_stop() may be called from any thread or signal handler's thread.
// Errors: none of its own. What goes wrong with a socket or a file is an event for the node.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/file_system.h"
#include "node/core.h"
#include "node/events.h"
#include "server/socket.h"

namespace wallaby::server {

class TlsContext;

/// What the node says to people.
struct Announcements {
  std::function<void(const std::string& text)> ready;
  std::function<void(node::LogLevel level, const std::string& text)> log;
};

/// Where it listens: already open, and accepting from run() on.
struct Doors {
  ListeningSocket native;
  std::optional<ListeningSocket> sql;
  // For a core that asks for StartTls; not owned.
  const TlsContext* tls = nullptr;         ///< as a server
  const TlsContext* tls_client = nullptr;  ///< and as a client
};

class NodeServer {
 public:
  NodeServer(node::Core& core, FileSystem& files, Doors doors, Announcements announcements);
  ~NodeServer();
  NodeServer(const NodeServer&) = delete;
  NodeServer& operator=(const NodeServer&) = delete;

  /// SIGTERM and SIGINT stop the node cleanly; a second one ends the process at once, with status 1.
  void stop_on_signals();
  /// From any thread: the node is told to stop cleanly.
  void request_stop();
  /// Until the node has stopped. After an unclean end a file job may still hang; the caller should end the process.
  node::Stopped run();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wallaby::server
