# Flags are set here and nowhere else.

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# CMake adds -DNDEBUG to release builds, which would silently remove every assertion.
foreach(config RELEASE RELWITHDEBINFO MINSIZEREL)
    string(REGEX REPLACE "[-/]DNDEBUG" "" CMAKE_C_FLAGS_${config} "${CMAKE_C_FLAGS_${config}}")
endforeach()

add_compile_definitions(_GNU_SOURCE THAW_VERSION="${PROJECT_VERSION}")
add_compile_options(
    -Wall -Wextra -Werror -Wconversion -Wshadow -Wvla -Wswitch-enum -Wmissing-prototypes
    -Wstrict-prototypes -Wold-style-definition -Wpointer-arith -Wcast-qual -Wundef -Wformat=2
    -Wwrite-strings -Wnull-dereference -Wdouble-promotion -Wmissing-include-dirs
    -fno-strict-aliasing -fno-common -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wlogical-op -Wduplicated-cond -Wduplicated-branches -Wjump-misses-init)
endif()

# Modules that all of a log goes through are optimised in full in the build that is released, and over
# the borders of files in the programs of thaw_whole_program(): 13 % fewer instructions for a report.
# Tests link the same objects as they are.
if(CMAKE_C_COMPILER_ID STREQUAL "GNU" AND CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo" AND
   NOT THAW_AGENT_ONLY)
    set(THAW_FAST ON)
    add_link_options($<$<NOT:$<BOOL:$<TARGET_PROPERTY:THAW_WHOLE_PROGRAM>>>:-fno-lto>)
endif()

if(THAW_SANITIZE)
    add_compile_options(-fsanitize=${THAW_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${THAW_SANITIZE})
endif()

# The static agent is small and starts in few pages: -Oz, which takes a hundredth less than -Os at no
# cost that shows; each function is a section, so that what nobody calls is left out, and the whole
# program is optimised at once; no tables for unwinding, because nothing unwinds; code and constants
# in one segment, so that they share pages.  It is linked to a fixed address, as ever, and compiled for
# one: tables of pointers are constants and need no page of their own, and so there is nothing left
# that RELRO would have to protect after the start.  Data follows in the file without being aligned to
# a page (a common page is said to be small).  No build id and no path of this machine: the same
# sources give the same bytes wherever they lie.
if(THAW_AGENT_ONLY)
    add_compile_definitions(THAW_SMALL)
    add_compile_options(-Oz -ffunction-sections -fdata-sections -fno-unwind-tables
        -fno-asynchronous-unwind-tables -fno-pie -flto=auto
        -ffile-prefix-map=../../= # Where ccache makes paths relative, and of headers: the same names.
        -ffile-prefix-map=${CMAKE_BINARY_DIR}/=)
    # Else names that the optimiser makes up are random, and the order of functions with them.
    string(APPEND CMAKE_C_COMPILE_OBJECT " -frandom-seed=<OBJECT>")
    add_link_options(-static -no-pie -flto=auto -flto-partition=one -Wl,--gc-sections -Wl,--build-id=none
        -Wl,-z,noseparate-code -Wl,-z,norelro -Wl,-z,common-page-size=64)
endif()
