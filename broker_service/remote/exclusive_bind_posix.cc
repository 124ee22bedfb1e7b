#include "broker_service/remote/exclusive_bind.h"

namespace resource_broker::broker {

asio::error_code BindExclusively(asio::ip::tcp::acceptor* acceptor) {
  // It lets nobody listen beside another here, but forgets connections that linger.
  asio::error_code error;
  acceptor->set_option(asio::ip::tcp::acceptor::reuse_address(true), error);
  return error;
}

}  // namespace resource_broker::broker
