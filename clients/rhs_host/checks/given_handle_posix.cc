#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdint>

#include "absl/memory/memory.h"
#include "clients/rhs_host/checks/given_handle.h"

namespace resource_broker::rhs_host {
namespace {

int Descriptor(resapi::HANDLE handle) { return static_cast<int>(reinterpret_cast<intptr_t>(handle)); }
resapi::HANDLE Handle(int descriptor) { return reinterpret_cast<resapi::HANDLE>(static_cast<intptr_t>(descriptor)); }

}  // namespace

// Each pipe has an inode of its own, by which it is known again.
std::unique_ptr<GivenHandle> GivenHandle::Make() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return nullptr;
  return absl::WrapUnique(new GivenHandle(Handle(ends[1]), Handle(ends[0])));
}

GivenHandle::~GivenHandle() {
  if (IsOpen()) close(Descriptor(given_));
  close(Descriptor(kept_));
}

bool GivenHandle::IsOpen() const {
  struct stat kept {};
  struct stat given {};
  return fstat(Descriptor(kept_), &kept) == 0 && fstat(Descriptor(given_), &given) == 0 &&
         kept.st_dev == given.st_dev && kept.st_ino == given.st_ino;
}

}  // namespace resource_broker::rhs_host
