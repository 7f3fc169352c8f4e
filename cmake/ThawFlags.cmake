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

if(THAW_SANITIZE)
    add_compile_options(-fsanitize=${THAW_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${THAW_SANITIZE})
endif()
