#include <openssl/pem.h>

#include "absl/strings/str_cat.h"
#include "clients/brokerctl/endpoint.h"
#include "clients/brokerctl/openssl_pointers.h"
#include "clients/brokerctl/private_file.h"
#include "clients/brokerctl/text_file.h"

namespace resource_broker::brokerctl {
namespace {

constexpr size_t kMaxPemBytes = 1 << 20;

absl::Status Wrong(const std::string& file, const std::string& what) {
  return absl::FailedPreconditionError(absl::StrCat(file, ": ", what));
}

// What is asked where a key has a passphrase: nothing, for there may be nobody to answer.
int NoPassphrase(char*, int, int, void*) { return -1; }

std::string TimeText(const ASN1_TIME* time) {
  const UniqueBio text(BIO_new(BIO_s_mem()));
  ASN1_TIME_print(text.get(), time);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(text.get(), &bytes);
  return std::string(bytes, static_cast<size_t>(size));
}

absl::Status CheckValidNow(const std::string& file, const X509* certificate) {
  const ASN1_TIME* from = X509_get0_notBefore(certificate);
  const ASN1_TIME* until = X509_get0_notAfter(certificate);
  if (X509_cmp_current_time(until) < 0) {
    return Wrong(file, absl::StrCat("the certificate has expired, on ", TimeText(until), ": a new one is needed"));
  }
  if (X509_cmp_current_time(from) > 0) {
    return Wrong(file, absl::StrCat("the certificate is valid only from ", TimeText(from), "; is the clock right?"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Credentials> LoadCredentials(const std::string& ca_file, const std::string& certificate_file,
                                            const std::string& key_file) {
  Credentials credentials;
  for (const auto& [file, text] :
       {std::pair(ca_file, &credentials.ca), std::pair(certificate_file, &credentials.certificate),
        std::pair(key_file, &credentials.key)}) {
    const absl::StatusOr<std::string> read = ReadTextFile(std::filesystem::u8path(file), kMaxPemBytes);
    if (!read.ok()) return read.status();
    *text = *read;
  }
  if (absl::Status status = CheckPrivate(std::filesystem::u8path(key_file)); !status.ok()) return status;
  const UniqueCertificate root(PEM_read_bio_X509(ReadOnly(credentials.ca).get(), nullptr, NoPassphrase, nullptr));
  if (root == nullptr) return Wrong(ca_file, absl::StrCat("holds no certificate in PEM: ", TakeOpensslError()));
  const UniqueCertificate certificate(
      PEM_read_bio_X509(ReadOnly(credentials.certificate).get(), nullptr, NoPassphrase, nullptr));
  if (certificate == nullptr) {
    return Wrong(certificate_file, absl::StrCat("holds no certificate in PEM: ", TakeOpensslError()));
  }
  const UniqueKey key(PEM_read_bio_PrivateKey(ReadOnly(credentials.key).get(), nullptr, NoPassphrase, nullptr));
  if (key == nullptr) {
    return Wrong(key_file, absl::StrCat("holds no private key in PEM without a passphrase: ", TakeOpensslError()));
  }
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    ERR_clear_error();
    return Wrong(key_file, absl::StrCat("is not the key of ", certificate_file));
  }
  if (absl::Status status = CheckValidNow(certificate_file, certificate.get()); !status.ok()) return status;
  return credentials;
}

}  // namespace resource_broker::brokerctl
