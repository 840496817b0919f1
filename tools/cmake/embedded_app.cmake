# whinchat_assets: the built app as data inside the binary; see src/http/embedded_assets.h.
find_path(brotli_include_dir brotli/encode.h REQUIRED)
find_library(brotli_encoder NAMES brotlienc REQUIRED)
find_package(ZLIB REQUIRED)
add_executable(embed_assets "${PROJECT_SOURCE_DIR}/tools/embed_assets.cpp")
target_include_directories(embed_assets SYSTEM PRIVATE "${brotli_include_dir}")
target_link_libraries(embed_assets PRIVATE "${brotli_encoder}" ZLIB::ZLIB OpenSSL::Crypto)

set(generated "${PROJECT_BINARY_DIR}/embedded_app")
set(pwa_dist "${PWA_DIST}")
set(pwa_files "")
if(pwa_dist STREQUAL "none")
  if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT FUZZ AND NOT SANITIZE)
    message(FATAL_ERROR "PWA_DIST=none is a placeholder page, not for a release")
  endif()
  set(pwa_dist "${generated}/placeholder")
  file(CONFIGURE OUTPUT "${pwa_dist}/index.html" CONTENT
       "<!doctype html><title>Whinchat</title><p>This build has no app inside (PWA_DIST=none). Build with tools/build.\n" @ONLY)
else()
  get_filename_component(pwa_dist "${pwa_dist}" ABSOLUTE BASE_DIR "${PROJECT_BINARY_DIR}")
endif()
file(GLOB_RECURSE pwa_files CONFIGURE_DEPENDS "${pwa_dist}/*")

add_custom_command(
  OUTPUT "${generated}/embedded_assets.cpp" "${generated}/embedded_assets.bin" "${generated}/embedded_assets_data.S"
  COMMAND embed_assets "${pwa_dist}" "${generated}"
  DEPENDS embed_assets ${pwa_files}
  COMMENT "Compressing the app of ${pwa_dist}" VERBATIM)
set_source_files_properties("${generated}/embedded_assets_data.S" PROPERTIES
  OBJECT_DEPENDS "${generated}/embedded_assets.bin" COMPILE_OPTIONS "-I${generated}")
add_library(whinchat_assets STATIC "${generated}/embedded_assets.cpp" "${generated}/embedded_assets_data.S")
