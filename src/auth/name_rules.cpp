#include "auth/name_rules.h"

#include <algorithm>

#include "base/limits.h"
#include "base/text.h"
#include "base/utf8.h"

namespace whinchat::auth {

namespace {

struct Range {
  char32_t first;
  char32_t last;
};

template <size_t N>
bool is_in(const Range (&ranges)[N], char32_t c) {
  return std::any_of(std::begin(ranges), std::end(ranges), [c](const Range& range) { return c >= range.first && c <= range.last; });
}

// Controls, invisible and bidirectional characters, spaces other than U+0020, separators, private use, noncharacters.
constexpr Range kUnseen[] = {{0x00, 0x1f}, {0x7f, 0xa0}, {0xad, 0xad}, {0x34f, 0x34f}, {0x61c, 0x61c}, {0x115f, 0x1160}, {0x1680, 0x1680},
                             {0x17b4, 0x17b5}, {0x180b, 0x180f}, {0x2000, 0x200f}, {0x2028, 0x202f}, {0x205f, 0x206f}, {0x2800, 0x2800},
                             {0x3000, 0x3000}, {0x3164, 0x3164}, {0xe000, 0xf8ff}, {0xfe00, 0xfe0f}, {0xfeff, 0xfeff}, {0xfff0, 0xffff},
                             {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff}, {0xf0000, 0x10ffff}};
// Letters in other clothes: phonetic and modifier letters, enclosed, letter-like, full-width, mathematical, ligatures; and
// combining marks that make letters which exist composed.
constexpr Range kDisguised[] = {{0x250, 0x36f}, {0x1d00, 0x1dff}, {0x2070, 0x209f}, {0x2100, 0x218f}, {0x2460, 0x24ff}, {0x20d0, 0x20ff},
                                {0xa700, 0xa7ff}, {0xab30, 0xab6f}, {0xfb00, 0xfb4f}, {0xfe20, 0xfe2f}, {0xff00, 0xffef}, {0x1d400, 0x1d7ff},
                                {0x1f100, 0x1f1e5}};
constexpr std::string_view kMarkup = "<>&\"`\\/|";

enum class Script { kOther, kLatin, kGreek, kCyrillic, kArmenian, kCherokee };

Script script_of(char32_t c) {
  if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= 0xc0 && c <= 0x24f && c != 0xd7 && c != 0xf7) || (c >= 0x1e00 && c <= 0x1eff)) return Script::kLatin;
  if ((c >= 0x370 && c <= 0x3ff) || (c >= 0x1f00 && c <= 0x1fff)) return Script::kGreek;
  if (c >= 0x400 && c <= 0x52f) return Script::kCyrillic;
  if (c >= 0x531 && c <= 0x58f) return Script::kArmenian;
  if ((c >= 0x13a0 && c <= 0x13ff) || (c >= 0xab70 && c <= 0xabbf)) return Script::kCherokee;
  return Script::kOther;
}

// Simple case folding of the scripts that have case (Unicode CaseFolding.txt, the regular parts of it).
char32_t fold_case(char32_t c) {
  if (c >= 'A' && c <= 'Z') return c + 32;
  if (c >= 0xc0 && c <= 0xde && c != 0xd7) return c + 32;
  if ((c >= 0x100 && c <= 0x137) || (c >= 0x14a && c <= 0x177) || (c >= 0x460 && c <= 0x481) || (c >= 0x48a && c <= 0x4bf) ||
      (c >= 0x4d0 && c <= 0x52f) || (c >= 0x1e00 && c <= 0x1eff)) return c == 0x130 ? 'i' : c | 1;
  if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e)) return c + (c & 1);
  if (c == 0x178) return 0xff;
  if (c >= 0x391 && c <= 0x3a9) return c + 32;
  if (c == 0x3c2) return 0x3c3;
  if (c == 0x386) return 0x3ac;
  if (c >= 0x388 && c <= 0x38a) return c + 37;
  if (c >= 0x410 && c <= 0x42f) return c + 32;
  if (c >= 0x400 && c <= 0x40f) return c + 80;
  if (c >= 0x531 && c <= 0x556) return c + 48;
  return c;
}

