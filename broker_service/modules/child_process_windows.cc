#include "broker_service/modules/child_watcher.h"
// winsock2.h first, through this header.
#include <array>
#include <cwctype>
#include <map>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "ipc/error_windows.h"
#include "ipc/random.h"
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
  // Not by our process id: a module that outlived a broker still has the pipes of a process that had the same.
  const std::wstring name = ipc::WideFromUtf8("\\\\.\\pipe\\resource-broker-output-" + ipc::RandomHex());
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

// One that a child inherits, under the same number.
UniqueHandle Inheritable(HANDLE handle) {
  HANDLE copy = nullptr;
  DuplicateHandle(GetCurrentProcess(), handle, GetCurrentProcess(), &copy, 0, TRUE, DUPLICATE_SAME_ACCESS);
  return UniqueHandle(copy);
}

absl::StatusOr<UniqueHandle> OpenNoInput() {
  SECURITY_ATTRIBUTES inheritable = {sizeof(inheritable), nullptr, TRUE};
  UniqueHandle none(CreateFileW(L"NUL", GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, &inheritable, OPEN_EXISTING,
                                FILE_ATTRIBUTE_NORMAL, nullptr));
  if (!none.valid()) return LastWindowsError("CreateFileW NUL");
  return none;
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
  explicit InheritList(std::vector<HANDLE> handles) : handles_(std::move(handles)) {}
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
  std::vector<HANDLE> handles_;
  std::vector<char> memory_;
};

