#include "api/request_read.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/ids.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/utf8.h"
#include "http/request_head.h"

namespace whinchat::api {

namespace {

Error bad(std::string message) { return {ErrorCode::kInvalidRequest, std::move(message), ""}; }

std::string quoted(std::string_view name) { return "\"" + std::string(name) + "\""; }

}  // namespace

Result<std::optional<std::string>> query_text(const http::Request& request, std::string_view name) {
  std::string_view query = request.query;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, std::min(query.find('&'), query.size()));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const size_t equals = std::min(pair.find('='), pair.size());
    if (pair.substr(0, equals) != name) continue;
    std::string raw(pair.substr(std::min(equals + 1, pair.size())));
    std::replace(raw.begin(), raw.end(), '+', ' ');
    auto value = http::percent_decode(raw);
    if (!value || !is_valid_utf8(*value) || value->find('\0') != std::string::npos) return bad(quoted(name) + " is not valid UTF-8 text.");
    return std::optional<std::string>(std::move(*value));
  }
  return std::optional<std::string>();
}

Result<std::optional<int64_t>> query_integer(const http::Request& request, std::string_view name, int64_t min, int64_t max) {
  auto text = query_text(request, name);
  if (!text.ok()) return std::move(text).error();
  if (!*text) return std::optional<int64_t>();
  const auto value = parse_integer(**text);
  if (!value || *value < min || *value > max) {
    return bad(quoted(name) + " must be a whole number from " + std::to_string(min) + " to " + std::to_string(max) + ".");
  }
  return std::optional<int64_t>(*value);
}

Result<bool> query_flag(const http::Request& request, std::string_view name) {
  auto text = query_text(request, name);
  if (!text.ok()) return std::move(text).error();
  if (!*text || **text == "false") return false;
  if (**text == "true") return true;
  return bad(quoted(name) + " must be true or false.");
}

bool wants_events(const http::Request& request) {
  if (request.method != "GET") return false;
  for (const std::string_view type : split_list(request.header("Accept"))) {
    if (equals_ignoring_case(trim(type.substr(0, type.find(';'))), "text/event-stream")) return true;
  }
  return false;
}

struct FieldReader::Document {
  nlohmann::json json = nlohmann::json::object();

  const nlohmann::json* find(const char* name) const {
    const auto place = json.find(name);
    return place == json.end() || place->is_null() ? nullptr : &*place;
  }
};

FieldReader::FieldReader(std::string_view body) : document_(std::make_unique<Document>()) {
  if (body.empty()) return;
  auto parsed = parse_json(body);
  if (!parsed.ok()) error_ = std::move(parsed).error();
  else if (!parsed->is_object()) error_ = bad("The request's JSON must be an object.");
  else document_->json = std::move(parsed).value();
}

FieldReader::~FieldReader() = default;

bool FieldReader::has(const char* name) const { return ok() && document_->find(name) != nullptr; }

void FieldReader::refuse(std::string message) {
  if (!error_) error_ = bad(std::move(message));
}

std::optional<std::string> FieldReader::text(const char* name, size_t code_points_max) {
  const nlohmann::json* value = ok() ? document_->find(name) : nullptr;
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) return refuse(quoted(name) + " must be text."), std::nullopt;
  const auto& out = value->get_ref<const std::string&>();
  if (count_code_points(out) > code_points_max) {
    return refuse(quoted(name) + " is too long (max " + std::to_string(code_points_max) + " characters)."), std::nullopt;
  }
  return out;
}

std::optional<std::string> FieldReader::line(const char* name, size_t code_points_max) {
  auto out = text(name, code_points_max);
  if (!out) return out;
  for (char& c : *out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return std::string(trim(*out));
}

std::optional<std::string> FieldReader::id(const char* name) {
  auto out = text(name, limits::kNameBytes);
  if (out && !is_id(*out)) return refuse(quoted(name) + " must be a UUID of version 7 in lower case."), std::nullopt;
  return out;
}

std::optional<std::string> FieldReader::name(const char* name) {
  auto out = text(name, limits::kNameBytes);
  if (!out) return out;
  const auto allowed = [](char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return letter || std::string_view("._:/@+-").find(c) != std::string_view::npos;
  };
  if (!std::all_of(out->begin(), out->end(), allowed)) return refuse(quoted(name) + " is malformed."), std::nullopt;
  return out;
}

std::optional<bool> FieldReader::flag(const char* name) {
  const nlohmann::json* value = ok() ? document_->find(name) : nullptr;
  if (value == nullptr) return std::nullopt;
  if (!value->is_boolean()) return refuse(quoted(name) + " must be true or false."), std::nullopt;
  return value->get<bool>();
}

std::optional<int64_t> FieldReader::integer(const char* name, int64_t least, int64_t most) {
  const nlohmann::json* value = ok() ? document_->find(name) : nullptr;
  if (value == nullptr) return std::nullopt;
  const bool fits = value->is_number_integer() && !(value->is_number_unsigned() && value->get<uint64_t>() > static_cast<uint64_t>(INT64_MAX));
  const int64_t number = fits ? value->get<int64_t>() : 0;
  if (fits && number >= least && number <= most) return number;
  return refuse(quoted(name) + " must be a whole number from " + std::to_string(least) + " to " + std::to_string(most) + "."), std::nullopt;
}

std::optional<std::string> FieldReader::choice(const char* name, std::initializer_list<std::string_view> words) {
  auto out = text(name, limits::kNameBytes);
  if (!out || std::find(words.begin(), words.end(), *out) != words.end()) return out;
  std::string sentence = quoted(name) + " must be one of:";
  for (const std::string_view word : words) sentence += " " + std::string(word);
  return refuse(sentence + "."), std::nullopt;
}

std::string FieldReader::required(const char* name, size_t code_points_max) {
  if (ok() && !document_->find(name)) refuse(quoted(name) + " is missing.");
  return text(name, code_points_max).value_or("");
}

Secret FieldReader::secret(const char* name, size_t bytes_max) {
  const std::string out = required(name, bytes_max);
  if (out.size() > bytes_max) refuse(quoted(name) + " is too long (max " + std::to_string(bytes_max) + " bytes).");
  return Secret(out);
}

std::vector<std::string> FieldReader::texts(const char* name, size_t count_max) {
  const nlohmann::json* value = ok() ? document_->find(name) : nullptr;
  const bool fits = value && value->is_array() && !value->empty() && value->size() <= count_max &&
                    std::all_of(value->begin(), value->end(), [](const auto& item) { return item.is_string(); });
  if (fits) return value->get<std::vector<std::string>>();
  return refuse(quoted(name) + " must be a list of 1 to " + std::to_string(count_max) + " texts."), std::vector<std::string>();
}

}  // namespace whinchat::api
