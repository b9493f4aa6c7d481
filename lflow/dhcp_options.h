/* The named options of put_dhcp_opts, put_dhcpv6_opts and put_nd_ra_opts,
 * and how their values are put in packets: RFC 2132, 3396, 3397, 3442
 * (DHCPv4), 3315 and 3646 (DHCPv6), 4861, 4191 and 8106 (router
 * advertisements).  The names are those of OVN 23.03 (ovn-nb(5),
 * DHCP_Options, and ovn-sb(5)). */
#ifndef WEFT_LFLOW_DHCP_OPTIONS_H
#define WEFT_LFLOW_DHCP_OPTIONS_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lflow_option;
struct ofpbuf;

/* What a value is: type, does it take strings, integers? */
#define DHCP_OPTION_TYPES                                               \
    DHCP_OPTION_TYPE(IPV4, "ipv4", false, true)  /* one or more */      \
    DHCP_OPTION_TYPE(STATIC_ROUTES, "static_routes", false, true)       \
    DHCP_OPTION_TYPE(STR, "str", true, false)                           \
    DHCP_OPTION_TYPE(HOST_ID, "host_id", true, true)                    \
    DHCP_OPTION_TYPE(DOMAINS, "domains", true, false)                   \
    DHCP_OPTION_TYPE(BOOL, "bool", false, true)                         \
    DHCP_OPTION_TYPE(UINT8, "uint8", false, true)                       \
    DHCP_OPTION_TYPE(UINT16, "uint16", false, true)                     \
    DHCP_OPTION_TYPE(UINT32, "uint32", false, true)                     \
    DHCP_OPTION_TYPE(IPV6, "ipv6", false, true)  /* one or more */      \
    DHCP_OPTION_TYPE(MAC, "mac", false, true)

enum dhcp_option_type {
#define DHCP_OPTION_TYPE(TYPE, NAME, STRING, INTEGER) DHCP_##TYPE,
    DHCP_OPTION_TYPES
#undef DHCP_OPTION_TYPE
    N_DHCP_OPTION_TYPES
};

/* DHCPv4: name, code, type. */
#define DHCPV4_OPTIONS                                                  \
    DHCP_OPTION("offerip", 0, IPV4)     /* The address: not an option. */ \
    DHCP_OPTION("netmask", 1, IPV4)                                     \
    DHCP_OPTION("router", 3, IPV4)                                      \
    DHCP_OPTION("dns_server", 6, IPV4)                                  \
    DHCP_OPTION("log_server", 7, IPV4)                                  \
    DHCP_OPTION("lpr_server", 9, IPV4)                                  \
    DHCP_OPTION("hostname", 12, STR)                                    \
    DHCP_OPTION("domain_name", 15, STR)                                 \
    DHCP_OPTION("swap_server", 16, IPV4)                                \
    DHCP_OPTION("ip_forward_enable", 19, BOOL)                          \
    DHCP_OPTION("policy_filter", 21, IPV4)                              \
    DHCP_OPTION("default_ttl", 23, UINT8)                               \
    DHCP_OPTION("mtu", 26, UINT16)                                      \
    DHCP_OPTION("broadcast_address", 28, IPV4)                          \
    DHCP_OPTION("router_discovery", 31, BOOL)                           \
    DHCP_OPTION("router_solicitation", 32, IPV4)                        \
    DHCP_OPTION("arp_cache_timeout", 35, UINT32)                        \
    DHCP_OPTION("ethernet_encap", 36, BOOL)                             \
    DHCP_OPTION("tcp_ttl", 37, UINT8)                                   \
    DHCP_OPTION("tcp_keepalive_interval", 38, UINT32)                   \
    DHCP_OPTION("nis_server", 41, IPV4)                                 \
    DHCP_OPTION("ntp_server", 42, IPV4)                                 \
    DHCP_OPTION("netbios_name_server", 44, IPV4)                        \
    DHCP_OPTION("netbios_node_type", 46, UINT8)                         \
    DHCP_OPTION("lease_time", 51, UINT32)                               \
    DHCP_OPTION("server_id", 54, IPV4)                                  \
    DHCP_OPTION("T1", 58, UINT32)                                       \
    DHCP_OPTION("T2", 59, UINT32)                                       \
    DHCP_OPTION("tftp_server", 66, HOST_ID)                             \
    DHCP_OPTION("bootfile_name", 67, STR)                               \
    DHCP_OPTION("domain_search_list", 119, DOMAINS)                     \
    DHCP_OPTION("classless_static_route", 121, STATIC_ROUTES)           \
    DHCP_OPTION("tftp_server_address", 150, IPV4)                       \
    DHCP_OPTION("path_prefix", 210, STR)                                \
    DHCP_OPTION("ms_classless_static_route", 249, STATIC_ROUTES)        \
    DHCP_OPTION("wpad", 252, STR)                                       \
    DHCP_OPTION("next_server", 253, IPV4)  /* siaddr, for responders. */ \
    DHCP_OPTION("bootfile_name_alt", 254, STR)  /* 67, for iPXE. */

