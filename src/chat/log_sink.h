// From a provider's pieces into a TurnLog: takes note for the journal, and holds the provider back when too much waits.
// Used on the turn's fiber.
#pragma once

#include <memory>
#include <optional>

#include "base/result.h"
#include "chat/continuation.h"
#include "chat/journal.h"
#include "chat/turn_log.h"
#include "provider/provider.h"

namespace whinchat::chat {

class LogSink final : public provider::DeltaSink {
 public:
  // prefix: the text that the answer begins with; what the model repeats of it is dropped. Empty: nothing is.
  LogSink(std::shared_ptr<TurnLog> log, Journal& journal, std::string_view prefix);

  bool on_text(std::string_view text) override;
  bool on_reasoning(std::string_view text) override { return put(true, text); }
  void finish();                     // the answer is complete: what is still held back goes on

  bool too_long() const { return too_long_; }
  const std::optional<Error>& error() const { return error_; }  // why we stopped taking pieces

 private:
  bool put(bool reasoning, std::string_view text);
  bool wait_for_journal();

  const std::shared_ptr<TurnLog> log_;
  Journal& journal_;
  std::optional<RepeatFilter> repeats_;
  bool too_long_ = false;
  std::optional<Error> error_;
};

}  // namespace whinchat::chat
