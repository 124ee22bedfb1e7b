#include "clients/rhs_host/guarded_memory.h"

#include <deque>
#include <utility>

#include "absl/base/const_init.h"
#include "absl/synchronization/mutex.h"

namespace resource_broker::rhs_host {
namespace {

constexpr size_t kPage = 4096;

struct Forbidden {
  void* pages;
  size_t bytes;
};

absl::Mutex g_mutex(absl::kConstInit);

// Never destroyed: threads of a DLL may outlive the end of main.
std::deque<Forbidden>& Kept() {
  static auto* const kept = new std::deque<Forbidden>;
  return *kept;
}

}  // namespace

GuardedMemory::GuardedMemory(size_t size)
    : size_(size), page_bytes_((size + kPage - 1) / kPage * kPage), pages_(AllocateGuarded(page_bytes_)) {}

GuardedMemory::~GuardedMemory() {
  ForbidGuarded(pages_, page_bytes_);
  Forbidden oldest{nullptr, 0};
  {
    absl::MutexLock lock(&g_mutex);
    Kept().push_back({pages_, page_bytes_});
    if (Kept().size() <= kKept) return;
    oldest = Kept().front();
    Kept().pop_front();
  }
  FreeGuarded(oldest.pages, oldest.bytes);
}

}  // namespace resource_broker::rhs_host
