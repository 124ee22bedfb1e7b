// What the next broker goes on with.
#include <utility>

#include "broker_service/operations/operation_engine.h"

namespace resource_broker::broker {
namespace {

// All that was decided of it is durable, and done.
bool Settled(const Operation& operation) {
  return !operation.saving && operation.saved == operation.events.size() && operation.execute_when_saved == 0 &&
         !operation.unconfirmed;
}

}  // namespace

void OperationEngine::HandOver(std::function<void()> done) {
  Turn turn(this);
  handing_over_ = true;
  for (const auto& [id, operation] : operations_) {
    if (!Settled(*operation)) unsettled_.insert(id);
  }
  if (unsettled_.empty()) {
    out_.Push(std::move(done));
  } else {
    when_settled_ = std::move(done);
  }
}

// RUNNING is durable, and no module has it: the next broker would ask the module for what it never got.
void OperationEngine::TakeBack(Operation* operation) {
  operation->unconfirmed = false;
  // Of a restore, and of what a broker before this one had given, the next broker finds out as this one did.
  if (operation->phase != Operation::Phase::kRunning || operation->resume) return;
  operation->phase = Operation::Phase::kWaiting;
  // It was none.
  --operation->attempt;
  AddEvent(operation, v1::QUEUED, "waits for the broker's upgrade");
}

void OperationEngine::OnRunTaken(const std::string& operation_id) {
  Turn turn(this);
  const auto found = operations_.find(operation_id);
  if (found == operations_.end()) return;
  found->second->unconfirmed = false;
  NoteSettled(operation_id);
}

// A result is taken as ever, since one that says NOT_NOW is given once.
void OperationEngine::OnRunEndInHandOver(const std::string& operation_id, ExecutionEnd::Kind kind) {
  const auto found = operations_.find(operation_id);
  if (found == operations_.end()) return;
  found->second->unconfirmed = false;
  if (kind == ExecutionEnd::Kind::kNotRun) TakeBack(found->second.get());
  NoteSettled(operation_id);
}

void OperationEngine::NoteSettled(const std::string& operation_id) {
  if (unsettled_.empty()) return;
  const auto found = operations_.find(operation_id);
  if (found != operations_.end() && !Settled(*found->second)) return;
  unsettled_.erase(operation_id);
  if (unsettled_.empty()) out_.Push(std::exchange(when_settled_, nullptr));
}

}  // namespace resource_broker::broker
