// Where Ollama is looked for, and the proofs that make a server what it says it is.
#include "provider/discovery.h"

#include <doctest/doctest.h>

using namespace whinchat::provider;

TEST_CASE("OLLAMA_HOST is honoured when it is this machine, and ignored when it is not") {
  CHECK(ollama_address("") == "http://127.0.0.1:11434");
  CHECK(ollama_address("  ") == "http://127.0.0.1:11434");
  CHECK(ollama_address("127.0.0.1") == "http://127.0.0.1:11434");
  CHECK(ollama_address("127.0.0.1:7000") == "http://127.0.0.1:7000");
  CHECK(ollama_address("localhost:7000") == "http://localhost:7000");
  CHECK(ollama_address("http://127.0.0.1:7000/") == "http://127.0.0.1:7000");
  CHECK(ollama_address("[::1]:7000") == "http://[::1]:7000");
  CHECK(ollama_address("0.0.0.0:7000") == "http://127.0.0.1:7000");
  for (const char* elsewhere : {"192.168.1.2:11434", "example.com", "http://10.0.0.1:11434", "http://127.0.0.1.evil.example", "169.254.169.254", "not a host"}) {
    CAPTURE(elsewhere);
    CHECK(ollama_address(elsewhere).empty());
  }
}
