#include "broker_service/modules/module_instance.h"

#include <grpcpp/channel.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "broker_service/events/event_log.h"
#include "broker_service/faults/faults.h"
#include "broker_service/log.h"
#include "broker_service/modules/handshake.h"
#include "broker_service/modules/module_watch.h"
#include "broker_service/modules/private_folder.h"
#include "broker_service/modules/unary_call.h"
#include "ipc/channel.h"
#include "resource_broker/v1/protocol_versions.h"
#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::broker {
namespace {

constexpr size_t kMaxHandshakeBytes = 1024;

// The process that was started and no other. Natively the system does not tell which process serves a socket; there the
// folder only this account can write to has to do.
ipc::PeerCheck IsProcess(uint32_t process_id) {
  return [process_id, same_account = ipc::SameAccountOrAdministrator()](const ipc::PeerIdentity& peer) {
    if (peer.process_id == 0) return same_account(peer);
    if (peer.process_id == process_id) return absl::OkStatus();
    return absl::PermissionDeniedError(
        absl::StrCat("it is served by ", peer.ToString(), ", not by process ", process_id));
  };
}

}  // namespace

std::shared_ptr<ModuleInstance> ModuleInstance::Start(InstalledModule module, const ModuleOptions& options,
                                                      Timers* timers, std::shared_ptr<ModuleLog> log,
                                                      std::weak_ptr<Delegate> delegate) {
  std::string address = ipc::PrivateAddress("rb-module", options.socket_directory.u8string());
  auto instance = std::make_shared<ModuleInstance>(std::move(module), std::move(address), options, timers,
                                                   std::move(log), std::move(delegate));
  const v1::ModuleManifest& manifest = instance->module_.manifest;
  ChildOptions child;
  child.program = instance->module_.program;
  child.arguments.assign(manifest.arguments().begin(), manifest.arguments().end());
  child.folder = instance->module_.folder;
  child.environment = {{"RESOURCE_BROKER_MODULE_ENDPOINT", instance->address_},
                       {"RESOURCE_BROKER_MODULE_NAME", manifest.name()},
                       {"RESOURCE_BROKER_MODULE_VERSION", manifest.version()}};
  child.max_memory_bytes = manifest.limits().memory_bytes();
  child.max_processes = manifest.limits().processes();
  if (options.verify) {
    // What it was told of, not the instance, which owns this.
    child.verify = [verify = options.verify, module = instance->module_] { return verify(module); };
  }
  {
    absl::MutexLock lock(&instance->mu_);
    instance->start_step_ = BeginStep(options.slow_steps, "module.start",
                                      [label = instance->label_] { return absl::StrCat("module ", label); });
    instance->process_ = ChildProcess::Start(std::move(child), instance);
  }
  instance->After(options.handshake, [](ModuleInstance* self) {
    bool late = false;
    {
      absl::MutexLock lock(&self->mu_);
      late = self->stage_ == Stage::kStarting || self->stage_ == Stage::kHandshake;
    }
    if (late) {
      self->GiveUp(win32::kTimeout, absl::StrCat("it gave no handshake within ",
                                                 absl::ToInt64Milliseconds(self->options_.handshake), " ms"));
    }
  });
  return instance;
}

std::shared_ptr<ModuleInstance> ModuleInstance::Adopt(const v1::RunningModule& running, const ModuleOptions& options,
                                                      Timers* timers, std::shared_ptr<ModuleLog> log,
                                                      std::weak_ptr<Delegate> delegate) {
  InstalledModule module{running.manifest(), std::filesystem::u8path(running.folder()),
                         std::filesystem::u8path(running.program())};
  auto instance = std::make_shared<ModuleInstance>(std::move(module), running.address(), options, timers,
                                                   std::move(log), std::move(delegate));
  instance->adopted_ = true;
  ChildRecord record;
  record.identity = {running.process_id(), running.start_time(), running.image_hash()};
  record.output = running.output_handle();
  record.errors = running.errors_handle();
  record.job = running.job_handle();
  absl::MutexLock lock(&instance->mu_);
  instance->process_id_ = running.process_id();
  instance->process_ = ChildProcess::Adopt(record, instance);
  return instance;
}

