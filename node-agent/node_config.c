/* The settings of this node: see node_config.h. */
#include <config.h>

#include "node-agent/node_config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/settings.h"
#include "util.h"

const struct setting node_settings[] = {
    { "ovs-db", SETTING_STRING, NULL, 0, 0, "METHOD",
      "Open vSwitch's database (default: unix:RUNDIR/db.sock)" },
    { "system-id", SETTING_STRING, NULL, 0, 0, "NAME",
      "name of this chassis (external_ids:system-id)" },
    { "hostname", SETTING_STRING, NULL, 0, 0, "NAME",
      "host name to report (external_ids:hostname)" },
    { "encap-type", SETTING_STRING, NULL, 0, 0, "TYPE,...",
      "geneve or vxlan, preferred first (external_ids:ovn-encap-type)" },
    { "encap-ip", SETTING_STRING, NULL, 0, 0, "IP,...",
      "this node's tunnel end points (external_ids:ovn-encap-ip)" },
    { "encap-csum", SETTING_BOOLEAN, NULL, 0, 0, "BOOL",
      "checksums of tunnel packets (external_ids:ovn-encap-csum)" },
    { "bridge", SETTING_STRING, NULL, 0, 0, "BRIDGE",
      "integration bridge (external_ids:ovn-bridge)" },
    { "bridge-mappings", SETTING_STRING, NULL, 0, 0, "NET:BRIDGE,...",
      "physical networks (external_ids:ovn-bridge-mappings)" },
    { "alive-ttl", SETTING_INTEGER, "30", 2, 300, "SECONDS",
      "how long this node counts as alive after it was last heard; short on "
      "gateways" },
    { "bridge-datapath-type", SETTING_STRING, NULL, 0, 0, "TYPE",
      "system or netdev (external_ids:ovn-bridge-datapath-type)" },
};
const size_t n_node_settings = ARRAY_SIZE(node_settings);

/* Where settings come from. */
struct source {
    const struct settings *settings;    /* NULL: none. */
    const struct smap *ids;             /* Open_vSwitch's external_ids. */
    const char *chassis;                /* Once it is known. */
};

/* Of the database: what is set for this chassis ("ovn-encap-ip-hv1"), else
 * for all; or NULL. */
static const char *
lookup_id(const struct source *source, const char *id)
{
    const char *value = NULL;

    if (source->chassis) {
        char *own = xasprintf("%s-%s", id, source->chassis);

        value = smap_get(source->ids, own);
        free(own);
    }
    if (!value) {
        value = smap_get(source->ids, id);
    }
    return value && value[0] ? value : NULL;
}

/* Of the command line or environment, else of the database; or NULL. */
static const char *
lookup(const struct source *source, const char *setting, const char *id)
{
    const char *value = NULL;

    if (source->settings && settings_is_set(source->settings, setting)) {
        value = settings_string(source->settings, setting);
    }
    return value && value[0] ? value : lookup_id(source, id);
}

static void
read_encaps(struct node_config *config, const char *types, const char *ips)
{
    char *types_copy = xstrdup(types ? types : "geneve"), *save = NULL;

    for (char *type = strtok_r(types_copy, ", ", &save); type;
         type = strtok_r(NULL, ", ", &save)) {
        char *ips_copy = xstrdup(ips ? ips : ""), *ip_save = NULL;
        bool geneve = !strcmp(type, "geneve");

        for (char *ip = strtok_r(ips_copy, ", ", &ip_save); ip;
             ip = strtok_r(NULL, ", ", &ip_save)) {
            if (config->n_encaps < NODE_MAX_ENCAPS
                && (geneve || !strcmp(type, "vxlan"))) {
                config->encaps[config->n_encaps++] = (struct node_encap) {
                    .type = geneve ? TUNNEL_GENEVE : TUNNEL_VXLAN,
                    .ip = xstrdup(ip),
                };
            }
        }
        free(ips_copy);
    }
    free(types_copy);
}

static void
read_mappings(struct smap *mappings, const char *text)
{
    char *copy = xstrdup(text ? text : ""), *save = NULL;

    smap_init(mappings);
    for (char *token = strtok_r(copy, ", ", &save); token;
         token = strtok_r(NULL, ", ", &save)) {
        char *colon = strchr(token, ':');

        if (colon && colon != token && colon[1]) {
            *colon = '\0';
            smap_replace(mappings, token, colon + 1);
        }
    }
    free(copy);
}

static char *
read_hostname(const struct source *source)
{
    const char *value = lookup(source, "hostname", "hostname");
    char name[256];

    if (value) {
        return xstrdup(value);
    }
    if (gethostname(name, sizeof name)) {
        return xstrdup("");
    }
    name[sizeof name - 1] = '\0';
    return xstrdup(name);
}

