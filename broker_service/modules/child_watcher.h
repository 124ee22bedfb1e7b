// The platform's part of ChildProcess.
#pragma once

#include <memory>

#include "broker_service/modules/child_process.h"

namespace resource_broker::broker {

// Run is called once, on the child's thread; the others from any thread, at any time.
class ChildWatcher {
 public:
  virtual ~ChildWatcher() = default;

  // Starts or adopts the child, and tells the delegate of it until it has ended or is let go.
  virtual void Run() = 0;
  virtual void KillTree() = 0;
  virtual void LetGo() = 0;
};

std::shared_ptr<ChildWatcher> WatchNewChild(ChildOptions options, std::shared_ptr<ChildDelegate> delegate);
std::shared_ptr<ChildWatcher> WatchChildAgain(const ChildRecord& record, std::shared_ptr<ChildDelegate> delegate);

}  // namespace resource_broker::broker
