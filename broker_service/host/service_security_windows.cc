#include "broker_service/host/service_security_windows.h"

#include <openssl/evp.h>

#include <cwctype>

#include "absl/strings/str_cat.h"

namespace resource_broker::broker {

const std::vector<std::wstring>& RequiredPrivileges() {
  static const auto* const privileges = new std::vector<std::wstring>{
      // To reach a file whose folders above it may not be listed: modules' programs, and what modules work on. Every
      // account has it, and a token without it breaks programs that never heard of it.
      SE_CHANGE_NOTIFY_NAME,
      // A client of a pipe may let itself be impersonated in full, as programs do that know nothing of it (Node.js).
      // The broker only asks who it is and reverts; the system gives out such a token for that to who has the
      // privilege, and a weaker one to others.
      SE_IMPERSONATE_NAME,
  };
  return *privileges;
}

std::string ServiceSid(const std::wstring& name) {
  // SHA-1 of the upper-case name in UTF-16, as five numbers of 32 bits; the low byte first, as wchar_t has it here.
  std::wstring upper;
  for (const wchar_t c : name) upper += static_cast<wchar_t>(towupper(c));
  unsigned char digest[EVP_MAX_MD_SIZE] = {};
  unsigned int size = 0;
  EVP_Digest(upper.data(), upper.size() * sizeof(wchar_t), digest, &size, EVP_sha1(), nullptr);
  std::string sid = "S-1-5-80";
  for (unsigned int i = 0; i + 3 < size; i += 4) {
    const uint32_t number =
        digest[i] | (uint32_t{digest[i + 1]} << 8) | (uint32_t{digest[i + 2]} << 16) | (uint32_t{digest[i + 3]} << 24);
    absl::StrAppend(&sid, "-", number);
  }
  return sid;
}

}  // namespace resource_broker::broker
