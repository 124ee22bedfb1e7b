// Two brokers over mutual TLS on loopback, with certificates of brokerctl's own, and something in each to be seen.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "clients/brokerctl/pki.h"
#include "clients/brokerctl/testing/command_run.h"
#include "clients/brokerctl/testing/fake_broker.h"
#include "ipc/testing/temporary_folder.h"

namespace resource_broker::brokerctl {

// The same for every test: sessions, resources, operations, modules, a queue, an audit log.
void FillBroker(const std::string& name, FakeBroker* broker);

class Cluster {
 public:
  Cluster();

  FakeBroker& first() { return *first_; }
  FakeBroker& second() { return *second_; }
  const Identity& ca() const { return ca_; }

  // The file in the test's folder, private, and its name.
  std::string Write(const std::string& name, const std::string& text);
  std::string path(const std::string& name) const;
  // --ca, --cert, --key for these, after the files were written.
  std::vector<std::string> As(const Identity& client, const std::string& ca);

  // With the credentials of an administrator, to `nodes` (or both), and both nodes are called node-1.lan:7443 and
  // node-2.lan:7443 in what comes back.
  CommandRun Run(std::vector<std::string> arguments, const std::vector<std::string>& nodes = {},
                 const Terminal& terminal = {});

  // Every name of a node made the same in every run, of the same length.
  std::string Named(std::string text) const;

 private:
  const ipc::testing::TemporaryFolder folder_;
  Identity ca_;
  Identity client_;
  std::unique_ptr<FakeBroker> first_;
  std::unique_ptr<FakeBroker> second_;
  int written_ = 0;
};

}  // namespace resource_broker::brokerctl
