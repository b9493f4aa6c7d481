# Fuzz targets: what comes from outside.
foreach(target codec_watch codec_answer keys)
    weft_fuzz(store_${target}
        ${PROJECT_SOURCE_DIR}/tests/fuzz/store_${target}.c LIBS weft_store)
endforeach()

# Tests against a real etcd: bookworm's, and trixie's where it can be had.
set(system ${PROJECT_SOURCE_DIR}/tests/system)
foreach(subject requests watch cluster large gateway grpc)
    weft_python_test(system store_${subject} ${system}/store_${subject}.py
        TIMEOUT 240)
endforeach()
foreach(subject requests watch cluster large)
    weft_ctest(system store_${subject}_trixie TIMEOUT 240
        COMMAND ${WEFT_PYTHON} ${system}/store_${subject}.py --etcd=trixie)
endforeach()
