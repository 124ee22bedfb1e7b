// A TCP address of which only one process can be the server.
#pragma once

#include <asio/error_code.hpp>
#include <asio/ip/tcp.hpp>

namespace resource_broker::broker {

// Before the acceptor is bound. A server that has ended leaves the address free at once, whatever its connections do; a
// server that listens keeps it to itself.
asio::error_code BindExclusively(asio::ip::tcp::acceptor* acceptor);

}  // namespace resource_broker::broker
