#include "ipc/peer_text.h"

#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "ipc/percent_encoding.h"

namespace resource_broker::ipc {
namespace {

constexpr absl::string_view kScheme = "npipe:";

// The value of "<key>=<value>".
std::optional<std::string> ValueOf(absl::string_view key, absl::string_view field) {
  if (!absl::ConsumePrefix(&field, key) || !absl::ConsumePrefix(&field, "=")) return std::nullopt;
  return PercentDecode(field);
}

}  // namespace

std::string PeerText(const PeerIdentity& peer) {
  return absl::StrCat(kScheme, "pid=", peer.process_id, "&account=", PercentEncode(peer.account, ""),
                      "&elevated=", peer.elevated ? 1 : 0, "&image=", PercentEncode(peer.image_path, ""));
}

std::optional<PeerIdentity> PeerFromText(absl::string_view text) {
  if (!absl::ConsumePrefix(&text, kScheme)) return std::nullopt;
  const std::vector<absl::string_view> fields = absl::StrSplit(text, '&');
  if (fields.size() != 4) return std::nullopt;
  const auto pid = ValueOf("pid", fields[0]);
  const auto account = ValueOf("account", fields[1]);
  const auto elevated = ValueOf("elevated", fields[2]);
  const auto image = ValueOf("image", fields[3]);
  if (!pid || !account || !elevated || !image) return std::nullopt;
  PeerIdentity peer;
  if (!absl::SimpleAtoi(*pid, &peer.process_id)) return std::nullopt;
  if (*elevated != "0" && *elevated != "1") return std::nullopt;
  peer.account = *account;
  peer.elevated = *elevated == "1";
  peer.image_path = *image;
  return peer;
}

}  // namespace resource_broker::ipc
