// Named, typed values: a resource's private properties, and what an InBuffer says.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/map.h"
#include "resource_broker/v1/types.pb.h"

namespace resource_broker::sdk {

// Names are compared without regard to ASCII case, as in the registry. Every error is InvalidArgument and names the
// value and what is wrong with it, fit to be shown to an administrator; Result::Failed makes a Win32 code 87 of it.
// Of each accessor, the form without a fallback wants the value to exist.
class Properties {
 public:
  // Longest time a value may ask for.
  static constexpr std::chrono::milliseconds kMaxDuration = std::chrono::hours(24 * 7);

  // `what` is what errors call a value: "property" makes "property ServiceName is missing".
  explicit Properties(std::string what);
  Properties(std::string what, const google::protobuf::Map<std::string, v1::PropertyValue>& values);

  void Set(absl::string_view name, v1::PropertyValue value);
  bool Has(absl::string_view name) const;
  size_t size() const { return values_.size(); }

  // All of them, by name, as the broker sent them.
  const auto& values() const { return values_; }

  // REG_SZ, or REG_EXPAND_SZ with its references to the environment (%NAME%) expanded; unknown ones stay as they are.
  absl::StatusOr<std::string> Text(absl::string_view name) const;
  absl::StatusOr<std::string> Text(absl::string_view name, absl::string_view fallback) const;

  // REG_DWORD, REG_QWORD, or decimal digits as text; within [min, max].
  absl::StatusOr<uint64_t> Number(absl::string_view name, uint64_t min, uint64_t max) const;
  absl::StatusOr<uint64_t> Number(absl::string_view name, uint64_t min, uint64_t max, uint64_t fallback) const;

  // 0 or 1.
  absl::StatusOr<bool> Switch(absl::string_view name, bool fallback) const;

  // A number of milliseconds, 1 to kMaxDuration.
  absl::StatusOr<std::chrono::milliseconds> Milliseconds(absl::string_view name,
                                                         std::chrono::milliseconds fallback) const;

  // REG_MULTI_SZ; a text is a list of one. Empty where the value does not exist.
  absl::StatusOr<std::vector<std::string>> TextList(absl::string_view name) const;

 private:
  struct WithoutCase {
    using is_transparent = void;
    bool operator()(absl::string_view a, absl::string_view b) const;
  };

  const v1::PropertyValue* Find(absl::string_view name) const;
  absl::Status Missing(absl::string_view name) const;
  absl::Status Wrong(absl::string_view name, absl::string_view expected) const;

  std::string what_;
  std::map<std::string, v1::PropertyValue, WithoutCase> values_;
};

}  // namespace resource_broker::sdk
