// A string that must not be seen: API keys, SECRET_KEY, tokens.
//
// Nothing prints it (there is no stream operator and no conversion), the memory is wiped when it goes, and comparing
// takes the same time wherever the difference is. A copy is a second buffer that is wiped as well; moving leaves nothing
// behind (std::string would leave short secrets in the moved-from object). Not synchronised: const access from anywhere.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace whinchat {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view text);
  Secret(const Secret& other);
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret other) noexcept;
  ~Secret();

  bool empty() const { return bytes_ == 0; }
  size_t size() const { return bytes_; }

  // The one way to the text: for the header that needs it, and never for a log. Lives as long as this object.
  std::string_view reveal() const { return {buffer_.get(), bytes_}; }

  // "…cdef" for people to recognise a key by; only "…" when the secret is too short to give anything away.
  std::string last4() const;

  bool equals(std::string_view text) const;

 private:
  std::unique_ptr<char[]> buffer_;
  size_t bytes_ = 0;
};

}  // namespace whinchat
