// Expected failures as values. A function that can fail for a reason somebody can act on returns Result<T>;
// exceptions are left for what nobody can repair.
//
// Every error has a stable code, one sentence for the person, and detail that goes to the log only.
#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace whinchat {

// The whole list of stable codes. wire_name() gives the string that clients see; it never changes once shipped.
enum class ErrorCode {
  kInvalidRequest,       // the caller's input is wrong
  kUnauthorized,         // no credentials, or such that have ended
  kInvalidCredentials,   // name, password or code is wrong
  kSecondFactorRequired, // the password was right; a code is needed as well
  kRegistrationClosed,   // no invite, or one that is used up
  kForbidden,            // not allowed from there: another origin
  kNotAllowed,           // not allowed for this caller: role, scope, mode
  kNotFound,
  kMethodNotAllowed,
  kConflict,
  kTooLarge,
  kUnsupportedMedia,
  kMisdirected,          // Host names another server
  kRateLimited,          // our own limiter
  kTooManyStreams,
  kQuotaExceeded,        // the user's plan; detail names the quota ("messages_day")
  kInternal,
  kUnavailable,          // overloaded or shutting down
  kStorageFull,
  kProviderUnavailable,  // not configured, or not reachable
  kProviderAuth,         // the provider refuses our key
  kProviderQuota,        // the provider's account has no money left
  kProviderRateLimited,
  kProviderOverloaded,
  kProviderRejected,     // the provider calls the request wrong
  kProviderModelNotFound,
  kContextTooLong,
  kProviderProtocol,     // the provider sent something that is not its protocol
  kProviderTruncated,    // the stream ended before it was complete
  kProviderError,        // any other failure at the provider
  kTimeout,
  kCancelled,            // the reader left or pressed stop
  kConfig,               // settings that cannot work
  kIo,
};

std::string_view wire_name(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;                    // a sentence for the person; never a key, host or upstream body
  std::string detail;                     // for the log
  std::optional<int> retry_after_s = {};  // when trying again makes sense
};

// Either a T or an Error. value() on an error is a bug in the caller (asserted).
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit by design
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit by design

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { assert(ok()); return *std::get_if<0>(&state_); }
  const T& value() const& { assert(ok()); return *std::get_if<0>(&state_); }
  T&& value() && { assert(ok()); return std::move(*std::get_if<0>(&state_)); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }

  const Error& error() const& { assert(!ok()); return *std::get_if<1>(&state_); }
  Error&& error() && { assert(!ok()); return std::move(*std::get_if<1>(&state_)); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit by design

  bool ok() const { return !error_; }
  explicit operator bool() const { return ok(); }
  const Error& error() const& { assert(error_); return *error_; }
  Error&& error() && { assert(error_); return std::move(*error_); }

 private:
  std::optional<Error> error_;
};

}  // namespace whinchat