static void
read_tunnel_options(struct node_config *config, const struct source *source)
{
    static const char *const options[] = { "tos", "df_default" };
    const char *local = lookup_id(source, "ovn-set-local-ip");

    smap_init(&config->tunnel_options);
    for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
        char *id = xasprintf("ovn-encap-%s", options[i]);
        const char *value = lookup_id(source, id);

        if (value) {
            smap_add(&config->tunnel_options, options[i], value);
        }
        free(id);
    }
    if (local && !strcmp(local, "true") && config->n_encaps) {
        smap_add(&config->tunnel_options, "local_ip", config->encaps[0].ip);
    }
}

/* What other programs look for in a chassis's row. */
static void
read_other_config(struct smap *other_config, const struct source *source)
{
    static const char *const ids[] = {
        "ovn-bridge-mappings", "ovn-chassis-mac-mappings", "ovn-cms-options",
        "ovn-monitor-all",
    };

    smap_init(other_config);
    for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
        const char *value = lookup_id(source, ids[i]);

        if (value) {
            smap_add(other_config, ids[i], value);
        }
    }
}

void
node_config_read(struct node_config *config, const struct settings *settings,
                 const struct smap *ids)
{
    struct source source = { settings, ids, NULL };
    const char *bridge, *csum, *zones;

    memset(config, 0, sizeof *config);
    config->system_id = nullable_xstrdup(
        lookup(&source, "system-id", "system-id"));
    source.chassis = config->system_id;
    config->hostname = read_hostname(&source);
    config->remote = nullable_xstrdup(lookup_id(&source, "ovn-remote"));
    bridge = lookup(&source, "bridge", "ovn-bridge");
    config->bridge = xstrdup(bridge ? bridge : "br-int");
    config->datapath_type = nullable_xstrdup(
        lookup(&source, "bridge-datapath-type", "ovn-bridge-datapath-type"));
    config->alive_ttl_s = settings ? settings_integer(settings, "alive-ttl")
                          : 30;
    csum = lookup_id(&source, "ovn-encap-csum");
    config->csum = !csum || strcmp(csum, "false");
    if (settings && settings_is_set(settings, "encap-csum")) {
        config->csum = settings_boolean(settings, "encap-csum");
    }
    read_encaps(config, lookup(&source, "encap-type", "ovn-encap-type"),
                lookup(&source, "encap-ip", "ovn-encap-ip"));
    read_tunnel_options(config, &source);
    zones = lookup_id(&source, "ovn-transport-zones");
    sset_from_delimited_string(&config->transport_zones, zones ? zones : "",
                               ", ");
    read_mappings(&config->mappings,
                  lookup(&source, "bridge-mappings", "ovn-bridge-mappings"));
    read_other_config(&config->other_config, &source);
}

void
node_config_destroy(struct node_config *config)
{
    for (size_t i = 0; i < config->n_encaps; i++) {
        free(config->encaps[i].ip);
    }
    smap_destroy(&config->mappings);
    smap_destroy(&config->tunnel_options);
    smap_destroy(&config->other_config);
    sset_destroy(&config->transport_zones);
    free(config->system_id);
    free(config->hostname);
    free(config->remote);
    free(config->bridge);
    free(config->datapath_type);
}

void
node_config_move(struct node_config *dst, struct node_config *src)
{
    *dst = *src;
    hmap_moved(&dst->mappings.map);
    hmap_moved(&dst->tunnel_options.map);
    hmap_moved(&dst->other_config.map);
    hmap_moved(&dst->transport_zones.map);
}

static bool
encaps_equal(const struct node_config *a, const struct node_config *b)
{
    if (a->n_encaps != b->n_encaps) {
        return false;
    }
    for (size_t i = 0; i < a->n_encaps; i++) {
        if (a->encaps[i].type != b->encaps[i].type
            || strcmp(a->encaps[i].ip, b->encaps[i].ip)) {
            return false;
        }
    }
    return true;
}

bool
node_config_equal(const struct node_config *a, const struct node_config *b)
{
    return (nullable_string_is_equal(a->system_id, b->system_id)
            && nullable_string_is_equal(a->remote, b->remote)
            && nullable_string_is_equal(a->datapath_type, b->datapath_type)
            && !strcmp(a->hostname, b->hostname)
            && !strcmp(a->bridge, b->bridge)
            && a->csum == b->csum
            && smap_equal(&a->mappings, &b->mappings)
            && smap_equal(&a->tunnel_options, &b->tunnel_options)
            && smap_equal(&a->other_config, &b->other_config)
            && sset_equals(&a->transport_zones, &b->transport_zones)
            && encaps_equal(a, b));
}
