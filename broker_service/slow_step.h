// Steps that take too long say so while they still hang.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "broker_service/operations/clock.h"

namespace resource_broker::broker {

// Of steps that last longer than a limit: a line when it has passed, again at each doubling of that time while the step
// hangs, and one when it has ended. A step that does not is a timer that is cancelled. Thread-safe.
class SlowSteps {
  struct Book;
  struct Entry;

 public:
  // One step, from Begin to the end of this. May outlive SlowSteps, and then says nothing.
  class Step {
   public:
    Step() = default;
    ~Step() { End(); }
    Step(Step&&) = default;
    Step& operator=(Step&& other) noexcept {
      End();
      entry_ = std::move(other.entry_);
      return *this;
    }

    void End();

   private:
    friend class SlowSteps;
    explicit Step(std::shared_ptr<Entry> entry) : entry_(std::move(entry)) {}
    std::shared_ptr<Entry> entry_;
  };

  using Report = std::function<void(const std::string&)>;

  // `clock` and `timers` must outlive it. `report` gets each line, on a thread of the timers or of the step.
  SlowSteps(absl::Duration limit, const Clock* clock, Timers* timers, Report report = LogReport);
  ~SlowSteps();
  SlowSteps(const SlowSteps&) = delete;
  SlowSteps& operator=(const SlowSteps&) = delete;

  // `name` is a literal. `about()` gives the text that tells what it is about ("op=…", a module, a resource); it is
  // called only if the step is slow, on another thread, never after its end. It takes no locks.
  template <typename About>
  [[nodiscard]] Step Begin(const char* name, About about) {
    struct Described : Entry {
      explicit Described(About describe) : describe(std::move(describe)) {}
      std::string Text() const override { return describe(); }
      const About describe;
    };
    return Start(name, std::make_shared<Described>(std::move(about)));
  }

  // One that is slow and goes on.
  struct Hanging {
    std::string name;
    std::string about;
    absl::Duration duration;
  };
  // Longest first.
  std::vector<Hanging> Now() const;

  // How many were slow since the broker's start, by name.
  std::map<std::string, uint64_t> Counts() const;

 private:
  struct Entry {
    virtual ~Entry() = default;
    virtual std::string Text() const = 0;

    std::shared_ptr<Book> book;
    const char* name = nullptr;
    // The rest is guarded by the book's lock.
    absl::Duration begun;
    absl::Duration next;
    Timers::Id timer = 0;
    bool ended = false;
    // Of one that is slow: what it is about.
    std::optional<std::string> about;
  };

  static void LogReport(const std::string& line);
  Step Start(const char* name, std::shared_ptr<Entry> entry);
  static void Wait(const std::shared_ptr<Entry>& entry, absl::Duration delay);
  static void OnTimer(const std::shared_ptr<Entry>& entry);

  const std::shared_ptr<Book> book_;
};

// The same where there may be nobody to tell.
template <typename About>
[[nodiscard]] SlowSteps::Step BeginStep(SlowSteps* steps, const char* name, About about) {
  return steps == nullptr ? SlowSteps::Step() : steps->Begin(name, std::move(about));
}

}  // namespace resource_broker::broker
