# Tests of the node agent.
foreach(subject bfd_session ct_zones flow_table gateway group_history health_check installer lflows load_balancers node_config own physical
        port_security sb_cache sb_tree sync)
    weft_test(unit agent_${subject}_test
        SOURCES ${PROJECT_SOURCE_DIR}/tests/unit/agent_${subject}_test.c
        LIBS weft_node_agent)
endforeach()
weft_python_test(system agent_switch
    ${PROJECT_SOURCE_DIR}/tests/system/agent_switch.py TIMEOUT 240)
