#include "broker_service/access/method_roles.h"

#include <algorithm>

namespace resource_broker::broker {

const std::vector<MethodRole>& MethodRoles() {
  static const auto* const roles = new std::vector<MethodRole>{
      {"Activation.ActivateModule", Role::kOperator, true},
      {"Activation.ListModuleVersions", Role::kViewer, false},
      {"Activation.RollbackModule", Role::kOperator, true},
      {"Admin.CancelOperation", Role::kOperator, true},
      {"Admin.GetOperation", Role::kViewer, false},
      {"Admin.GetResource", Role::kViewer, false},
      {"Admin.GetStatus", Role::kViewer, false},
      {"Admin.ListOperations", Role::kViewer, false},
      {"Admin.ListResources", Role::kViewer, false},
      {"Admin.SetResourceLock", Role::kOperator, true},
      {"Admin.WatchOperations", Role::kViewer, false},
      {"Audit.ListAuditRecords", Role::kAdmin, false},
      {"Channelz.GetChannel", Role::kViewer, false},
      {"Channelz.GetServer", Role::kViewer, false},
      {"Channelz.GetServerSockets", Role::kViewer, false},
      {"Channelz.GetServers", Role::kViewer, false},
      {"Channelz.GetSocket", Role::kViewer, false},
      {"Channelz.GetSubchannel", Role::kViewer, false},
      {"Channelz.GetTopChannels", Role::kViewer, false},
      {"Configuration.GetConfiguration", Role::kViewer, false},
      {"Configuration.ReloadConfiguration", Role::kAdmin, true},
      {"Configuration.ValidateConfiguration", Role::kViewer, false},
      {"Diagnostics.BackUpJournal", Role::kAdmin, false},
      {"Diagnostics.GetDiagnostics", Role::kViewer, false},
      {"Faults.ArmFault", Role::kAdmin, true, /*local_only=*/true},
      {"Faults.ClearFaults", Role::kAdmin, true, /*local_only=*/true},
      {"Faults.ListFaultPoints", Role::kAdmin, false, /*local_only=*/true},
      {"Health.Check", Role::kViewer, false},
      {"Health.Watch", Role::kViewer, false},
      {"Modules.DrainModule", Role::kOperator, true},
      {"Modules.ReadModuleLog", Role::kViewer, false},
      {"Packages.RemoveModuleVersion", Role::kAdmin, true},
      {"Packages.StageModule", Role::kAdmin, true},
      {"Queue.GetQueue", Role::kViewer, false},
      {"Queue.PauseQueue", Role::kOperator, true},
      {"Queue.ResumeQueue", Role::kOperator, true},
      {"Queue.SetQueueLimits", Role::kOperator, true},
      {"ServerReflection.ServerReflectionInfo", Role::kViewer, false},
      // Its outcome is that this broker is gone.
      {"Takeover.EndForUpgrade", Role::kAdmin, false, /*local_only=*/true},
  };
  return *roles;
}

const MethodRole* FindMethodRole(std::string_view method) {
  const std::vector<MethodRole>& roles = MethodRoles();
  const absl::string_view wanted(method.data(), method.size());
  const auto found =
      std::find_if(roles.begin(), roles.end(), [wanted](const MethodRole& role) { return role.method == wanted; });
  return found == roles.end() ? nullptr : &*found;
}

}  // namespace resource_broker::broker
