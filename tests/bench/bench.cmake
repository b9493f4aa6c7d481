# Benchmarks of what spans folders.
set(agent ${PROJECT_SOURCE_DIR}/node-agent)
weft_program(lflow_bench
    SOURCES ${PROJECT_SOURCE_DIR}/tests/bench/lflow_bench.c
        ${agent}/flow_table.c ${agent}/flow_actions.c
    LIBS weft_lflow_fixture)
