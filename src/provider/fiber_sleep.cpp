#include "io/fiber.h"
#include "provider/http_provider.h"

namespace whinchat::provider {

bool sleep_on_fiber(std::chrono::milliseconds time) { return io::this_fiber::sleep_for(time) != io::Wake::kCancelled; }

}  // namespace whinchat::provider
