#include <windows.h>

#include "broker_service/packages/zip_source.h"

namespace resource_broker::broker {

zip_source_t* OpenZipSource(const std::filesystem::path& file, zip_error_t* error) {
  return zip_source_win32w_create(file.c_str(), 0, -1, error);
}

}  // namespace resource_broker::broker
