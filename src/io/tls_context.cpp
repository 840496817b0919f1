#include "io/tls_context.h"

#include <openssl/err.h>
#include <openssl/rand.h>
#include <sys/stat.h>

#include <cstdlib>
#include <vector>

namespace whinchat::io {

namespace {

constexpr size_t kSessionsKept = 64;

// Mozilla's "intermediate" set without the CBC and RSA suites; TLS 1.3 keeps OpenSSL's own.
constexpr const char* kTls12Suites =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* kGroups = "X25519:P-256:P-384";
constexpr unsigned char kAlpn[] = "\x08http/1.1";

bool set_common(SSL_CTX* ctx) {
  SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                               SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  return SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 && SSL_CTX_set_cipher_list(ctx, kTls12Suites) == 1 &&
         SSL_CTX_set1_groups_list(ctx, kGroups) == 1;
}

int choose_alpn(SSL*, const unsigned char** out, unsigned char* out_length, const unsigned char* offered,
                unsigned int offered_length, void*) {
  unsigned char* chosen = nullptr;
  const int found = SSL_select_next_proto(&chosen, out_length, kAlpn, sizeof kAlpn - 1, offered, offered_length);
  if (found != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_NOACK;  // an h2-only client fails later, in plain words
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

std::vector<std::string> ca_candidates(const std::string& ca_file) {
  if (!ca_file.empty()) return {ca_file};
  std::vector<std::string> files;
  if (const char* set = std::getenv("SSL_CERT_FILE"); set && *set) files.emplace_back(set);
  for (const char* usual : {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                            "/etc/ssl/ca-bundle.pem", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
                            "/etc/ssl/cert.pem", "/usr/local/share/certs/ca-root-nss.crt"}) {
    files.emplace_back(usual);
  }
  return files;
}

}  // namespace

std::string openssl_errors() {
  std::string text;
  char line[256];
  while (const unsigned long code = ERR_get_error()) {
    ERR_error_string_n(code, line, sizeof line);
    if (!text.empty()) text += "; ";
    text += line;
  }
  return text;
}

Result<std::shared_ptr<TlsClientContext>> TlsClientContext::create(const std::string& ca_file) {
  SslCtx ctx(SSL_CTX_new(TLS_client_method()), SslCtxFree());
  if (!ctx || !set_common(ctx.get())) return Error{ErrorCode::kConfig, "TLS could not be set up.", openssl_errors()};
  std::string source;
  for (const std::string& file : ca_candidates(ca_file)) {
    struct stat info {};
    if (::stat(file.c_str(), &info) != 0) continue;
    if (SSL_CTX_load_verify_file(ctx.get(), file.c_str()) == 1) {
      source = file;
      break;
    }
    openssl_errors();
  }
  if (source.empty()) {
    if (!ca_file.empty()) {
      return Error{ErrorCode::kConfig, "CA_FILE \"" + ca_file + "\" holds no certificates that can be read.", ca_file};
    }
    // Providers over https will be refused, each with this reason; a laptop with only local models still works.
    source = "";
  }
  SSL_CTX_set_verify(ctx.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_session_cache_mode(ctx.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
  SSL_CTX_sess_set_new_cb(ctx.get(), on_new_tls_session);
  SSL_CTX_set_alpn_protos(ctx.get(), kAlpn, sizeof kAlpn - 1);
  return std::shared_ptr<TlsClientContext>(std::make_shared<OpensslClientContext>(std::move(ctx), source));
}

OpensslClientContext::~OpensslClientContext() {
  for (auto& [key, session] : sessions_) SSL_SESSION_free(session);
}

void OpensslClientContext::remember(const std::string& key, SSL_SESSION* session) {
  std::lock_guard lock(mutex_);
  auto [place, added] = sessions_.try_emplace(key, session);
  if (!added) {
    SSL_SESSION_free(place->second);
    place->second = session;
  }
  if (sessions_.size() > kSessionsKept) {
    auto victim = sessions_.begin()->first == key ? std::next(sessions_.begin()) : sessions_.begin();
    SSL_SESSION_free(victim->second);
    sessions_.erase(victim);
  }
}

bool OpensslClientContext::offer(const std::string& key, SSL* ssl) {
  std::lock_guard lock(mutex_);
  const auto place = sessions_.find(key);
  return place != sessions_.end() && SSL_set_session(ssl, place->second) == 1;
}

Result<std::shared_ptr<TlsServerContext>> TlsServerContext::create(const std::string& cert_file,
                                                                   const std::string& key_file) {
  auto context = std::make_shared<OpensslServerContext>(cert_file, key_file);
  if (auto read = context->reload(); !read) return read.error();
  return std::shared_ptr<TlsServerContext>(context);
}

Result<void> OpensslServerContext::reload() {
  const std::string now = stamp();
  SslCtx ctx(SSL_CTX_new(TLS_server_method()), SslCtxFree());
  if (!ctx || !set_common(ctx.get())) return Error{ErrorCode::kConfig, "TLS could not be set up.", openssl_errors()};
  auto refuse = [&](const std::string& why) {
    std::lock_guard lock(mutex_);
    read_stamp_ = now;  // the same bad pair is not tried every second
    return Error{ErrorCode::kConfig, why, openssl_errors()};
  };
  // A key with a passphrase is refused; the default would be to ask for it on the terminal and wait.
  SSL_CTX_set_default_passwd_cb(ctx.get(), [](char*, int, int, void*) { return -1; });
  if (SSL_CTX_use_certificate_chain_file(ctx.get(), cert_file_.c_str()) != 1) {
    return refuse("TLS_CERT_FILE \"" + cert_file_ + "\" holds no certificate chain in PEM form.");
  }
  if (SSL_CTX_use_PrivateKey_file(ctx.get(), key_file_.c_str(), SSL_FILETYPE_PEM) != 1) {
    return refuse("TLS_KEY_FILE \"" + key_file_ + "\" holds no private key in PEM form that fits the certificate.");
  }
  if (SSL_CTX_check_private_key(ctx.get()) != 1) return refuse("The TLS certificate and key do not belong together.");
  SSL_CTX_set_session_cache_mode(ctx.get(), SSL_SESS_CACHE_OFF);  // tickets only; their keys live in memory
  SSL_CTX_set_alpn_select_cb(ctx.get(), choose_alpn, nullptr);
  std::lock_guard lock(mutex_);
  ctx_ = std::move(ctx);  // connections under way keep the old one
  read_stamp_ = now;
  return {};
}

bool OpensslServerContext::changed_on_disk() const {
  const std::string now = stamp();
  std::lock_guard lock(mutex_);
  return now != read_stamp_;
}

SslCtx OpensslServerContext::ctx() const {
  std::lock_guard lock(mutex_);
  return ctx_;
}

std::string OpensslServerContext::stamp() const {
  std::string text;
  for (const std::string& file : {cert_file_, key_file_}) {
    struct stat info {};
    if (::stat(file.c_str(), &info) == 0) {
      text += std::to_string(info.st_mtim.tv_sec) + "." + std::to_string(info.st_mtim.tv_nsec) + "/" +
              std::to_string(info.st_size) + "/" + std::to_string(info.st_ino) + " ";
    }
  }
  return text;
}

}  // namespace whinchat::io
