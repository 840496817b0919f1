# whinchat_add_parts(<folder> name...): the subfolders that have a list of files, all of them or those named in ONLY.
function(whinchat_add_parts folder)
  foreach(part IN LISTS ARGN)
    if(EXISTS "${folder}/${part}/CMakeLists.txt" AND (NOT ONLY OR part IN_LIST ONLY))
      add_subdirectory("${folder}/${part}")
    endif()
  endforeach()
endfunction()

# whinchat_test(<layer> file...): the executable test_<layer>, with doctest's main and whinchat_<layer>, run by ctest.
function(whinchat_test layer)
  set(name test_${layer})
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE doctest_main)
  if(TARGET whinchat_${layer})
    target_link_libraries(${name} PRIVATE whinchat_${layer})
  elseif(layer MATCHES "^(app|config|regressions)$" AND TARGET whinchat_app)
    target_link_libraries(${name} PRIVATE whinchat_app)
  endif()
  set_property(GLOBAL APPEND PROPERTY whinchat_test_targets ${name})
  add_test(NAME ${layer} COMMAND ${name} WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
  set_tests_properties(${layer} PROPERTIES TIMEOUT 300 ENVIRONMENT
    "ASAN_OPTIONS=detect_stack_use_after_return=0:abort_on_error=1;UBSAN_OPTIONS=print_stacktrace=1;TSAN_OPTIONS=halt_on_error=1")
endfunction()

# whinchat_fuzz(<name> file... LIBS library...): the libFuzzer executable fuzz_<name>; its corpus lies in data/<name>.
function(whinchat_fuzz name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LIBS")
  add_executable(fuzz_${name} ${arg_UNPARSED_ARGUMENTS})
  target_link_libraries(fuzz_${name} PRIVATE ${arg_LIBS})
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  set_property(GLOBAL APPEND PROPERTY whinchat_fuzz_targets fuzz_${name})
endfunction()
