#include "io/tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <cerrno>

#include "io/loop.h"
#include "io/tls_context.h"

namespace whinchat::io {

namespace {

struct SslFree {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using SslPtr = std::unique_ptr<SSL, SslFree>;

int stream_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

// OpenSSL works on the socket itself, non-blocking; this class waits through the plain stream when it would block.
class TlsStream final : public Stream {
 public:
  TlsStream(SslPtr ssl, SslCtx keep, std::unique_ptr<Stream> plain)
      : keep_(std::move(keep)), plain_(std::move(plain)), ssl_(std::move(ssl)) {}
  ~TlsStream() override { close(); }

  // What a session ticket is stored under; set before the handshake (client side).
  void resume_as(OpensslClientContext* context, std::string key) {
    context_ = context;
    session_key_ = std::move(key);
    SSL_set_ex_data(ssl_.get(), stream_index(), this);
  }
  void remember(SSL_SESSION* session) {
    if (context_) context_->remember(session_key_, session);
  }

  IoResult handshake(bool client, TimePoint deadline) {
    for (;;) {
      ERR_clear_error();
      if (!is_open()) return {IoStatus::kError, 0};  // closed meanwhile: its number may be somebody else's socket now
      const int done = client ? SSL_connect(ssl_.get()) : SSL_accept(ssl_.get());
      if (done == 1) return {IoStatus::kOk, 0};
      const IoResult waited = wait_for(done, deadline);
      if (!waited.ok()) return waited;
    }
  }

  IoResult read_some(char* data, size_t size, TimePoint deadline) override {
    for (;;) {
      if (!is_open()) return {IoStatus::kError, 0};
      ERR_clear_error();
      size_t n = 0;
      const int done = SSL_read_ex(ssl_.get(), data, size, &n);
      if (done == 1) return {IoStatus::kOk, n};
      const IoResult waited = wait_for(done, deadline);
      if (!waited.ok()) return waited;
    }
  }

  IoResult try_read(char* data, size_t size) override {
    if (!is_open()) return {IoStatus::kError, 0};
    ERR_clear_error();
    size_t n = 0;
    const int done = SSL_read_ex(ssl_.get(), data, size, &n);
    if (done == 1) return {IoStatus::kOk, n};
    switch (SSL_get_error(ssl_.get(), done)) {
      case SSL_ERROR_WANT_READ:
      case SSL_ERROR_WANT_WRITE: return {IoStatus::kOk, 0};
      case SSL_ERROR_ZERO_RETURN: return {IoStatus::kEof, 0};
      default: broken_ = true; return {IoStatus::kError, 0};
    }
  }

  IoResult write_all(std::string_view data, TimePoint deadline) override {
    size_t sent = 0;
    while (sent < data.size()) {
      if (!is_open()) return {IoStatus::kError, sent};
      ERR_clear_error();
      size_t n = 0;
      const int done = SSL_write_ex(ssl_.get(), data.data() + sent, data.size() - sent, &n);
      if (done == 1) {
        sent += n;
        continue;
      }
      const IoResult waited = wait_for(done, deadline);
      if (!waited.ok()) return {waited.status, sent};
    }
    return {IoStatus::kOk, sent};
  }

  IoResult write_all(std::string_view first, std::string_view second, TimePoint deadline) override {
    const IoResult head = write_all(first, deadline);
    if (!head.ok()) return head;
    const IoResult rest = write_all(second, deadline);
    return {rest.status, head.bytes + rest.bytes};
  }

  void watch_readable(std::function<void()> on_ready) override {
    pending_call_.reset();
    if (on_ready && is_open() && SSL_has_pending(ssl_.get())) {
      // Already decrypted: the socket would stay silent about it. The call is kept here, so that it can be taken back.
      plain_->watch_readable(nullptr);
      pending_call_ = std::make_shared<std::function<void()>>(std::move(on_ready));
      Loop::current()->post([call = std::weak_ptr(pending_call_)] {
        const auto kept = call.lock();
        if (auto once = kept ? std::exchange(*kept, nullptr) : nullptr) once();
      });
      return;
    }
    plain_->watch_readable(std::move(on_ready));
  }

  IoResult wait_readable(TimePoint deadline) override { return plain_->wait_readable(deadline); }
  IoResult wait_writable(TimePoint deadline) override { return plain_->wait_writable(deadline); }

  void shutdown() override {
    if (!is_open()) return;
    if (!broken_) SSL_shutdown(ssl_.get());
    ERR_clear_error();
    plain_->shutdown();
  }
  void close() override {
    pending_call_.reset();
    // Without this OpenSSL holds the session for broken and will not resume it, however well the connection went.
    if (!broken_ && SSL_is_init_finished(ssl_.get())) SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    plain_->close();
  }
  bool is_open() const override { return plain_->is_open(); }
  int native_handle() const override { return plain_->native_handle(); }
  bool secure() const override { return true; }
  SSL* ssl() { return ssl_.get(); }

