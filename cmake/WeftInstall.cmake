# What "cmake --install" puts where, and the Debian packages of "cpack", one
# for each component:
#
#   translator, agent, api   a daemon and its systemd unit
#   tools                    weftctl, manual pages, completion
#   ovn-names                OVN's names for weftctl (instead of ovn-common;
#                            only when asked for by name)
#
# Packages are to be made of a build of the release preset.
include(GNUInstallDirs)

# Tests need not be built for it.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT
    "Weft maintainers <maintainers@weft.example.org>")
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR}/packages)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SOURCE weft)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
# Each package has its own.
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(package_doc ${CMAKE_INSTALL_DATADIR}/doc)
set(package_files ${PROJECT_BINARY_DIR}/deploy)
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
configure_file(${PROJECT_SOURCE_DIR}/deploy/debian/changelog.in
    ${package_files}/changelog.Debian @ONLY)
execute_process(COMMAND gzip -9nf ${package_files}/changelog.Debian
    COMMAND_ERROR_IS_FATAL ANY)

# weft_package(COMPONENT TEXT [DEPENDS ...] ...): what every package has.  The
# first line of TEXT is the short description.
function(weft_package component text)
    cmake_parse_arguments(A "" "DEPENDS;RECOMMENDS;CONFLICTS" "CONTROL"
        ${ARGN})
    string(TOUPPER ${component} key)
    set(CPACK_COMPONENTS_ALL ${CPACK_COMPONENTS_ALL} ${component}
        PARENT_SCOPE)
    set(CPACK_COMPONENT_${key}_DESCRIPTION ${text} PARENT_SCOPE)
    set(prefix CPACK_DEBIAN_${key}_PACKAGE)
    set(${prefix}_NAME weft-${component} PARENT_SCOPE)
    set(${prefix}_DEPENDS "${A_DEPENDS}" PARENT_SCOPE)
    set(${prefix}_RECOMMENDS "${A_RECOMMENDS}" PARENT_SCOPE)
    set(${prefix}_CONFLICTS "${A_CONFLICTS}" PARENT_SCOPE)
    set(${prefix}_CONTROL_EXTRA "${A_CONTROL}" PARENT_SCOPE)
    install(FILES ${PROJECT_SOURCE_DIR}/deploy/debian/copyright
        ${package_files}/changelog.Debian.gz EXCLUDE_FROM_ALL
        DESTINATION ${package_doc}/weft-${component} COMPONENT ${component})
endfunction()

# weft_daemon_package(COMPONENT TEXT ...): weft-COMPONENT, its unit and what
# dpkg does with it.  Where a unit finds its program is known when it is
# installed.
macro(weft_daemon_package component text)
    set(unit weft-${component})
    install(TARGETS ${unit} RUNTIME COMPONENT ${component})
    set(scripts)
    foreach(script postinst prerm postrm)
        configure_file(${PROJECT_SOURCE_DIR}/deploy/debian/${script}.in
            ${package_files}/${component}/${script} @ONLY)
        list(APPEND scripts ${package_files}/${component}/${script})
    endforeach()
    install(CODE "
        set(bindir \${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR})
        file(READ ${PROJECT_SOURCE_DIR}/deploy/systemd/hardening hardening)
        string(STRIP \"\${hardening}\" hardening)
        configure_file(${PROJECT_SOURCE_DIR}/deploy/systemd/${unit}.service.in
            \$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/lib/systemd/system/${unit}.service
            @ONLY)
        message(STATUS \"Installing: \${CMAKE_INSTALL_PREFIX}/lib/systemd/system/${unit}.service\")"
        COMPONENT ${component})
    weft_package(${component} ${text} CONTROL ${scripts} ${ARGN})
endmacro()

weft_daemon_package(translator
    "virtual network on etcd - translator
Weft is a virtual network for clouds: logical switches, routers, firewalls,
NAT and DHCP over any number of hypervisors, in OVN's terms, kept in etcd.
.
This is its translator, which makes logical flows of the network that is
wanted. One leads, any number stand by."
    RECOMMENDS weft-tools)
weft_daemon_package(agent
    "virtual network on etcd - agent of a hypervisor
Weft is a virtual network for clouds: logical switches, routers, firewalls,
NAT and DHCP over any number of hypervisors, in OVN's terms, kept in etcd.
.
This is the agent that runs on each hypervisor and programs its Open vSwitch."
    RECOMMENDS "openvswitch-switch, weft-tools")
weft_daemon_package(api
    "virtual network on etcd - REST server
Weft is a virtual network for clouds: logical switches, routers, firewalls,
NAT and DHCP over any number of hypervisors, in OVN's terms, kept in etcd.
.
This is the REST server over the network that is wanted."
    RECOMMENDS weft-tools)

install(TARGETS weftctl RUNTIME COMPONENT tools)
install(DIRECTORY ${PROJECT_BINARY_DIR}/man/
    DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT tools
    FILES_MATCHING PATTERN "*.1.gz")
install(FILES ${PROJECT_BINARY_DIR}/completion/weftctl.bash RENAME weftctl
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
    COMPONENT tools)
install(FILES ${PROJECT_BINARY_DIR}/completion/weftctl.zsh RENAME _weftctl
    DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions
    COMPONENT tools)
install(PROGRAMS ${PROJECT_SOURCE_DIR}/deploy/etcd-roles
    RENAME weft-etcd-roles
    DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT tools)
weft_package(tools
    "virtual network on etcd - command line
Weft is a virtual network for clouds: logical switches, routers, firewalls,
NAT and DHCP over any number of hypervisors, in OVN's terms, kept in etcd.
.
This is its command line, weftctl, and weft-etcd-roles, which gives the
programs their users and roles in etcd."
    RECOMMENDS etcd-client)

foreach(name ovn-nbctl ovn-sbctl ovn-trace ovn-detrace ovn-appctl)
    install(FILES ${PROJECT_BINARY_DIR}/bin/${name}
        DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT ovn-names
        EXCLUDE_FROM_ALL)
endforeach()
weft_package(ovn-names
    "virtual network on etcd - command line under OVN's names
Weft is a virtual network for clouds: logical switches, routers, firewalls,
NAT and DHCP over any number of hypervisors, in OVN's terms, kept in etcd.
.
These are links to weftctl, which under the names ovn-nbctl, ovn-sbctl,
ovn-trace, ovn-detrace and ovn-appctl does what OVN's programs do."
    DEPENDS "weft-tools (= ${PROJECT_VERSION}-1)" CONFLICTS "ovn-common")
set(CPACK_DEBIAN_OVN-NAMES_PACKAGE_ARCHITECTURE all)

include(CPack)
