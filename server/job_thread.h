// server/job_thread.h
//
// A thread that runs file jobs, one after the other, in the order in which they were given. The server has two: the
// flush thread, which only waits in fdatasync, and the file thread for everything slow. (Jobs of the third lane run
// on the loop's own thread.)
//
//     loop:    run(job) ----queue----> thread: run_job() ----done()----> posted to the loop as an event
//
// `done` is called on this thread, once a job; it must only hand the result on.
// Destruction waits for the job that runs; those not begun are dropped. The core that gave them has stopped by then, and a
// job that never ran is one that a crash might have cut off.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "base/file_job.h"

namespace wallaby::server {

class JobThread {
 public:
  using Done = std::function<void(FileJobDone)>;

  /// `name`: as debuggers and top(1) show it, 15 characters at most.
  JobThread(std::string name, FileSystem& files, Done done);
  ~JobThread();
  JobThread(const JobThread&) = delete;
  JobThread& operator=(const JobThread&) = delete;

  void run(FileJob job);

 private:
  void loop();

  FileSystem& files_;
  Done done_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<FileJob> queue_;
  bool stop_ = false;
  std::thread thread_;  ///< last: it uses all of the above
};

}  // namespace wallaby::server
