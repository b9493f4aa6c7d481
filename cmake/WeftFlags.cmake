# Compiler flags of every target (STYLE: warnings are errors in ./check).
option(WEFT_WERROR "Warnings are errors" OFF)
option(WEFT_SANITIZE "Build with AddressSanitizer and UBSan" OFF)
option(WEFT_FUZZ "Build the fuzz targets with libFuzzer (needs clang)" OFF)
option(WEFT_COVERAGE "Build for gcov" OFF)

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
# Several build folders of one tree compile the same files.
find_program(WEFT_CCACHE ccache)
if(WEFT_CCACHE AND NOT CMAKE_C_COMPILER_LAUNCHER)
    set(CMAKE_C_COMPILER_LAUNCHER ${WEFT_CCACHE})
endif()
if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()

add_library(weft_flags INTERFACE)
target_compile_options(weft_flags INTERFACE
    -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes
    -Wswitch-enum -Wformat=2 -Wvla -fno-common
    # OVS's container macros compare pointers of members and casts.
    -Wno-unused-parameter)
target_compile_definitions(weft_flags INTERFACE _GNU_SOURCE
    WEFT_VERSION="${PROJECT_VERSION}")
if(WEFT_WERROR)
    target_compile_options(weft_flags INTERFACE -Werror)
endif()
if(WEFT_SANITIZE)
    target_compile_options(weft_flags INTERFACE
        -fsanitize=address,undefined -fno-sanitize-recover=undefined
        -fno-omit-frame-pointer)
    target_link_options(weft_flags INTERFACE -fsanitize=address,undefined)
endif()
if(WEFT_FUZZ)
    target_compile_options(weft_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(WEFT_COVERAGE)
    target_compile_options(weft_flags INTERFACE --coverage)
    target_link_options(weft_flags INTERFACE --coverage)
endif()
