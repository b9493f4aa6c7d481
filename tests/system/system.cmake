# System tests that span programs; each is a Python file here.
set(system ${PROJECT_SOURCE_DIR}/tests/system)
weft_python_test(system switch_packets ${system}/switch_packets.py TIMEOUT 180)
weft_python_test(system switch_changes ${system}/switch_changes.py TIMEOUT 240)
weft_python_test(system restarts ${system}/restarts.py TIMEOUT 300)
weft_python_test(system hostile_rows ${system}/hostile_rows.py TIMEOUT 300)
weft_python_test(system tutorial ${system}/tutorial.py TIMEOUT 300)
weft_python_test(system docs_tutorial ${system}/docs_tutorial.py TIMEOUT 300)
foreach(subject net_gateways net_multicast gateway_bfd ecmp_reply route_bfd net_ports
        net_routes net_acls net_stateless net_load_balancers net_health_checks tcp_survives)
    weft_python_test(system ${subject} ${system}/${subject}.py TIMEOUT 600)
endforeach()
weft_python_test(system histories ${system}/histories.py TIMEOUT 300)
weft_python_test(system switch_packets_vxlan ${system}/switch_packets.py
    TIMEOUT 180)
weft_python_test(system explain ${system}/explain.py TIMEOUT 300)
weft_python_test(system whatif ${system}/whatif.py TIMEOUT 300)
weft_python_test(system packages ${system}/packages.py TIMEOUT 600)
weft_python_test(system containers ${system}/containers.py TIMEOUT 300)
weft_python_test(system docs_keys ${system}/docs_keys.py TIMEOUT 120)
weft_python_test(system daemons ${system}/daemons.py TIMEOUT 180)
weft_python_test(system cluster ${system}/cluster.py TIMEOUT 300)
weft_python_test(system faults ${system}/faults.py TIMEOUT 300)
weft_python_test(system secure ${system}/secure.py TIMEOUT 180)
weft_python_test(system secure_newer_etcd ${system}/secure.py TIMEOUT 240)
set_tests_properties(system/secure_newer_etcd PROPERTIES ENVIRONMENT
    "WEFT_BUILD_DIR=${PROJECT_BINARY_DIR};WEFT_TEST_ETCD=trixie")
set_tests_properties(system/switch_packets_vxlan PROPERTIES ENVIRONMENT
    "WEFT_BUILD_DIR=${PROJECT_BINARY_DIR};WEFT_TEST_ENCAP=vxlan")
