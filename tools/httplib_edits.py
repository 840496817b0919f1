#!/usr/bin/env python3
"""The five edits to cpp-httplib 0.41.0. Each is found by exact match: text that is not there exactly once stops the build.

usage: httplib_edits.py HTTPLIB_H [--without N]     (changes the file in place; --without leaves edit N out, to see
                                                     its test in tests/httplib_edits fail)
"""
import sys

EDITS = []


def edit(number, why, *replacements):
    EDITS.append((number, why, replacements))


edit(1, "header values are not percent-decoded after they were validated (CVE-2026-45372)", (
    """\
    if (case_ignore::equal(key, "Location") ||
        case_ignore::equal(key, "Referer")) {
      fn(key, val);
    } else {
      fn(key, decode_path_component(val));
    }
""", """\
    fn(key, val);
"""))

edit(2, "a chunk size is 1 to 16 hex digits up to 2^40, then CRLF or an extension (CVE-2026-45352; RFC 9112, 7.1)", (
    """\
    char *endptr = nullptr;
    unsigned long chunk_len = std::strtoul(lr.ptr(), &endptr, 16);
    if (endptr == lr.ptr()) { return -1; }
    if (chunk_len == ULONG_MAX) { return -1; }
""", """\
    if (!lr.end_with_crlf()) { return -1; }
    unsigned long long chunk_len = 0;
    size_t digits = 0;
    for (int value = 0; is_hex(lr.ptr()[digits], value); digits++) {
      chunk_len = chunk_len * 16 + static_cast<unsigned long long>(value);
      if (digits == 16 || chunk_len > (1ULL << 40)) { return -1; }
    }
    if (digits == 0) { return -1; }
    if (lr.ptr()[digits] != '\\r' && lr.ptr()[digits] != ';') { return -1; }
"""))

edit(3, "only a framed request body is read or drained: without Content-Length and chunked there is none (RFC 9112, 6.3)", (
    """\
#if !defined(CPPHTTPLIB_SSL_ENABLED)
  if (!req.has_header("Content-Length") &&
""", """\
#if 0
  if (!req.has_header("Content-Length") &&
"""), (
    """\
  if (!req.body_consumed_ && detail::expect_content(req)) {
    int drain_status = 200; // required by read_content signature
""", """\
  if (!req.body_consumed_ &&
      (req.has_header("Content-Length") ||
       detail::is_chunked_transfer_encoding(req.headers))) {
    int drain_status = 200; // required by read_content signature
"""))

edit(4, "writing zero bytes to a chunked body does nothing, it does not end the body", (
    """\
    if (ok) {
      data_available = l > 0;
      offset += l;
""", """\
    if (ok && l > 0) {
      offset += l;
"""))

edit(5, "a CA store given by the caller is used alone, the system's certificates are not added to it", (
    """\
  tls::ctx_t ctx_ = nullptr;
  std::mutex ctx_mutex_;
  std::once_flag initialize_cert_;

  long verify_result_ = 0;
""", """\
  tls::ctx_t ctx_ = nullptr;
  std::mutex ctx_mutex_;
  std::once_flag initialize_cert_;
  bool ca_store_given_ = false;

  long verify_result_ = 0;
"""), (
    """\
    // set_ca_store takes ownership of ca_cert_store
    tls::set_ca_store(ctx_, ca_cert_store);
  } else if (ca_cert_store) {
""", """\
    // set_ca_store takes ownership of ca_cert_store
    ca_store_given_ = tls::set_ca_store(ctx_, ca_cert_store);
  } else if (ca_cert_store) {
"""), (
    """\
    } else if (ca_cert_pem_.empty()) {
      if (!tls::load_system_certs(ctx_)) {
        last_backend_error_ = tls::get_error();
""", """\
    } else if (ca_cert_pem_.empty() && !ca_store_given_) {
      if (!tls::load_system_certs(ctx_)) {
        last_backend_error_ = tls::get_error();
"""), (
    """\
    if (ca_cert_store) { set_ca_store(ctx, ca_cert_store); }
    load_system_certs(ctx);
""", """\
    if (ca_cert_store) {
      set_ca_store(ctx, ca_cert_store);
    } else {
      load_system_certs(ctx);
    }
"""))


def main():
    path = sys.argv[1]
    left_out = int(sys.argv[3]) if sys.argv[2:3] == ["--without"] else None
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for number, why, replacements in EDITS:
        if number == left_out:
            continue
        for old, new in replacements:
            found = text.count(old)
            if found != 1:
                sys.exit(f"{path}: edit {number} ({why}): its text is there {found} times instead of once. "
                         f"Is this cpp-httplib 0.41.0? Text:\n{old}")
            text = text.replace(old, new)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    main()
