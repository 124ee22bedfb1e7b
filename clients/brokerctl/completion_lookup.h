// Words for completion that only brokers and files know.
#pragma once

#include <string>
#include <vector>

#include "clients/brokerctl/completion.h"

namespace resource_broker::brokerctl {

// As Lookup in completion.h. Asks the nodes that `globals` mean, each for one page, for at most a second in all;
// whatever goes wrong, there are no candidates then.
std::vector<Candidate> LookUp(const std::string& kind, const std::vector<std::string>& globals,
                              const std::vector<std::string>& positionals);

}  // namespace resource_broker::brokerctl
