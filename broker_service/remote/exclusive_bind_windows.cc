#include "broker_service/remote/exclusive_bind.h"

namespace resource_broker::broker {

asio::error_code BindExclusively(asio::ip::tcp::acceptor* acceptor) {
  // SO_REUSEADDR would let any process take the address from under this one.
  asio::error_code error;
  acceptor->set_option(asio::detail::socket_option::boolean<SOL_SOCKET, SO_EXCLUSIVEADDRUSE>(true), error);
  return error;
}

}  // namespace resource_broker::broker
