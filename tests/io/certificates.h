// For tests: a certificate authority and server certificates, made when asked for; and a blocking TLS client.
#pragma once

#include <openssl/ssl.h>

#include <filesystem>
#include <memory>
#include <string>

#include "io/raw_socket.h"

namespace whinchat::io::test {

// A temporary folder with ca.pem and what issue() writes; gone with the object.
class CertificateFolder {
 public:
  CertificateFolder();
  ~CertificateFolder();
  CertificateFolder(const CertificateFolder&) = delete;
  CertificateFolder& operator=(const CertificateFolder&) = delete;

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::string ca_file() const { return path("ca.pem"); }
  // Writes <name>.crt and <name>.key. names: "DNS:localhost,IP:127.0.0.1". Negative days: expired since then.
  void issue(const std::string& name, const std::string& names, int days = 30);

 private:
  struct Authority;
  std::filesystem::path folder_;
  std::unique_ptr<Authority> authority_;
};

// A blocking TLS client that trusts anything and can be told which versions to offer.
class RawTls {
 public:
  RawTls(RawSocket socket, int version_min = TLS1_2_VERSION, int version_max = TLS1_3_VERSION, SSL_SESSION* resume = nullptr);
  ~RawTls();
  RawTls(const RawTls&) = delete;
  RawTls& operator=(const RawTls&) = delete;

  bool handshake();
  bool send(std::string_view bytes) { return SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size())) == static_cast<int>(bytes.size()); }
  std::string read_until(std::string_view mark, int patience_ms = 5000);
  std::string read_exactly(size_t bytes, int patience_ms = 5000);
  bool ends_within(int ms);               // close_notify, FIN or RST
  void close_notify() { SSL_shutdown(ssl_); }
  RawSocket& socket() { return socket_; }
  SSL* ssl() { return ssl_; }

 private:
  bool fill(int patience_ms);
  RawSocket socket_;
  SSL_CTX* ctx_;
  SSL* ssl_;
  std::string read_;
  bool at_end_ = false;
};

}  // namespace whinchat::io::test
