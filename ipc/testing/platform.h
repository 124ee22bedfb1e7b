// In what the platforms differ, for tests that run on both.
#pragma once

namespace resource_broker::ipc::testing {

// Whether CallerOf knows who called.
extern const bool kHandlersSeeCallers;

// Whether ChannelOptions::verify_server is asked when the channel is made, and not for each connection.
extern const bool kChannelsCheckWhenMade;

}  // namespace resource_broker::ipc::testing
