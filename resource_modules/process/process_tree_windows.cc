#include <windows.h>
#include <winsock2.h>

#include <algorithm>
#include <map>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "ipc/error_windows.h"
#include "ipc/utf16.h"
#include "resource_modules/process/command_line.h"
#include "resource_modules/process/console_windows.h"
#include "resource_modules/process/pipe_windows.h"
#include "resource_modules/process/process_tree.h"

namespace resource_broker::process {
namespace {

using ipc::UniqueHandle;

constexpr std::chrono::seconds kEndTimeout(5);
// Exit code of what is killed.
constexpr UINT kKilled = 1067;  // ERROR_PROCESS_ABORTED

// As CreateProcessW wants it: sorted, each with its NUL, and one more at the end.
std::wstring EnvironmentBlock(const ProcessSpec& spec) {
  struct WithoutCase {
    bool operator()(const std::wstring& a, const std::wstring& b) const {
      return CompareStringOrdinal(a.c_str(), -1, b.c_str(), -1, TRUE) == CSTR_LESS_THAN;
    }
  };
  std::map<std::wstring, std::wstring, WithoutCase> variables;
  wchar_t* block = GetEnvironmentStringsW();
  for (const wchar_t* entry = block; entry != nullptr && *entry != L'\0'; entry += wcslen(entry) + 1) {
    std::wstring text = entry;
    // From the second character: the folders of drives are kept as "=C:=C:\…".
    size_t equals = text.find(L'=', 1);
    if (equals == text.npos || text.rfind(L"RESOURCE_BROKER_MODULE_", 0) == 0) continue;
    variables[text.substr(0, equals)] = text.substr(equals + 1);
  }
  if (block != nullptr) FreeEnvironmentStringsW(block);
  for (const auto& [name, value] : spec.environment) {
    variables[ipc::WideFromUtf8(name)] = ipc::WideFromUtf8(value);
  }
  std::wstring result;
  for (const auto& [name, value] : variables) result += name + L"=" + value + L'\0';
  return result + L'\0';
}

// What the program gets as its standard streams, and what stays here.
struct StandardStreams {
  std::array<UniqueHandle, 3> theirs;
  Streams ours;
};

absl::StatusOr<StandardStreams> MakeStreams(bool pipes) {
  StandardStreams streams;
  if (pipes) {
    absl::StatusOr<PipePair> in = MakePipeToWriteTo();
    absl::StatusOr<PipePair> out = MakePipeToReadFrom();
    absl::StatusOr<PipePair> error = MakePipeToReadFrom();
    for (const auto* pipe : {&in, &out, &error}) {
      if (!pipe->ok()) return pipe->status();
    }
    streams.theirs = {std::move(in->theirs), std::move(out->theirs), std::move(error->theirs)};
    streams.ours = {std::move(in->ours), std::move(out->ours), std::move(error->ours)};
    return streams;
  }
  SECURITY_ATTRIBUTES inheritable = {sizeof(inheritable), nullptr, TRUE};
  HANDLE own = GetStdHandle(STD_ERROR_HANDLE);
  for (size_t i = 0; i < 3; ++i) {
    HANDLE copy = nullptr;
    bool output = i != 0;
    if (output && own != nullptr && own != INVALID_HANDLE_VALUE) {
      DuplicateHandle(GetCurrentProcess(), own, GetCurrentProcess(), &copy, 0, TRUE, DUPLICATE_SAME_ACCESS);
    }
    if (copy == nullptr) {
      copy = CreateFileW(L"NUL", output ? GENERIC_WRITE : GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE,
                         &inheritable, OPEN_EXISTING, 0, nullptr);
    }
    streams.theirs[i] = UniqueHandle(copy);
    if (!streams.theirs[i].valid()) return ipc::LastWindowsError("open NUL");
  }
  return streams;
}

// Lets a new process inherit exactly some handles, whatever else is inheritable here at the time.
class InheritedHandles {
 public:
  explicit InheritedHandles(std::vector<HANDLE> handles) : handles_(std::move(handles)) {
    SIZE_T size = 0;
    InitializeProcThreadAttributeList(nullptr, 1, 0, &size);
    memory_.resize(size);
    ok_ = InitializeProcThreadAttributeList(list(), 1, 0, &size) != 0 &&
          UpdateProcThreadAttribute(list(), 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, handles_.data(),
                                    handles_.size() * sizeof(HANDLE), nullptr, nullptr) != 0;
  }
  ~InheritedHandles() {
    if (ok_) DeleteProcThreadAttributeList(list());
  }
  LPPROC_THREAD_ATTRIBUTE_LIST list() { return reinterpret_cast<LPPROC_THREAD_ATTRIBUTE_LIST>(memory_.data()); }
  bool ok() const { return ok_; }

