// A program for tests of generic_script: script_subject FOLDER MODE STEP. It writes what it gets on stdin to
// FOLDER/STEP.json, and then does what MODE says:
//   good      two PROGRESS lines and others, exit code 0
//   not-now   exit code 75
//   bad       two lines to stderr, exit code 3
//   stuck     PROGRESS with its process id, and stays
//   idle      stays
//   daemon    starts an idle process that keeps these streams, PROGRESS with its id, exit code 0
//   flood     8 MiB of lines without end, exit code 0
//   deaf      does not read stdin, exit code 0
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "resource_modules/process/testing/subject_system.h"

namespace {

using resource_broker::process::OwnProcessId;
using resource_broker::process::StartDetached;
using resource_broker::process::SubjectArguments;

int Run(const std::string& mode) {
  if (mode == "good") {
    std::puts("hello");
    std::puts("PROGRESS 30 first \xFF half");
    std::puts("PROGRESS - second half");
    std::puts("PROGRESS 101 nonsense");
    return 0;
  }
  if (mode == "not-now") {
    std::fputs("come back later\n", stderr);
    return 75;
  }
  if (mode == "bad") {
    std::fputs("something\nthe disk is on fire\r\n\n", stderr);
    return 3;
  }
  if (mode == "stuck") {
    std::printf("PROGRESS - %u\n", OwnProcessId());
    std::fflush(stdout);
    std::this_thread::sleep_for(std::chrono::minutes(10));
    return 0;
  }
  if (mode == "idle") {
    std::this_thread::sleep_for(std::chrono::minutes(10));
    return 0;
  }
  if (mode == "daemon") {
    std::printf("PROGRESS - %u\n", StartDetached("", "idle", /*keep_streams=*/true));
    return 0;
  }
  if (mode == "flood") {
    for (int i = 0; i < 128; ++i) std::fputs(std::string(1 << 16, 'x').c_str(), stdout);
    return 0;
  }
  return mode == "deaf" ? 0 : 2;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> arguments = SubjectArguments(argc, argv);
  if (arguments.size() == 2) return Run(arguments[1]);
  if (arguments.size() != 3) return 2;
  if (arguments[1] != "deaf") {
    std::string input(std::istreambuf_iterator<char>(std::cin), {});
    std::ofstream(arguments[0] + "/" + arguments[2] + ".json", std::ios::binary) << input;
  }
  return Run(arguments[1]);
}
