#include "bench/samples.h"

#include <cstdio>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace resource_broker::bench {
namespace {

std::string Number(double value) { return absl::StrFormat("%.3f", value); }

std::string List(const Samples& samples) {
  const auto append = [](std::string* out, double value) { absl::StrAppend(out, Number(value)); };
  return absl::StrCat("[", absl::StrJoin(samples, ",", append), "]");
}

}  // namespace

Line& Line::Append(const std::string& name, const std::string& value) {
  absl::StrAppend(&text_, text_.empty() ? "" : ",", "\"", name, "\":", value);
  return *this;
}

Line& Line::Add(const std::string& name, const Samples& samples) { return Append(name, List(samples)); }

Line& Line::Add(const std::string& name, const std::vector<Samples>& repetitions) {
  const auto append = [](std::string* out, const Samples& samples) { absl::StrAppend(out, List(samples)); };
  return Append(name, absl::StrCat("[", absl::StrJoin(repetitions, ",", append), "]"));
}

Line& Line::Add(const std::string& name, double value) { return Append(name, Number(value)); }

void Line::Print() const {
  std::printf("{%s}\n", text_.c_str());
  std::fflush(stdout);
}

}  // namespace resource_broker::bench
