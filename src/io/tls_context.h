// Inside io/ only: the OpenSSL contexts behind TlsClientContext and TlsServerContext.
#pragma once

#include <openssl/ssl.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "io/tls.h"

namespace whinchat::io {

struct SslCtxFree {
  void operator()(SSL_CTX* ctx) const { SSL_CTX_free(ctx); }
};
using SslCtx = std::shared_ptr<SSL_CTX>;

class OpensslClientContext final : public TlsClientContext {
 public:
  OpensslClientContext(SslCtx ctx, std::string source) : ctx_(std::move(ctx)), source_(std::move(source)) {}
  ~OpensslClientContext() override;
  const std::string& ca_source() const override { return source_; }
  SSL_CTX* ctx() const { return ctx_.get(); }

  // Sessions by pool key, newest only; at most kSessionsKept keys. Any thread.
  void remember(const std::string& key, SSL_SESSION* session);  // takes the reference over
  bool offer(const std::string& key, SSL* ssl);                 // true when a session was set

 private:
  SslCtx ctx_;
  std::string source_;
  std::mutex mutex_;
  std::map<std::string, SSL_SESSION*> sessions_;  // under mutex_
};

class OpensslServerContext final : public TlsServerContext {
 public:
  OpensslServerContext(std::string cert, std::string key) : cert_file_(std::move(cert)), key_file_(std::move(key)) {}
  Result<void> reload() override;
  bool changed_on_disk() const override;
  SslCtx ctx() const;

 private:
  std::string stamp() const;  // times and sizes of both files

  const std::string cert_file_;
  const std::string key_file_;
  mutable std::mutex mutex_;
  SslCtx ctx_;              // under mutex_
  std::string read_stamp_;  // under mutex_
};

int on_new_tls_session(SSL* ssl, SSL_SESSION* session);  // OpenSSL's callback, in tls.cpp

std::string openssl_errors();  // the thread's queue as one line, emptied

}  // namespace whinchat::io
