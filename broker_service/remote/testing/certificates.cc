#include "broker_service/remote/testing/certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdlib>

#include "absl/strings/str_join.h"

namespace resource_broker::broker::testing {
namespace {

using UniqueKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using UniqueX509 = std::unique_ptr<X509, decltype(&X509_free)>;

// A test has nothing to say where this fails.
void Need(bool ok) {
  if (!ok) std::abort();
}

UniqueKey NewKey() { return {EVP_EC_gen("P-256"), EVP_PKEY_free}; }

template <typename Write>
std::string Pem(const Write& write) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
  Need(write(bio.get()) == 1);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &bytes);
  return std::string(bytes, static_cast<size_t>(size));
}

void AddExtension(int nid, const std::string& value, X509* issuer, X509* certificate) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
      X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()), X509_EXTENSION_free);
  Need(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1);
}

UniqueX509 NewCertificate(const std::string& common_name, long serial, absl::Duration begins, absl::Duration ends,
                          EVP_PKEY* key) {
  UniqueX509 certificate(X509_new(), X509_free);
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), absl::ToInt64Seconds(begins));
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), absl::ToInt64Seconds(ends));
  X509_NAME* const name = X509_get_subject_name(certificate.get());
  const auto add = [name](const char* field, const std::string& value) {
    Need(X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(value.data()),
                                    static_cast<int>(value.size()), -1, 0) == 1);
  };
  add("O", "Corp");
  if (!common_name.empty()) add("CN", common_name);
  Need(X509_set_pubkey(certificate.get(), key) == 1);
  return certificate;
}

}  // namespace

CertificateAuthority::CertificateAuthority(const std::string& common_name)
    : key_(NewKey()), certificate_(NewCertificate(common_name, 1, -absl::Hours(24), absl::Hours(24 * 30), key_.get())) {
  X509_set_issuer_name(certificate_.get(), X509_get_subject_name(certificate_.get()));
  AddExtension(NID_basic_constraints, "critical,CA:TRUE", certificate_.get(), certificate_.get());
  AddExtension(NID_key_usage, "critical,keyCertSign,cRLSign", certificate_.get(), certificate_.get());
  AddExtension(NID_subject_key_identifier, "hash", certificate_.get(), certificate_.get());
  Need(X509_sign(certificate_.get(), key_.get(), EVP_sha256()) > 0);
  certificate_pem_ = Pem([this](BIO* bio) { return PEM_write_bio_X509(bio, certificate_.get()); });
}

Certificate CertificateAuthority::Issue(const CertificateSpec& spec) {
  const UniqueKey key = NewKey();
  const long serial = ++last_serial_;
  const UniqueX509 issued = NewCertificate(spec.common_name, serial, spec.begins, spec.ends, key.get());
  X509_set_issuer_name(issued.get(), X509_get_subject_name(certificate_.get()));
  AddExtension(NID_key_usage, "critical,digitalSignature", certificate_.get(), issued.get());
  AddExtension(NID_ext_key_usage, "clientAuth,serverAuth", certificate_.get(), issued.get());
  AddExtension(NID_authority_key_identifier, "keyid", certificate_.get(), issued.get());
  if (!spec.alternative_names.empty()) {
    AddExtension(NID_subject_alt_name, absl::StrJoin(spec.alternative_names, ","), certificate_.get(), issued.get());
  }
  Need(X509_sign(issued.get(), key_.get(), EVP_sha256()) > 0);
  return {Pem([&](BIO* bio) { return PEM_write_bio_X509(bio, issued.get()); }), Pem([&](BIO* bio) {
            return PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
          }),
          serial};
}

std::string CertificateAuthority::RevocationList(const std::vector<long>& serials) const {
  const std::unique_ptr<X509_CRL, decltype(&X509_CRL_free)> list(X509_CRL_new(), X509_CRL_free);
  X509_CRL_set_version(list.get(), 1);
  X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(certificate_.get()));
  const std::unique_ptr<ASN1_TIME, decltype(&ASN1_TIME_free)> time(ASN1_TIME_new(), ASN1_TIME_free);
  X509_gmtime_adj(time.get(), -3600);
  X509_CRL_set1_lastUpdate(list.get(), time.get());
  for (const long serial : serials) {
    X509_REVOKED* const revoked = X509_REVOKED_new();
    const std::unique_ptr<ASN1_INTEGER, decltype(&ASN1_INTEGER_free)> number(ASN1_INTEGER_new(), ASN1_INTEGER_free);
    ASN1_INTEGER_set(number.get(), serial);
    X509_REVOKED_set_serialNumber(revoked, number.get());
    X509_REVOKED_set_revocationDate(revoked, time.get());
    Need(X509_CRL_add0_revoked(list.get(), revoked) == 1);
  }
  X509_gmtime_adj(time.get(), 24 * 3600);
  X509_CRL_set1_nextUpdate(list.get(), time.get());
  X509_CRL_sort(list.get());
  Need(X509_CRL_sign(list.get(), key_.get(), EVP_sha256()) > 0);
  return Pem([&](BIO* bio) { return PEM_write_bio_X509_CRL(bio, list.get()); });
}

}  // namespace resource_broker::broker::testing
