// A door that lets in whom the test says, and writes down what comes through it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "broker_service/access/door.h"

namespace resource_broker::broker::testing {

// Thread-safe.
class RecordingDoor : public Door {
 public:
  struct Recorded {
    std::string method;
    Change change;
    absl::Status outcome;
  };

  absl::StatusOr<Caller> Admit(const grpc::ServerContextBase& context, std::string_view method) override {
    absl::MutexLock lock(&mu_);
    admitted_.emplace_back(method);
    if (closed_) return absl::PermissionDeniedError("the test has nobody in");
    return Caller{"tester", "here", Role::kAdmin};
  }

  void Record(const Caller& caller, std::string_view method, const Change& change,
              const absl::Status& outcome) override {
    absl::MutexLock lock(&mu_);
    records_.push_back({std::string(method), change, outcome});
  }

  void Close() {
    absl::MutexLock lock(&mu_);
    closed_ = true;
  }

  // Those who asked to be let in.
  std::vector<std::string> admitted() {
    absl::MutexLock lock(&mu_);
    return admitted_;
  }
  std::vector<Recorded> records() {
    absl::MutexLock lock(&mu_);
    return records_;
  }
  std::vector<Recorded> RecordsOf(const std::string& method) {
    std::vector<Recorded> found;
    for (Recorded& record : records()) {
      if (record.method == method) found.push_back(std::move(record));
    }
    return found;
  }

 private:
  absl::Mutex mu_;
  bool closed_ ABSL_GUARDED_BY(mu_) = false;
  std::vector<std::string> admitted_ ABSL_GUARDED_BY(mu_);
  std::vector<Recorded> records_ ABSL_GUARDED_BY(mu_);
};

}  // namespace resource_broker::broker::testing
