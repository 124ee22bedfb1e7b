// How Windows finds the texts of our events:
// HKLM\SYSTEM\CurrentControlSet\Services\EventLog\Application\ResourceBroker.
#pragma once

#include <filesystem>

#include "absl/status/status.h"

namespace resource_broker::broker {

inline constexpr wchar_t kEventSource[] = L"ResourceBroker";

// Writes EventMessageFile, which is to be this program (it carries the texts), and TypesSupported. Over what is there.
absl::Status AddEventSource(const std::filesystem::path& message_file);

// OK also where there is none. Events of before are shown without their texts from then on.
absl::Status RemoveEventSource();

}  // namespace resource_broker::broker
