/* DHCP_Options and DHCPv6_Options of the southbound: not rows of the network
 * but the names that the language knows (lflow/dhcp_options.h). */
#include <config.h>

#include "cli/model.h"
#include "cli/sb.h"
#include "lflow/dhcp_options.h"
#include "util.h"

static const char *const type_names[] = {
#define DHCP_OPTION_TYPE(TYPE, NAME, STRING, INTEGER) [DHCP_##TYPE] = NAME,
    DHCP_OPTION_TYPES
#undef DHCP_OPTION_TYPE
};

#define DHCP_OPTION(NAME, CODE, TYPE) { NAME, CODE, DHCP_##TYPE },
static const struct dhcp_option dhcpv4_options[] = { DHCPV4_OPTIONS };
static const struct dhcp_option dhcpv6_options[] = { DHCPV6_OPTIONS };
#undef DHCP_OPTION

static void
add_options(struct model *model, const struct table *table,
            const struct dhcp_option *options, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        model_add(model, table, options[i].name,
                  json_pack("{s:s,s:i,s:s}", "name", options[i].name, "code",
                            (int) options[i].code, "type",
                            type_names[options[i].type]));
    }
}

static void
load_dhcpv4(struct model *model, const struct table *table)
{
    add_options(model, table, dhcpv4_options, ARRAY_SIZE(dhcpv4_options));
}

static void
load_dhcpv6(struct model *model, const struct table *table)
{
    add_options(model, table, dhcpv6_options, ARRAY_SIZE(dhcpv6_options));
}

const struct table sb_table_dhcp_options = {
    .area = "view/dhcp_options", .name = "dhcp_options", .is_fixed = true,
    .db = "sb", .synthesize = load_dhcpv4,
};
const struct table sb_table_dhcpv6_options = {
    .area = "view/dhcpv6_options", .name = "dhcpv6_options",
    .is_fixed = true, .db = "sb", .synthesize = load_dhcpv6,
};