ModuleInstance::ModuleInstance(InstalledModule module, std::string address, const ModuleOptions& options,
                               Timers* timers, std::shared_ptr<ModuleLog> log, std::weak_ptr<Delegate> delegate)
    : module_(std::move(module)),
      options_(options),
      timers_(timers),
      log_(std::move(log)),
      delegate_(std::move(delegate)),
      label_(absl::StrCat(module_.manifest.name(), " ", module_.manifest.version())),
      address_(std::move(address)),
      running_(options.running_directory),
      first_line_(kMaxHandshakeBytes) {}

ModuleInstance::~ModuleInstance() = default;

std::shared_ptr<v1::ResourceModule::Stub> ModuleInstance::stub() const {
  absl::MutexLock lock(&mu_);
  return stub_;
}

uint32_t ModuleInstance::process_id() const {
  absl::MutexLock lock(&mu_);
  return process_id_;
}

bool ModuleInstance::gone() const {
  absl::MutexLock lock(&mu_);
  return stage_ == Stage::kGone;
}

void ModuleInstance::AddUser(std::weak_ptr<InstanceUser> user) {
  {
    absl::MutexLock lock(&mu_);
    if (stage_ != Stage::kGone) {
      // Those that have gone by themselves make room.
      users_.erase(std::remove_if(users_.begin(), users_.end(), [](const auto& old) { return old.expired(); }),
                   users_.end());
      users_.push_back(std::move(user));
      return;
    }
  }
  if (const auto told = user.lock()) told->OnInstanceGone();
}

void ModuleInstance::After(absl::Duration delay, std::function<void(ModuleInstance*)> task) {
  timers_->After(delay, [weak = weak_from_this(), task = std::move(task)] {
    if (const auto self = weak.lock()) task(self.get());
  });
}

void ModuleInstance::OnStarted(const ChildRecord& record) {
  if (!adopted_) AfterFaultPoint(FaultPoint::kModuleStart);
  const uint32_t process_id = record.identity.process_id;
  LogInfo(LogModule(label_), ": process ", process_id, adopted_ ? " is found again" : " started");
  log_->Begin(process_id, module_.manifest.version(), adopted_);
  record_ = record;
  if (!adopted_) WriteDown(record);
  {
    absl::MutexLock lock(&mu_);
    process_id_ = process_id;
    if (stage_ != Stage::kStarting) return;
    stage_ = Stage::kHandshake;
  }
  // It gave its handshake to the broker that started it.
  if (adopted_) Connect();
}

void ModuleInstance::WriteDown(const ChildRecord& record) const {
  // One that has ended already has no identity any more.
  if (options_.running_directory.empty() || record.identity.start_time == 0) return;
  v1::RunningModule running;
  *running.mutable_manifest() = module_.manifest;
  running.set_folder(module_.folder.u8string());
  running.set_program(module_.program.u8string());
  running.set_address(address_);
  running.set_process_id(record.identity.process_id);
  running.set_start_time(record.identity.start_time);
  running.set_image_hash(record.identity.image_hash);
  running.set_output_handle(record.output);
  running.set_errors_handle(record.errors);
  running.set_job_handle(record.job);
  absl::Status status = BeforeFaultPoint(FaultPoint::kModuleRecord);
  if (status.ok()) status = running_.Save(running);
  if (!status.ok()) LogWarning(LogModule(label_), ": a later broker will not find it again: ", status.message());
  AfterFaultPoint(FaultPoint::kModuleRecord);
}

void ModuleInstance::WriteDownAnew() {
  const absl::StatusOr<ProcessIdentity> identity = IdentifyProcess(record_.identity.process_id);
  if (!identity.ok() || identity->image_hash == record_.identity.image_hash) return;
  record_.identity = *identity;
  WriteDown(record_);
}

void ModuleInstance::OnOutput(ChildStream stream, std::string_view bytes) {
  log_->Write(stream, bytes);
  if (stream != ChildStream::kOutput || line_seen_ || adopted_) return;
  first_line_.Add(bytes, [this](const std::string& line) {
    if (std::exchange(line_seen_, true)) return;
    OnHandshake(line);
  });
}

void ModuleInstance::OnHandshake(const std::string& line) {
  const absl::Status status = CheckHandshake(line, address_);
  if (!status.ok()) {
    GiveUp(win32::kProcessAborted, std::string(status.message()));
    return;
  }
  WriteDownAnew();
  Connect();
}

