#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "ipc/testing/child_process.h"
#include "ipc/unique_fd_posix.h"

namespace resource_broker::ipc::testing {
namespace {

class PosixChild : public ChildProcess {
 public:
  PosixChild(pid_t id, UniqueFd input, UniqueFd output)
      : id_(id), input_(std::move(input)), output_(std::move(output)) {}
  ~PosixChild() override { PosixChild::Kill(); }

  uint32_t id() const override { return static_cast<uint32_t>(id_); }

  absl::StatusOr<std::string> ReadLine(std::chrono::milliseconds timeout) override {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    while (true) {
      if (const size_t end = buffered_.find('\n'); end != std::string::npos) {
        std::string line = buffered_.substr(0, end);
        buffered_.erase(0, end + 1);
        return line;
      }
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
      pollfd ready{output_.get(), POLLIN, 0};
      if (left <= 0 || poll(&ready, 1, static_cast<int>(left)) == 0) return absl::DeadlineExceededError("no line");
      std::array<char, 4096> bytes;
      const ssize_t size = read(output_.get(), bytes.data(), bytes.size());
      if (size <= 0) return absl::UnavailableError("the child has ended");
      buffered_.append(bytes.data(), static_cast<size_t>(size));
    }
  }

  void Kill() override {
    if (ended_) return;
    ended_ = true;
    kill(id_, SIGKILL);
    waitpid(id_, nullptr, 0);
  }

 private:
  const pid_t id_;
  // The child ends when it is closed.
  UniqueFd input_;
  UniqueFd output_;
  std::string buffered_;
  bool ended_ = false;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ChildProcess>> ChildProcess::Start(const std::vector<std::string>& arguments) {
  int input[2];
  int output[2];
  if (pipe2(input, O_CLOEXEC) != 0) return absl::ErrnoToStatus(errno, "pipe");
  UniqueFd child_input(input[0]);
  UniqueFd our_input(input[1]);
  if (pipe2(output, O_CLOEXEC) != 0) return absl::ErrnoToStatus(errno, "pipe");
  UniqueFd our_output(output[0]);
  UniqueFd child_output(output[1]);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, child_input.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, child_output.get(), STDOUT_FILENO);
  std::vector<std::string> words = {"child"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t id = 0;
  const int error = posix_spawn(&id, "/proc/self/exe", &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return absl::ErrnoToStatus(error, "posix_spawn");
  return std::make_unique<PosixChild>(id, std::move(our_input), std::move(our_output));
}

}  // namespace resource_broker::ipc::testing
