# weftctl trace (ovn-trace) and detrace (ovn-detrace).
weft_library(weft_cli_trace
    SOURCES trace.c trace_actions.c trace_conntrack.c trace_daemon.c
        trace_db.c trace_find.c trace_friendly.c trace_mcast.c trace_node.c
        trace_options.c trace_output.c trace_ovs.c trace_port_security.c
        trace_request.c trace_run.c trace_scope.c trace_words.c
        fetch.c moment.c place.c
    LIBS weft_lflow weft_schemas weft_store weft_lib openvswitch)

set(oracle ${PROJECT_SOURCE_DIR}/tests/oracle)
weft_python_test(oracle trace_tutorial ${oracle}/trace_tutorial.py
    TIMEOUT 120)
# 200 topologies, half of them each, to run at the same time.
foreach(first 0 100)
    weft_ctest(oracle trace_topologies_${first} TIMEOUT 900
        COMMAND ${WEFT_PYTHON} ${oracle}/trace_topologies.py
            --first=${first} --topologies=100)
endforeach()
weft_python_test(oracle trace_options ${oracle}/trace_options.py TIMEOUT 600)
weft_python_test(oracle trace_actions ${oracle}/trace_actions.py TIMEOUT 180)
weft_python_test(system trace_detrace ${oracle}/trace_detrace.py TIMEOUT 180)

# Golden traces, on the store in memory.
set(golden ${PROJECT_SOURCE_DIR}/tests/golden/trace)
file(GLOB golden_traces CONFIGURE_DEPENDS ${golden}/*.txt)
add_executable(trace_golden ${golden}/trace_golden.c)
set_target_properties(trace_golden PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
target_link_libraries(trace_golden PRIVATE weft_cli weft_flags)
weft_ctest(golden trace COMMAND trace_golden ${golden_traces})
