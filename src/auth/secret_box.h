// What the server keeps for itself alone: seals secrets for the database under a key that lies elsewhere.
//
// The key: the content of SECRET_KEY_FILE, else SECRET_KEY, else DATA_DIR/secret.key, which is made at the first start
// (0600). A database or backup without that key gives no provider key and no second factor away. Immutable; thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/seal.h"
#include "base/secret.h"

namespace whinchat::auth {

class SecretBox {
 public:
  // material: any long secret text.
  explicit SecretBox(const Secret& material);
  // Reads the file, or makes it when it is missing and make says so. kConfig: others can read it. Blocks.
  static Result<SecretBox> from_file(const std::string& path, bool make);

  Sealed seal(std::string_view plain, std::string_view belongs_to) const { return whinchat::seal(key_, plain, belongs_to); }
  std::optional<Secret> open(const Sealed& sealed, std::string_view belongs_to) const { return open_sealed(key_, sealed, belongs_to); }

  // The same as one text of bytes: nonce, then the rest.
  std::string seal_joined(std::string_view plain, std::string_view belongs_to) const;
  std::optional<Secret> open_joined(std::string_view joined, std::string_view belongs_to) const;

 private:
  Secret key_;
};

}  // namespace whinchat::auth
