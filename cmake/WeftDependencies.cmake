# What Weft links: Debian's libraries, and libopenvswitch, which is built
# from Debian's openvswitch-source once and cached outside the tree.
find_package(PkgConfig REQUIRED)
pkg_check_modules(curl REQUIRED IMPORTED_TARGET libcurl)
pkg_check_modules(jansson REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(libuv REQUIRED IMPORTED_TARGET libuv)
pkg_check_modules(microhttpd REQUIRED IMPORTED_TARGET libmicrohttpd)
pkg_check_modules(gnutls REQUIRED IMPORTED_TARGET gnutls)
pkg_check_modules(crypto REQUIRED IMPORTED_TARGET libcrypto)
pkg_check_modules(cmocka REQUIRED IMPORTED_TARGET cmocka)
find_package(Threads REQUIRED)

# Debian's own, where python3-jsonschema is installed for it.
set(WEFT_PYTHON /usr/bin/python3 CACHE FILEPATH "Python 3")

set(WEFT_OVS_DIR "" CACHE PATH "A libopenvswitch made by cmake/build-libopenvswitch.sh")
if(NOT WEFT_OVS_DIR)
    execute_process(
        COMMAND ${PROJECT_SOURCE_DIR}/cmake/build-libopenvswitch.sh
        OUTPUT_VARIABLE ovs_dir OUTPUT_STRIP_TRAILING_WHITESPACE
        COMMAND_ERROR_IS_FATAL ANY)
else()
    set(ovs_dir ${WEFT_OVS_DIR})
endif()
message(STATUS "libopenvswitch: ${ovs_dir}")

add_library(openvswitch STATIC IMPORTED)
set_target_properties(openvswitch PROPERTIES
    IMPORTED_LOCATION ${ovs_dir}/lib/libopenvswitch.a)
# System headers: their warnings are not ours.
target_include_directories(openvswitch SYSTEM INTERFACE
    ${ovs_dir}/include ${ovs_dir}/include/lib)
target_link_libraries(openvswitch INTERFACE Threads::Threads m atomic)
