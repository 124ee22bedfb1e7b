// What a check found.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace resource_broker::broker {

enum class FindingResult { kOk, kWarning, kError };

struct Finding {
  // Stable, as docs/service.md lists them: "journal", "remote.certificate".
  std::string check;
  FindingResult result = FindingResult::kOk;
  // What was seen, with the place.
  std::string evidence;
  // What to do about it; empty where it is ok.
  std::string mend;
};

// In the order in which they were found.
class Findings {
 public:
  void Ok(std::string check, std::string evidence) {
    all_.push_back({std::move(check), FindingResult::kOk, std::move(evidence), ""});
  }
  void Warning(std::string check, std::string evidence, std::string mend) {
    all_.push_back({std::move(check), FindingResult::kWarning, std::move(evidence), std::move(mend)});
  }
  void Error(std::string check, std::string evidence, std::string mend) {
    all_.push_back({std::move(check), FindingResult::kError, std::move(evidence), std::move(mend)});
  }
  const std::vector<Finding>& all() const { return all_; }

 private:
  std::vector<Finding> all_;
};

}  // namespace resource_broker::broker
