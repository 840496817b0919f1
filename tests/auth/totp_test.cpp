#include "auth/totp.h"

#include <doctest/doctest.h>

#include <set>

using namespace whinchat;
using namespace whinchat::auth;

namespace {
constexpr const char* kKey = "12345678901234567890";  // RFC 6238, appendix B
}

TEST_CASE("the codes are those of RFC 6238's appendix, in six digits") {
  for (const auto& [time_s, code] : {std::pair<int64_t, const char*>{59, "287082"}, {1111111109, "081804"}, {1111111111, "050471"}, {1234567890, "005924"},
                                     {2000000000, "279037"}, {20000000000, "353130"}}) {
    CHECK(totp_code(kKey, time_s / 30) == code);
  }
}

TEST_CASE("the code before and the one after are taken, others are not") {
  const int64_t now = 1'800'000'000;
  for (const int64_t step : {-1, 0, 1}) CHECK(find_totp_step(kKey, totp_code(kKey, now / 30 + step), now) == now / 30 + step);
  for (const int64_t step : {-2, 2, 100}) CHECK_FALSE(find_totp_step(kKey, totp_code(kKey, now / 30 + step), now).has_value());
  for (const char* code : {"", "1", "0000000", "abcdef"}) CHECK_FALSE(find_totp_step(kKey, code, now).has_value());
}

TEST_CASE("the address for an authenticator app carries the name safely") {
  CHECK(totp_uri("anna & co", "ABC") == "otpauth://totp/Whinchat:anna%20%26%20co?secret=ABC&issuer=Whinchat&algorithm=SHA1&digits=6&period=30");
}

TEST_CASE("recovery codes are all different, and how they are typed does not matter") {
  std::set<std::string> codes;
  for (int i = 0; i < 100; ++i) codes.emplace(make_recovery_code().reveal());
  CHECK(codes.size() == 100);
  CHECK(codes.begin()->size() == 19);
  CHECK(recovery_code_hash("abcd-efgh-ijkl-mnop") == recovery_code_hash("ABCD EFGH ijklmnop"));
  CHECK(recovery_code_hash("abcd-efgh-ijkl-mnop") != recovery_code_hash("abcd-efgh-ijkl-mnoq"));
}
