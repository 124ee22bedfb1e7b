#include "ipc/peer.h"

#include "absl/strings/str_cat.h"

namespace resource_broker::ipc {

std::string PeerIdentity::ToString() const {
  std::string text = process_id == 0 ? "unknown process" : absl::StrCat("pid ", process_id);
  if (!account.empty()) absl::StrAppend(&text, ", ", account);
  if (elevated) absl::StrAppend(&text, ", elevated");
  if (!image_path.empty()) absl::StrAppend(&text, ", ", image_path);
  return text;
}

}  // namespace resource_broker::ipc