// A job whose processes outlive the broker, and may leave it if they say so.
absl::StatusOr<UniqueHandle> MakeJob(const ChildOptions& options) {
  UniqueHandle job(CreateJobObjectW(nullptr, nullptr));
  if (!job.valid()) return LastWindowsError("CreateJobObjectW");
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {};
  limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_BREAKAWAY_OK;
  if (options.max_memory_bytes != 0) {
    limits.BasicLimitInformation.LimitFlags |= JOB_OBJECT_LIMIT_JOB_MEMORY;
    limits.JobMemoryLimit = options.max_memory_bytes;
  }
  if (options.max_processes != 0) {
    limits.BasicLimitInformation.LimitFlags |= JOB_OBJECT_LIMIT_ACTIVE_PROCESS;
    limits.BasicLimitInformation.ActiveProcessLimit = options.max_processes;
  }
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

class WindowsChildWatcher : public ChildWatcher {
 public:
  explicit WindowsChildWatcher(std::shared_ptr<ChildDelegate> delegate)
      : delegate_(std::move(delegate)), wake_(CreateEventW(nullptr, TRUE, FALSE, nullptr)) {}

  void Run() override {
    ChildEnd end;
    const absl::StatusOr<ChildRecord> record = Begin();
    if (!record.ok()) {
      end.start = record.status();
      delegate_->OnEnded(end);
      return;
    }
    delegate_->OnStarted(*record);
    if (!Watch()) return;
    DWORD exit_code = 0;
    GetExitCodeProcess(process_.get(), &exit_code);
    end.exit_code = exit_code;
    {
      absl::MutexLock lock(&mu_);
      job_ = UniqueHandle();
    }
    delegate_->OnEnded(end);
  }

  void KillTree() override {
    absl::MutexLock lock(&mu_);
    // Also of one that is only about to be found again.
    if (let_go_) return;
    kill_wanted_ = true;
    if (job_.valid()) TerminateJobObject(job_.get(), kKilled);
  }

  void LetGo() override {
    absl::MutexLock lock(&mu_);
    let_go_ = true;
    SetEvent(wake_.get());
  }

 protected:
  // Starts or finds the child, and fills what is protected.
  virtual absl::StatusOr<ChildRecord> Begin() = 0;

  absl::Mutex mu_;
  // While the child lives.
  UniqueHandle job_ ABSL_GUARDED_BY(mu_);
  bool kill_wanted_ ABSL_GUARDED_BY(mu_) = false;

  // Used on the child's thread only.
  UniqueHandle process_;
  UniqueHandle output_;
  UniqueHandle errors_;

 private:
  // Until it has ended; false if it was let go before.
  bool Watch() {
    OutputReader output(std::move(output_), ChildStream::kOutput);
    OutputReader errors(std::move(errors_), ChildStream::kErrors);
    output.Read(delegate_.get());
    errors.Read(delegate_.get());
    while (true) {
      std::array<HANDLE, 4> waiting = {process_.get(), wake_.get()};
      DWORD count = 2;
      for (OutputReader* reader : {&output, &errors}) {
        if (reader->open()) waiting[count++] = reader->event();
      }
      const DWORD woken = WaitForMultipleObjects(count, waiting.data(), FALSE, INFINITE);
      if (woken == WAIT_OBJECT_0 + 1) return false;
      const bool ended = woken == WAIT_OBJECT_0 || woken == WAIT_FAILED;
      for (OutputReader* reader : {&output, &errors}) {
        if (reader->open() && reader->Finish(delegate_.get(), FALSE)) reader->Read(delegate_.get());
      }
      if (ended) return true;
    }
  }

  const std::shared_ptr<ChildDelegate> delegate_;
  const UniqueHandle wake_;
  bool let_go_ ABSL_GUARDED_BY(mu_) = false;
};

uint64_t Number(const UniqueHandle& handle) { return reinterpret_cast<uintptr_t>(handle.get()); }

class NewChildWatcher : public WindowsChildWatcher {
 public:
  NewChildWatcher(ChildOptions options, std::shared_ptr<ChildDelegate> delegate)
      : WindowsChildWatcher(std::move(delegate)), options_(std::move(options)) {}

 private:
  absl::StatusOr<ChildRecord> Begin() override {
    const absl::StatusOr<UniqueHandle> input = OpenNoInput();
    if (!input.ok()) return input.status();
    absl::StatusOr<Pipe> output = MakeOutputPipe();
    if (!output.ok()) return output.status();
    absl::StatusOr<Pipe> errors = MakeOutputPipe();
    if (!errors.ok()) return errors.status();
    absl::StatusOr<UniqueHandle> job = MakeJob(options_);
    if (!job.ok()) return job.status();
    const UniqueHandle kept_output = Inheritable(output->ours.get());
    const UniqueHandle kept_errors = Inheritable(errors->ours.get());
    const UniqueHandle kept_job = Inheritable(job->get());
    InheritList inherit({input->get(), output->theirs.get(), errors->theirs.get(), kept_output.get(), kept_errors.get(),
                         kept_job.get()});
    if (absl::Status status = inherit.Fill(); !status.ok()) return status;

    STARTUPINFOEXW startup = {};
    startup.StartupInfo.cb = sizeof(startup);
    startup.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
    startup.StartupInfo.hStdInput = input->get();
    startup.StartupInfo.hStdOutput = output->theirs.get();
    startup.StartupInfo.hStdError = errors->theirs.get();
    startup.lpAttributeList = inherit.list();
    if (absl::Status status = CreateInJob(&startup, *std::move(job)); !status.ok()) return status;

    ChildRecord record;
    const DWORD process_id = GetProcessId(process_.get());
    // One that has ended already needs no record.
    if (absl::StatusOr<ProcessIdentity> identity = IdentifyProcess(process_id); identity.ok()) {
      record.identity = *std::move(identity);
    }
    record.identity.process_id = process_id;
    record.output = Number(kept_output);
    record.errors = Number(kept_errors);
    record.job = Number(kept_job);
    output_ = std::move(output->ours);
    errors_ = std::move(errors->ours);
    return record;
  }

  absl::Status CreateInJob(STARTUPINFOEXW* startup, UniqueHandle job) {
    const std::wstring program = options_.program.native();
    std::wstring command_line =
        ipc::WideFromUtf8(process::CommandLine(options_.program.u8string(), options_.arguments));
    std::wstring environment = MakeEnvironment(options_.environment);
    PROCESS_INFORMATION started = {};

    absl::MutexLock lock(&mu_);
    if (kill_wanted_) return absl::CancelledError("it was to be ended before it began");
    // Suspended, so that nothing it starts can escape the job. A console of its own, without a window: Ctrl+C in the
    // broker's console is the broker's business.
    if (!CreateProcessW(program.c_str(), command_line.data(), nullptr, nullptr, TRUE,
                        CREATE_SUSPENDED | CREATE_NO_WINDOW | CREATE_NEW_PROCESS_GROUP | CREATE_UNICODE_ENVIRONMENT |
                            EXTENDED_STARTUPINFO_PRESENT,
                        environment.data(), options_.folder.c_str(), &startup->StartupInfo, &started)) {
      return LastWindowsError(absl::StrCat("CreateProcessW ", options_.program.u8string()));
    }
    process_ = UniqueHandle(started.hProcess);
    const UniqueHandle thread(started.hThread);
    if (!AssignProcessToJobObject(job.get(), process_.get())) {
      const absl::Status status = LastWindowsError("AssignProcessToJobObject");
      TerminateProcess(process_.get(), kKilled);
      return status;
    }
    if (ResumeThread(thread.get()) == static_cast<DWORD>(-1)) {
      const absl::Status status = LastWindowsError("ResumeThread");
      TerminateJobObject(job.get(), kKilled);
      return status;
    }
    job_ = std::move(job);
    return absl::OkStatus();
  }

  const ChildOptions options_;
};

class AdoptedChildWatcher : public WindowsChildWatcher {
 public:
  AdoptedChildWatcher(const ChildRecord& record, std::shared_ptr<ChildDelegate> delegate)
      : WindowsChildWatcher(std::move(delegate)), record_(record) {}

 private:
  absl::StatusOr<ChildRecord> Begin() override {
    const uint32_t process_id = record_.identity.process_id;
    process_ = UniqueHandle(
        OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION | PROCESS_DUP_HANDLE | SYNCHRONIZE, FALSE, process_id));
    if (!process_.valid()) return LastWindowsError(absl::StrCat("OpenProcess ", process_id));
    // After the handle is open, so that it is of the process that was looked at.
    if (absl::Status status = CheckIdentity(record_.identity); !status.ok()) return status;
    // Without these its output is lost, and nothing else.
    output_ = TakeBack(record_.output);
    errors_ = TakeBack(record_.errors);
    UniqueHandle job = TakeBack(record_.job);
    if (!job.valid()) return LastWindowsError(absl::StrCat("the job of process ", process_id));
    absl::MutexLock lock(&mu_);
    job_ = std::move(job);
    if (kill_wanted_) TerminateJobObject(job_.get(), kKilled);
    return record_;
  }

  UniqueHandle TakeBack(uint64_t number) {
    HANDLE copy = nullptr;
    DuplicateHandle(process_.get(), reinterpret_cast<HANDLE>(static_cast<uintptr_t>(number)), GetCurrentProcess(),
                    &copy, 0, FALSE, DUPLICATE_SAME_ACCESS);
    return UniqueHandle(copy);
  }

  const ChildRecord record_;
};

}  // namespace

std::shared_ptr<ChildWatcher> WatchNewChild(ChildOptions options, std::shared_ptr<ChildDelegate> delegate) {
  return std::make_shared<NewChildWatcher>(std::move(options), std::move(delegate));
}

std::shared_ptr<ChildWatcher> WatchChildAgain(const ChildRecord& record, std::shared_ptr<ChildDelegate> delegate) {
  return std::make_shared<AdoptedChildWatcher>(record, std::move(delegate));
}

}  // namespace resource_broker::broker
