# Third-party libraries as targets. Static archives everywhere, so that the release needs nothing of the machine.

execute_process(COMMAND "${PROJECT_SOURCE_DIR}/tools/deps" sources
                OUTPUT_VARIABLE deps_lines OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE deps_result)
if(NOT deps_result EQUAL 0)
  message(FATAL_ERROR "tools/deps sources failed; see above")
endif()
string(REGEX MATCH "httplib=([^\n]+)" unused "${deps_lines}")
set(httplib_dir "${CMAKE_MATCH_1}")
string(REGEX MATCH "sqlite=([^\n]+)" unused "${deps_lines}")
set(sqlite_dir "${CMAKE_MATCH_1}")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
             "${PROJECT_SOURCE_DIR}/tools/deps.manifest" "${PROJECT_SOURCE_DIR}/tools/httplib_edits.py")

find_package(Threads REQUIRED)
set(OPENSSL_USE_STATIC_LIBS TRUE)
find_package(OpenSSL 3.0 REQUIRED)
find_package(nlohmann_json 3.10 REQUIRED)

# The release takes OpenSSL without its unwind tables, 0.5 MB of 10: nothing is thrown through it, and debuggers have the
# other builds. Copies in the build folder; the machine's own archives stay as they are.
if(whinchat_static AND CMAKE_OBJCOPY)
  file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/lean")
  foreach(library Crypto SSL)
    get_target_property(archive OpenSSL::${library} IMPORTED_LOCATION)
    get_filename_component(name "${archive}" NAME)
    set(lean "${PROJECT_BINARY_DIR}/lean/${name}")
    if("${archive}" MATCHES "\\.a$" AND "${archive}" IS_NEWER_THAN "${lean}")
      execute_process(COMMAND "${CMAKE_OBJCOPY}" --remove-section=.eh_frame --remove-section=.rela.eh_frame "${archive}" "${lean}"
                      RESULT_VARIABLE failed)
      if(failed)
        file(REMOVE "${lean}")
      endif()
    endif()
    if(EXISTS "${lean}")
      set_target_properties(OpenSSL::${library} PROPERTIES IMPORTED_LOCATION "${lean}")
    endif()
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${archive}")
  endforeach()
endif()