 private:
  std::vector<HANDLE> handles_;
  std::vector<char> memory_;
  bool ok_ = false;
};

// What the watching thread needs; shared with it, since it may have to outlive the tree.
struct Job {
  UniqueHandle job;
  UniqueHandle port;
  UniqueHandle process;
};

class WindowsProcessTree final : public ProcessTree {
 public:
  ~WindowsProcessTree() override {
    if (!watcher_.joinable()) return;
    Kill();
    if (!WaitUntilEmpty(std::chrono::steady_clock::now() + kEndTimeout)) {
      // A process that hangs in the kernel. The thread waits on with what it shares.
      watcher_.detach();
      return;
    }
    watcher_.join();
  }

  absl::Status Begin(const ProcessSpec& spec) {
    // CTRL_BREAK reaches only processes that share our console.
    EnsureConsole();
    absl::Status made = MakeJob();
    if (!made.ok()) return made;
    absl::StatusOr<StandardStreams> streams = MakeStreams(spec.with_streams);
    if (!streams.ok()) return streams.status();
    streams_ = std::move(streams->ours);

    const std::array<UniqueHandle, 3>& theirs = streams->theirs;
    InheritedHandles inherited({theirs[0].get(), theirs[1].get(), theirs[2].get()});
    if (!inherited.ok()) return ipc::LastWindowsError("UpdateProcThreadAttribute");
    STARTUPINFOEXW startup = {};
    startup.StartupInfo.cb = sizeof(startup);
    startup.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
    startup.StartupInfo.hStdInput = theirs[0].get();
    startup.StartupInfo.hStdOutput = theirs[1].get();
    startup.StartupInfo.hStdError = theirs[2].get();
    startup.lpAttributeList = inherited.list();

    std::wstring executable = ipc::WideFromUtf8(spec.executable);
    std::wstring command_line = ipc::WideFromUtf8(CommandLine(spec.executable, spec.arguments));
    std::wstring environment = EnvironmentBlock(spec);
    std::wstring folder = ipc::WideFromUtf8(spec.working_directory);
    // Suspended, so that it is in the job before it can start anything.
    DWORD flags =
        CREATE_SUSPENDED | CREATE_NEW_PROCESS_GROUP | CREATE_UNICODE_ENVIRONMENT | EXTENDED_STARTUPINFO_PRESENT;
    PROCESS_INFORMATION process = {};
    if (CreateProcessW(executable.c_str(), command_line.data(), nullptr, nullptr, TRUE, flags, environment.data(),
                       folder.empty() ? nullptr : folder.c_str(), &startup.StartupInfo, &process) == 0) {
      return ipc::LastWindowsError(absl::StrCat("start ", spec.executable));
    }
    job_->process = UniqueHandle(process.hProcess);
    UniqueHandle thread(process.hThread);
    process_id_ = process.dwProcessId;
    if (AssignProcessToJobObject(job_->job.get(), process.hProcess) == 0) {
      absl::Status error = ipc::LastWindowsError("AssignProcessToJobObject");
      TerminateProcess(process.hProcess, kKilled);
      return error;
    }
    ResumeThread(thread.get());
    watcher_ = std::thread([state = state_, job = job_] { Watch(*state, *job); });
    return absl::OkStatus();
  }

  Request AskToEnd() override {
    int windows = CloseWindowsOf(ProcessIds());
    // Wine does not deliver it.
    bool signalled = GenerateConsoleCtrlEvent(CTRL_BREAK_EVENT, process_id()) != 0;
    std::string description = signalled ? absl::StrCat("CTRL_BREAK to process group ", process_id())
                                        : absl::StrCat("CTRL_BREAK cannot be sent (error ", GetLastError(), ")");
    if (windows > 0) absl::StrAppend(&description, ", WM_CLOSE to ", windows, " windows");
    return {signalled || windows > 0, description};
  }

