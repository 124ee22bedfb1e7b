// What is said beside the command: which nodes, how they are reached, what the output looks like.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "clients/brokerctl/endpoint.h"

namespace resource_broker::brokerctl {

struct Globals {
  // The local pipe or socket; empty: not given.
  std::string address;
  std::vector<std::string> nodes;
  std::string ca;
  std::string certificate;
  std::string key;
  std::string server_name;
  bool plaintext = false;
  std::string context;
  std::string contexts_file;
  std::string output = "table";
  std::string color = "auto";
  int64_t timeout_ms = 10'000;
  uint32_t parallel = 16;
  bool yes = false;
};

// They may be given before and after the command's own words. `globals` must live as long as `app`.
void AddGlobalOptions(CLI::App* app, Globals* globals);

// The file with the contexts that these options mean; empty: there is no place for one.
std::filesystem::path ContextsFile(const Globals& globals);

// The brokers that are meant: --address, or --node, or a context, or the current context, or the local pipe or socket.
// With --node alone the credentials are the context's. InvalidArgument for options that do not go together.
absl::StatusOr<std::vector<Endpoint>> ChooseEndpoints(const Globals& globals);

}  // namespace resource_broker::brokerctl
