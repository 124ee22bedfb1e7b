// The cluster database's functions, found at run time: a resource DLL must load where clusapi.dll does not exist.
#pragma once

#include "bridge_dll/clusapi.h"

namespace resource_broker::bridge {

// All four or nothing. Any thread.
struct ClusterRegistry {
  resapi::PCLUSTER_REG_OPEN_KEY open_key = nullptr;
  resapi::PCLUSTER_REG_CLOSE_KEY close_key = nullptr;
  resapi::PCLUSTER_REG_ENUM_VALUE enum_value = nullptr;
  resapi::PCLUSTER_REG_QUERY_VALUE query_value = nullptr;
};

// The functions of this process: on Windows those of clusapi.dll beside the host's program or in the system's folder,
// elsewhere those the host's program exports. Null if there are none. Looked for once; the answer lives as long as the
// process.
const ClusterRegistry* ProcessClusterRegistry();

}  // namespace resource_broker::bridge
