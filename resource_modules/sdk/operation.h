// One OnlineV2 or OfflineV2, as a module's code sees it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "resource_modules/sdk/operation_flags.h"
#include "resource_modules/sdk/properties.h"
#include "resource_modules/sdk/resource.h"

namespace resource_broker::sdk {

class Execution;

// Valid while Online or Offline runs; may be used from several threads then.
class Operation {
 public:
  // Made by the SDK, and by tests of a module: with an Execution that has begun.
  Operation(std::shared_ptr<Execution> execution, const Resource& resource);
  ~Operation();
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;

  // --- What RHS asked for ---

  const Resource& resource() const { return resource_; }
  const std::string& resource_name() const { return resource_.name; }
  const Properties& properties() const { return resource_.properties; }

  // Every flag as RHS passed it, by name or raw.
  const OperationFlags& flags() const { return flags_; }

  // Offline only: the node that shall have the resource next. nullopt: RHS passed NULL, it is no move.
  std::optional<std::string> destination_node() const;

  // Byte for byte. nullopt: RHS passed NULL.
  std::optional<std::string> in_buffer() const;

  // OfflineV2's last parameter, any value.
  uint32_t reserved() const;

  // 16 bytes; the same however often the broker gives this operation.
  const std::string& id() const;

  // From 1; above 1 only if the manifest says that the module is idempotent.
  uint32_t attempt() const;

  // Online on the way back from an offline that failed.
  bool restore() const;

  // --- What follows from it ---

  // InBuffer's named values (in_buffer.h). None, and a report that says so, if it is not of that form.
  const Properties& options();

  // Whether no grace is wanted: InBuffer's Mode is "hard", or the workload has failed itself.
  bool hard();

  // When this operation should have ended: its begin plus InBuffer's TimeoutMs, or else the property of that name, or
  // else `fallback`. InvalidArgument if the property is no such number.
  absl::StatusOr<std::chrono::steady_clock::time_point> Deadline(absl::string_view property,
                                                                 std::chrono::milliseconds fallback);

  // --- Saying how it goes ---

  // A sign of life for RHS, people and logs. Send one at least every few seconds while something is done: RHS gives up
  // on what makes no progress. `percent` 0 to 100. Messages are cut at 1,024 bytes.
  void Report(absl::string_view message);
  void Report(uint32_t percent, absl::string_view message);

  // The same with the workload's own count of steps (a service's checkpoint).
  void ReportCheckpoint(uint32_t checkpoint, absl::string_view message);

  // --- Ending early ---

  // Whether Cancel or Terminate wants this operation to end. Return soon then: Result::Cancelled() if the resource is
  // what it was before, else how far it got. After Terminate the result does not matter.
  bool cancelled() const;

  // Whether it was Terminate.
  bool terminated() const;

  // Sleeps until then, or for `timeout`; returns cancelled().
  bool WaitForCancel(std::chrono::milliseconds timeout) const;

  // Calls `function` when it is cancelled, at once if it is already, on any thread; not again after the returned watch
  // is gone. For waking up from another wait. Must not block, nor destroy its watch.
  class CancelWatch;
  [[nodiscard]] std::unique_ptr<CancelWatch> OnCancel(std::function<void()> function);

 private:
  const std::shared_ptr<Execution> execution_;
  const Resource resource_;
  const OperationFlags flags_;
  // Parsed when first asked for: most InBuffers are nobody's business.
  std::once_flag parsed_;
  Properties options_;
};

class Operation::CancelWatch {
 public:
  ~CancelWatch();
  CancelWatch(const CancelWatch&) = delete;
  CancelWatch& operator=(const CancelWatch&) = delete;

 private:
  friend class Operation;
  struct Call;
  CancelWatch(std::shared_ptr<Execution> execution, std::function<void()> function);

  const std::shared_ptr<Execution> execution_;
  const std::shared_ptr<Call> call_;
  const int id_;
};

}  // namespace resource_broker::sdk
