#include "base/ip_address.h"

#include <algorithm>
#include <cstdio>

#include "base/text.h"

namespace whinchat {
namespace {

using Bytes = std::array<unsigned char, 16>;

// Four decimal numbers of 0..255. A leading zero is refused, since some readers take it for octal.
bool parse_v4(std::string_view text, unsigned char* out) {
  for (int i = 0; i < 4; ++i) {
    const size_t end = i < 3 ? text.find('.') : text.size();
    if (end == std::string_view::npos) return false;
    const std::string_view part = text.substr(0, end);
    if (part.empty() || part.size() > 3 || part.front() == '-' || (part.size() > 1 && part.front() == '0')) return false;
    const auto value = parse_integer(part);
    if (!value || *value > 255) return false;
    out[i] = static_cast<unsigned char>(*value);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return true;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = lower_ascii(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool parse_group(std::string_view text, unsigned char* out) {
  if (text.empty() || text.size() > 4) return false;
  unsigned value = 0;
  for (const char c : text) {
    const int digit = hex_digit(c);
    if (digit < 0) return false;
    value = value * 16 + static_cast<unsigned>(digit);
  }
  out[0] = static_cast<unsigned char>(value >> 8);
  out[1] = static_cast<unsigned char>(value & 255);
  return true;
}

// Groups between colons into `out`; the last one may be a dotted IPv4 address. -1 on any fault, else bytes written.
int parse_groups(std::string_view text, unsigned char* out, int bytes_max) {
  int bytes = 0;
  while (!text.empty()) {
    const size_t end = std::min(text.find(':'), text.size());
    const std::string_view group = text.substr(0, end);
    const bool last = end == text.size();
    if (last && group.find('.') != std::string_view::npos) {
      if (bytes + 4 > bytes_max || !parse_v4(group, out + bytes)) return -1;
      return bytes + 4;
    }
    if (bytes + 2 > bytes_max || !parse_group(group, out + bytes)) return -1;
    bytes += 2;
    if (last) break;
    text.remove_prefix(end + 1);
    if (text.empty()) return -1;  // ends in a single colon
  }
  return bytes;
}

bool parse_v6(std::string_view text, Bytes& out) {
  const size_t gap = text.find("::");
  if (gap == std::string_view::npos) return parse_groups(text, out.data(), 16) == 16;
  Bytes tail{};
  const std::string_view after = text.substr(gap + 2);
  const std::string_view before = text.substr(0, gap);
  if (after.find("::") != std::string_view::npos || before.find('.') != std::string_view::npos) return false;
  const int head_bytes = parse_groups(before, out.data(), 14);
  const int tail_bytes = parse_groups(after, tail.data(), 14);
  if (head_bytes < 0 || tail_bytes < 0 || head_bytes + tail_bytes > 14) return false;
  std::fill(out.begin() + head_bytes, out.end(), static_cast<unsigned char>(0));
  std::copy_n(tail.begin(), tail_bytes, out.end() - tail_bytes);
  return true;
}

bool is_mapped(const Bytes& bytes) {
  return std::all_of(bytes.begin(), bytes.begin() + 10, [](unsigned char b) { return b == 0; }) && bytes[10] == 0xFF &&
         bytes[11] == 0xFF;
}

std::string v4_text(const unsigned char* b) {
  return std::to_string(b[0]) + '.' + std::to_string(b[1]) + '.' + std::to_string(b[2]) + '.' + std::to_string(b[3]);
}

// RFC 5952: lower case, no leading zeros, the longest run of two or more zero groups (the first of equals) as "::".
std::string v6_text(const Bytes& bytes) {
  std::array<unsigned, 8> groups{};
  for (size_t i = 0; i < 8; ++i) groups[i] = static_cast<unsigned>(bytes[2 * i]) << 8 | bytes[2 * i + 1];
  size_t gap = 8, gap_length = 1;
  for (size_t i = 0; i < 8; ++i) {
    size_t end = i;
    while (end < 8 && groups[end] == 0) ++end;
    if (end - i > gap_length) {
      gap = i;
      gap_length = end - i;
    }
  }
  std::string out;
  for (size_t i = 0; i < 8;) {
    if (i == gap) {
      out += "::";
      i += gap_length;
      continue;
    }
    if (!out.empty() && out.back() != ':') out += ':';
    char group[8];
    std::snprintf(group, sizeof group, "%x", groups[i]);
    out += group;
    ++i;
  }
  return out;
}

void clear_beyond(Bytes& bytes, int prefix_bits) {
  for (int bit = prefix_bits; bit < 128; ++bit) {
    bytes[static_cast<size_t>(bit / 8)] &= static_cast<unsigned char>(~(0x80u >> (bit % 8)));
  }
}

std::string prefix_text(const IpAddress& address, int v4_bits, int v6_bits) {
  const int bits = address.is_v4() ? v4_bits : v6_bits;
  const auto range = IpRange::parse(address.to_string() + '/' + std::to_string(bits));
  return range ? range->to_string() : address.to_string();
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  IpAddress address;
  if (text.find(':') == std::string_view::npos) {
    address.v4_ = true;
    if (!parse_v4(text, address.bytes_.data())) return std::nullopt;
    return address;
  }
  const size_t zone = text.find('%');
  if (zone != std::string_view::npos && zone + 1 == text.size()) return std::nullopt;
  if (!parse_v6(text.substr(0, zone), address.bytes_)) return std::nullopt;
  if (is_mapped(address.bytes_)) {
    address.v4_ = true;
    std::copy_n(address.bytes_.begin() + 12, 4, address.bytes_.begin());
    std::fill(address.bytes_.begin() + 4, address.bytes_.end(), static_cast<unsigned char>(0));
  }
  return address;
}

IpAddress IpAddress::v4(uint32_t host_order) {
  IpAddress address;
  address.v4_ = true;
  for (size_t i = 0; i < 4; ++i) address.bytes_[i] = static_cast<unsigned char>(host_order >> (24 - 8 * i));
  return address;
}

std::string IpAddress::to_string() const { return v4_ ? v4_text(bytes_.data()) : v6_text(bytes_); }

std::string IpAddress::limiter_key() const { return v4_ ? to_string() : prefix_text(*this, 32, 64); }

std::string IpAddress::network_key() const { return prefix_text(*this, 24, 48); }

std::optional<IpRange> IpRange::parse(std::string_view text) {
  const size_t slash = text.find('/');
  const auto base = IpAddress::parse(text.substr(0, slash));
  if (!base) return std::nullopt;
  IpRange range;
  const int bits_max = base->is_v4() ? 32 : 128;
  range.prefix_bits_ = bits_max;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto bits = parse_integer(digits);
    if (!bits || digits.size() > 3 || digits.front() == '-' || *bits > bits_max) return std::nullopt;
    range.prefix_bits_ = static_cast<int>(*bits);
  }
  range.base_ = *base;
  range.network_ = base->bytes();
  clear_beyond(range.network_, range.prefix_bits_);
  return range;
}

bool IpRange::contains(const IpAddress& address) const {
  if (address.is_v4() != base_.is_v4()) return false;
  Bytes bytes = address.bytes();
  clear_beyond(bytes, prefix_bits_);
  return bytes == network_;
}

std::string IpRange::to_string() const {
  const std::string network = base_.is_v4() ? v4_text(network_.data()) : v6_text(network_);
  return network + '/' + std::to_string(prefix_bits_);
}

bool contains(const std::vector<IpRange>& ranges, const IpAddress& address) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const IpRange& range) { return range.contains(address); });
}

}  // namespace whinchat
