// The file of clusapi_stand_in.h.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace resource_broker::cluster::testing {

struct StandInState {
  struct Type {
    std::string name;
    std::string display_name;
    std::string dll;
    std::map<std::string, uint32_t> numbers;
  };

  // All of the file; a cluster of nothing if there is none.
  static StandInState Load(const std::string& file);
  // Types and numbers; everything else as it was.
  void Save(const std::string& file) const;

  Type* FindType(const std::string& name);
  // The code that function is told to fail with; 0: it is not.
  uint32_t Failure(const std::string& function) const;

  // The words of the lines that begin with `kind`.
  std::vector<std::vector<std::string>> Lines(absl::string_view kind) const;

  std::vector<std::vector<std::string>> lines;
  std::vector<Type> types;
};

}  // namespace resource_broker::cluster::testing
