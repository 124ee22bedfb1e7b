#include <dlfcn.h>
#include <elf.h>

#include <cerrno>
#include <fstream>
#include <iterator>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "clients/rhs_host/dynamic_library.h"

namespace resource_broker::rhs_host {

namespace {

std::string WithFolder(const std::string& path) {
  return absl::StrContains(path, '/') ? path : absl::StrCat("./", path);
}

}  // namespace

absl::StatusOr<DynamicLibrary> DynamicLibrary::Load(const std::string& path) {
  const std::string file = WithFolder(path);
  void* handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) return absl::NotFoundError(dlerror());
  return DynamicLibrary(handle, file);
}

void DynamicLibrary::Unload() { dlclose(handle_); }

bool DynamicLibrary::IsLoaded(const std::string& path) {
  void* handle = dlopen(WithFolder(path).c_str(), RTLD_NOW | RTLD_NOLOAD);
  if (handle != nullptr) dlclose(handle);
  return handle != nullptr;
}

std::vector<std::string> DynamicLibrary::ExportedFunctions() const {
  std::ifstream file(path_, std::ios::binary);
  const std::string image(std::istreambuf_iterator<char>(file), {});
  // The linker has loaded it: its tables are sound.
  const auto* header = reinterpret_cast<const Elf64_Ehdr*>(image.data());
  if (image.size() < sizeof(*header)) return {};
  const auto* sections = reinterpret_cast<const Elf64_Shdr*>(image.data() + header->e_shoff);
  std::vector<std::string> names;
  for (int i = 0; i < header->e_shnum; ++i) {
    if (sections[i].sh_type != SHT_DYNSYM) continue;
    const char* text = image.data() + sections[sections[i].sh_link].sh_offset;
    const auto* symbols = reinterpret_cast<const Elf64_Sym*>(image.data() + sections[i].sh_offset);
    for (size_t n = 0; n < sections[i].sh_size / sizeof(Elf64_Sym); ++n) {
      const Elf64_Sym& symbol = symbols[n];
      if (symbol.st_shndx != SHN_UNDEF && ELF64_ST_TYPE(symbol.st_info) == STT_FUNC &&
          ELF64_ST_BIND(symbol.st_info) == STB_GLOBAL) {
        names.push_back(text + symbol.st_name);
      }
    }
  }
  return names;
}

void* DynamicLibrary::Find(const char* name) const { return dlsym(handle_, name); }

uint32_t LastErrorCode() { return static_cast<uint32_t>(errno); }

void SetLastErrorCode(uint32_t code) { errno = static_cast<int>(code); }

}  // namespace resource_broker::rhs_host
