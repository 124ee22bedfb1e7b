#include "resource_modules/process/stream.h"

#include <utility>

#include "resource_modules/process/pipe.h"

namespace resource_broker::process {

Stream::Stream() = default;
Stream::Stream(std::unique_ptr<Pipe> pipe) : pipe_(std::move(pipe)) {}
Stream::~Stream() = default;
Stream::Stream(Stream&& other) noexcept = default;
Stream& Stream::operator=(Stream&& other) noexcept = default;

size_t Stream::Read(char* buffer, size_t size) { return pipe_ == nullptr ? 0 : pipe_->Read(buffer, size); }

bool Stream::WriteAll(absl::string_view bytes) { return pipe_ != nullptr && pipe_->WriteAll(bytes); }

void Stream::Interrupt() {
  if (pipe_ != nullptr) pipe_->Interrupt();
}

void Stream::Close() { pipe_.reset(); }

}  // namespace resource_broker::process
