#include "bridge_dll/control_codes.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::bridge {
namespace {

// Bit 21 of a control code: an application's own.
constexpr resapi::DWORD kUserCode = 0x00200000;

bool IsForModule(resapi::DWORD code) {
  switch (code) {
    case resapi::CLUSCTL_RESOURCE_GET_CHARACTERISTICS:
    case resapi::CLUSCTL_RESOURCE_GET_CLASS_INFO:
    case resapi::CLUSCTL_RESOURCE_GET_REQUIRED_DEPENDENCIES:
    case resapi::CLUSCTL_RESOURCE_VALIDATE_PRIVATE_PROPERTIES:
      return true;
    default:
      return (code & kUserCode) != 0;
  }
}

void SetReturned(const ControlBuffers& buffers, size_t bytes) {
  if (buffers.bytes_returned != nullptr) *buffers.bytes_returned = static_cast<resapi::DWORD>(bytes);
}

resapi::DWORD Capacity(const ControlBuffers& buffers) {
  return buffers.out == nullptr ? 0 : std::min(buffers.out_size, kMaxControlOutBytes);
}

resapi::DWORD Deliver(const ControlBuffers& buffers, const v1::ControlResponse& response) {
  const std::string& out = response.out();
  if (response.win32_code() == win32::kMoreData || out.size() > Capacity(buffers)) {
    SetReturned(buffers, std::max<size_t>(response.bytes_needed(), out.size()));
    return win32::kMoreData;
  }
  if (response.win32_code() == win32::kSuccess) {
    if (!out.empty()) std::memcpy(buffers.out, out.data(), out.size());
    SetReturned(buffers, out.size());
  }
  return response.win32_code();
}

}  // namespace

resapi::DWORD AnswerControl(resapi::DWORD code, const ControlBuffers& buffers,
                            const std::function<std::optional<v1::ControlResponse>(v1::ControlRequest)>& ask) {
  SetReturned(buffers, 0);
  if (code == resapi::CLUSCTL_RESOURCE_UNKNOWN || code == resapi::CLUSCTL_RESOURCE_TYPE_UNKNOWN) {
    return win32::kSuccess;
  }
  if (!IsForModule(code)) return win32::kInvalidFunction;
  if (buffers.in == nullptr && buffers.in_size != 0) return win32::kInvalidParameter;
  if (buffers.in_size > kMaxControlInBytes) return win32::kBadLength;
  v1::ControlRequest request;
  request.set_code(code);
  if (buffers.in != nullptr) request.set_in(buffers.in, buffers.in_size);
  request.set_out_capacity(Capacity(buffers));
  const std::optional<v1::ControlResponse> response = ask(std::move(request));
  return response.has_value() ? Deliver(buffers, *response) : win32::kInvalidFunction;
}

}  // namespace resource_broker::bridge
