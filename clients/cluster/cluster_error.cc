#include "clients/cluster/cluster_error.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "clients/names/explanations.h"
#include "clients/names/names.h"

namespace resource_broker::cluster {
namespace {

struct Meaning {
  uint32_t code;
  absl::StatusCode status;
  const char* advice;
};

constexpr char kNoRight[] =
    "run it elevated (as administrator), with an account that has full control of the cluster: an administrator of its "
    "nodes, or one that Grant-ClusterAccess gave it to";
constexpr char kNoService[] =
    "no cluster service answers there: on a node of it `Start-Service ClusSvc`; check the name that --cluster gives, "
    "and "
    "the firewall on the way";
constexpr char kSomebodyElse[] =
    "somebody else changes the cluster at the same time; look at `brokerctl cluster status`";

constexpr Meaning kMeanings[] = {
    {5, absl::StatusCode::kPermissionDenied, kNoRight},
    {53, absl::StatusCode::kUnavailable, kNoService},  // ERROR_BAD_NETPATH
    {145, absl::StatusCode::kFailedPrecondition, "resources of the type exist: remove them first"},
    {183, absl::StatusCode::kFailedPrecondition, kSomebodyElse},
    {1060, absl::StatusCode::kUnavailable, kNoService},  // ERROR_SERVICE_DOES_NOT_EXIST
    {1062, absl::StatusCode::kUnavailable, kNoService},
    {1722, absl::StatusCode::kUnavailable, kNoService},
    {1726, absl::StatusCode::kUnavailable, kNoService},
    {1727, absl::StatusCode::kUnavailable, kNoService},
    {1753, absl::StatusCode::kUnavailable, kNoService},
    {5010, absl::StatusCode::kFailedPrecondition, kSomebodyElse},
    {5050, absl::StatusCode::kUnavailable, kNoService},
    {kResourceNotFound, absl::StatusCode::kNotFound, kSomebodyElse},
    {kTypeNotFound, absl::StatusCode::kNotFound, kSomebodyElse},
};

std::string Words(uint32_t code) {
  for (const names::Explanation& explanation : names::Explain(absl::StrCat(code))) {
    if (explanation.kind == "win32") return absl::StrCat(explanation.words, " (", names::FormatWin32(code), ")");
  }
  return absl::StrCat("Windows error ", code, " (`net helpmsg ", code, "` has its words)");
}

}  // namespace

absl::Status StatusOfCode(absl::string_view what, uint32_t code) {
  if (code == 0) return absl::OkStatus();
  for (const Meaning& meaning : kMeanings) {
    if (meaning.code != code) continue;
    return absl::Status(meaning.status, absl::StrCat(what, ": ", Words(code), "; ", meaning.advice));
  }
  return absl::InternalError(absl::StrCat(what, ": ", Words(code)));
}

}  // namespace resource_broker::cluster
