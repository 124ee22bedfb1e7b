// Parts C, D, E and G: a host of resources that calls the bridge as RHS does, told by lines of standard input what to
// do. Each is answered by one line of JSON.
//
//   bench_call ADDRESS [Property=Value …]    the broker's bridge address, and what every resource's key holds
//
//   open COUNT                         opens resources until there are so many
//   closed COUNT WARM_UP_S SECONDS     operations one after the other on each of the first COUNT
//   rate COUNT PER_SECOND SECONDS      operations at fixed moments; latency counts from there
//   begin COUNT                        one operation on each of the first COUNT, which has to pend
//   mark                               now is the moment that `ends` counts from
//   ends                               waits for the operations of `begin`: when each ended after the mark
//
// Ends with standard input; what is open is closed. Exit code 1: an operation did not end.
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bench/call/host_resource.h"
#include "bench/call/load.h"
#include "bench/samples.h"

namespace resource_broker::bench {
namespace {

Clock::duration Seconds(double seconds) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

// In microseconds: entry to return, entry to end, and each entry after the first.
void PrintOperations(const std::vector<Operation>& operations) {
  Samples returned, ended, entered, pended;
  double failed = 0;
  Clock::time_point first = Clock::time_point::max();
  Clock::time_point last = Clock::time_point::min();
  for (const Operation& operation : operations) {
    first = std::min(first, operation.entered);
    last = std::max(last, operation.ended);
  }
  for (const Operation& operation : operations) {
    returned.push_back(Microseconds(operation.returned - operation.entered));
    ended.push_back(Microseconds(operation.ended - operation.entered));
    entered.push_back(Microseconds(operation.entered - first));
    pended.push_back(operation.pended ? 1 : 0);
    if (!operation.succeeded) ++failed;
  }
  const double seconds = operations.empty() ? 0 : Microseconds(last - first) / 1e6;
  Line line;
  line.Add("return_us", returned).Add("end_us", ended).Add("entered_us", entered).Add("pended", pended);
  line.Add("failed", failed).Add("seconds", seconds).Print();
}

class Session {
 public:
  Session(std::string address, Properties properties)
      : address_(std::move(address)), properties_(std::move(properties)) {}

  // False: no such command, or an operation that did not end.
  bool Do(const std::string& command, std::istream& arguments) {
    double count = 0;
    double second = 0;
    double third = 0;
    arguments >> count >> second >> third;
    const auto resources = static_cast<size_t>(count);
    if (command != "open" && resources > resources_.size()) return false;
    if (command == "open") return Open(resources);
    if (command == "closed") {
      PrintOperations(RunClosed(resources_, resources, Seconds(second), Seconds(third)));
      return true;
    }
    if (command == "rate") {
      PrintOperations(RunOpen(resources_, resources, second, Seconds(third)));
      return true;
    }
    if (command == "begin") return Begin(resources);
    if (command == "mark") return Mark();
    return command == "ends" && Ends();
  }

 private:
  bool Open(size_t count) {
    const Clock::time_point begun = Clock::now();
    while (resources_.size() < count) {
      resources_.push_back(
          std::make_unique<HostResource>(absl::StrCat("r", resources_.size() + 1), address_, properties_));
    }
    Line().Add("took_us", Microseconds(Clock::now() - begun)).Print();
    return true;
  }

  bool Begin(size_t count) {
    begun_ = BeginAll(resources_, count);
    Samples returned;
    double pended = 0;
    for (const Operation& operation : begun_) {
      returned.push_back(Microseconds(operation.returned - operation.entered));
      pended += operation.pended ? 1 : 0;
    }
    Line().Add("return_us", returned).Add("pended", pended).Print();
    return true;
  }

  bool Mark() {
    mark_ = Clock::now();
    Line().Add("marked", 1).Print();
    return true;
  }

  bool Ends() {
    Samples ends;
    double failed = 0;
    for (size_t i = 0; i < begun_.size(); ++i) {
      if (!resources_[i]->AwaitEnd(&begun_[i])) return false;
      ends.push_back(Microseconds(begun_[i].ended - mark_));
      if (!begun_[i].succeeded) ++failed;
    }
    Line().Add("end_us", ends).Add("failed", failed).Print();
    return true;
  }

  const std::string address_;
  const Properties properties_;
  Resources resources_;
  std::vector<Operation> begun_;
  Clock::time_point mark_;
};

int Main(int argc, char** argv) {
  Properties properties;
  for (int i = 2; i < argc; ++i) {
    const std::string argument = argv[i];
    const size_t equals = argument.find('=');
    if (equals == std::string::npos) return 2;
    properties[argument.substr(0, equals)] = argument.substr(equals + 1);
  }
  Session session(argv[1], properties);
  for (std::string text; std::getline(std::cin, text);) {
    std::istringstream line(text);
    std::string command;
    line >> command;
    if (session.Do(command, line)) continue;
    std::fprintf(stderr, "bench_call: %s: no such command, more resources than are open, or an operation without end\n",
                 text.c_str());
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace resource_broker::bench

int main(int argc, char** argv) {
  if (argc >= 2) return resource_broker::bench::Main(argc, argv);
  std::fprintf(stderr, "usage: bench_call ADDRESS [Property=Value ...]\n");
  return 2;
}
