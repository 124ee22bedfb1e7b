// What the broker does for every operation, without a process, a pipe or a disk around it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "broker_service/journal/memory_journal.h"
#include "broker_service/operations/operation_engine.h"
#include "broker_service/operations/testing/fake_gateway.h"
#include "broker_service/operations/testing/fake_time.h"
#include "resource_broker/v1/bridge.pb.h"

namespace resource_broker::bench {

// The request of operation `number`, as a bridge makes it.
v1::StartOperationRequest RequestOf(uint64_t number);

// An engine with a journal in memory and a module that does nothing. For one thread.
class EngineSubject {
 public:
  EngineSubject();

  // One operation: started, run with one report of progress, ended. Ends the process if it did not succeed.
  void RunOperation();

 private:
  class Counting;

  uint64_t number_ = 0;
  broker::testing::FakeTime time_;
  broker::testing::FakeGateway gateway_;
  broker::MemoryJournal journal_;
  broker::OperationWatchers watchers_{/*max_behind=*/1};
  std::shared_ptr<Counting> session_;
  std::shared_ptr<broker::OperationEngine> engine_;
};

// A request arrives: its bytes become a message, which is checked field by field.
class ArrivalSubject {
 public:
  ArrivalSubject();
  void Arrive();

 private:
  const std::string bytes_;
};

// The last event of an operation leaves for a session: a message becomes bytes.
class DepartureSubject {
 public:
  DepartureSubject();
  void Depart();

 private:
  v1::SessionEvent event_;
  std::string bytes_;
};

}  // namespace resource_broker::bench
