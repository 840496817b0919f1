// The table's own consistency, and which row or rule stands for which id.
#include "provider/model_table.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace whinchat::provider;

TEST_CASE("every row of the model table is whole") {
  std::set<std::string_view> ids;
  for (const ModelRow& row : model_table()) {
    CAPTURE(std::string(row.id));
    CHECK(ids.insert(row.id).second);
    CHECK(!row.name.empty());
    CHECK((row.shutdown_date.empty() || row.shutdown_date.size() == 10 || row.shutdown_date.size() == 4));
    if (is_retired(row, kModelTableDate)) {
      CHECK(!row.offered);
      const ModelRow* next = find_model(row.vendor, row.replacement);
      REQUIRE(next);
      CHECK(!is_retired(*next, kModelTableDate));
    }
    if (row.vendor == Vendor::kAnthropic) CHECK(row.sampling == Sampling::kNever);
    if (row.sampling == Sampling::kOnlyWithoutThinking) CHECK(rule_allows_effort(rule_for(row.vendor, row.id), "none"));
    if (row.offered) CHECK(row.input_price > 0);
  }
  CHECK(ids.size() >= 40);
}

TEST_CASE("the guide's four models are known as retired and what took their place is current") {
  for (const char* id : {"gpt-4", "gpt-3.5-turbo", "claude-3-5-sonnet-20241022", "claude-3-opus-20240229"}) {
    CAPTURE(id);
    const ModelRow* row = find_model(Vendor::kOther, id);
    REQUIRE(row);
    CHECK(is_retired(*row, kModelTableDate));
    CHECK(!row->replacement.empty());
  }
}

TEST_CASE("a dated form is its family, a neighbour is not") {
  const auto id_of = [](Vendor vendor, const char* id) {
    const ModelRow* row = find_model(vendor, id);
    return row ? std::string(row->id) : std::string("none");
  };
  CHECK(id_of(Vendor::kOpenAi, "gpt-4o-2024-08-06") == "gpt-4o");
  CHECK(id_of(Vendor::kOpenAi, "gpt-4o-mini-2024-07-18") == "gpt-4o-mini");
  CHECK(id_of(Vendor::kOpenAi, "gpt-4-0613") == "gpt-4");
  CHECK(id_of(Vendor::kOpenAi, "gpt-4x") == "none");
  CHECK(id_of(Vendor::kOpenAi, "gpt-5-turbo") == "none");
  CHECK(id_of(Vendor::kAnthropic, "claude-sonnet-4-5-20250929") == "claude-sonnet-4-5");
  CHECK(id_of(Vendor::kAnthropic, "claude-opus-4-1-20250805") == "claude-opus-4-1");
  CHECK(id_of(Vendor::kAnthropic, "claude-opus-4-20250514") == "claude-opus-4");
  CHECK(id_of(Vendor::kAnthropic, "claude-opus-4-9-20270101") == "none");
  CHECK(id_of(Vendor::kAnthropic, "gpt-6.1-terra") == "none");
  CHECK(id_of(Vendor::kOther, "openai/gpt-6.1-terra") == "gpt-6.1-terra");
  CHECK(id_of(Vendor::kOther, "groq/openai/gpt-oss-120b") == "none");
}

TEST_CASE("unknown models follow their family") {
  CHECK(rule_for(Vendor::kOpenAi, "gpt-4-something").sampling == Sampling::kAllowed);
  CHECK(rule_for(Vendor::kOpenAi, "chatgpt-4o-latest").sampling == Sampling::kAllowed);
  CHECK(rule_for(Vendor::kOpenAi, "gpt-9").sampling == Sampling::kNever);
  CHECK(rule_for(Vendor::kOpenAi, "gpt-9").reasons);
  CHECK(rule_for(Vendor::kAnthropic, "claude-opus-6").thinking == Thinking::kSummarized);
  CHECK(rule_for(Vendor::kAnthropic, "claude-opus-4-9").thinking == Thinking::kNotAsked);
  CHECK(rule_for(Vendor::kAnthropic, "claude-3-5-haiku-20241022").thinking == Thinking::kNotAsked);
  CHECK(rule_for(Vendor::kOther, "llama3").sampling == Sampling::kAllowed);
  CHECK(!rule_for(Vendor::kOther, "llama3").reasons);
}

TEST_CASE("efforts are whole words of the rule") {
  const ModelRule rule = rule_for(Vendor::kOpenAi, "gpt-5.2");
  CHECK(rule_allows_effort(rule, "high"));
  CHECK(rule_allows_effort(rule, "xhigh"));
  CHECK(!rule_allows_effort(rule, "max"));
  CHECK(!rule_allows_effort(rule, "hig"));
  CHECK(!rule_allows_effort(rule, ""));
  CHECK(!rule_allows_effort(rule, "low medium"));
}

TEST_CASE("a model is retired from its last day on") {
  const ModelRow* row = find_model(Vendor::kAnthropic, "claude-sonnet-4-5");
  REQUIRE(row);
  CHECK(!is_retired(*row, "2026-11-29"));
  CHECK(is_retired(*row, "2026-11-30"));
}
