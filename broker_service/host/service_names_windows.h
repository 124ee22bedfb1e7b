// What the Windows service is called.
#pragma once

namespace resource_broker::broker {

inline constexpr wchar_t kServiceName[] = L"ResourceBroker";
inline constexpr wchar_t kServiceDisplayName[] = L"Resource Broker";
inline constexpr wchar_t kServiceDescription[] =
    L"Runs the logic of failover cluster resources outside the Resource Hosting Subsystem, in processes of their own.";

}  // namespace resource_broker::broker
