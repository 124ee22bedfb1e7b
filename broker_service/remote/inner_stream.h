// The front's end of an inner connection, as Asio has it on this system.
#pragma once

#include <cstdint>

#ifdef _WIN32
#include <asio/windows/stream_handle.hpp>
#else
#include <asio/posix/stream_descriptor.hpp>
#endif

namespace resource_broker::broker {

#ifdef _WIN32
using InnerStream = asio::windows::stream_handle;
inline void* NativeInner(intptr_t stream) { return reinterpret_cast<void*>(stream); }
#else
using InnerStream = asio::posix::stream_descriptor;
inline int NativeInner(intptr_t stream) { return static_cast<int>(stream); }
#endif

}  // namespace resource_broker::broker
