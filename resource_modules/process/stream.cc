#include "resource_modules/process/stream.h"

#include <utility>

namespace resource_broker::process {

Stream::Stream(Stream&& other) noexcept : native_(std::exchange(other.native_, kNone)) {}

Stream& Stream::operator=(Stream&& other) noexcept {
  if (this != &other) {
    Close();
    native_ = std::exchange(other.native_, kNone);
  }
  return *this;
}

}  // namespace resource_broker::process
