// OpenSSL's objects that free themselves.
#pragma once

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <system_error>

namespace resource_broker::brokerctl {

template <auto free>
struct OpensslFree {
  template <typename Object>
  void operator()(Object* object) const {
    free(object);
  }
};

using UniqueBio = std::unique_ptr<BIO, OpensslFree<&BIO_free_all>>;
using UniqueKey = std::unique_ptr<EVP_PKEY, OpensslFree<&EVP_PKEY_free>>;
using UniqueCertificate = std::unique_ptr<X509, OpensslFree<&X509_free>>;
using UniqueStore = std::unique_ptr<X509_STORE, OpensslFree<&X509_STORE_free>>;
using UniqueTlsContext = std::unique_ptr<SSL_CTX, OpensslFree<&SSL_CTX_free>>;
using UniqueTls = std::unique_ptr<SSL, OpensslFree<&SSL_free>>;

// The oldest error of this thread's queue in words, and the queue is empty then.
inline std::string TakeOpensslError() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "no reason given";
  if (ERR_SYSTEM_ERROR(code)) return std::error_code(ERR_GET_REASON(code), std::system_category()).message();
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : "unknown error";
}

inline UniqueBio ReadOnly(const std::string& bytes) {
  return UniqueBio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

}  // namespace resource_broker::brokerctl
