// Modules that speak other versions of the contract: beyond Hello nobody has anything to say to them.
#pragma once

namespace resource_broker::test_modules {

// Answers version 0 to Hello, whatever was offered. Serves until it is ended; the exit code, if it can't serve.
int ServeOlderProtocol();

// Speaks 2 to 3: FAILED_PRECONDITION with both ranges for a broker that offers neither.
int ServeNewerProtocol();

}  // namespace resource_broker::test_modules