void ModuleInstance::Connect() {
  {
    absl::MutexLock lock(&mu_);
    if (stage_ != Stage::kHandshake) return;
    stage_ = Stage::kHello;
    ipc::ChannelOptions options;
    options.verify_server = IsProcess(process_id_);
    options.connect_timeout = absl::ToChronoMilliseconds(options_.call);
    absl::StatusOr<std::shared_ptr<grpc::Channel>> channel = ipc::Connect(address_, options);
    if (channel.ok()) {
      stub_ = v1::ResourceModule::NewStub(*channel);
    } else {
      failure_.message = channel.status().ToString();
    }
  }
  SayHello();
}

void ModuleInstance::SayHello() {
  if (stub() == nullptr) {
    GiveUp(win32::kProcessAborted, "it can't be connected to");
    return;
  }
  if (const absl::Status status = BeforeFaultPoint(FaultPoint::kModuleHello); !status.ok()) {
    OnHello(status);
    return;
  }
  v1::HelloRequest hello;
  hello.mutable_offer()->set_min_version(kMinProtocolVersion);
  hello.mutable_offer()->set_max_version(kMaxProtocolVersion);
  hello.mutable_offer()->set_component("resource_broker");
  hello.mutable_offer()->set_component_version(RESOURCE_BROKER_VERSION);
  CallModule<v1::HelloRequest, v1::HelloResponse>(
      *this, "module.hello", &ModuleCalls::Hello, std::move(hello), options_.call,
      [weak = weak_from_this()](const absl::StatusOr<v1::HelloResponse>& answer) {
        if (const auto self = weak.lock()) self->OnHello(answer);
      });
}

void ModuleInstance::OnHello(const absl::StatusOr<v1::HelloResponse>& answer) {
  AfterFaultPoint(FaultPoint::kModuleHello);
  if (!answer.ok()) {
    const bool late = absl::IsDeadlineExceeded(answer.status());
    GiveUp(late ? win32::kTimeout : win32::kProcessAborted, absl::StrCat("Hello: ", answer.status().ToString()));
    return;
  }
  std::string fault;
  if (answer->choice().component() != module_.manifest.name()) {
    fault = absl::StrCat("Hello: choice.component is \"", answer->choice().component(), "\"");
  } else if (const uint32_t version = answer->choice().version();
             version < kMinProtocolVersion || version > kMaxProtocolVersion) {
    fault = absl::StrCat("Hello: choice.version is ", version, ", offered was ", kMinProtocolVersion, " to ",
                         kMaxProtocolVersion);
  } else if (answer->process_id() != process_id()) {
    fault = absl::StrCat("Hello: process_id is ", answer->process_id(), ", started was ", process_id());
  }
  if (!fault.empty()) {
    GiveUp(win32::kProcessAborted, std::move(fault));
    return;
  }
  std::shared_ptr<ModuleWatch> watch;
  {
    absl::MutexLock lock(&mu_);
    if (stage_ != Stage::kHello) return;
    stage_ = Stage::kReady;
    start_step_.End();
    watch = watch_ = std::make_shared<ModuleWatch>(stub_, timers_, options_.ask_again, label_, delegate_);
  }
  LogInfo(LogModule(label_), ": ready");
  watch->Open();
  if (const auto delegate = delegate_.lock()) delegate->OnReady(this);
}

void ModuleInstance::GiveUp(uint32_t win32_code, std::string why) {
  absl::MutexLock lock(&mu_);
  if (stage_ == Stage::kGone || stage_ == Stage::kStopping) return;
  stage_ = Stage::kStopping;
  failure_ = {win32_code, std::move(why)};
  process_->KillTree();
}

