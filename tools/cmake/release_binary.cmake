# The release executable: static, position independent, stripped; the unstripped copy stays beside it.
if(whinchat_static)
  target_link_options(whinchat PRIVATE -static-pie)
  # Without what nobody uses of libraries, 200 KB. The names are OpenSSL's internal ones: of 3.0, which Debian 12 has, alone.
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_sources(whinchat PRIVATE "${PROJECT_SOURCE_DIR}/src/lean_binary.cpp")
    if(OPENSSL_VERSION MATCHES "^3\\.0\\.")
      target_compile_definitions(whinchat PRIVATE WHINCHAT_LEAN_OPENSSL)
    endif()
  endif()
  # Its own relocations as a bit map (DT_RELR, glibc 2.36): half a megabyte less.
  include(CheckLinkerFlag)
  check_linker_flag(CXX -Wl,-z,pack-relative-relocs packs_relocations)
  if(packs_relocations)
    target_link_options(whinchat PRIVATE -Wl,-z,pack-relative-relocs)
  endif()
  add_custom_command(TARGET whinchat POST_BUILD
    COMMAND "${CMAKE_COMMAND}" -E copy "$<TARGET_FILE:whinchat>" "$<TARGET_FILE:whinchat>.unstripped"
    COMMAND "${CMAKE_STRIP}" "$<TARGET_FILE:whinchat>" VERBATIM)
endif()
