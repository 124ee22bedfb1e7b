// A file as libzip takes it.
#pragma once

#include <zip.h>

#include <filesystem>
#include <memory>
#include <string>

namespace resource_broker::broker {

// Reads or, as the target of an archive, writes `file`. Null, with `error` set, where libzip refuses. The caller's
// until an archive takes it over.
zip_source_t* OpenZipSource(const std::filesystem::path& file, zip_error_t* error);

// libzip's error with its text.
class ZipError {
 public:
  ZipError() { zip_error_init(&error_); }
  ~ZipError() { zip_error_fini(&error_); }
  ZipError(const ZipError&) = delete;
  ZipError& operator=(const ZipError&) = delete;
  zip_error_t* get() { return &error_; }
  std::string text() { return zip_error_strerror(&error_); }

 private:
  zip_error_t error_;
};

// An archive nothing is to be written to, or no more.
struct DiscardZip {
  void operator()(zip_t* zip) const { zip_discard(zip); }
};
using ZipHandle = std::unique_ptr<zip_t, DiscardZip>;

}  // namespace resource_broker::broker
