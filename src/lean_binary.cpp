// Replaces parts of libraries that would come into the static release only to be never used. The linker takes what is defined
// here and leaves the archive's object out. See tools/cmake/release_binary.cmake, which decides what applies.
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <exception>

namespace {

void say(const char* text) {
  if (::write(STDERR_FILENO, text, std::strlen(text)) < 0) return;
}

}  // namespace

// libstdc++'s own brings the demangler of C++ names, 47 KB, to print the type of what was thrown.
namespace __gnu_cxx {

void __verbose_terminate_handler() {
  say("whinchat: an exception reached the end of the program: ");
  try {
    if (std::current_exception()) std::rethrow_exception(std::current_exception());
    say("none");
  } catch (const std::exception& error) {
    say(error.what());
  } catch (...) {
    say("of an unknown type");
  }
  say("\n");
  std::abort();
}

}  // namespace __gnu_cxx

#ifdef WHINCHAT_LEAN_OPENSSL
// OpenSSL 3.0 registers the implementations of ciphers that programs for OpenSSL 1.1 asked for, beside those of its provider,
// which TLS and we use, and engines for hardware: 150 KB. What goes with them is reading private keys that are encrypted in
// the format of before PKCS #8.
extern "C" {

void openssl_add_all_ciphers_int() {}
void engine_load_openssl_int() {}
void engine_load_rdrand_int() {}
void engine_load_dynamic_int() {}
void engine_load_padlock_int() {}
void engine_load_afalg_int() {}

}  // extern "C"
#endif
