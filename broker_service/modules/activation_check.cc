#include "broker_service/modules/activation_check.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "broker_service/modules/hand_over.h"
#include "broker_service/modules/resource_call.h"

namespace resource_broker::broker {
namespace {

// Resources that are tried at once.
constexpr size_t kMaxAtOnce = 16;

using Health = absl::StatusOr<v1::ModuleCheckHealthResponse>;

void AskHealth(SupervisedModule* version, const std::string& resource, absl::Duration limit,
               std::function<void(Health)> done) {
  v1::ModuleCheckHealthRequest request;
  request.set_resource(resource);
  CallResource<v1::ModuleCheckHealthRequest, v1::ModuleCheckHealthResponse>(
      version, resource, "module.health", &ModuleCalls::CheckHealth, std::move(request), limit, std::move(done));
}

bool IsAlive(const Health& health) { return health.ok() && health->health() == v1::ALIVE; }

}  // namespace

void ActivationCheck::Begin(std::shared_ptr<SupervisedModule> next, std::vector<MovingResource> resources,
                            const ModuleOptions& options, Clock* clock, std::function<bool(const std::string&)> busy,
                            Done done) {
  auto check = std::make_shared<ActivationCheck>();
  check->next_ = std::move(next);
  check->resources_ = std::move(resources);
  check->options_ = options;
  check->clock_ = clock;
  check->busy_ = std::move(busy);
  check->done_ = std::move(done);
  check->Start();
}

void ActivationCheck::Start() {
  {
    absl::MutexLock lock(&mu_);
    step_begun_ = clock_->Monotonic();
  }
  next_->Use(
      [self = shared_from_this()](const std::shared_ptr<ModuleInstance>& instance, const ModuleFailure& failure) {
        if (instance == nullptr) {
          self->End(absl::AbortedError(failure.message));
          return;
        }
        self->AddStep("started");
        self->OpenNext();
      });
}

void ActivationCheck::AddStep(const char* name) {
  absl::MutexLock lock(&mu_);
  const absl::Duration now = clock_->Monotonic();
  v1::ActivationStep step;
  step.set_name(name);
  step.set_duration_us(static_cast<uint64_t>(absl::ToInt64Microseconds(now - step_begun_)));
  checked_.steps.push_back(std::move(step));
  step_begun_ = now;
}

void ActivationCheck::OpenNext() {
  absl::Status fault;
  while (true) {
    const MovingResource* resource = nullptr;
    {
      absl::MutexLock lock(&mu_);
      fault = fault_;
      if (fault.ok() && begun_ < resources_.size()) {
        if (under_way_ == kMaxAtOnce) return;
        resource = &resources_[begun_++];
        ++under_way_;
      } else if (under_way_ > 0) {
        return;
      } else if (begun_ > resources_.size()) {
        return;  // somebody else has come here
      } else {
        begun_ = resources_.size() + 1;
      }
    }
    if (resource == nullptr) break;
    TryResource(*resource);
  }
  if (!fault.ok()) {
    End(fault);
    return;
  }
  AddStep("opened");
  SelfTest();
}

void ActivationCheck::EndResource(const absl::Status& status) {
  {
    absl::MutexLock lock(&mu_);
    --under_way_;
    if (fault_.ok() && !status.ok()) fault_ = absl::AbortedError(status.message());
  }
  OpenNext();
}

void ActivationCheck::TryResource(const MovingResource& resource) {
  if (resource.now->Running() == nullptr) {
    // Nobody can tell how it is.
    OpenAtNext(resource, /*alive=*/false, nullptr);
    return;
  }
  AskHealth(resource.now.get(), resource.spec.resource, options_.call,
            [self = shared_from_this(), &resource](const Health& health) {
              const bool alive = IsAlive(health);
              ExportState(*resource.now, resource.spec.resource, self->options_.call,
                          [self, &resource, alive](const StateOrNone& state) {
                            if (!state.ok()) {
                              self->EndResource(absl::AbortedError(absl::StrCat("resource \"", resource.spec.resource,
                                                                                "\": ", state.status().message())));
                              return;
                            }
                            self->OpenAtNext(resource, alive, state->has_value() ? &**state : nullptr);
                          });
            });
}

void ActivationCheck::OpenAtNext(const MovingResource& resource, bool alive, const v1::ExportedState* state) {
  const std::string& name = resource.spec.resource;
  next_->OpenResource(resource.spec, state);
  next_->UseResource(
      name, nullptr,
      [self = shared_from_this(), &resource, alive](const std::shared_ptr<ModuleInstance>& instance,
                                                    const ModuleFailure& unusable, const ModuleFailure& fault) {
        if (instance == nullptr) {
          self->EndResource(ToStatus(unusable));
        } else if (fault.win32_code != 0 && resource.now->OpenFault(resource.spec.resource).win32_code == 0) {
          self->EndResource(absl::AbortedError(
              absl::StrCat("resource \"", resource.spec.resource, "\": code ", fault.win32_code, ": ", fault.message)));
        } else if (alive) {
          self->CompareHealth(resource);
        } else {
          self->EndResource(absl::OkStatus());
        }
      });
}

void ActivationCheck::CompareHealth(const MovingResource& resource) {
  const std::string& name = resource.spec.resource;
  AskHealth(next_.get(), name, options_.call, [self = shared_from_this(), &resource, name](const Health& next) {
    if (IsAlive(next)) {
      {
        absl::MutexLock lock(&self->mu_);
        self->checked_.alive.insert(name);
      }
      self->EndResource(absl::OkStatus());
      return;
    }
    const std::string said = next.ok() ? absl::StrCat("it is dead: ", next->message()) : next.status().ToString();
    // It may have gone offline just now.
    AskHealth(resource.now.get(), name, self->options_.call, [self, said, name, &resource](const Health& now) {
      if (!IsAlive(now) || self->busy_(name)) {
        self->EndResource(absl::OkStatus());
        return;
      }
      self->EndResource(
          absl::AbortedError(absl::StrCat("resource \"", name, "\" is alive with version ", resource.now->version(),
                                          ", and with ", self->next_->version(), " ", said)));
    });
  });
}

void ActivationCheck::SelfTest() {
  const std::shared_ptr<ModuleInstance> instance = next_->Running();
  if (instance == nullptr) {
    End(absl::AbortedError("its process ended"));
    return;
  }
  CallModule<v1::ModuleSelfTestRequest, v1::ModuleSelfTestResponse>(
      *instance, "module.self_test", &ModuleCalls::SelfTest, {}, options_.self_test,
      [self = shared_from_this()](const absl::StatusOr<v1::ModuleSelfTestResponse>& answer) {
        if (!answer.ok() && !absl::IsUnimplemented(answer.status())) {
          self->End(absl::AbortedError(absl::StrCat("SelfTest: ", answer.status().message())));
          return;
        }
        self->AddStep("self-tested");
        self->End(absl::OkStatus());
      });
}

void ActivationCheck::End(const absl::Status& status) {
  CheckedVersion checked;
  {
    absl::MutexLock lock(&mu_);
    checked = std::move(checked_);
  }
  Done done = std::exchange(done_, nullptr);
  if (status.ok()) {
    done(std::move(checked));
  } else {
    done(status);
  }
}

}  // namespace resource_broker::broker
