#include "base/secret.h"

#include <algorithm>
#include <utility>

#include "base/crypto.h"

namespace whinchat {

Secret::Secret(std::string_view text) : buffer_(text.empty() ? nullptr : new char[text.size()]), bytes_(text.size()) {
  std::copy(text.begin(), text.end(), buffer_.get());
}

Secret::Secret(const Secret& other) : Secret(other.reveal()) {}

Secret::Secret(Secret&& other) noexcept : buffer_(std::move(other.buffer_)), bytes_(std::exchange(other.bytes_, 0)) {}

Secret& Secret::operator=(Secret other) noexcept {  // the old text leaves with `other`, and is wiped there
  std::swap(buffer_, other.buffer_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

Secret::~Secret() {
  if (buffer_) wipe(buffer_.get(), bytes_);
}

std::string Secret::last4() const {
  constexpr size_t kTooShort = 16;  // four characters of less than sixteen are a good part of it
  return bytes_ < kTooShort ? "…" : "…" + std::string(reveal().substr(bytes_ - 4));
}

bool Secret::equals(std::string_view text) const { return equal_in_constant_time(reveal(), text); }

}  // namespace whinchat
