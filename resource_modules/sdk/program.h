// What the operating system knows of this program: its environment, its own path, its standard streams.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace resource_broker::sdk {

// nullopt where it is not set. UTF-8 in and out.
std::optional<std::string> EnvironmentVariable(const std::string& name);

uint32_t ProcessId();

// Full path of this program with forward slashes; empty if the system does not tell.
std::string ProgramPath();

// Writes all of `text` to stdout as it is, at once. False if nobody reads it.
bool WriteToStdout(absl::string_view text);

// A write to a pipe nobody reads becomes an error rather than this program's end.
void SurviveBrokenPipes();

}  // namespace resource_broker::sdk
