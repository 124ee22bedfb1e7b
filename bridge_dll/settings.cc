#include "bridge_dll/settings.h"

#include <algorithm>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "bridge_dll/broker_address.h"

namespace resource_broker::bridge {
namespace {

// No value in a complaint is longer than this: a log entry has 500 characters.
constexpr size_t kShownBytes = 80;

std::optional<uint64_t> NumberIn(const v1::PropertyValue& value) {
  uint64_t number = 0;
  switch (value.value_case()) {
    case v1::PropertyValue::kNumber:
      return value.number();
    case v1::PropertyValue::kBigNumber:
      return value.big_number();
    case v1::PropertyValue::kText:
      if (absl::SimpleAtoi(value.text(), &number)) return number;
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

std::string Shown(const v1::PropertyValue& value) {
  if (value.has_text()) return absl::StrCat("\"", value.text().substr(0, kShownBytes), "\"");
  const std::optional<uint64_t> number = NumberIn(value);
  return number.has_value() ? absl::StrCat(*number) : "(neither text nor a number)";
}

class Reader {
 public:
  Reader(const Properties& properties, std::vector<std::string>* complaints)
      : properties_(properties), complaints_(complaints) {}

  uint64_t Number(const char* name, uint64_t min, uint64_t max, uint64_t fallback) {
    const auto found = properties_.find(name);
    if (found == properties_.end()) return fallback;
    const std::optional<uint64_t> number = NumberIn(found->second);
    if (number.has_value() && *number >= min && *number <= max) return *number;
    complaints_->push_back(absl::StrCat(name, " = ", Shown(found->second), " is not a number from ", min, " to ", max,
                                        "; ", fallback, " is used"));
    return fallback;
  }

  void Duration(const char* name, uint64_t min, uint64_t max, std::chrono::milliseconds* value) {
    *value = std::chrono::milliseconds(Number(name, min, max, static_cast<uint64_t>(value->count())));
  }

  std::string Module() {
    const auto found = properties_.find("Module");
    if (found == properties_.end()) return {};
    const std::string& name = found->second.text();
    const bool allowed = !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
      return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '_';
    });
    if (allowed) return name;
    complaints_->push_back(
        absl::StrCat("Module = ", Shown(found->second), " is not a name of 1 to 64 of a-z, 0-9 and _"));
    return {};
  }

  std::string Address() {
    const auto found = properties_.find("PipeName");
    if (found == properties_.end()) return DefaultBrokerAddress();
    absl::StatusOr<std::string> address = BrokerAddress(found->second.text());
    if (address.ok()) return *std::move(address);
    complaints_->push_back(absl::StrCat("PipeName = ", Shown(found->second), " ", address.status().message(), "; ",
                                        DefaultBrokerAddress(), " is used"));
    return DefaultBrokerAddress();
  }

 private:
  const Properties& properties_;
  std::vector<std::string>* const complaints_;
};

}  // namespace

Settings SettingsFrom(const Properties& properties, std::vector<std::string>* complaints) {
  Settings settings;
  Reader reader(properties, complaints);
  settings.module = reader.Module();
  settings.address = reader.Address();
  reader.Duration("CallBudgetMs", 100, 60000, &settings.call_budget);
  reader.Duration("TerminateBudgetMs", 0, 60000, &settings.terminate_budget);
  reader.Duration("CloseBudgetMs", 0, 60000, &settings.close_budget);
  reader.Duration("ReconnectTimeoutMs", 1000, 86400000, &settings.reconnect_timeout);
  reader.Duration("CallTimeoutMs", 500, 60000, &settings.call_timeout);
  settings.max_in_buffer_bytes =
      static_cast<uint32_t>(reader.Number("MaxInBufferBytes", 0, kMaxInBufferBytesEver, settings.max_in_buffer_bytes));
  return settings;
}

}  // namespace resource_broker::bridge
