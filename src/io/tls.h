// TLS over a Stream, with OpenSSL 3. Settings: TLS 1.2 and 1.3 only, AEAD suites with forward secrecy, X25519 first,
// no renegotiation, no compression, ALPN "http/1.1".
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "io/stream.h"

namespace whinchat::io {

// Client side: one context and one CA store for all connections of the process. Thread-safe.
class TlsClientContext {
 public:
  // ca_file empty: $SSL_CERT_FILE, then the usual places of Linux, BSD and macOS. None found: an error, never unverified.
  static Result<std::shared_ptr<TlsClientContext>> create(const std::string& ca_file);
  virtual ~TlsClientContext() = default;
  virtual const std::string& ca_source() const = 0;  // the file that was read
};

// Server side: a certificate chain and its key, replaceable while serving. Thread-safe.
class TlsServerContext {
 public:
  static Result<std::shared_ptr<TlsServerContext>> create(const std::string& cert_file, const std::string& key_file);
  virtual ~TlsServerContext() = default;
  // Reads both files again. A bad pair is refused and the old one kept.
  virtual Result<void> reload() = 0;
  // True when either file's time or size changed since it was last read.
  virtual bool changed_on_disk() const = 0;
};

// Waits for the first byte, leaves it there, and tells whether it begins a TLS handshake. On a fiber.
Result<bool> starts_with_tls_hello(Stream& plain, TimePoint deadline);

// Handshakes; on success the returned stream owns the plain one. The name is verified (SNI too) inside the handshake.
// session_key names the pool (scheme, host, port): sessions are resumed among connections of the same key.
Result<std::unique_ptr<Stream>> tls_connect(std::unique_ptr<Stream> plain, TlsClientContext& context,
                                            const std::string& host, const std::string& session_key,
                                            TimePoint deadline);
Result<std::unique_ptr<Stream>> tls_accept(std::unique_ptr<Stream> plain, TlsServerContext& context,
                                           TimePoint deadline);

}  // namespace whinchat::io
