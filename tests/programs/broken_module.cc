// A program that is no module, in the way its argument says: exit, rubbish, silent.
#include <cstdio>
#include <string>

int main(int argc, char** argv) {
  const std::string way = argc > 1 ? argv[1] : "";
  if (way == "exit") return 3;
  if (way == "rubbish") {
    std::puts("Hello, I am not a handshake");
    std::fflush(stdout);
  }
  // Until the broker closes stdin or ends us.
  while (std::getchar() != EOF) {
  }
  return 0;
}
