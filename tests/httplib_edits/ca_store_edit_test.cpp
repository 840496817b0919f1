// Edit 5 of tools/httplib_edits.py: fails when it is left out (--without 5). Two certificates are made: one that "the
// system" trusts and the server shows, one that the caller trusts. The caller's store alone must decide.
#include <doctest/doctest.h>
#include <httplib.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include <unistd.h>

namespace {

struct Identity {
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{EVP_EC_gen("P-256"), EVP_PKEY_free};
  std::unique_ptr<X509, decltype(&X509_free)> certificate{X509_new(), X509_free};
};

// A self-signed certificate for 127.0.0.1, valid from an hour ago for a day.
Identity make_identity(const char* name) {
  Identity identity;
  X509* certificate = identity.certificate.get();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
  X509_NAME* subject = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  X509_set_issuer_name(certificate, subject);
  X509_set_pubkey(certificate, identity.key.get());
  X509_EXTENSION* names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1");
  X509_add_ext(certificate, names, -1);
  X509_EXTENSION_free(names);
  X509_sign(certificate, identity.key.get(), EVP_sha256());
  return identity;
}

// Stands for the system's bundle while it lives: OpenSSL reads SSL_CERT_FILE before its built-in places.
class SystemBundle {
 public:
  explicit SystemBundle(X509* certificate) {
    file_ = (std::filesystem::temp_directory_path() / ("whinchat-ca-" + std::to_string(::getpid()) + ".pem")).string();
    FILE* out = std::fopen(file_.c_str(), "w");
    REQUIRE(out != nullptr);
    PEM_write_X509(out, certificate);
    std::fclose(out);
    ::setenv("SSL_CERT_FILE", file_.c_str(), 1);
    ::setenv("SSL_CERT_DIR", "/nonexistent", 1);
  }
  ~SystemBundle() {
    ::unsetenv("SSL_CERT_FILE");
    ::unsetenv("SSL_CERT_DIR");
    std::filesystem::remove(file_);
  }

 private:
  std::string file_;
};

class RunningServer {
 public:
  explicit RunningServer(const Identity& identity) : server_([&](httplib::tls::ctx_t handle) {
      auto* context = static_cast<SSL_CTX*>(handle);
      return SSL_CTX_use_certificate(context, identity.certificate.get()) == 1 &&
             SSL_CTX_use_PrivateKey(context, identity.key.get()) == 1;
    }) {
    server_.Get("/", [](const httplib::Request&, httplib::Response& response) { response.set_content("ok", "text/plain"); });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    server_.wait_until_ready();
  }
  ~RunningServer() {
    server_.stop();
    thread_.join();
  }
  int port() const { return port_; }

 private:
  httplib::SSLServer server_;
  int port_ = 0;
  std::thread thread_;
};

// The status of a request made with a store that trusts this certificate only (null: no store given); 0: refused.
int status_when_trusting(int port, X509* trusted) {
  httplib::SSLClient client("127.0.0.1", port);
  client.set_connection_timeout(5);
  client.set_read_timeout(5);
  if (trusted != nullptr) {
    X509_STORE* store = X509_STORE_new();
    X509_STORE_add_cert(store, trusted);
    client.set_ca_cert_store(store);
  }
  const auto result = client.Get("/");
  return result ? result->status : 0;
}

}  // namespace

TEST_CASE("edit 5: a CA store given by the caller is used alone") {
  const Identity known_to_system = make_identity("known to the system");
  const Identity known_to_caller = make_identity("known to the caller");
  SystemBundle bundle(known_to_system.certificate.get());
  RunningServer server(known_to_system);

  CHECK(status_when_trusting(server.port(), nullptr) == 200);  // without a store the system's bundle counts
  CHECK(status_when_trusting(server.port(), known_to_system.certificate.get()) == 200);
  CHECK(status_when_trusting(server.port(), known_to_caller.certificate.get()) == 0);
}
