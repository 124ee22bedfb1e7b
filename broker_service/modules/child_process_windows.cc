#include "broker_service/modules/child_process.h"
// winsock2.h first, through this header.
#include <array>
#include <atomic>
#include <cwctype>
#include <map>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "ipc/error_windows.h"
#include "ipc/unique_handle_windows.h"
#include "ipc/utf16.h"
#include "resource_modules/process/command_line.h"

namespace resource_broker::broker {
namespace {

using ipc::LastWindowsError;
using ipc::UniqueHandle;

constexpr DWORD kPipeBytes = 64 << 10;
// The exit code of a tree that was killed.
constexpr UINT kKilled = 1067;

struct Pipe {
  UniqueHandle ours;
  UniqueHandle theirs;
};

// A pipe whose own end can be read while other things are waited for; anonymous pipes can't.
absl::StatusOr<Pipe> MakeOutputPipe() {
  static std::atomic<uint64_t> count{0};
  const std::wstring name =
      ipc::WideFromUtf8(absl::StrCat("\\\\.\\pipe\\resource-broker-output-", GetCurrentProcessId(), "-", ++count));
  Pipe pipe;
  pipe.ours = UniqueHandle(
      CreateNamedPipeW(name.c_str(), PIPE_ACCESS_INBOUND | FILE_FLAG_OVERLAPPED | FILE_FLAG_FIRST_PIPE_INSTANCE,
                       PIPE_TYPE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS, 1, kPipeBytes, kPipeBytes, 0, nullptr));
  if (!pipe.ours.valid()) return LastWindowsError("CreateNamedPipeW");
  SECURITY_ATTRIBUTES inheritable = {sizeof(inheritable), nullptr, TRUE};
  pipe.theirs = UniqueHandle(
      CreateFileW(name.c_str(), GENERIC_WRITE, 0, &inheritable, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, nullptr));
  if (!pipe.theirs.valid()) return LastWindowsError("CreateFileW of a pipe");
  return pipe;
}

absl::StatusOr<Pipe> MakeInputPipe() {
  HANDLE read = nullptr;
  HANDLE write = nullptr;
  if (!CreatePipe(&read, &write, nullptr, 0)) return LastWindowsError("CreatePipe");
  Pipe pipe{UniqueHandle(write), UniqueHandle(read)};
  if (!SetHandleInformation(read, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT)) {
    return LastWindowsError("SetHandleInformation");
  }
  return pipe;
}

std::wstring Upper(std::wstring name) {
  for (wchar_t& c : name) c = static_cast<wchar_t>(std::towupper(c));
  return name;
}

// The broker's environment with the additions, as CreateProcessW wants it: sorted without regard to case, each entry
// and the whole ended by NUL.
std::wstring MakeEnvironment(const std::vector<std::pair<std::string, std::string>>& additions) {
  std::map<std::wstring, std::wstring> entries;
  wchar_t* const block = GetEnvironmentStringsW();
  for (const wchar_t* entry = block; entry != nullptr && *entry != L'\0'; entry += wcslen(entry) + 1) {
    const std::wstring text = entry;
    // Entries of the form "=C:=C:\folder" have a name that begins with "=".
    entries[Upper(text.substr(0, text.find(L'=', 1)))] = text;
  }
  if (block != nullptr) FreeEnvironmentStringsW(block);
  for (const auto& [name, value] : additions) {
    const std::wstring wide = ipc::WideFromUtf8(name);
    entries[Upper(wide)] = wide + L"=" + ipc::WideFromUtf8(value);
  }
  std::wstring all;
  for (const auto& [name, entry] : entries) all.append(entry).push_back(L'\0');
  all.push_back(L'\0');
  return all;
}

// The list of what a child inherits; freed in any case.
class InheritList {
 public:
  explicit InheritList(const std::array<HANDLE, 3>& handles) : handles_(handles) {}
  ~InheritList() {
    if (list() != nullptr) DeleteProcThreadAttributeList(list());
  }
  InheritList(const InheritList&) = delete;
  InheritList& operator=(const InheritList&) = delete;

  absl::Status Fill() {
    SIZE_T size = 0;
    InitializeProcThreadAttributeList(nullptr, 1, 0, &size);
    memory_.resize(size);
    if (!InitializeProcThreadAttributeList(reinterpret_cast<LPPROC_THREAD_ATTRIBUTE_LIST>(memory_.data()), 1, 0,
                                           &size)) {
      memory_.clear();
      return LastWindowsError("InitializeProcThreadAttributeList");
    }
    if (!UpdateProcThreadAttribute(list(), 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, handles_.data(),
                                   handles_.size() * sizeof(HANDLE), nullptr, nullptr)) {
      return LastWindowsError("UpdateProcThreadAttribute");
    }
    return absl::OkStatus();
  }

