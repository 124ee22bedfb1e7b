#include "ipc/peer_text.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace resource_broker::ipc {
namespace {

constexpr absl::string_view kScheme = "npipe:";

std::string Encode(absl::string_view text) {
  std::string encoded;
  for (const char c : text) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.' || c == '_') {
      encoded.push_back(c);
    } else {
      absl::StrAppendFormat(&encoded, "%%%02X", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

std::optional<std::string> Decode(absl::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded.push_back(text[i]);
      continue;
    }
    const absl::string_view digits = text.substr(i + 1, 2);
    if (digits.size() != 2 || !absl::ascii_isxdigit(digits[0]) || !absl::ascii_isxdigit(digits[1])) {
      return std::nullopt;
    }
    absl::StrAppend(&decoded, absl::HexStringToBytes(digits));
    i += 2;
  }
  return decoded;
}

// The value of "<key>=<value>".
std::optional<std::string> ValueOf(absl::string_view key, absl::string_view field) {
  if (!absl::ConsumePrefix(&field, key) || !absl::ConsumePrefix(&field, "=")) return std::nullopt;
  return Decode(field);
}

}  // namespace

std::string PeerText(const PeerIdentity& peer) {
  return absl::StrCat(kScheme, "pid=", peer.process_id, "&account=", Encode(peer.account),
                      "&elevated=", peer.elevated ? 1 : 0, "&image=", Encode(peer.image_path));
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
