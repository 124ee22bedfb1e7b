// How lines of the log are written down. See docs/logging.md.
#pragma once

#include <spdlog/formatter.h>

#include <memory>

namespace resource_broker::broker {

// "2027-01-02T03:04:05.678+01:00 info [123] text". Control characters of the text are written as \x0a, so that no peer
// can forge a line.
std::unique_ptr<spdlog::formatter> TextLines();

// Each line is a LogLine (log_line.proto) in JSON.
std::unique_ptr<spdlog::formatter> JsonLines();

// `lines` with a priority of syslog in front ("<4>"), which journald takes off again.
std::unique_ptr<spdlog::formatter> WithPriority(std::unique_ptr<spdlog::formatter> lines);

}  // namespace resource_broker::broker