  void Kill() override {
    if (!let_go_) TerminateJobObject(job_->job.get(), kKilled);
  }

  void LetGo() override {
    let_go_ = true;
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION none = {};
    SetInformationJobObject(job_->job.get(), JobObjectExtendedLimitInformation, &none, sizeof(none));
    PostQueuedCompletionStatus(job_->port.get(), JOB_OBJECT_MSG_ACTIVE_PROCESS_ZERO, 0, nullptr);
  }

 private:
  absl::Status MakeJob() {
    job_ = std::make_shared<Job>();
    job_->job = UniqueHandle(CreateJobObjectW(nullptr, nullptr));
    job_->port = UniqueHandle(CreateIoCompletionPort(INVALID_HANDLE_VALUE, nullptr, 0, 1));
    if (!job_->job.valid() || !job_->port.valid()) return ipc::LastWindowsError("CreateJobObject");
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {};
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
    JOBOBJECT_ASSOCIATE_COMPLETION_PORT port = {job_.get(), job_->port.get()};
    if (SetInformationJobObject(job_->job.get(), JobObjectExtendedLimitInformation, &limits, sizeof(limits)) == 0 ||
        SetInformationJobObject(job_->job.get(), JobObjectAssociateCompletionPortInformation, &port, sizeof(port)) ==
            0) {
      return ipc::LastWindowsError("SetInformationJobObject");
    }
    return absl::OkStatus();
  }

  // Until no process is left. The program is one of the job, so it ends first.
  static void Watch(State& state, const Job& job) {
    WaitForSingleObject(job.process.get(), INFINITE);
    DWORD code = 0;
    GetExitCodeProcess(job.process.get(), &code);
    state.NoteExit({static_cast<int64_t>(code), 0});
    DWORD message = 0;
    ULONG_PTR key = 0;
    LPOVERLAPPED detail = nullptr;
    while (GetQueuedCompletionStatus(job.port.get(), &message, &key, &detail, INFINITE) != 0) {
      if (message == JOB_OBJECT_MSG_ACTIVE_PROCESS_ZERO) break;
    }
    state.NoteEmpty();
  }

  std::vector<DWORD> ProcessIds() const {
    // Room for more than a workload has; those beyond get no WM_CLOSE.
    constexpr DWORD kMaxProcesses = 1024;
    std::vector<char> memory(sizeof(JOBOBJECT_BASIC_PROCESS_ID_LIST) + kMaxProcesses * sizeof(ULONG_PTR));
    auto* list = reinterpret_cast<JOBOBJECT_BASIC_PROCESS_ID_LIST*>(memory.data());
    std::vector<DWORD> ids;
    if (QueryInformationJobObject(job_->job.get(), JobObjectBasicProcessIdList, list, static_cast<DWORD>(memory.size()),
                                  nullptr) != 0) {
      for (DWORD i = 0; i < list->NumberOfProcessIdsInList; ++i)
        ids.push_back(static_cast<DWORD>(list->ProcessIdList[i]));
    }
    return ids;
  }

  std::shared_ptr<Job> job_;
  std::atomic<bool> let_go_{false};
  std::thread watcher_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ProcessTree>> ProcessTree::Start(const ProcessSpec& spec) {
  const std::string& path = spec.executable;
  bool drive = path.size() > 2 && path[1] == ':' && (path[2] == '\\' || path[2] == '/');
  if (!drive && !absl::StartsWith(path, "\\\\")) return absl::InvalidArgumentError(path + " is not a full path");
  if (absl::EndsWithIgnoreCase(path, ".bat") || absl::EndsWithIgnoreCase(path, ".cmd")) {
    return absl::InvalidArgumentError(path + " is a batch file: name cmd.exe, with /c and the file as arguments");
  }
  auto tree = std::make_unique<WindowsProcessTree>();
  absl::Status begun = tree->Begin(spec);
  if (!begun.ok()) return begun;
  return tree;
}

}  // namespace resource_broker::process