void ModuleInstance::Stop() {
  std::shared_ptr<ModuleWatch> watch;
  {
    absl::MutexLock lock(&mu_);
    stop_asked_ = true;
    if (stage_ == Stage::kGone || stage_ == Stage::kStopping) return;
    const bool ready = stage_ == Stage::kReady;
    stage_ = Stage::kStopping;
    failure_ = {0, "it was stopped"};
    if (!ready) {
      // It has nothing in hand yet.
      process_->KillTree();
      return;
    }
    watch = std::move(watch_);
  }
  LogInfo(LogModule(label_), ": is asked to stop");
  if (watch != nullptr) watch->Close();
  SendStop();
  After(options_.stop, [](ModuleInstance* self) {
    absl::MutexLock lock(&self->mu_);
    if (self->stage_ == Stage::kGone) return;
    LogWarning(LogModule(self->label_), ": did not stop in time and is killed");
    self->process_->KillTree();
  });
}

void ModuleInstance::LetGo() {
  bool live_on = false;
  std::shared_ptr<ModuleWatch> watch;
  std::unique_ptr<ChildProcess> process;
  std::vector<std::weak_ptr<InstanceUser>> users;
  {
    absl::MutexLock lock(&mu_);
    if (stage_ == Stage::kGone) return;
    // One that is killed has nothing in hand, and perhaps nobody has written down that it is there.
    live_on = adopted_ || stage_ == Stage::kReady;
    stage_ = Stage::kGone;
    watch = std::move(watch_);
    process = std::move(process_);
    users = std::move(users_);
  }
  if (watch != nullptr) watch->Close();
  for (const auto& user : users) {
    if (const auto told = user.lock()) told->OnInstanceLetGo();
  }
  if (live_on) process->LetGo();
}

void ModuleInstance::SendStop() {
  // What it is given is a little less than what it gets, so that it can end by itself.
  const absl::Duration grace = options_.stop * 3 / 4;
  v1::ModuleStopRequest request;
  request.set_grace_ms(static_cast<uint32_t>(absl::ToInt64Milliseconds(grace)));
  const auto answered = [weak = weak_from_this()](const absl::StatusOr<v1::ModuleStopResponse>& answer) {
    AfterFaultPoint(FaultPoint::kModuleStop);
    const auto self = weak.lock();
    if (self == nullptr || answer.ok()) return;
    LogWarning(LogModule(self->label_), ": Stop: ", answer.status().ToString(), "; it is killed");
    absl::MutexLock lock(&self->mu_);
    if (self->process_ != nullptr) self->process_->KillTree();
  };
  if (const absl::Status status = BeforeFaultPoint(FaultPoint::kModuleStop); !status.ok()) {
    answered(status);
    return;
  }
  CallModule<v1::ModuleStopRequest, v1::ModuleStopResponse>(*this, "module.stop", &ModuleCalls::Stop, request,
                                                            options_.stop, answered);
}

void ModuleInstance::OnEnded(const ChildEnd& end) {
  ReachFaultPoint(FaultPoint::kModuleGone);
  const std::string how = end.ToString();
  log_->End(how);
  RemoveAddress(address_);
  if (const uint32_t process_id = this->process_id(); process_id != 0) running_.Remove(process_id);
  std::shared_ptr<ModuleWatch> watch;
  std::unique_ptr<ChildProcess> process;
  std::vector<std::weak_ptr<InstanceUser>> users;
  ModuleFailure failure;
  std::string cause;
  {
    absl::MutexLock lock(&mu_);
    if (stage_ != Stage::kStopping) failure_ = {win32::kProcessAborted, absl::StrCat("its process ", how)};
    cause = failure_.message;
    if (failure_.win32_code != 0) failure_.message = absl::StrCat("module ", label_, ": ", failure_.message);
    // One that ended while no broker was there has not failed this one.
    if (stop_asked_ || (adopted_ && !end.start.ok())) failure_.win32_code = 0;
    stage_ = Stage::kGone;
    start_step_.End();
    process_id_ = 0;
    failure = failure_;
    watch = std::move(watch_);
    users = std::move(users_);
    process = std::move(process_);
  }
  if (failure.win32_code == 0) {
    LogInfo(LogModule(label_), ": ", how);
  } else {
    RaiseEvent(EventId::kModuleFailed, label_, absl::StrCat(cause, "; ", how));
  }
  if (watch != nullptr) watch->Close();
  for (const auto& user : users) {
    if (const auto told = user.lock()) told->OnInstanceGone();
  }
  if (const auto delegate = delegate_.lock()) delegate->OnGone(this, failure);
  AfterFaultPoint(FaultPoint::kModuleGone);
}

}  // namespace resource_broker::broker
