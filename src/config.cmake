# The settings: one table, and everything that reads it.
add_library(whinchat_config STATIC
  ${CMAKE_CURRENT_LIST_DIR}/config.cpp
  ${CMAKE_CURRENT_LIST_DIR}/env_file.cpp
  ${CMAKE_CURRENT_LIST_DIR}/settings_checks.cpp
  ${CMAKE_CURRENT_LIST_DIR}/settings_providers.cpp
  ${CMAKE_CURRENT_LIST_DIR}/settings_sources.cpp
  ${CMAKE_CURRENT_LIST_DIR}/settings_table.cpp
  ${CMAKE_CURRENT_LIST_DIR}/settings_text.cpp
  ${CMAKE_CURRENT_LIST_DIR}/settings_values.cpp
)
target_link_libraries(whinchat_config PUBLIC whinchat_quota whinchat_base)
