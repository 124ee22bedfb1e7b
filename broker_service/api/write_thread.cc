#include "broker_service/api/write_thread.h"

#include <utility>

#include "broker_service/thread_priority.h"

namespace resource_broker::broker {

WriteThread::WriteThread() : thread_([this] { Run(); }) {}

WriteThread::~WriteThread() {
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
    changed_.Signal();
  }
  thread_.join();
}

void WriteThread::Post(std::function<void()> write) {
  absl::MutexLock lock(&mu_);
  writes_.push_back(std::move(write));
  changed_.Signal();
}

void WriteThread::Run() {
  LowerThreadPriority();
  mu_.Lock();
  while (true) {
    if (writes_.empty()) {
      if (stopping_) break;
      changed_.Wait(&mu_);
      continue;
    }
    std::function<void()> write = std::move(writes_.front());
    writes_.pop_front();
    mu_.Unlock();
    write();
    write = nullptr;
    mu_.Lock();
  }
  mu_.Unlock();
}

}  // namespace resource_broker::broker