struct LookAlike {
  char32_t c;
  char latin;
};
// Small letters whose small or capital form looks like a Latin one (UTS 39, confusables.txt).
constexpr LookAlike kLookAlikes[] = {
    {0x131, 'i'}, {0x3b1, 'a'}, {0x3b2, 'b'}, {0x3b5, 'e'}, {0x3b6, 'z'}, {0x3b7, 'h'}, {0x3b9, 'i'}, {0x3ba, 'k'}, {0x3bc, 'm'}, {0x3bd, 'n'},
    {0x3bf, 'o'}, {0x3c1, 'p'}, {0x3c4, 't'}, {0x3c5, 'y'}, {0x3c7, 'x'}, {0x3f2, 'c'}, {0x3f3, 'j'}, {0x430, 'a'}, {0x432, 'b'}, {0x435, 'e'},
    {0x43a, 'k'}, {0x43c, 'm'}, {0x43d, 'h'}, {0x43e, 'o'}, {0x440, 'p'}, {0x441, 'c'}, {0x442, 't'}, {0x443, 'y'}, {0x445, 'x'}, {0x455, 's'},
    {0x456, 'i'}, {0x458, 'j'}, {0x475, 'v'}, {0x4bb, 'h'}, {0x4cf, 'l'}, {0x501, 'd'}, {0x51b, 'q'}, {0x51d, 'w'}, {0x561, 'w'}, {0x563, 'q'},
    {0x566, 'q'}, {0x570, 'h'}, {0x575, 'j'}, {0x578, 'n'}, {0x57d, 'u'}, {0x581, 'g'}, {0x582, 'i'}, {0x585, 'o'}};

char32_t fold(char32_t c) {
  c = fold_case(c);
  for (const LookAlike& like : kLookAlikes) {
    if (like.c == c) return static_cast<char32_t>(like.latin);
  }
  return c;
}

Error refused(std::string sentence) { return {ErrorCode::kInvalidRequest, std::move(sentence), ""}; }

// Everything that the eye may take for the same becomes the same.
std::string blurred(std::string_view name) {
  std::string out;
  for (size_t at = 0; at < name.size();) {
    char32_t c = fold(next_code_point(name, at));
    if (c == 'i' || c == '1' || c == '!' || c == 0xec || c == 0xed) c = 'l';
    if (c == '0') c = 'o';
    if (c == '5' || c == '$') c = 's';
    if (c == '@' || c == '4') c = 'a';
    if (c == '3') c = 'e';
    if (c == ' ' || c == '.' || c == '_' || c == '-' || c == '\'') continue;
    append_utf8(out, c);
  }
  for (const auto& [pair, letter] : {std::pair<std::string_view, char>{"rn", 'm'}, {"vv", 'w'}, {"cl", 'd'}}) {
    for (size_t found = out.find(pair); found != std::string::npos; found = out.find(pair, found)) out.replace(found, pair.size(), 1, letter);
  }
  return out;
}

}  // namespace

std::string name_key(std::string_view text) {
  std::string out;
  text = trim(text);
  for (size_t at = 0; at < text.size();) append_utf8(out, fold(next_code_point(text, at)));
  return out;
}

Result<CheckedName> check_name(std::string_view text) {
  text = trim(text);
  if (text.empty()) return refused("Please give a name.");
  if (!is_valid_utf8(text)) return refused("The name is not valid UTF-8.");
  if (count_code_points(text) > limits::kUserNameCodePoints) return refused("The name is too long: 64 characters are the most.");
  if (text.find("  ") != std::string_view::npos) return refused("The name has two spaces in a row.");
  Script script = Script::kOther;
  bool has_letter = false;
  for (size_t at = 0; at < text.size();) {
    const char32_t c = next_code_point(text, at);
    if (is_in(kUnseen, c)) return refused("The name has a character that cannot be seen.");
    if (is_in(kDisguised, c) || (c < 0x80 && kMarkup.find(static_cast<char>(c)) != std::string_view::npos)) {
      return refused("The name has a character that names cannot have.");
    }
    const Script now = script_of(c);
    if (now != Script::kOther && script != Script::kOther && now != script) return refused("The name mixes letters of two alphabets.");
    if (now != Script::kOther) script = now;
    has_letter = has_letter || c > 0x7f || (c >= '0' && c <= '9') || now == Script::kLatin;
  }
  if (!has_letter) return refused("The name needs a letter or a digit.");
  return CheckedName{std::string(text), name_key(text)};
}

bool easily_mistaken(std::string_view a, std::string_view b) { return blurred(a) == blurred(b); }

}  // namespace whinchat::auth