# --- cpp-httplib: header and implementation apart, compiled once --------------------------------------------------------
add_library(httplib STATIC "${httplib_dir}/httplib.cc")
target_include_directories(httplib SYSTEM PUBLIC "${httplib_dir}")
target_link_libraries(httplib PUBLIC OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
target_compile_options(httplib PRIVATE -w $<$<CONFIG:Release>:-Os>)  # what is hot of it are a few copies of headers
# The same for every file that includes httplib.h: they change what it declares.
target_compile_definitions(httplib PUBLIC
  CPPHTTPLIB_OPENSSL_SUPPORT
  CPPHTTPLIB_LISTEN_BACKLOG=1024                           # stock 5: bursts wait for SYN retries
  CPPHTTPLIB_KEEPALIVE_TIMEOUT_CHECK_INTERVAL_USECOND=1000000  # stock polls 100 times a second
  CPPHTTPLIB_EXPECT_100_THRESHOLD=0                        # stock waits for a 100 that many servers never send
  CPPHTTPLIB_TCP_NODELAY=true
  "CPPHTTPLIB_RECV_BUFSIZ=size_t(512u)"                    # is on the stack, and a fiber's stack is small
  "CPPHTTPLIB_PAYLOAD_MAX_LENGTH=(size_t(32)*1024*1024)")

# --- SQLite amalgamation ------------------------------------------------------------------------------------------------
if(sqlite_dir)
  add_library(sqlite3 STATIC "${sqlite_dir}/sqlite3.c")
  target_include_directories(sqlite3 SYSTEM PUBLIC "${sqlite_dir}")
  target_compile_options(sqlite3 PRIVATE -w -fno-asynchronous-unwind-tables)  # nothing is thrown through it: 80 KB less
  target_compile_options(sqlite3 PRIVATE $<$<CONFIG:Release>:-Os>)  # 350 KB less; what takes time here is the disk
  target_compile_definitions(sqlite3 PRIVATE
    SQLITE_THREADSAFE=1 SQLITE_DQS=0 SQLITE_ENABLE_FTS5 SQLITE_OMIT_LOAD_EXTENSION SQLITE_OMIT_DEPRECATED
    SQLITE_OMIT_SHARED_CACHE SQLITE_OMIT_JSON SQLITE_OMIT_DESERIALIZE SQLITE_OMIT_GET_TABLE SQLITE_OMIT_COMPLETE SQLITE_OMIT_TCL_VARIABLE
    SQLITE_SECURE_DELETE SQLITE_DEFAULT_FOREIGN_KEYS=1 SQLITE_TRUSTED_SCHEMA=0
    SQLITE_USE_URI=0 SQLITE_DEFAULT_MEMSTATUS=0 SQLITE_LIKE_DOESNT_MATCH_BLOBS HAVE_USLEEP=1 HAVE_FDATASYNC=1 SQLITE_DEFAULT_FILE_PERMISSIONS=0600)
  target_link_libraries(sqlite3 PUBLIC Threads::Threads ${CMAKE_DL_LIBS} m)
else()
  find_package(SQLite3 3.51.3 REQUIRED)  # older ones can damage a WAL database
  add_library(sqlite3 INTERFACE)
  target_link_libraries(sqlite3 INTERFACE SQLite::SQLite3)
endif()

# --- Boost: Asio from headers, Context from its small archive -------------------------------------------------------------
find_path(boost_include_dir boost/asio/spawn.hpp REQUIRED)
find_library(boost_context_archive NAMES libboost_context.a boost_context REQUIRED)
add_library(boost_asio INTERFACE)
target_include_directories(boost_asio SYSTEM INTERFACE "${boost_include_dir}")
target_compile_definitions(boost_asio INTERFACE BOOST_ALL_NO_LIB BOOST_ASIO_NO_DEPRECATED)
target_link_libraries(boost_asio INTERFACE "${boost_context_archive}" Threads::Threads)

# --- c-ares -------------------------------------------------------------------------------------------------------------
find_path(cares_include_dir ares.h REQUIRED)
find_library(cares_archive NAMES libcares.a libcares_static.a cares REQUIRED)
add_library(cares INTERFACE)
target_include_directories(cares SYSTEM INTERFACE "${cares_include_dir}")
target_compile_definitions(cares INTERFACE CARES_STATICLIB)
target_link_libraries(cares INTERFACE "${cares_archive}")

# --- zlib ---------------------------------------------------------------------------------------------------------------
find_path(zlib_include_dir zlib.h REQUIRED)
find_library(zlib_archive NAMES libz.a zlibstatic z REQUIRED)
add_library(zlib INTERFACE)
target_include_directories(zlib SYSTEM INTERFACE "${zlib_include_dir}")
target_link_libraries(zlib INTERFACE "${zlib_archive}")

# --- minizip: ZIP archives, on zlib -----------------------------------------------------------------------------------------
find_path(minizip_include_dir minizip/unzip.h REQUIRED)
find_library(minizip_archive NAMES libminizip.a minizip REQUIRED)
add_library(minizip INTERFACE)
target_include_directories(minizip SYSTEM INTERFACE "${minizip_include_dir}")
target_link_libraries(minizip INTERFACE "${minizip_archive}" zlib)
# It says its version in its header's first lines only.
file(STRINGS "${minizip_include_dir}/minizip/unzip.h" minizip_version REGEX "Version [0-9.]+" LIMIT_COUNT 1)
string(REGEX MATCH "[0-9][0-9.]*" minizip_version "${minizip_version}")

# --- Argon2 -------------------------------------------------------------------------------------------------------------
find_path(argon2_include_dir argon2.h REQUIRED)
find_library(argon2_archive NAMES libargon2.a argon2 REQUIRED)
add_library(argon2 INTERFACE)
target_include_directories(argon2 SYSTEM INTERFACE "${argon2_include_dir}")
target_link_libraries(argon2 INTERFACE "${argon2_archive}" Threads::Threads)
# Its release is in its .pc file only; elsewhere the algorithm's version has to do.
cmake_path(GET argon2_archive PARENT_PATH argon2_folder)
set(argon2_version "(algorithm 1.3)")
if(EXISTS "${argon2_folder}/pkgconfig/libargon2.pc")
  file(STRINGS "${argon2_folder}/pkgconfig/libargon2.pc" argon2_version REGEX "^Version:")
  string(REGEX REPLACE "^Version: *" "" argon2_version "${argon2_version}")
endif()
