# Tests of the actions half.
set(unit ${PROJECT_SOURCE_DIR}/tests/unit)

# Against stock OVN: compiles, for lflow_actions.py to compare.
add_executable(lflow_action_compare
    ${PROJECT_SOURCE_DIR}/tests/oracle/lflow_action_compare.c)
set_target_properties(lflow_action_compare PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
target_link_libraries(lflow_action_compare PRIVATE
    weft_lflow_fixture weft_flags)
weft_python_test(oracle lflow_actions
    ${PROJECT_SOURCE_DIR}/tests/oracle/lflow_actions.py TIMEOUT 600)
weft_python_test(oracle lflow_flows
    ${PROJECT_SOURCE_DIR}/tests/oracle/lflow_flows.py TIMEOUT 300)

weft_test(unit lflow_actions_doc_test
    SOURCES ${unit}/lflow_actions_doc_test.c
    LIBS weft_lflow_tool)
weft_fuzz(lflow_actions
    ${PROJECT_SOURCE_DIR}/tests/fuzz/lflow_actions_fuzz.c LIBS weft_lflow)
foreach(test actions actions_evaluate)
    weft_test(unit lflow_${test}_test
        SOURCES ${unit}/lflow_${test}_test.c LIBS weft_lflow)
endforeach()
