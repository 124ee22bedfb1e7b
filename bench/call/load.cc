#include "bench/call/load.h"

#include <functional>
#include <thread>

namespace resource_broker::bench {
namespace {

// `work` for each number below `count`, each on its own thread; what they found, in order.
std::vector<Operation> OnThreads(size_t count, const std::function<std::vector<Operation>(size_t)>& work) {
  std::vector<std::vector<Operation>> found(count);
  std::vector<std::thread> threads;
  threads.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    threads.emplace_back([&found, &work, i] { found[i] = work(i); });
  }
  for (std::thread& thread : threads) thread.join();
  std::vector<Operation> all;
  for (const std::vector<Operation>& part : found) all.insert(all.end(), part.begin(), part.end());
  return all;
}

}  // namespace

std::vector<Operation> RunClosed(const Resources& resources, size_t count, Clock::duration warm_up,
                                 Clock::duration time) {
  const Clock::time_point counted = Clock::now() + warm_up;
  const Clock::time_point end = counted + time;
  return OnThreads(count, [&](size_t i) {
    std::vector<Operation> mine;
    while (Clock::now() < end || mine.empty()) {
      const Operation operation = resources[i]->Run();
      if (operation.entered >= counted) mine.push_back(operation);
    }
    return mine;
  });
}

std::vector<Operation> RunOpen(const Resources& resources, size_t count, double per_second, Clock::duration time) {
  const Clock::time_point start = Clock::now();
  const auto total = static_cast<size_t>(per_second * std::chrono::duration<double>(time).count());
  return OnThreads(count, [&](size_t i) {
    std::vector<Operation> mine;
    for (size_t number = i; number < total; number += count) {
      const auto after = std::chrono::duration<double>(static_cast<double>(number) / per_second);
      const Clock::time_point meant = start + std::chrono::duration_cast<Clock::duration>(after);
      std::this_thread::sleep_until(meant);
      Operation operation = resources[i]->Run();
      operation.entered = meant;
      mine.push_back(operation);
    }
    return mine;
  });
}

std::vector<Operation> BeginAll(const Resources& resources, size_t count) {
  return OnThreads(count, [&](size_t i) { return std::vector<Operation>{resources[i]->Begin()}; });
}

}  // namespace resource_broker::bench
