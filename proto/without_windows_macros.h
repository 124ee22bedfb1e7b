// Forced into every Windows unit that sees the contracts: windows.h has a macro of the name of one of their methods.
#include <winsock2.h>
// After winsock2.h, which it would replace by its older self.
#include <windows.h>

#undef UnlockResource
