# What Weft links: Debian's libraries, and libopenvswitch and a libcurl, which
# are built from Debian's sources once and cached outside the tree.
find_package(PkgConfig REQUIRED)
pkg_check_modules(curl REQUIRED IMPORTED_TARGET libcurl)
pkg_check_modules(jansson REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(libuv REQUIRED IMPORTED_TARGET libuv)
pkg_check_modules(microhttpd REQUIRED IMPORTED_TARGET libmicrohttpd)
pkg_check_modules(gnutls REQUIRED IMPORTED_TARGET gnutls)
pkg_check_modules(crypto REQUIRED IMPORTED_TARGET libcrypto)
pkg_check_modules(ssl REQUIRED IMPORTED_TARGET libssl libcrypto)
pkg_check_modules(nghttp2 REQUIRED IMPORTED_TARGET libnghttp2)
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

# libcurl: Debian's shared one, or, for targets with the property
# WEFT_STATIC_CURL, one without what Weft has no use for, whose libraries are
# half of the start of a short process (docs/decisions/0007).
option(WEFT_STATIC_CURL "Build a small libcurl for weftctl" ON)
set(static_curl PkgConfig::curl)
if(WEFT_STATIC_CURL)
    execute_process(
        COMMAND ${PROJECT_SOURCE_DIR}/cmake/build-libcurl.sh
        OUTPUT_VARIABLE curl_dir OUTPUT_STRIP_TRAILING_WHITESPACE
        RESULT_VARIABLE status)
    if(status EQUAL 0)
        add_library(curl_static STATIC IMPORTED)
        set_target_properties(curl_static PROPERTIES
            IMPORTED_LOCATION ${curl_dir}/lib/libcurl.a)
        target_link_libraries(curl_static INTERFACE PkgConfig::nghttp2
            PkgConfig::ssl Threads::Threads)
        set(static_curl curl_static)
    else()
        message(WARNING "no small libcurl can be built here: weftctl is "
            "linked to Debian's, and starts more slowly")
    endif()
endif()
message(STATUS "libcurl of weftctl: ${static_curl} ${curl_dir}")
add_library(weft_curl INTERFACE)
target_link_libraries(weft_curl INTERFACE
    $<IF:$<BOOL:$<TARGET_PROPERTY:WEFT_STATIC_CURL>>,${static_curl},PkgConfig::curl>)
