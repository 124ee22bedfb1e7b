#include "broker_service/modules/hand_over.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "broker_service/log.h"
#include "broker_service/modules/unary_call.h"

namespace resource_broker::broker {
namespace {

constexpr size_t kMaxStateBytes = 1 << 20;

struct Move : std::enable_shared_from_this<Move> {
  ResourceSpec spec;
  std::vector<std::shared_ptr<SupervisedModule>> from;
  std::shared_ptr<SupervisedModule> to;
  std::optional<v1::ExportedState> state;
  absl::Duration limit;
  Moved done;

  void ExportFrom(size_t index) {
    if (index == from.size()) {
      Open();
      return;
    }
    ExportState(*from[index], spec.resource, limit, [self = shared_from_this(), index](StateOrNone answer) {
      if (!answer.ok()) {
        LogWarning(LogResource(self->spec.resource), ": its state is lost on the way from version ",
                   self->from[index]->version(), ": ", answer.status().ToString());
      }
      if (answer.ok() && answer->has_value()) {
        self->state = **std::move(answer);
        self->Open();
      } else {
        self->ExportFrom(index + 1);
      }
    });
  }

  void Open() {
    to->OpenResource(spec, state.has_value() ? &*state : nullptr);
    to->UseResource(spec.resource, nullptr,
                    [self = shared_from_this()](const std::shared_ptr<ModuleInstance>&, const ModuleFailure&,
                                                const ModuleFailure&) { self->End(); });
  }

  void End() {
    for (const auto& version : from) version->TakeResource(spec.resource);
    std::exchange(done, nullptr)(std::move(state));
  }
};

}  // namespace

void ExportState(const SupervisedModule& version, const std::string& resource, absl::Duration limit,
                 std::function<void(StateOrNone)> done) {
  const std::shared_ptr<ModuleInstance> instance = version.Running();
  if (instance == nullptr) {
    done(std::nullopt);
    return;
  }
  v1::ModuleExportStateRequest request;
  request.set_resource(resource);
  CallModule<v1::ModuleExportStateRequest, v1::ModuleExportStateResponse>(
      *instance, "module.export", &ModuleCalls::ExportState, std::move(request), limit,
      [done = std::move(done)](absl::StatusOr<v1::ModuleExportStateResponse> answer) {
        if (answer.ok() && answer->state().data().size() > kMaxStateBytes) {
          done(absl::ResourceExhaustedError(absl::StrCat("ExportState: state.data has ", answer->state().data().size(),
                                                         " bytes, more than ", kMaxStateBytes)));
        } else if (answer.ok() && answer->has_state()) {
          done(std::move(*answer->mutable_state()));
        } else if (answer.ok() || absl::IsUnimplemented(answer.status()) || absl::IsNotFound(answer.status())) {
          done(std::nullopt);
        } else {
          done(absl::Status(answer.status().code(), absl::StrCat("ExportState: ", answer.status().message())));
        }
      });
}

void MoveResource(const ResourceSpec& spec, std::vector<std::shared_ptr<SupervisedModule>> from,
                  std::shared_ptr<SupervisedModule> to, std::optional<v1::ExportedState> kept, absl::Duration limit,
                  Moved done) {
  auto move = std::make_shared<Move>();
  move->spec = spec;
  move->from = std::move(from);
  move->to = std::move(to);
  move->state = std::move(kept);
  move->limit = limit;
  move->done = std::move(done);
  move->ExportFrom(0);
}

}  // namespace resource_broker::broker
