# How a folder declares what it builds.

# weft_library(NAME SOURCES ... LIBS ...): the static library of a folder.
# Headers are included as "folder/file.h".
function(weft_library name)
    cmake_parse_arguments(A "" "" "SOURCES;LIBS" ${ARGN})
    add_library(${name} STATIC ${A_SOURCES})
    target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
    target_link_libraries(${name} PUBLIC ${A_LIBS} PRIVATE weft_flags)
endfunction()

# weft_program(NAME SOURCES ... LIBS ...): a program in build/bin/.
function(weft_program name)
    cmake_parse_arguments(A "" "" "SOURCES;LIBS" ${ARGN})
    add_executable(${name} ${A_SOURCES})
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
    target_link_libraries(${name} PRIVATE ${A_LIBS} weft_flags)
endfunction()

# weft_test(LABEL NAME SOURCES ... LIBS ... [ARGS ...] [TIMEOUT s]): a cmocka
# test program, in build/tests/, run by ctest -L LABEL.
function(weft_test label name)
    cmake_parse_arguments(A "" "TIMEOUT" "SOURCES;LIBS;ARGS" ${ARGN})
    add_executable(${name} ${A_SOURCES})
    set_target_properties(${name} PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
    target_link_libraries(${name} PRIVATE ${A_LIBS} PkgConfig::cmocka
        weft_flags)
    target_compile_definitions(${name} PRIVATE
        WEFT_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    weft_ctest(${label} ${name} TIMEOUT "${A_TIMEOUT}"
        COMMAND $<TARGET_FILE:${name}> ${A_ARGS})
endfunction()

# weft_ctest(LABEL NAME COMMAND ... [TIMEOUT s]): any command as a test.  Exit
# status 77 means skipped; the test says why.
function(weft_ctest label name)
    cmake_parse_arguments(A "" "TIMEOUT" "COMMAND" ${ARGN})
    if(NOT A_TIMEOUT)
        set(A_TIMEOUT 120)
    endif()
    add_test(NAME ${label}/${name} COMMAND ${A_COMMAND}
        WORKING_DIRECTORY ${PROJECT_BINARY_DIR})
    set_tests_properties(${label}/${name} PROPERTIES
        LABELS ${label} TIMEOUT ${A_TIMEOUT} SKIP_RETURN_CODE 77
        ENVIRONMENT "WEFT_BUILD_DIR=${PROJECT_BINARY_DIR};WEFT_SOURCE_DIR=${PROJECT_SOURCE_DIR}")
endfunction()

# weft_python_test(LABEL NAME FILE [TIMEOUT s]): a Python script as a test.
function(weft_python_test label name file)
    weft_ctest(${label} ${name} ${ARGN}
        COMMAND ${WEFT_PYTHON} ${file})
endfunction()

# weft_fuzz(NAME SOURCE LIBS ...): SOURCE defines LLVMFuzzerTestOneInput().
# The fuzz preset makes a libFuzzer program of it; every other preset replays
# tests/fuzz/corpus/NAME through it as a test.
function(weft_fuzz name source)
    cmake_parse_arguments(A "" "" "LIBS" ${ARGN})
    set(corpus ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${name})
    if(WEFT_FUZZ)
        add_executable(fuzz_${name} ${source})
        target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
        # What it finds goes to the build folder, not to the corpus.
        set(found ${PROJECT_BINARY_DIR}/fuzz/${name})
        file(MAKE_DIRECTORY ${found})
        weft_ctest(fuzz ${name} TIMEOUT 300
            COMMAND fuzz_${name} -max_total_time=20 -timeout=10
                -rss_limit_mb=2048 -print_final_stats=1
                -artifact_prefix=${found}/ ${found} ${corpus})
        if(NOT TARGET weft-fuzz)
            add_custom_target(weft-fuzz)
        endif()
        add_dependencies(weft-fuzz fuzz_${name})
    else()
        add_executable(fuzz_${name} ${source}
            ${PROJECT_SOURCE_DIR}/tests/fuzz/replay.c)
        weft_ctest(fuzz ${name} COMMAND fuzz_${name} ${corpus})
    endif()
    set_target_properties(fuzz_${name} PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
    target_include_directories(fuzz_${name} PRIVATE ${PROJECT_SOURCE_DIR})
    target_link_libraries(fuzz_${name} PRIVATE ${A_LIBS} weft_flags)
endfunction()
