// The commands of resource_broker.
#pragma once

#include <string>
#include <vector>

namespace resource_broker::broker {

// Exit codes.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;        // it was tried, and failed; stderr says why
inline constexpr int kExitUsage = 2;         // the command line or the configuration is wrong, or not for this platform
inline constexpr int kExitStopped = 3;       // status: the service is installed and does not run
inline constexpr int kExitNotInstalled = 4;  // status: there is no such service
inline constexpr int kExitNoBroker = 5;      // take-over: the broker before has ended, and this one can't go on
inline constexpr int kExitWarnings = 6;      // doctor: something should be looked into
inline constexpr int kExitErrors = 7;        // doctor: something is wrong

// Does what the arguments (without the program's name, UTF-8) say, and returns the exit code.
int RunCommandLine(const std::vector<std::string>& arguments);

}  // namespace resource_broker::broker
