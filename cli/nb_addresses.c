/* Addresses of switch ports: their syntax, and that no two ports of a switch
 * have the same. */
#include <config.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "cli/nb.h"
#include "openvswitch/types.h"
#include "packets.h"
#include "util.h"

/* Larger networks are not searched for duplicates: reading every port to
 * change one would cost more than the change. The translator sees them. */
enum { MAX_PORTS_TO_SEARCH = 1000 };

/* "dynamic", or "dynamic" and then addresses, or a MAC and "dynamic". */
static bool
is_dynamic(const char *address)
{
    struct eth_addr mac;
    int n = 0;

    if (!strncmp(address, "dynamic", 7)
        && (!address[7] || address[7] == ' ')) {
        return true;
    }
    return (ovs_scan(address, ETH_ADDR_SCAN_FMT" dynamic%n",
                     ETH_ADDR_SCAN_ARGS(mac), &n) && n && !address[n]);
}

static bool
is_valid(const char *address)
{
    struct eth_addr mac;

    return (!strcmp(address, "unknown") || !strcmp(address, "router")
            || is_dynamic(address)
            || ovs_scan(address, ETH_ADDR_SCAN_FMT,
                        ETH_ADDR_SCAN_ARGS(mac)));
}

/* An IP address in either family. */
struct ip {
    int family;
    struct in6_addr address;
};

/* Takes the next IP address of "MAC ip ip ...", skipping other words. */
static bool
next_ip(char **save, char *text, struct ip *ip)
{
    for (char *word = strtok_r(text, " ", save); word;
         word = strtok_r(NULL, " ", save)) {
        memset(ip, 0, sizeof *ip);
        ip->family = strchr(word, ':') ? AF_INET6 : AF_INET;
        if (inet_pton(ip->family, word, &ip->address) == 1) {
            return true;
        }
    }
    return false;
}

/* An address that both "MAC ip..." strings hold, as text in 'shared'. */
static bool
share_ip(const char *a_, const char *b_, struct ip *shared)
{
    char *a = xstrdup(a_), *save_a = NULL;
    bool found = false;
    struct ip ip;

    for (char *p = a; !found && next_ip(&save_a, p, &ip); p = NULL) {
        char *b = xstrdup(b_), *save_b = NULL;
        struct ip other;

        for (char *q = b; !found && next_ip(&save_b, q, &other); q = NULL) {
            found = !memcmp(&ip, &other, sizeof ip);
        }
        free(b);
    }
    free(a);
    *shared = ip;
    return found;
}

/* A message if 'address' has an IP address of another port, or NULL. */
static char *
find_duplicate(const struct row *other, const char *address)
{
    char text[INET6_ADDRSTRLEN];
    struct ip ip;

    for (size_t i = 0; i < row_n_items(other, "addresses"); i++) {
        if (share_ip(address, row_item(other, "addresses", i), &ip)) {
            inet_ntop(ip.family, &ip.address, text, sizeof text);
            return xasprintf("duplicate IPv%d address '%s' found on logical "
                             "switch port '%s'",
                             ip.family == AF_INET ? 4 : 6, text, other->id);
        }
    }
    return NULL;
}

static void
check_duplicates(struct context *ctx, const struct row *port,
                 const char *address)
{
    struct row *ls = nb_parent(port, &table_logical_switch, "switch");
    struct row **ports;

    if (!ls || (ls->mod_revision
                && model_count(ctx->model, &table_logical_switch_port)
                   > MAX_PORTS_TO_SEARCH)) {
        return;
    }

    size_t n = model_children(ctx->model, &table_logical_switch_port, 0, ls,
                              &ports);
    for (size_t i = 0; i < n && !ctx->error; i++) {
        char *why = (ports[i] == port ? NULL
                     : find_duplicate(ports[i], address));

        if (why) {
            context_error(ctx, "Error on switch %s: %s", view_row_name(ls),
                          why);
            free(why);
        }
    }
    free(ports);
}

void
nb_run_lsp_set_addresses(struct context *ctx)
{
    struct row *port = nb_port(ctx, ctx->argv[1], true);

    for (int i = 2; port && i < ctx->argc && !ctx->error; i++) {
        if (!is_valid(ctx->argv[i])) {
            context_error(ctx, "%s: Invalid address format. See ovn-nb(5). "
                          "Hint: An Ethernet address must be listed before "
                          "an IP address, together as a single argument.",
                          ctx->argv[i]);
        } else {
            check_duplicates(ctx, port, ctx->argv[i]);
        }
    }
    if (port && !ctx->error) {
        row_unset(port, "addresses");
        for (int i = 2; i < ctx->argc; i++) {
            row_add_item(port, "addresses", ctx->argv[i]);
        }
    }
}
