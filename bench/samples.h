// What the measuring programs print: every sample, for the one who reads them to sort.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace resource_broker::bench {

using Clock = std::chrono::steady_clock;

inline double Microseconds(Clock::duration duration) {
  return std::chrono::duration<double, std::micro>(duration).count();
}

// In the order they were taken.
using Samples = std::vector<double>;

// One line of JSON: {"name": [1.5, …], "other": [[…], […]]}. Names need no escape.
class Line {
 public:
  Line& Add(const std::string& name, const Samples& samples);
  Line& Add(const std::string& name, const std::vector<Samples>& repetitions);
  Line& Add(const std::string& name, double value);

  // Writes it to stdout and flushes.
  void Print() const;

 private:
  Line& Append(const std::string& name, const std::string& value);

  std::string text_;
};

}  // namespace resource_broker::bench
