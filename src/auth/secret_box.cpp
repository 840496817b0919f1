#include "auth/secret_box.h"

#include "base/crypto.h"
#include "base/file.h"
#include "base/text.h"

namespace whinchat::auth {

namespace {

constexpr size_t kKeyFileBytes = 4096;
constexpr size_t kKeyFileCharactersMin = 32;
constexpr size_t kNonceBytes = 12;

}  // namespace

SecretBox::SecretBox(const Secret& material) {
  std::string labelled = "whinchat sealing key 1\n";  // the same text elsewhere gives another key
  labelled += material.reveal();
  key_ = Secret(secret_hash(labelled));
  wipe(labelled.data(), labelled.size());
}

Result<SecretBox> SecretBox::from_file(const std::string& path, bool make) {
  if (make && !file_exists(path)) {
    if (auto written = write_file_atomically(path, random_hex(32) + "\n"); !written) return written.error();
  }
  auto text = read_file(path, kKeyFileBytes);
  if (!text.ok()) return std::move(text).error();
  if (auto kept = check_private(path); !kept) return kept.error();
  const std::string_view key = trim(*text);
  if (key.size() < kKeyFileCharactersMin) {
    return Error{ErrorCode::kConfig, path + " is shorter than 32 characters. Make one with: openssl rand -hex 32 > " + shell_word(path), ""};
  }
  SecretBox box{Secret(key)};
  wipe(text->data(), text->size());
  return box;
}

std::string SecretBox::seal_joined(std::string_view plain, std::string_view belongs_to) const {
  const Sealed sealed = seal(plain, belongs_to);
  return sealed.nonce + sealed.bytes;
}

std::optional<Secret> SecretBox::open_joined(std::string_view joined, std::string_view belongs_to) const {
  if (joined.size() < kNonceBytes) return std::nullopt;
  return open({std::string(joined.substr(0, kNonceBytes)), std::string(joined.substr(kNonceBytes))}, belongs_to);
}

}  // namespace whinchat::auth
