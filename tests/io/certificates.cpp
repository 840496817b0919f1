#include "io/certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <sys/time.h>

#include <functional>

namespace whinchat::io::test {

namespace {

struct X509Free {
  void operator()(X509* x) const { X509_free(x); }
};
struct KeyFree {
  void operator()(EVP_PKEY* x) const { EVP_PKEY_free(x); }
};
using Certificate = std::unique_ptr<X509, X509Free>;
using Key = std::unique_ptr<EVP_PKEY, KeyFree>;

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

Certificate make(EVP_PKEY* key, const char* subject, int days) {
  static long serial = 1;
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60L * 86400);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), days * 86400L);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(subject), -1, -1, 0);
  return certificate;
}

void write_pem(const std::string& path, const std::function<void(FILE*)>& write) {
  FILE* file = std::fopen(path.c_str(), "w");
  write(file);
  std::fclose(file);
}

}  // namespace

struct CertificateFolder::Authority {
  Key key{EVP_EC_gen("P-256")};
  Certificate certificate;
};

CertificateFolder::CertificateFolder() : authority_(std::make_unique<Authority>()) {
  char name[] = "/tmp/whinchat-certificates-XXXXXX";
  folder_ = ::mkdtemp(name);
  authority_->certificate = make(authority_->key.get(), "test authority", 30);
  X509* certificate = authority_->certificate.get();
  X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
  add_extension(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(certificate, certificate, NID_key_usage, "critical,keyCertSign");
  X509_sign(certificate, authority_->key.get(), EVP_sha256());
  write_pem(ca_file(), [&](FILE* file) { PEM_write_X509(file, certificate); });
}

CertificateFolder::~CertificateFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void CertificateFolder::issue(const std::string& name, const std::string& names, int days) {
  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate = make(key.get(), name.c_str(), days);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(authority_->certificate.get()));
  add_extension(certificate.get(), authority_->certificate.get(), NID_subject_alt_name, names);
  X509_sign(certificate.get(), authority_->key.get(), EVP_sha256());
  write_pem(path(name + ".crt"), [&](FILE* file) { PEM_write_X509(file, certificate.get()); });
  write_pem(path(name + ".key"), [&](FILE* file) { PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
}

RawTls::RawTls(RawSocket socket, int version_min, int version_max, SSL_SESSION* resume)
    : socket_(std::move(socket)), ctx_(SSL_CTX_new(TLS_client_method())), ssl_(nullptr) {
  SSL_CTX_set_security_level(ctx_, 0);  // or OpenSSL would not even offer TLS 1.1
  SSL_CTX_set_min_proto_version(ctx_, version_min);
  SSL_CTX_set_max_proto_version(ctx_, version_max);
  ssl_ = SSL_new(ctx_);
  if (resume) SSL_set_session(ssl_, resume);
  SSL_set_fd(ssl_, socket_.handle());
  const timeval patience{5, 0};
  ::setsockopt(socket_.handle(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
}

RawTls::~RawTls() {
  SSL_free(ssl_);
  SSL_CTX_free(ctx_);
}

bool RawTls::handshake() { return SSL_connect(ssl_) == 1; }

bool RawTls::fill(int patience_ms) {
  pollfd fd{socket_.handle(), POLLIN, 0};
  if (!SSL_has_pending(ssl_) && ::poll(&fd, 1, patience_ms) <= 0) return false;
  char bytes[16384];
  const int n = SSL_read(ssl_, bytes, sizeof bytes);
  if (n <= 0) {
    at_end_ = true;
    return false;
  }
  read_.append(bytes, static_cast<size_t>(n));
  return true;
}

std::string RawTls::read_until(std::string_view mark, int patience_ms) {
  while (read_.find(mark) == std::string::npos) {
    if (!fill(patience_ms)) return std::exchange(read_, {});
  }
  const size_t end = read_.find(mark) + mark.size();
  std::string out = read_.substr(0, end);
  read_.erase(0, end);
  return out;
}

std::string RawTls::read_exactly(size_t bytes, int patience_ms) {
  while (read_.size() < bytes) {
    if (!fill(patience_ms)) return std::exchange(read_, {});
  }
  std::string out = read_.substr(0, bytes);
  read_.erase(0, bytes);
  return out;
}

bool RawTls::ends_within(int ms) {
  while (fill(ms)) {
  }
  return at_end_;
}

}  // namespace whinchat::io::test
