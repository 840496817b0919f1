# The release executable: static, position independent, stripped; the unstripped copy stays beside it.
if(whinchat_static)
  target_link_options(whinchat PRIVATE -static-pie)
  add_custom_command(TARGET whinchat POST_BUILD
    COMMAND "${CMAKE_COMMAND}" -E copy "$<TARGET_FILE:whinchat>" "$<TARGET_FILE:whinchat>.unstripped"
    COMMAND "${CMAKE_STRIP}" "$<TARGET_FILE:whinchat>" VERBATIM)
endif()
