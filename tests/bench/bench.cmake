# Benchmarks of what spans folders.
set(agent ${PROJECT_SOURCE_DIR}/node-agent)
weft_program(lflow_bench
    SOURCES ${PROJECT_SOURCE_DIR}/tests/bench/lflow_bench.c
        ${agent}/flow_table.c ${agent}/flow_actions.c
    LIBS weft_lflow_fixture)

weft_program(agents_bench
    SOURCES ${PROJECT_SOURCE_DIR}/tests/bench/agents_bench.c
    LIBS weft_node_agent)

# The benchmarks themselves are run by hand: docs/performance.md.
weft_python_test(bench bench_smoke
    ${PROJECT_SOURCE_DIR}/tests/bench/smoke.py TIMEOUT 180)
weft_python_test(bench bench_agents_smoke
    ${PROJECT_SOURCE_DIR}/tests/bench/smoke_agents.py TIMEOUT 600)
