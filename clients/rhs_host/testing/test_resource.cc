#include "clients/rhs_host/testing/test_resource.h"

namespace test_resource {
namespace {

template <typename Function>
Function Find(const char* name) {
  return reinterpret_cast<Function>(FindClusterFunction(name));
}

}  // namespace

resapi::DWORD ReadDword(resapi::HKEY resource_key, const resapi::WCHAR* name, resapi::DWORD absent) {
  const auto open_key = Find<resapi::PCLUSTER_REG_OPEN_KEY>("ClusterRegOpenKey");
  const auto query_value = Find<resapi::PCLUSTER_REG_QUERY_VALUE>("ClusterRegQueryValue");
  const auto close_key = Find<resapi::PCLUSTER_REG_CLOSE_KEY>("ClusterRegCloseKey");
  if (open_key == nullptr || query_value == nullptr || close_key == nullptr) return absent;
  resapi::HKEY parameters = nullptr;
  if (open_key(resource_key, RESAPI_TEXT("Parameters"), resapi::CLUSTER_KEY_READ, &parameters) != 0) return absent;
  resapi::DWORD value = absent;
  resapi::DWORD type = 0;
  resapi::DWORD size = sizeof(value);
  const resapi::LONG code = query_value(parameters, name, &type, reinterpret_cast<resapi::BYTE*>(&value), &size);
  close_key(parameters);
  return code == 0 && type == resapi::REG_TYPE_DWORD ? value : absent;
}

}  // namespace test_resource