/* DHCPv6: name, code, type. */
#define DHCPV6_OPTIONS                                                  \
    DHCP_OPTION("server_id", 2, MAC)                                    \
    DHCP_OPTION("ia_addr", 5, IPV6)                                     \
    DHCP_OPTION("dns_server", 23, IPV6)                                 \
    DHCP_OPTION("domain_search", 24, STR)

/* Codes that encoders and responders treat apart. */
enum {
    DHCPV4_OFFERIP = 0, DHCPV4_BOOTFILE_NAME = 67,
    DHCPV4_NEXT_SERVER = 253, DHCPV4_BOOTFILE_NAME_ALT = 254
};

/* Parameters of put_nd_ra_opts: name, ID, type. */
#define ND_RA_OPTIONS                                                   \
    ND_RA_OPTION("addr_mode", ADDR_MODE, STR)                           \
    ND_RA_OPTION("slla", SLLA, MAC)                                     \
    ND_RA_OPTION("mtu", MTU, UINT32)                                    \
    ND_RA_OPTION("prefix", PREFIX, IPV6)                                \
    ND_RA_OPTION("router_preference", PREFERENCE, STR)                  \
    ND_RA_OPTION("rdnss", RDNSS, IPV6)                                  \
    ND_RA_OPTION("dnssl", DNSSL, STR)                                   \
    ND_RA_OPTION("route_info", ROUTE_INFO, STR)

enum nd_ra_option {
#define ND_RA_OPTION(NAME, ID, TYPE) ND_RA_##ID,
    ND_RA_OPTIONS
#undef ND_RA_OPTION
};

/* A row; constant. */
struct dhcp_option {
    const char *name;
    uint16_t code;              /* RFC's; of ND_RA_OPTIONS: enum above. */
    enum dhcp_option_type type;
};

/* The option of that name, or NULL. */
const struct dhcp_option *dhcpv4_option_by_name(const char *name);
const struct dhcp_option *dhcpv6_option_by_name(const char *name);
const struct dhcp_option *nd_ra_option_by_name(const char *name);

/* The type called 'name' ("ipv4"), as OVN's DHCP_Options has it, in '*type';
 * false if there is none. */
bool dhcp_option_type_from_string(const char *name,
                                  enum dhcp_option_type *type);

/* May values of 'type' be strings, integers? */
bool dhcp_option_takes_strings(enum dhcp_option_type type);
bool dhcp_option_takes_integers(enum dhcp_option_type type);

/* Appends code, length and value; of DHCPv4 (each 1 byte) and DHCPv6 (each 2
 * bytes).  False, with nothing appended, where the value is not one for the
 * option's type or too long for its length (255, 65535 bytes). */
bool dhcpv4_option_encode(const struct lflow_option *option,
                          struct ofpbuf *packet);
bool dhcpv6_option_encode(const struct lflow_option *option,
                          struct ofpbuf *packet);

/* Appends the domain names of 'list' (separated by commas, blanks) as labels
 * (RFC 1035), with pointers to suffixes that were there before if 'compress'
 * (RFC 3397).  Empty labels are left out.  False if a label is longer than
 * 63 bytes. */
bool dhcp_domains_encode(const char *list, bool compress,
                         struct ofpbuf *packet);

/* Appends a whole router advertisement (ICMPv6 header, checksum 0) of these
 * parameters.  On failure appends nothing and returns what is wrong, such as
 * "slla option not present"; a string of the caller's.  Otherwise NULL. */
char *nd_ra_options_encode(const struct lflow_option *options, size_t n,
                           struct ofpbuf *packet);

/* Is the value of this one parameter good?  Otherwise a message as above. */
char *nd_ra_option_check(const struct lflow_option *option);

#endif