  LPPROC_THREAD_ATTRIBUTE_LIST list() {
    return memory_.empty() ? nullptr : reinterpret_cast<LPPROC_THREAD_ATTRIBUTE_LIST>(memory_.data());
  }

 private:
  std::array<HANDLE, 3> handles_;
  std::vector<char> memory_;
};

// A job whose processes outlive the broker, and may leave it if they say so.
absl::StatusOr<UniqueHandle> MakeJob() {
  UniqueHandle job(CreateJobObjectW(nullptr, nullptr));
  if (!job.valid()) return LastWindowsError("CreateJobObjectW");
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {};
  limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_BREAKAWAY_OK;
  if (!SetInformationJobObject(job.get(), JobObjectExtendedLimitInformation, &limits, sizeof(limits))) {
    return LastWindowsError("SetInformationJobObject");
  }
  return job;
}

// One of the child's output streams, read in the background.
class OutputReader {
 public:
  OutputReader(UniqueHandle pipe, ChildStream stream)
      : pipe_(std::move(pipe)), stream_(stream), event_(CreateEventW(nullptr, TRUE, FALSE, nullptr)) {}
  ~OutputReader() { Close(); }
  OutputReader(const OutputReader&) = delete;
  OutputReader& operator=(const OutputReader&) = delete;

  HANDLE event() const { return event_.get(); }
  bool open() const { return pipe_.valid(); }

  // Begins to read; what is there at once is passed on at once, but a bounded part of it, so that one stream can't
  // starve the other or the news of the child's end.
  void Read(ChildDelegate* delegate) {
    for (int i = 0; i < 64 && open(); ++i) {
      overlapped_ = {};
      overlapped_.hEvent = event_.get();
      if (!ReadFile(pipe_.get(), buffer_.data(), static_cast<DWORD>(buffer_.size()), nullptr, &overlapped_) &&
          GetLastError() != ERROR_IO_PENDING) {
        Close();
        return;
      }
      reading_ = true;
      if (!Finish(delegate, FALSE)) return;
    }
  }

  // Takes what a read that was under way has brought. False: it still is.
  bool Finish(ChildDelegate* delegate, BOOL wait) {
    if (!reading_) return true;
    DWORD count = 0;
    if (!GetOverlappedResult(pipe_.get(), &overlapped_, &count, wait)) {
      if (GetLastError() == ERROR_IO_INCOMPLETE) return false;
      reading_ = false;
      Close();
      return true;
    }
    reading_ = false;
    if (count > 0) delegate->OnOutput(stream_, {buffer_.data(), count});
    return true;
  }

  void Close() {
    if (reading_) {
      CancelIoEx(pipe_.get(), &overlapped_);
      DWORD count = 0;
      GetOverlappedResult(pipe_.get(), &overlapped_, &count, TRUE);
      reading_ = false;
    }
    pipe_ = UniqueHandle();
  }

 private:
  UniqueHandle pipe_;
  const ChildStream stream_;
  UniqueHandle event_;
  OVERLAPPED overlapped_ = {};
  bool reading_ = false;
  std::array<char, 16384> buffer_;
};

struct Pipes {
  Pipe input;
  Pipe output;
  Pipe errors;
};

absl::StatusOr<Pipes> MakePipes() {
  absl::StatusOr<Pipe> input = MakeInputPipe();
  if (!input.ok()) return input.status();
  absl::StatusOr<Pipe> output = MakeOutputPipe();
  if (!output.ok()) return output.status();
  absl::StatusOr<Pipe> errors = MakeOutputPipe();
  if (!errors.ok()) return errors.status();
  return Pipes{*std::move(input), *std::move(output), *std::move(errors)};
}

}  // namespace

struct ChildProcess::State {
  absl::Mutex mu;
  // While the child lives.
  UniqueHandle job ABSL_GUARDED_BY(mu);
  UniqueHandle input ABSL_GUARDED_BY(mu);
  bool kill_wanted ABSL_GUARDED_BY(mu) = false;
  bool close_wanted ABSL_GUARDED_BY(mu) = false;

