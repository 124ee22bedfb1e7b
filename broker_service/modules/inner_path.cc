#include "broker_service/modules/inner_path.h"

#include <google/protobuf/stubs/common.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace resource_broker::broker {
namespace {

constexpr size_t kMaxPathBytes = 255;
constexpr size_t kMaxParts = 16;
constexpr std::string_view kForbidden("\\:*?\"<>|\0", 9);

std::vector<absl::string_view> PartsOf(std::string_view path) {
  return absl::StrSplit(absl::string_view(path.data(), path.size()), '/');
}

// "Naming Files, Paths, and Namespaces" of the Windows documentation: these names are devices in every folder, with any
// extension, and with the spaces before it. ¹²³ count as digits.
bool IsDeviceName(absl::string_view part) {
  const std::string name =
      absl::AsciiStrToUpper(absl::StripTrailingAsciiWhitespace(part.substr(0, part.find_first_of(".:"))));
  for (const absl::string_view device : {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"}) {
    if (name == device) return true;
  }
  const absl::string_view port = absl::string_view(name).substr(0, 3);
  if (port != "COM" && port != "LPT") return false;
  const absl::string_view number = absl::string_view(name).substr(3);
  return (number.size() == 1 && absl::ascii_isdigit(number[0])) || number == "\u00b9" || number == "\u00b2" ||
         number == "\u00b3";
}

bool IsUtf8(std::string_view text) {
  return google::protobuf::internal::IsStructurallyValidUTF8(text.data(), static_cast<int>(text.size()));
}

bool IsControl(char c) { return absl::ascii_iscntrl(static_cast<unsigned char>(c)); }

}  // namespace

bool IsInnerPath(std::string_view path) {
  if (path.empty() || path.size() > kMaxPathBytes) return false;
  if (path.find_first_of(kForbidden) != std::string_view::npos) return false;
  const std::vector<absl::string_view> parts = PartsOf(path);
  return std::none_of(parts.begin(), parts.end(),
                      [](absl::string_view part) { return part.empty() || part == "." || part == ".."; });
}

std::string PathAsText(std::string_view path) {
  const absl::string_view bytes(path.data(), path.size());
  return IsUtf8(path) ? absl::Utf8SafeCHexEscape(bytes) : absl::CHexEscape(bytes);
}

absl::Status CheckFilePath(std::string_view path) {
  if (path.size() > kMaxPathBytes) return absl::InvalidArgumentError("its path is longer than 255 bytes");
  if (!IsUtf8(path)) return absl::InvalidArgumentError("its path is not UTF-8");
  if (std::any_of(path.begin(), path.end(), IsControl)) {
    return absl::InvalidArgumentError("its path has a control character or NUL");
  }
  if (!IsInnerPath(path)) {
    return absl::InvalidArgumentError(
        "its path must lead into the package, with forward slashes and without . .. \\ : * ? \" < > |");
  }
  const std::vector<absl::string_view> parts = PartsOf(path);
  if (parts.size() > kMaxParts) return absl::InvalidArgumentError("it lies deeper than 16 levels");
  for (const absl::string_view part : parts) {
    if (part.back() == '.' || part.back() == ' ') {
      return absl::InvalidArgumentError("a part of its path ends with a dot or a space");
    }
    if (IsDeviceName(part)) return absl::InvalidArgumentError(absl::StrCat(part, " is a device's name on Windows"));
  }
  return absl::OkStatus();
}

}  // namespace resource_broker::broker
