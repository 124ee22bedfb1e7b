// What a broker before this one left behind.
#include <utility>

#include "absl/strings/str_cat.h"
#include "broker_service/log.h"
#include "broker_service/operations/operation_engine.h"
#include "broker_service/text.h"
#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::broker {
namespace {

// Whether a module may have begun to work on it: RUNNING came after the last QUEUED.
bool MayHaveBegun(const std::vector<v1::Event>& events) {
  bool begun = false;
  for (const v1::Event& event : events) {
    if (event.kind() == v1::RUNNING) begun = true;
    if (event.kind() == v1::QUEUED) begun = false;
  }
  return begun;
}

}  // namespace

absl::Status OperationEngine::Recover() {
  absl::StatusOr<JournalContents> contents = parts_.journal->Load();
  if (!contents.ok()) return contents.status();
  std::vector<bool> may_run;
  for (const JournaledOperation& kept : contents->pending) {
    may_run.push_back(!MayHaveBegun(kept.events) || parts_.gateway->IsIdempotent(kept.request->module()));
  }
  Turn turn(this);
  for (std::string& id : contents->ended) {
    ended_.insert(id);
    ended_order_.push_back(std::move(id));
  }
  std::vector<Resource*> touched;
  for (size_t i = 0; i < contents->pending.size(); ++i) {
    JournaledOperation& kept = contents->pending[i];
    // Nobody has it open yet; the entry is there so that it has its place in line.
    absl::StatusOr<Resource*> resource = resources_.Open(kept.request->resource());
    if (!resource.ok()) return resource.status();
    ResourceSpec& spec = (*resource)->spec;
    spec.resource = kept.request->resource();
    spec.resource_type = kept.request->resource_type();
    spec.module = kept.request->module();
    spec.properties = kept.request->properties();
    resources_.MarkClosed(*resource);
    Operation* operation = Add(kept.request, kept.events.front().sequence() - 1, *resource);
    operation->attempt = kept.events.back().attempt();
    operation->events = std::move(kept.events);
    operation->saved = operation->events.size();
    LogInfo("op=", Hex(operation->id), " is taken over from the broker before");
    if (!may_run[i]) {
      Finish(operation, *resource,
             {v1::FAILED, v1::RESOURCE_FAILED, win32::kProcessAborted, 0, 0,
              "the broker ended while the module worked on it"});
      continue;
    }
    touched.push_back(*resource);
  }
  for (Resource* resource : touched) Schedule(resource);
  return absl::OkStatus();
}

}  // namespace resource_broker::broker
