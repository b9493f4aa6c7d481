# Tests against a real etcd: bookworm's, and trixie's where it can be had.
set(system ${PROJECT_SOURCE_DIR}/tests/system)
foreach(subject requests watch cluster large)
    weft_python_test(system store_${subject} ${system}/store_${subject}.py
        TIMEOUT 240)
endforeach()
foreach(subject requests watch cluster large)
    weft_ctest(system store_${subject}_trixie TIMEOUT 240
        COMMAND ${WEFT_PYTHON} ${system}/store_${subject}.py --etcd=trixie)
endforeach()