  absl::Status Spawn(const ChildOptions& options, UniqueHandle* output, UniqueHandle* errors, UniqueHandle* process);
  void Watch(const ChildOptions& options, ChildDelegate* delegate);
};

absl::Status ChildProcess::State::Spawn(const ChildOptions& options, UniqueHandle* output, UniqueHandle* errors,
                                        UniqueHandle* process) {
  absl::StatusOr<Pipes> pipes = MakePipes();
  if (!pipes.ok()) return pipes.status();
  absl::StatusOr<UniqueHandle> made_job = MakeJob();
  if (!made_job.ok()) return made_job.status();
  InheritList inherit({pipes->input.theirs.get(), pipes->output.theirs.get(), pipes->errors.theirs.get()});
  if (absl::Status status = inherit.Fill(); !status.ok()) return status;

  STARTUPINFOEXW startup = {};
  startup.StartupInfo.cb = sizeof(startup);
  startup.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
  startup.StartupInfo.hStdInput = pipes->input.theirs.get();
  startup.StartupInfo.hStdOutput = pipes->output.theirs.get();
  startup.StartupInfo.hStdError = pipes->errors.theirs.get();
  startup.lpAttributeList = inherit.list();
  const std::wstring program = options.program.native();
  std::wstring command_line = ipc::WideFromUtf8(process::CommandLine(options.program.u8string(), options.arguments));
  std::wstring environment = MakeEnvironment(options.environment);
  PROCESS_INFORMATION started = {};

  absl::MutexLock lock(&mu);
  if (kill_wanted) return absl::CancelledError("it was to be ended before it began");
  // Suspended, so that nothing it starts can escape the job. A console of its own, without a window: Ctrl+C in the
  // broker's console is the broker's business.
  if (!CreateProcessW(program.c_str(), command_line.data(), nullptr, nullptr, TRUE,
                      CREATE_SUSPENDED | CREATE_NO_WINDOW | CREATE_NEW_PROCESS_GROUP | CREATE_UNICODE_ENVIRONMENT |
                          EXTENDED_STARTUPINFO_PRESENT,
                      environment.data(), options.folder.c_str(), &startup.StartupInfo, &started)) {
    return LastWindowsError(absl::StrCat("CreateProcessW ", options.program.u8string()));
  }
  UniqueHandle child(started.hProcess);
  const UniqueHandle thread(started.hThread);
  if (!AssignProcessToJobObject(made_job->get(), child.get())) {
    const absl::Status status = LastWindowsError("AssignProcessToJobObject");
    TerminateProcess(child.get(), kKilled);
    return status;
  }
  if (ResumeThread(thread.get()) == static_cast<DWORD>(-1)) {
    const absl::Status status = LastWindowsError("ResumeThread");
    TerminateJobObject(made_job->get(), kKilled);
    return status;
  }
  job = *std::move(made_job);
  *output = std::move(pipes->output.ours);
  *errors = std::move(pipes->errors.ours);
  if (!close_wanted) input = std::move(pipes->input.ours);
  *process = std::move(child);
  return absl::OkStatus();
}

void ChildProcess::State::Watch(const ChildOptions& options, ChildDelegate* delegate) {
  UniqueHandle output_pipe;
  UniqueHandle errors_pipe;
  UniqueHandle process;
  ChildEnd end;
  end.start = Spawn(options, &output_pipe, &errors_pipe, &process);
  if (!end.start.ok()) {
    delegate->OnEnded(end);
    return;
  }
  delegate->OnStarted(GetProcessId(process.get()));
  OutputReader output(std::move(output_pipe), ChildStream::kOutput);
  OutputReader errors(std::move(errors_pipe), ChildStream::kErrors);
  output.Read(delegate);
  errors.Read(delegate);
  bool ended = false;
  while (!ended) {
    std::array<HANDLE, 3> waiting = {process.get()};
    DWORD count = 1;
    for (OutputReader* reader : {&output, &errors}) {
      if (reader->open()) waiting[count++] = reader->event();
    }
    const DWORD woken = WaitForMultipleObjects(count, waiting.data(), FALSE, INFINITE);
    if (woken == WAIT_FAILED) break;
    ended = woken == WAIT_OBJECT_0;
    for (OutputReader* reader : {&output, &errors}) {
      if (reader->open() && reader->Finish(delegate, FALSE)) reader->Read(delegate);
    }
  }
  DWORD exit_code = 0;
  GetExitCodeProcess(process.get(), &exit_code);
  end.exit_code = exit_code;
  {
    absl::MutexLock lock(&mu);
    job = UniqueHandle();
    input = UniqueHandle();
  }
  delegate->OnEnded(end);
}

std::unique_ptr<ChildProcess> ChildProcess::Start(ChildOptions options, std::shared_ptr<ChildDelegate> delegate) {
  std::unique_ptr<ChildProcess> child(new ChildProcess());
  child->state_ = std::make_shared<State>();
  child->thread_ = std::thread([state = child->state_, options = std::move(options), delegate = std::move(delegate)] {
    state->Watch(options, delegate.get());
  });
  return child;
}

ChildProcess::~ChildProcess() {
  KillTree();
  if (thread_.get_id() == std::this_thread::get_id()) {
    thread_.detach();
  } else {
    thread_.join();
  }
}

void ChildProcess::CloseInput() {
  absl::MutexLock lock(&state_->mu);
  state_->close_wanted = true;
  state_->input = UniqueHandle();
}

void ChildProcess::KillTree() {
  absl::MutexLock lock(&state_->mu);
  state_->kill_wanted = true;
  if (state_->job.valid()) TerminateJobObject(state_->job.get(), kKilled);
}

}  // namespace resource_broker::broker
