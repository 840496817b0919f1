#include "base/crypto.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

using namespace whinchat;

TEST_CASE("SipHash-2-4 gives the vectors of its paper") {
  const SipKey key{0x0706050403020100u, 0x0f0e0d0c0b0a0908u};
  std::string data;
  const uint64_t expected[] = {0x726fdb47dd0e0e31u, 0x74f839c593dc67fdu, 0x0d6c8009d9a94f5au, 0x85676696d7fb7e2du,
                               0xcf2794e0277187b7u, 0x18765564cd99a68du, 0xcbc9466e58fee3ceu, 0xab0200f58b01d137u,
                               0x93f5f5799a932462u};
  for (size_t i = 0; i < std::size(expected); ++i) {
    CAPTURE(i);
    CHECK(siphash24(key, data) == expected[i]);
    data += static_cast<char>(i);
  }
  data.clear();
  for (int i = 0; i < 15; ++i) data += static_cast<char>(i);
  CHECK(siphash24(key, data) == 0xa129ca6149be45e5u);  // the example of appendix A
}

TEST_CASE("another key gives another hash") { CHECK(siphash24({1, 2}, "x") != siphash24({1, 3}, "x")); }

TEST_CASE("random bytes do not repeat") {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = random_hex(8);
    CHECK(id.size() == 16);
    CHECK(id.find_first_not_of("0123456789abcdef") == std::string::npos);
    seen.insert(id);
  }
  CHECK(seen.size() == 1000);
  CHECK(random_hex(0).empty());
}

TEST_CASE("ids from a block do not repeat either, within a block and beyond") {
  std::set<std::string> seen;
  RandomIds ids;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = ids.next();
    CHECK(id.size() == 16);
    CHECK(id.find_first_not_of("0123456789abcdef") == std::string::npos);
    seen.insert(id);
  }
  CHECK(seen.size() == 1000);
  CHECK(seen.count(RandomIds().next()) == 0);
}

TEST_CASE("SHA-256 gives the standard's example") {
  const auto digest = sha256("abc");
  CHECK(to_hex({reinterpret_cast<const char*>(digest.data()), digest.size()}) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("equal_in_constant_time is equality") {
  CHECK(equal_in_constant_time("", ""));
  CHECK(equal_in_constant_time("token", "token"));
  CHECK_FALSE(equal_in_constant_time("token", "tokem"));
  CHECK_FALSE(equal_in_constant_time("token", "token "));
}
