#include "clients/brokerctl/fan_out.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace resource_broker::brokerctl {

void OnEach(size_t count, size_t parallel, const std::function<void(size_t)>& each) {
  std::atomic<size_t> next{0};
  const auto work = [&] {
    for (size_t i = next++; i < count; i = next++) each(i);
  };
  std::vector<std::thread> others;
  for (size_t i = 1; i < std::min(count, parallel); ++i) others.emplace_back(work);
  work();
  for (std::thread& other : others) other.join();
}

}  // namespace resource_broker::brokerctl
