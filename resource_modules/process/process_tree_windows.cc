#include <windows.h>
#include <winsock2.h>

#include <algorithm>
#include <map>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "ipc/utf16.h"
#include "resource_modules/process/command_line.h"
#include "resource_modules/process/console_windows.h"
#include "resource_modules/process/process_tree.h"

namespace resource_broker::process {
namespace {

constexpr std::chrono::seconds kEndTimeout(5);
// Exit code of what is killed.
constexpr UINT kKilled = 1067;  // ERROR_PROCESS_ABORTED

// A handle that closes itself.
class Handle {
 public:
  Handle() = default;
  explicit Handle(HANDLE handle) : handle_(handle == INVALID_HANDLE_VALUE ? nullptr : handle) {}
  ~Handle() {
    if (handle_ != nullptr) CloseHandle(handle_);
  }
  Handle(Handle&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  HANDLE get() const { return handle_; }
  explicit operator bool() const { return handle_ != nullptr; }

 private:
  HANDLE handle_ = nullptr;
};

absl::Status LastError(const std::string& what) {
  DWORD code = GetLastError();
  std::string message = absl::StrCat(what, ": error ", code);
  switch (code) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
      return absl::NotFoundError(message);
    case ERROR_ACCESS_DENIED:
      return absl::PermissionDeniedError(message);
    case ERROR_BAD_EXE_FORMAT:
    case ERROR_DIRECTORY:
      return absl::InvalidArgumentError(message);
    default:
      return absl::InternalError(message);
  }
}

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
  Handle in, out, error;
  Streams ours;
};

Stream ToStream(HANDLE handle) { return Stream(reinterpret_cast<Stream::Native>(handle)); }

absl::StatusOr<StandardStreams> MakeStreams(bool pipes) {
  StandardStreams streams;
  SECURITY_ATTRIBUTES inheritable = {sizeof(inheritable), nullptr, TRUE};
  if (pipes) {
    HANDLE read[3];
    HANDLE write[3];
    for (int i = 0; i < 3; ++i) {
      if (CreatePipe(&read[i], &write[i], &inheritable, 0) == 0) return LastError("CreatePipe");
      SetHandleInformation(i == 0 ? write[i] : read[i], HANDLE_FLAG_INHERIT, 0);
    }
    streams.in = Handle(read[0]);
    streams.out = Handle(write[1]);
    streams.error = Handle(write[2]);
    streams.ours = {ToStream(write[0]), ToStream(read[1]), ToStream(read[2])};
    return streams;
  }
  streams.in = Handle(
      CreateFileW(L"NUL", GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, &inheritable, OPEN_EXISTING, 0, nullptr));
  for (Handle* handle : {&streams.out, &streams.error}) {
    HANDLE copy = nullptr;
    HANDLE own = GetStdHandle(STD_ERROR_HANDLE);
    if (own != nullptr && own != INVALID_HANDLE_VALUE &&
        DuplicateHandle(GetCurrentProcess(), own, GetCurrentProcess(), &copy, 0, TRUE, DUPLICATE_SAME_ACCESS) != 0) {
      *handle = Handle(copy);
    } else {
      *handle = Handle(CreateFileW(L"NUL", GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, &inheritable,
                                   OPEN_EXISTING, 0, nullptr));
    }
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
  Handle job;
  Handle port;
  Handle process;
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
    absl::Status console = EnsureConsole();
    if (!console.ok()) return console;
    absl::Status made = MakeJob();
    if (!made.ok()) return made;
    absl::StatusOr<StandardStreams> streams = MakeStreams(spec.with_streams);
    if (!streams.ok()) return streams.status();
    streams_ = std::move(streams->ours);

    InheritedHandles inherited({streams->in.get(), streams->out.get(), streams->error.get()});
    if (!inherited.ok()) return LastError("UpdateProcThreadAttribute");
    STARTUPINFOEXW startup = {};
    startup.StartupInfo.cb = sizeof(startup);
    startup.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
    startup.StartupInfo.hStdInput = streams->in.get();
    startup.StartupInfo.hStdOutput = streams->out.get();
    startup.StartupInfo.hStdError = streams->error.get();
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
      return LastError(absl::StrCat("start ", spec.executable));
    }
    job_->process = Handle(process.hProcess);
    Handle thread(process.hThread);
    process_id_ = process.dwProcessId;
    if (AssignProcessToJobObject(job_->job.get(), process.hProcess) == 0) {
      absl::Status error = LastError("AssignProcessToJobObject");
      TerminateProcess(process.hProcess, kKilled);
      return error;
    }
    ResumeThread(thread.get());
    watcher_ = std::thread([state = state_, job = job_] { Watch(*state, *job); });
    return absl::OkStatus();
  }

  std::string AskToEnd() override {
    int windows = CloseWindowsOf(ProcessIds());
    bool signalled = GenerateConsoleCtrlEvent(CTRL_BREAK_EVENT, process_id()) != 0;
    std::string done = signalled ? absl::StrCat("CTRL_BREAK to process group ", process_id())
                                 : absl::StrCat("no CTRL_BREAK (error ", GetLastError(), ")");
    if (windows > 0) absl::StrAppend(&done, ", WM_CLOSE to ", windows, " windows");
    return done;
  }

  void Kill() override { TerminateJobObject(job_->job.get(), kKilled); }

 private:
  absl::Status MakeJob() {
    job_ = std::make_shared<Job>();
    job_->job = Handle(CreateJobObjectW(nullptr, nullptr));
    job_->port = Handle(CreateIoCompletionPort(INVALID_HANDLE_VALUE, nullptr, 0, 1));
    if (!job_->job || !job_->port) return LastError("CreateJobObject");
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {};
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
    JOBOBJECT_ASSOCIATE_COMPLETION_PORT port = {job_.get(), job_->port.get()};
    if (SetInformationJobObject(job_->job.get(), JobObjectExtendedLimitInformation, &limits, sizeof(limits)) == 0 ||
        SetInformationJobObject(job_->job.get(), JobObjectAssociateCompletionPortInformation, &port, sizeof(port)) ==
            0) {
      return LastError("SetInformationJobObject");
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
