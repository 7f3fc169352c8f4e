# The shapes that targets in this house have.

# A module: a static library whose headers are reachable only by those who link it.
#   thaw_module(name SOURCES a.c b.c LINK base proto)
# Headers are included as "<last part of the directory>/foo.h", e.g. "base/slice.h", "store/store.h".
function(thaw_module name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
    add_library(${name} STATIC ${ARG_SOURCES})
    target_link_libraries(${name} PUBLIC ${ARG_LINK} PRIVATE ${ARG_PRIVATE_LINK})
    thaw_headers(${name})
endfunction()

# Give a target's headers their own include directory: a folder that holds one link, the module.
# So "store/store.h" compiles only for those who link the module named store.
function(thaw_headers name)
    get_filename_component(folder ${CMAKE_CURRENT_SOURCE_DIR} NAME)
    set(root ${CMAKE_BINARY_DIR}/include/${name})
    file(MAKE_DIRECTORY ${root})
    file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${root}/${folder} SYMBOLIC)
    target_include_directories(${name} PUBLIC ${root})
endfunction()

# The folder of a source package that we compile, as a release of Debian has it; fetched where nobody
# ran ./dev setup.
function(thaw_source package release series folder)
    set(root ${CMAKE_SOURCE_DIR}/build/${package})
    if(NOT EXISTS ${root}/VERSION)
        message(STATUS "Fetching ${package}")
        execute_process(
            COMMAND ${CMAKE_SOURCE_DIR}/cmake/fetch_source.sh ${package} ${release} ${series} ${root}
            RESULT_VARIABLE answer)
        if(NOT answer EQUAL 0)
            message(FATAL_ERROR "${package} cannot be had (-D THAW_TLS=OFF builds without mbedtls)")
        endif()
    endif()
    file(READ ${root}/VERSION version)
    string(REPLACE "." "\\." pattern ${series})
    if(NOT version MATCHES "^([0-9]+:)?${pattern}\\.")
        message(FATAL_ERROR "build/${package} holds ${version}; this is written for ${series}")
    endif()
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${root}/VERSION)
    set(${folder} ${root} PARENT_SCOPE)
endfunction()

# A module that all of a log goes through.  (At -O3, gcc 12 takes some values for uninitialised that
# are not; at -O2, as other modules are compiled, and in clang, the warning is an error.)
function(thaw_fast name)
    if(THAW_FAST)
        target_compile_options(${name} PRIVATE
            -O3 -flto=auto -ffat-lto-objects -Wno-maybe-uninitialized)
    endif()
endfunction()

# A program that is made of such modules.
function(thaw_whole_program name)
    if(THAW_FAST)
        set_target_properties(${name} PROPERTIES THAW_WHOLE_PROGRAM ON)
        target_link_options(${name} PRIVATE -O3 -flto=auto)
    endif()
endfunction()

# A unit test: thaw_unit_test(slice_test slice_test.c LINK base)
function(thaw_unit_test name)
    cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
    add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
    target_link_libraries(${name} PRIVATE ${ARG_LINK} testlib cmocka)
    add_test(NAME unit.${name} COMMAND ${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(unit.${name} PROPERTIES LABELS unit TIMEOUT 300)
endfunction()

# A fuzz target: thaw_fuzz(json_read LINK base) builds json_read_fuzz.c.  Under clang it is a
# libFuzzer program, elsewhere it replays the corpus; ctest runs a smoke of a few seconds.
function(thaw_fuzz name)
    cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
    add_executable(${name}_fuzz ${name}_fuzz.c)
    target_link_libraries(${name}_fuzz PRIVATE ${ARG_LINK})
    set(corpus ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${name})
    set(scratch ${CMAKE_BINARY_DIR}/fuzz/${name})
    file(MAKE_DIRECTORY ${scratch})
    if(CMAKE_C_COMPILER_ID MATCHES "Clang" AND NOT THAW_SANITIZE STREQUAL "thread")
        target_compile_options(${name}_fuzz PRIVATE -fsanitize=fuzzer)
        target_link_options(${name}_fuzz PRIVATE -fsanitize=fuzzer)
        add_test(NAME fuzz.${name}
            COMMAND ${name}_fuzz -max_total_time=5 -rss_limit_mb=2048 -timeout=10 -print_final_stats=0
                    ${scratch} ${corpus})
    else()
        target_sources(${name}_fuzz PRIVATE ${CMAKE_SOURCE_DIR}/tests/fuzz/replay_main.c)
        add_test(NAME fuzz.${name} COMMAND ${name}_fuzz ${corpus})
    endif()
    set_tests_properties(fuzz.${name} PROPERTIES LABELS fuzz TIMEOUT 120)
endfunction()

# Let fuzz targets see the branches of a module: libFuzzer is blind to code that is not compiled for
# it.  Other programs that link the module are not affected.
function(thaw_fuzzable name)
    if(CMAKE_C_COMPILER_ID MATCHES "Clang" AND THAW_SANITIZE MATCHES "address")
        target_compile_options(${name} PRIVATE -fsanitize=fuzzer-no-link)
    endif()
endfunction()
