// What libstdc++ does when the process must end, in place of its own function: that writes the exception's name, which
// in RHS nobody reads, and has 45 KiB of a demangler for it.
#include <cstdlib>

namespace __gnu_cxx {  // NOLINT(bugprone-reserved-identifier)

void __verbose_terminate_handler() {  // NOLINT(bugprone-reserved-identifier)
  std::abort();
}

}  // namespace __gnu_cxx
