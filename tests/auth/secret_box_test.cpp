#include "auth/secret_box.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "../base/temporary_folder.h"
#include "base/encodings.h"
#include "base/file.h"

using namespace whinchat;
using namespace whinchat::auth;

TEST_CASE("what is sealed opens with the same key and for the same owner, and never says its text") {
  const SecretBox box(Secret("a key of some length"));
  const Sealed sealed = box.seal("sk-very-secret", "provider openai https://api.openai.com");
  CHECK(sealed.bytes.find("secret") == std::string::npos);
  CHECK(box.open(sealed, "provider openai https://api.openai.com")->reveal() == "sk-very-secret");
  CHECK_FALSE(box.open(sealed, "provider openai https://evil.test").has_value());
  CHECK_FALSE(SecretBox(Secret("another key")).open(sealed, "provider openai https://api.openai.com").has_value());
  for (size_t i = 0; i < sealed.bytes.size(); ++i) {
    Sealed changed = sealed;
    changed.bytes[i] = static_cast<char>(changed.bytes[i] ^ 1);
    CHECK_FALSE(box.open(changed, "provider openai https://api.openai.com").has_value());
  }
  CHECK_FALSE(box.open({sealed.nonce, sealed.bytes.substr(0, 10)}, "provider openai https://api.openai.com").has_value());
  CHECK(box.seal("x", "y").nonce != box.seal("x", "y").nonce);
  CHECK(box.open_joined(box.seal_joined("", "y"), "y")->reveal() == "");
  CHECK_FALSE(box.open_joined("short", "y").has_value());
}

TEST_CASE("the key's file is made once, for its owner alone, and refused when others can read it") {
  TemporaryFolder folder;
  const std::string path = folder / "secret.key";
  CHECK_FALSE(SecretBox::from_file(path, false).ok());
  const std::string sealed = SecretBox::from_file(path, true).value().seal_joined("text", "me");
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  CHECK(SecretBox::from_file(path, true).value().open_joined(sealed, "me")->reveal() == "text");
  ::chmod(path.c_str(), 0644);
  auto refused = SecretBox::from_file(path, true);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().message.find("chmod 600") != std::string::npos);
}

TEST_CASE("base64 and base32 of RFC 4648's examples, and nothing but them comes back") {
  CHECK(to_base64("foobar") == "Zm9vYmFy");
  CHECK(to_base64("fooba") == "Zm9vYmE");
  CHECK(to_base64("foob") == "Zm9vYg");
  CHECK(to_base64("") == "");
  CHECK(to_base64url("\xfb\xff") == "-_8");
  CHECK(to_base32("foobar") == "MZXW6YTBOI");
  CHECK(to_base32("fo") == "MZXQ");
  CHECK(from_base64("Zm9vYg").value() == "foob");
  CHECK(from_base64("").value() == "");
  for (const char* bad : {"Z", "Zm9vYg==", "Zm 9", "Zm9vYh", "-_8"}) CHECK_FALSE_MESSAGE(from_base64(bad).has_value(), bad);
}
