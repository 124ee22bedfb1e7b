#include "broker_service/journal/journal.h"

namespace resource_broker::broker {

v1::OperationRequest WithoutContent(const v1::OperationRequest& from) {
  v1::OperationRequest to;
  to.set_id(from.id());
  to.set_kind(from.kind());
  to.set_resource(from.resource());
  to.set_flags(from.flags());
  if (from.has_destination_node()) to.set_destination_node(from.destination_node());
  to.set_reserved(from.reserved());
  to.set_module(from.module());
  to.set_resource_type(from.resource_type());
  return to;
}

}  // namespace resource_broker::broker
