#include "base/ids.h"

#include <doctest/doctest.h>

#include <set>

using namespace whinchat;

TEST_CASE("an id is a UUID of version 7 that tells when it was made") {
  const std::string id = make_id(4'000'000'000'123);
  CHECK(is_id(id));
  CHECK(id_epoch_ms(id) == 4'000'000'000'123);
}

TEST_CASE("ids are unique and ascend, also within a millisecond and when the clock goes back") {
  std::set<std::string> seen;
  std::string last;
  for (int i = 0; i < 20'000; ++i) {
    const std::string id = make_id(i < 10'000 ? 4'100'000'000'000 : 4'000'000'000'000);
    CHECK(id > last);
    CHECK(seen.insert(id).second);
    last = id;
  }
}

TEST_CASE("what is no id is refused") {
  const std::string good = "01890a5d-ac96-774b-bcce-b302099a8057";  // RFC 9562, appendix A.6, with other case
  CHECK(is_id(good));
  std::string upper = good, version = good, variant = good, dash = good;
  upper[9] = 'A';
  version[14] = '4';
  variant[19] = 'c';
  dash[8] = '0';
  for (const std::string& bad : {std::string(), upper, version, variant, dash, good.substr(1), good + "0", std::string("../../../../etc/passwd-0000000000000")}) {
    CAPTURE(bad);
    CHECK_FALSE(is_id(bad));
  }
}
