#include "clients/cluster/testing/last_error.h"

namespace resource_broker::cluster::testing {
namespace {

thread_local uint32_t g_code = 0;

}  // namespace

uint32_t LastErrorCode() { return g_code; }
void SetLastErrorCode(uint32_t code) { g_code = code; }

}  // namespace resource_broker::cluster::testing
