#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "broker_service/thread_priority.h"

namespace resource_broker::broker {
namespace {

// A ninth of the processor beside a thread of nice 0 that wants it as well.
constexpr int kNice = 10;

}  // namespace

// On Linux a thread has a nice value of its own.
void LowerThreadPriority() { setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), kNice); }

}  // namespace resource_broker::broker
