#include "server/job_thread.h"

#include <pthread.h>
#include <utility>

namespace wallaby::server {

JobThread::JobThread(std::string name, FileSystem& files, Done done)
    : files_(files), done_(std::move(done)), thread_([this] { loop(); }) {
  pthread_setname_np(thread_.native_handle(), name.c_str());
}

JobThread::~JobThread() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void JobThread::run(FileJob job) {
  {
    std::lock_guard lock(mutex_);
    queue_.push_back(std::move(job));
  }
  changed_.notify_one();
}

void JobThread::loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stop_ || !queue_.empty(); });
    if (stop_) return;
    FileJob job = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    done_(run_job(job, files_));
    lock.lock();
  }
}

}  // namespace wallaby::server
