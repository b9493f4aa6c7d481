# Tests of the responders to packet-ins.
add_executable(respond_probe
    ${PROJECT_SOURCE_DIR}/tests/support/respond_probe.c)
set_target_properties(respond_probe PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
target_include_directories(respond_probe PRIVATE ${PROJECT_SOURCE_DIR})
target_link_libraries(respond_probe PRIVATE weft_node_agent weft_flags)
foreach(subject learn limits)
    weft_test(unit agent_respond_${subject}_test
        SOURCES
            ${PROJECT_SOURCE_DIR}/tests/unit/agent_respond_${subject}_test.c
        LIBS weft_node_agent)
endforeach()
foreach(subject bfd svc_check neighbors errors dhcp4 dhcp6 dns igmp places)
    if(EXISTS ${PROJECT_SOURCE_DIR}/tests/unit/agent_respond_${subject}.py)
        weft_python_test(unit agent_respond_${subject}
            ${PROJECT_SOURCE_DIR}/tests/unit/agent_respond_${subject}.py)
    endif()
endforeach()
weft_fuzz(agent_packet_in ${PROJECT_SOURCE_DIR}/tests/fuzz/agent_packet_in.c
    LIBS weft_node_agent)
weft_python_test(system agent_services
    ${PROJECT_SOURCE_DIR}/tests/system/agent_services.py TIMEOUT 300)
weft_python_test(oracle dhcp_answers
    ${PROJECT_SOURCE_DIR}/tests/oracle/dhcp_answers.py TIMEOUT 600)
weft_python_test(oracle packet_answers
    ${PROJECT_SOURCE_DIR}/tests/oracle/packet_answers.py TIMEOUT 600)
weft_python_test(oracle health_probes
    ${PROJECT_SOURCE_DIR}/tests/oracle/health_probes.py TIMEOUT 300)
# Random networks, real packets, stock OVN beside Weft.
weft_ctest(oracle packets TIMEOUT 900
    COMMAND ${WEFT_PYTHON} ${PROJECT_SOURCE_DIR}/tests/oracle/packets.py
        --topologies=8)
weft_python_test(oracle port_mirrors
    ${PROJECT_SOURCE_DIR}/tests/oracle/port_mirrors.py TIMEOUT 300)
weft_python_test(oracle port_queues
    ${PROJECT_SOURCE_DIR}/tests/oracle/port_queues.py TIMEOUT 300)
weft_python_test(oracle lb_hairpins
    ${PROJECT_SOURCE_DIR}/tests/oracle/lb_hairpins.py TIMEOUT 300)
