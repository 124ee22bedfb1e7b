// The families of checks, each in a file of its own. None changes anything, and none waits longer than a few seconds.
#pragma once

#include <optional>

#include "broker_service/doctor/doctor.h"
#include "broker_service/doctor/finding.h"
#include "broker_service/host/take_over.h"
#include "resource_broker/v1/config.pb.h"

namespace resource_broker::broker {

// What is examined: options, and what its configuration says.
struct Installation {
  DoctorOptions options;
  v1::BrokerConfig config;
};

// "configuration", "configuration.faults". nullopt: there is none that can be used.
std::optional<v1::BrokerConfig> CheckConfiguration(const DoctorOptions& options, Findings* findings);

// "data.folder", "data.rights", "disk".
void CheckDataFolder(const Installation& installation, Findings* findings);

// "modules.folder", "modules.rights", "modules.manifests", "modules.leftovers".
void CheckModules(const Installation& installation, Findings* findings);

// "journal".
void CheckJournal(const Installation& installation, Findings* findings);

// "clock".
void CheckClock(const Installation& installation, Findings* findings);

// "admin.address", "bridge.address". Who answers at the first; nullopt: nobody.
std::optional<RunningBroker> CheckAddresses(const Installation& installation, Findings* findings);

// "remote.port", only where a broker runs; "remote.key", "remote.certificate", "remote.trust". Nothing without
// `remote`.
void CheckRemote(const Installation& installation, bool broker_runs, Findings* findings);

// "version.broker", "version.grpc".
void CheckVersions(const Installation& installation, const std::optional<RunningBroker>& running, Findings* findings);

// "version.bridge".
void CheckBridgeLibrary(const DoctorOptions& options, Findings* findings);

// --- The platform's part ---

// "service", "service.program", "service.start", "service.recovery", "service.account"; natively "service" alone.
void CheckService(const DoctorOptions& options, Findings* findings);

// "cluster".
void CheckCluster(Findings* findings);

// OK: only who may be the broker may take the place of the server at `address`. NotFound: nothing is there. Errors say
// what to do.
absl::Status CheckAddressRights(const std::string& address);

// Of the resource DLL.
const char* BridgeLibraryName();

}  // namespace resource_broker::broker
