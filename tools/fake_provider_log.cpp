#include "fake_provider_log.h"

#include <chrono>
#include <nlohmann/json.hpp>

namespace whinchat::fake {

using nlohmann::json;

int64_t wall_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

std::shared_ptr<Record> Log::add(Received request, uint64_t connection, int64_t request_of_connection) {
  auto record = std::make_shared<Record>();
  record->connection = connection;
  record->request_of_connection = request_of_connection;
  record->at_ms = wall_ms();
  if (!enabled_) return record;
  record->request = std::move(request);
  const std::lock_guard lock(mutex_);
  records_.push_back(record);
  if (records_.size() > kRecordsMax) records_.pop_front();
  return record;
}

std::string Log::lines() const {
  const std::lock_guard lock(mutex_);
  std::string out;
  for (const auto& record : records_) {
    json headers = json::object();
    json order = json::array();
    for (const auto& [name, value] : record->request.headers) {
      headers[name] = value;
      order.push_back(name);
    }
    out += json{{"method", record->request.method}, {"path", record->request.target}, {"headers", headers}, {"header_order", order},
                {"body", record->request.body}, {"connection", record->connection}, {"request_of_connection", record->request_of_connection},
                {"at_ms", record->at_ms}, {"done_ms", record->done_ms.load()}, {"closed_early", record->closed_ms.load() != 0},
                {"closed_ms", record->closed_ms.load()}, {"reset", record->reset.load()}, {"chunks", record->chunks.load()}}
               .dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  }
  return out;
}

void Log::clear() {
  const std::lock_guard lock(mutex_);
  records_.clear();
}

std::string Counters::json() const {
  return nlohmann::json{{"open_connections", open.load()}, {"accepted", accepted.load()}, {"requests", requests.load()}, {"chunks", chunks.load()},
                        {"answering", answering.load()}, {"tls_handshakes", tls_handshakes.load()}, {"tls_resumed", tls_resumed.load()},
                        {"tls_failed", tls_failed.load()}}.dump();
}

}  // namespace whinchat::fake
