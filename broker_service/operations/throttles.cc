#include "broker_service/operations/throttles.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "broker_service/operations/flags.h"

namespace resource_broker::broker {
namespace {

constexpr char kAll[] = "*";
constexpr char kModule = 'm';
constexpr char kDestination = 'd';

}  // namespace

Place::Place(const v1::OperationRequest& operation) : module(absl::StrCat("m:", operation.module())) {
  if (operation.destination_node().empty()) return;
  destination = absl::StrCat("d:", absl::AsciiStrToLower(operation.destination_node()));
}

uint32_t Throttles::LimitOf(const std::string& line) const {
  if (line.front() == kModule) return limits_.per_module;
  if (line.front() == kDestination) return limits_.per_destination;
  return limits_.all;
}

bool Throttles::Full(const std::string& line) const {
  const auto found = lines_.find(line);
  return found != lines_.end() && found->second.running >= LimitOf(line);
}

std::optional<Throttles::Block> Throttles::Blocks(const Place& place) const {
  if (Full(kAll)) return Block{kAll, kStatusSourceThrottled, absl::StrCat("all ", limits_.all, " places are taken")};
  if (Full(place.module)) {
    return Block{place.module, kStatusSourceThrottled,
                 absl::StrCat("all ", limits_.per_module, " places of its module are taken")};
  }
  if (!place.destination.empty() && Full(place.destination)) {
    return Block{place.destination, kStatusDestinationThrottled,
                 absl::StrCat("all ", limits_.per_destination, " places of the destination node are taken")};
  }
  return std::nullopt;
}

void Throttles::Take(const Place& place) {
  ++lines_[kAll].running;
  ++lines_[place.module].running;
  if (!place.destination.empty()) ++lines_[place.destination].running;
}

void Throttles::Release(const Place& place) {
  for (const std::string& line : {std::string(kAll), place.module, place.destination}) {
    const auto found = lines_.find(line);
    if (found == lines_.end()) continue;
    if (--found->second.running == 0 && found->second.waiting.empty()) lines_.erase(found);
  }
}

void Throttles::Wait(const std::string& line, const std::string& resource) { lines_[line].waiting.push_back(resource); }

std::optional<Throttles::Waiter> Throttles::TakeWaiterIn(const std::string& line) {
  const auto found = lines_.find(line);
  if (found == lines_.end() || found->second.waiting.empty() || Full(line)) return std::nullopt;
  Waiter waiter{line, std::move(found->second.waiting.front())};
  found->second.waiting.pop_front();
  if (found->second.running == 0 && found->second.waiting.empty()) lines_.erase(found);
  return waiter;
}

std::optional<Throttles::Waiter> Throttles::TakeWaiter(const Place& place) {
  for (const std::string& line : {std::string(kAll), place.module, place.destination}) {
    if (std::optional<Waiter> waiter = TakeWaiterIn(line)) return waiter;
  }
  return std::nullopt;
}

std::optional<Throttles::Waiter> Throttles::TakeAnyWaiter() {
  for (const auto& [line, state] : lines_) {
    if (state.waiting.empty() || Full(line)) continue;
    return TakeWaiterIn(std::string(line));
  }
  return std::nullopt;
}

uint32_t Throttles::RunningIn(const std::string& module) const {
  const auto found = lines_.find(absl::StrCat("m:", module));
  return found == lines_.end() ? 0 : found->second.running;
}

}  // namespace resource_broker::broker
