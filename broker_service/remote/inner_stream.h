// The front's end of an inner connection, as Asio has it on this system.
#pragma once

#include <cstdint>

#ifdef _WIN32
#include <asio/windows/stream_handle.hpp>
#else
#include <asio/local/stream_protocol.hpp>
#endif

namespace resource_broker::broker {

// Takes over `stream`, which is ipc::InnerConnection's.
#ifdef _WIN32
using InnerStream = asio::windows::stream_handle;
inline void AssignInner(intptr_t stream, InnerStream* to, asio::error_code& error) {
  to->assign(reinterpret_cast<void*>(stream), error);
}
#else
// A socket rather than a descriptor: what is written to a closed one is an error then, and no signal.
using InnerStream = asio::local::stream_protocol::socket;
inline void AssignInner(intptr_t stream, InnerStream* to, asio::error_code& error) {
  to->assign(asio::local::stream_protocol(), static_cast<int>(stream), error);
}
#endif

}  // namespace resource_broker::broker