 private:
  IoResult wait_for(int result, TimePoint deadline) {
    switch (SSL_get_error(ssl_.get(), result)) {
      case SSL_ERROR_WANT_READ: return plain_->wait_readable(deadline);
      case SSL_ERROR_WANT_WRITE: return plain_->wait_writable(deadline);
      case SSL_ERROR_ZERO_RETURN: return {IoStatus::kEof, 0};
      default: broken_ = true; return {IoStatus::kError, 0};
    }
  }

  SslCtx keep_;
  std::unique_ptr<Stream> plain_;
  SslPtr ssl_;
  bool broken_ = false;  // after a fatal error OpenSSL forbids SSL_shutdown
  std::shared_ptr<std::function<void()>> pending_call_;
  OpensslClientContext* context_ = nullptr;
  std::string session_key_;
};

bool is_ip_literal(const std::string& host) {
  unsigned char bytes[16];
  return inet_pton(AF_INET, host.c_str(), bytes) == 1 || inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

bool expect_name(SSL* ssl, std::string host) {
  if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
  X509_VERIFY_PARAM* param = SSL_get0_param(ssl);
  if (is_ip_literal(host)) return X509_VERIFY_PARAM_set1_ip_asc(param, host.c_str()) == 1;
  X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return X509_VERIFY_PARAM_set1_host(param, host.c_str(), 0) == 1 && SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
}

Error handshake_error(SSL* ssl, IoResult failure) {
  if (failure.status == IoStatus::kTimeout) return {ErrorCode::kTimeout, "No secure connection in time.", "TLS time-out"};
  if (failure.status == IoStatus::kCancelled) return {ErrorCode::kCancelled, "Stopped.", "TLS handshake cancelled"};
  std::string detail = "TLS: " + openssl_errors();
  if (const long verify = SSL_get_verify_result(ssl); verify != X509_V_OK) {
    detail += std::string(" certificate: ") + X509_verify_cert_error_string(verify);
  }
  return {ErrorCode::kProviderUnavailable, "No secure connection.", detail};
}

}  // namespace

int on_new_tls_session(SSL* ssl, SSL_SESSION* session) {
  auto* stream = static_cast<TlsStream*>(SSL_get_ex_data(ssl, stream_index()));
  if (!stream) return 0;
  stream->remember(session);
  return 1;  // the reference is ours now
}

Result<bool> starts_with_tls_hello(Stream& plain, TimePoint deadline) {
  for (;;) {
    unsigned char first = 0;
    const ssize_t n = ::recv(plain.native_handle(), &first, 1, MSG_PEEK);
    if (n == 1) return first == 0x16;  // RFC 8446 section 5.1: handshake
    if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) {
      return Error{ErrorCode::kIo, "The connection ended.", "closed before TLS"};
    }
    const IoResult waited = plain.wait_readable(deadline);
    if (!waited.ok()) return Error{ErrorCode::kTimeout, "No secure connection in time.", "nothing sent"};
  }
}

Result<std::unique_ptr<Stream>> tls_connect(std::unique_ptr<Stream> plain, TlsClientContext& context,
                                            const std::string& host, const std::string& session_key,
                                            TimePoint deadline) {
  auto& client = static_cast<OpensslClientContext&>(context);
  if (client.ca_source().empty()) {
    return Error{ErrorCode::kProviderUnavailable,
                 "This machine has no list of trusted certificates; install ca-certificates or set CA_FILE.", "no CA file"};
  }
  SslPtr ssl(SSL_new(client.ctx()));
  if (!ssl || !expect_name(ssl.get(), host) || SSL_set_fd(ssl.get(), plain->native_handle()) != 1) {
    return Error{ErrorCode::kProviderUnavailable, "No secure connection.", openssl_errors()};
  }
  client.offer(session_key, ssl.get());
  auto stream = std::make_unique<TlsStream>(std::move(ssl), nullptr, std::move(plain));
  stream->resume_as(&client, session_key);
  const IoResult done = stream->handshake(true, deadline);
  if (!done.ok()) return handshake_error(stream->ssl(), done);
  return std::unique_ptr<Stream>(std::move(stream));
}

Result<std::unique_ptr<Stream>> tls_accept(std::unique_ptr<Stream> plain, TlsServerContext& context,
                                           TimePoint deadline) {
  SslCtx ctx = static_cast<OpensslServerContext&>(context).ctx();
  SslPtr ssl(SSL_new(ctx.get()));
  if (!ssl || SSL_set_fd(ssl.get(), plain->native_handle()) != 1) {
    return Error{ErrorCode::kInternal, "TLS failed.", openssl_errors()};
  }
  auto stream = std::make_unique<TlsStream>(std::move(ssl), std::move(ctx), std::move(plain));
  const IoResult done = stream->handshake(false, deadline);
  if (!done.ok()) return handshake_error(stream->ssl(), done);
  return std::unique_ptr<Stream>(std::move(stream));
}

}  // namespace whinchat::io
