/* The property that the translator stands on: a random history of changes,
 * applied one by one, gives byte for byte what a fresh translator makes of
 * where the history ended.
 *
 * The only thing carried over are the tunnel keys, which are state by
 * nature: the fresh translator learns them from the rows, as a new leader
 * does.  Arguments: number of steps, seed. */
#include <config.h>

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/shash.h"
#include "openvswitch/util.h"
#include "translator/engine.h"
#include "translator/model.h"
#include "translator/translation.h"
#include "util.h"

/* ---- What may happen ------------------------------------------------------
 *
 * A kind of key, and the values it may get.  In both, <x> is replaced by a
 * random name of class x: <s> a switch, <p> a port, <r> a router, <q> a
 * router port, <c> a chassis, <g> a port group, <a> an address set, <d> a
 * DHCP options row, <h> an HA group, <n> 1...4, <b> a boolean, <m> a MAC. */
struct kind {
    const char *key;
    const char *values[22];
};

#define PORT_MATCH "inport == \\\"<p>\\\" && ip4.src == $<a>"

static const struct kind kinds[] = {
    { "nb/logical_switch/<s>", {
        "{}", "{\"other_config\":{\"vlan-passthru\":\"<b>\"}}",
        "{\"other_config\":{\"mcast_snoop\":\"true\"}}",
        "{\"other_config\":{\"mcast_snoop\":\"true\","
        "\"mcast_flood_unregistered\":\"<b>\"}}",
        "{\"name\":\"x<n>\",\"external_ids\":{\"k\":\"<n>\"}}",
        "{\"other_config\":{\"requested-tnl-key\":\"<n>\"}}",
        "{\"other_config\":{\"subnet\":\"10.0.0.0/29\"}}",
        "{\"other_config\":{\"subnet\":\"10.0.0.0/28\","
        "\"exclude_ips\":\"10.0.0.2..10.0.0.<n>\","
        "\"ipv6_prefix\":\"fd00::\"}}",
        "{\"other_config\":{\"mac_only\":\"<b>\"}}",
        "{\"dns_records\":[\"dns<n>\"]}",
        "{\"load_balancer\":[\"lb3\",\"lb4\"]}",
        "{\"load_balancer_group\":[\"lbg<n>\"]}" } },
    { "nb/logical_switch_port/<p>", {
        "{\"switch\":\"<s>\",\"addresses\":[\"<m> 10.0.0.<n>\"]}",
        "{\"switch\":\"<s>\",\"addresses\":[\"<m> 10.0.0.<n> fd00::<n>\"]}",
        "{\"switch\":\"<s>\",\"addresses\":[\"unknown\"]}",
        "{\"switch\":\"<s>\",\"options\":{\"mcast_flood\":\"<b>\","
        "\"mcast_flood_reports\":\"<b>\"}}",
        "{\"switch\":\"<s>\",\"addresses\":[\"<m>\",\"unknown\"],"
        "\"port_security\":[\"<m> 10.0.0.<n>\"]}",
        "{\"switch\":\"<s>\",\"enabled\":<b>,\"addresses\":[\"<m>\"]}",
        "{\"switch\":\"<s>\",\"type\":\"router\",\"addresses\":[\"router\"],"
        "\"options\":{\"router-port\":\"<q>\"}}",
        "{\"switch\":\"<s>\",\"type\":\"router\",\"addresses\":[\"router\"],"
        "\"options\":{\"router-port\":\"<q>\",\"nat-addresses\":\"router\","
        "\"arp_proxy\":\"169.254.0.<n>\"}}",
        "{\"switch\":\"<s>\",\"type\":\"localnet\","
        "\"options\":{\"network_name\":\"phys\"}}",
        "{\"switch\":\"<s>\",\"type\":\"localnet\","
        "\"options\":{\"qos_min_rate\":\"<n>000\"}}",
        "{\"switch\":\"<s>\",\"addresses\":[\"<m>\"],"
        "\"mirror_rules\":[\"mir<n>\"],"
        "\"options\":{\"qos_max_rate\":\"<n>000\"}}",
        "{\"switch\":\"<s>\",\"type\":\"l2gateway\","
        "\"addresses\":[\"unknown\"],"
        "\"options\":{\"network_name\":\"phys\","
        "\"l2gateway-chassis\":\"<c>\"}}",
        "{\"switch\":\"<s>\",\"type\":\"external\",\"dhcpv4_options\":\"<d>\","
        "\"dhcpv6_options\":\"<d>\",\"ha_chassis_group\":\"h<n>\","
        "\"addresses\":[\"<m> 10.0.0.<n> fd00::<n>\"]}",
        "{\"switch\":\"<s>\",\"addresses\":[\"<m> 10.0.0.<n> fd00::<n>\"],"
        "\"dhcpv6_options\":\"<d>\",\"options\":{\"hostname\":\"h<n>\"}}",
        "{\"switch\":\"<s>\",\"addresses\":[\"<m> 10.0.0.<n>\"],"
        "\"dhcpv4_options\":\"<d>\","
        "\"options\":{\"requested-chassis\":\"<c>\"}}",
        "{\"switch\":\"<s>\",\"parent_name\":\"<p>\",\"tag\":<n>,"
        "\"options\":{\"requested-tnl-key\":\"<n>\"}}",
        "{\"switch\":\"<s>\",\"addresses\":[\"dynamic\"]}",
        "{\"switch\":\"<s>\",\"addresses\":[\"<m> dynamic\"]}",
        "{\"switch\":\"<s>\",\"addresses\":[\"dynamic 10.0.0.<n>\"]}",
        "{\"switch\":\"<s>\",\"type\":\"virtual\","
        "\"addresses\":[\"<m> 10.0.0.<n>\"],\"options\":"
        "{\"virtual-ip\":\"10.0.0.<n>\",\"virtual-parents\":\"<p>,<p>\"}}",
        "{\"switch\":\"<s>\",\"type\":\"external\","
        "\"addresses\":[\"<m> 10.0.0.<n>\"],\"ha_chassis_group\":\"h<n>\"}",
        "{\"switch\":\"<s>\",\"type\":\"localport\","
        "\"addresses\":[\"<m> 10.0.0.<n>\"]}" } },
    { "nb/logical_router/<r>", {
        "{}", "{\"options\":{\"chassis\":\"<c>\"}}",
        "{\"options\":{\"mcast_relay\":\"true\"}}",
        "{\"options\":{\"chassis\":\"<c>\","
        "\"dnat_force_snat_ip\":\"10.0.<n>.1\","
        "\"lb_force_snat_ip\":\"10.0.<n>.1\"}}",
        "{\"options\":{\"always_learn_from_arp_request\":\"<b>\","
        "\"dynamic_neigh_routers\":\"<b>\"}}",
        "{\"load_balancer\":[\"lb<n>\"]}",
        "{\"load_balancer_group\":[\"lbg<n>\"],"
        "\"options\":{\"chassis\":\"<c>\","
        "\"lb_force_snat_ip\":\"router_ip\"}}",
        "{\"enabled\":<b>}", "{\"name\":\"y<n>\"}" } },
    { "nb/logical_router_port/<q>", {
        "{\"router\":\"<r>\",\"mac\":\"<m>\",\"networks\":[\"10.0.<n>.1/24\"],"
        "\"options\":{\"mcast_flood\":\"<b>\"}}",
        "{\"router\":\"<r>\",\"mac\":\"<m>\","
        "\"networks\":[\"10.0.<n>.1/24\"]}",
        "{\"router\":\"<r>\",\"mac\":\"<m>\","
        "\"networks\":[\"10.0.<n>.1/24\",\"fd00:<n>::1/64\"],"
        "\"enabled\":<b>}",
        "{\"router\":\"<r>\",\"mac\":\"<m>\",\"networks\":[\"10.9.0.<n>/30\"],"
        "\"peer\":\"<q>\"}",
        "{\"router\":\"<r>\",\"mac\":\"<m>\",\"networks\":[\"10.8.0.1/24\"],"
        "\"ha_chassis_group\":\"h<n>\"}",
        "{\"router\":\"<r>\",\"mac\":\"<m>\",\"networks\":[\"10.0.<n>.1/24\"],"
        "\"options\":{\"route_table\":\"t<n>\",\"gateway_mtu\":\"1400\","
        "\"reside-on-redirect-chassis\":\"<b>\"}}",
        "{\"router\":\"<r>\",\"mac\":\"<m>\","
        "\"networks\":[\"fd00:<n>::1/64\"],"
        "\"ipv6_ra_configs\":{\"address_mode\":\"slaac\","
        "\"send_periodic\":\"<b>\",\"rdnss\":\"fd00::<n>\"}}" } },
    { "nb/logical_router_static_route/rt<n>", {
        "{\"router\":\"<r>\",\"ip_prefix\":\"0.0.0.0/0\","
        "\"nexthop\":\"10.0.<n>.2\",\"bfd\":\"b<n>\","
        "\"options\":{\"ecmp_symmetric_reply\":\"<b>\"}}",
        "{\"router\":\"<r>\",\"ip_prefix\":\"10.7.0.0/16\","
        "\"nexthop\":\"10.0.<n>.3\",\"output_port\":\"<q>\"}",
        "{\"router\":\"<r>\",\"ip_prefix\":\"fd07::/64\","
        "\"nexthop\":\"fd00:<n>::3\",\"policy\":\"src-ip\"}",
        "{\"router\":\"<r>\",\"ip_prefix\":\"10.7.0.0/16\","
        "\"nexthop\":\"10.0.<n>.4\",\"route_table\":\"t<n>\"}",
        "{\"router\":\"<r>\",\"ip_prefix\":\"10.6.0.0/16\","
        "\"nexthop\":\"discard\"}" } },
    { "nb/logical_router_policy/pol<n>", {
        "{\"router\":\"<r>\",\"priority\":10<n>,\"action\":\"drop\","
        "\"match\":\"ip4.src == 10.0.<n>.0/24\"}",
        "{\"router\":\"<r>\",\"priority\":99,\"action\":\"allow\","
        "\"match\":\"ip4\",\"options\":{\"pkt_mark\":\"<n>\"}}",
        "{\"router\":\"<r>\",\"priority\":100,\"action\":\"reroute\","
        "\"match\":\"ip4\",\"nexthops\":[\"10.0.<n>.2\",\"10.0.<n>.3\"]}" } },
    { "nb/nat/nat<n>", {
        "{\"router\":\"<r>\",\"type\":\"snat\","
        "\"external_ip\":\"10.0.<n>.100\",\"logical_ip\":\"10.0.0.0/24\"}",
        "{\"router\":\"<r>\",\"type\":\"dnat_and_snat\","
        "\"external_ip\":\"10.0.<n>.101\",\"logical_ip\":\"10.0.0.<n>\"}",
        "{\"router\":\"<r>\",\"type\":\"dnat_and_snat\","
        "\"external_ip\":\"10.0.<n>.102\",\"logical_ip\":\"10.0.0.<n>\","
        "\"logical_port\":\"<p>\",\"external_mac\":\"<m>\"}",
        "{\"router\":\"<r>\",\"type\":\"dnat\","
        "\"external_ip\":\"fd00::10<n>\","
        "\"logical_ip\":\"fd00::<n>\",\"gateway_port\":\"<q>\"}",
        "{\"router\":\"<r>\",\"type\":\"dnat_and_snat\","
        "\"external_ip\":\"192.0.2.<n>\",\"logical_ip\":\"10.0.0.<n>\","
        "\"allowed_ext_ips\":\"<a>\","
        "\"options\":{\"stateless\":\"<b>\",\"add_route\":\"<b>\"}}",
        "{\"router\":\"<r>\",\"type\":\"dnat_and_snat\","
        "\"external_ip\":\"192.0.2.<n>\",\"logical_ip\":\"10.0.0.<n>\","
        "\"logical_port\":\"<p>\",\"external_mac\":\"<m>\","
        "\"gateway_port\":\"<q>\",\"options\":{\"add_route\":\"<b>\"}}",
        "{\"router\":\"<r>\",\"type\":\"snat\",\"external_ip\":\"10.0.<n>.1\","
        "\"logical_ip\":\"10.0.0.0/24\",\"exempted_ext_ips\":\"<a>\"}" } },
    { "nb/gateway_chassis/<q>-<c>", {
        "{\"router_port\":\"<q>\",\"chassis_name\":\"<c>\","
        "\"priority\":<n>}" } },
    { "nb/acl/acl<n>", {
        "{\"switch\":\"<s>\",\"direction\":\"from-lport\","
        "\"priority\":100<n>,\"match\":\"ip4\",\"action\":\"allow-related\"}",
        "{\"switch\":\"<s>\",\"direction\":\"to-lport\",\"priority\":100<n>,"
        "\"match\":\"tcp\",\"action\":\"drop\",\"log\":<b>}",
        "{\"port_group\":\"<g>\",\"direction\":\"to-lport\","
        "\"priority\":1001,\"match\":\"outport == @<g> && ip4.src == $<a>\","
        "\"action\":\"allow-related\"}",
        "{\"port_group\":\"<g>\",\"direction\":\"from-lport\","
        "\"priority\":1002,\"match\":\"" PORT_MATCH "\","
        "\"action\":\"reject\"}",
        "{\"switch\":\"<s>\",\"direction\":\"from-lport\","
        "\"priority\":5,\"match\":\"udp\",\"action\":\"allow-stateless\"}",
        "{\"switch\":\"<s>\",\"direction\":\"from-lport\",\"priority\":6,"
        "\"match\":\"udp\",\"action\":\"pass\",\"log\":<b>,"
        "\"meter\":\"met<n>\"}",
        "{\"switch\":\"<s>\",\"direction\":\"to-lport\",\"priority\":7,"
        "\"match\":\"ip6\",\"action\":\"allow-related\",\"label\":<n>,"
        "\"log\":true,\"options\":{\"log-related\":\"<b>\"}}"
    } },
    { "nb/port_group/<g>", { "{}", "{\"external_ids\":{\"k\":\"<n>\"}}" } },
    { "nb/port_group_port/<g>/<p>", { "{}" } },
    { "nb/address_set/<a>", { "{}" } },
    { "nb/address_set_address/<a>/10.0.0.<n>", { "{}" } },
    { "nb/dhcp_options/<d>", {
        "{\"cidr\":\"10.0.0.0/24\",\"options\":{\"server_id\":\"10.0.0.1\","
        "\"server_mac\":\"<m>\",\"lease_time\":\"360<n>\","
        "\"router\":\"10.0.0.1\"}}",
        "{\"cidr\":\"fd00::/64\",\"options\":{\"server_id\":\"<m>\"}}" } },
    { "nb/dns/dns<n>", {
        "{\"records\":{\"host<n>.test\":\"10.0.0.<n>\"}}" } },
    { "nb/load_balancer/lb<n>", {
        "{\"vips\":{\"10.0.<n>.200:80\":\"10.0.0.<n>:80,10.0.0.2:81\"}}",
        "{\"vips\":{\"10.0.<n>.200:80\":\"10.0.0.<n>:80,10.0.0.2:80\"},"
        "\"ip_port_mappings\":{\"10.0.0.<n>\":\"<p>:10.0.0.9\"}}",
        "{\"vips\":{\"10.0.<n>.1\":\"10.0.0.<n>\","
        "\"10.0.0.20<n>:53\":\"\"},\"protocol\":\"udp\","
        "\"options\":{\"reject\":\"<b>\",\"skip_snat\":\"<b>\"}}",
        "{\"vips\":{\"[fd00:<n>::200]:80\":\"[fd00::<n>]:80\"},"
        "\"options\":{\"affinity_timeout\":\"<n>\","
        "\"neighbor_responder\":\"all\"}}",
        "{\"vips\":{\"192.0.2.<n>:80\":\"10.0.0.<n>:80\"},"
        "\"selection_fields\":[\"ip_src\"],"
        "\"options\":{\"add_route\":\"<b>\","
        "\"neighbor_responder\":\"none\"}}", "{}" } },
    { "nb/load_balancer_health_check/lbh<n>", {
        "{\"load_balancer\":\"lb<n>\",\"vip\":\"10.0.<n>.200:80\"}",
        "{\"load_balancer\":\"lb<n>\",\"vip\":\"192.0.2.<n>:80\","
        "\"options\":{\"interval\":\"<n>\"}}" } },
    { "chassis/<c>/service_monitor/<p>/tcp:80:10.0.0.<n>", {
        "{\"status\":\"online\"}", "{\"status\":\"offline\"}" } },
    { "nb/load_balancer_group/lbg<n>", {
        "{\"load_balancer\":[\"lb<n>\"]}",
        "{\"load_balancer\":[\"lb1\",\"lb2\"]}" } },
    { "nb/forwarding_group/fg<n>", {
        "{\"switch\":\"<s>\",\"vip\":\"10.0.0.20<n>\",\"vmac\":\"<m>\","
        "\"child_port\":[\"<p>\"],\"liveness\":<b>}",
        "{\"switch\":\"<s>\",\"vip\":\"fd00::<n>\",\"vmac\":\"<m>\","
        "\"child_port\":[\"<p>\"]}" } },
    { "nb/mirror/mir<n>", {
        "{\"filter\":\"to-lport\",\"sink\":\"192.0.2.<n>\","
        "\"type\":\"gre\",\"index\":<n>}" } },
    { "nb/meter/met<n>", {
        "{\"unit\":\"kbps\"}", "{\"unit\":\"pktps\",\"fair\":<b>}" } },
    { "nb/meter_band/band<n>", { "{\"meter\":\"met<n>\",\"rate\":10<n>}" } },
    { "nb/qos/q<n>", {
        "{\"switch\":\"<s>\",\"direction\":\"from-lport\","
        "\"priority\":10<n>,\"match\":\"ip4\",\"action\":{\"dscp\":<n>}}",
        "{\"switch\":\"<s>\",\"direction\":\"to-lport\",\"priority\":7,"
        "\"match\":\"ip\",\"bandwidth\":{\"rate\":100<n>}}" } },
    { "nb/static_mac_binding/smb<n>", {
        "{\"logical_port\":\"<q>\",\"ip\":\"10.0.<n>.7\","
        "\"mac\":\"<m>\",\"override_dynamic_mac\":<b>}" } },
    { "nb/ha_chassis_group/h<n>", { "{}" } },
    { "nb/ha_chassis/hac<n>", {
        "{\"ha_chassis_group\":\"h<n>\",\"chassis_name\":\"<c>\","
        "\"priority\":<n>}" } },
    { "nb/nb_global/global", {
        "{}", "{\"options\":{\"default_acl_drop\":\"<b>\"}}",
        "{\"options\":{\"ignore_lsp_down\":\"<b>\"}}",
        "{\"options\":{\"use_ct_inv_match\":\"<b>\"}}",
        "{\"options\":{\"mac_prefix\":\"0a:00:0<n>\"}}" } },
    { "chassis/<c>/chassis", {
        "{\"hostname\":\"h-<c>\",\"encaps\":[{\"type\":\"geneve\","
        "\"ip\":\"192.168.0.<n>\"}]}",
        "{\"hostname\":\"<c>\"}" } },
    { "chassis/<c>/alive", { "{}" } },
    { "chassis/<c>/tunnels", {
        "{\"down\":[\"<c>\"]}", "{\"isolated\":<b>,\"down\":[\"<c>\"]}" } },
    { "chassis/<c>/bfd/b<n>", {
        "{\"state\":\"up\"}", "{\"state\":\"init\"}", "{}" } },
    { "nb/bfd/b<n>", {
        "{\"logical_port\":\"<q>\",\"dst_ip\":\"10.0.0.<n>\"}" } },
    { "chassis/<c>/claim/<p>", {
        "{\"iface\":\"tap<n>\"}", "{\"installed\":<b>}",
        "{\"installed\":true,\"encap_ip\":\"192.168.0.<n>\"}",
        "{\"installed\":true,\"virtual_parent\":\"<p>\"}" } },
    { "chassis/<c>/igmp_group/switch:<s>/239.1.1.<n>", {
        "{\"ports\":[\"<p>\",\"<p>\"]}", "{}" } },
    { "chassis/<c>/igmp_group/switch:<s>/mrouters", {
        "{\"ports\":[\"<p>\"]}" } },
    { "chassis/<c>/fdb/switch:<s>/<e>", { "{\"port\":\"<p>\"}" } },
    { "chassis/<c>/mac_binding/router:<r>/<q>/10.0.0.<n>", {
        "{\"mac\":\"<m>\"}" } },
};

static unsigned int seed;

static unsigned int
pick(unsigned int n)
{
    return (unsigned int) rand_r(&seed) % n;
}

static void
put_name(struct ds *out, char class)
{
    switch (class) {
    case 'b':
        ds_put_cstr(out, pick(2) ? "true" : "false");
        break;
    case 'm':
        ds_put_format(out, "0a:00:00:00:00:0%u", pick(6));
        break;
    case 'e':
        ds_put_format(out, "0a:00:00:00:00:0%u", pick(6));
        break;
    case 'n':
        ds_put_format(out, "%u", 1 + pick(4));
        break;
    case 'p':
        ds_put_format(out, "p%u", pick(10));
        break;
    default:
        ds_put_format(out, "%c%u", class, pick(3));
        break;
    }
}

static char *
expand(const char *template)
{
    struct ds out = DS_EMPTY_INITIALIZER;

    for (const char *p = template; *p; p++) {
        if (p[0] == '<' && p[2] == '>') {
            put_name(&out, p[1]);
            p += 2;
        } else {
            ds_put_char(&out, *p);
        }
    }
    return ds_steal_cstr(&out);
}

static char *
random_value(const struct kind *kind)
{
    size_t n = 0;

    if (!pick(25)) {
        return xstrdup(pick(2) ? "{\"no\":" : "{\"no_such_column\":1}");
    }
    while (n < ARRAY_SIZE(kind->values) && kind->values[n]) {
        n++;
    }
    return expand(kind->values[pick(n)]);
}

/* ---- What there is ----------------------------------------------------- */

struct pair {
    char *value;
    int64_t create_revision, mod_revision;
};

struct world {
    struct shash pairs;         /* struct pair. */
    int64_t revision;
    struct translation *t;      /* The one that has seen it all. */
};

static void
world_put(struct world *world, const char *key, char *value)
{
    struct pair *pair = shash_find_data(&world->pairs, key);

    world->revision++;
    if (!pair) {
        pair = xzalloc(sizeof *pair);
        pair->create_revision = world->revision;
        shash_add(&world->pairs, key, pair);
    }
    free(pair->value);
    pair->value = value;
    pair->mod_revision = world->revision;
    assert_true(translation_put(world->t, key, value, strlen(value),
                                pair->create_revision, pair->mod_revision));
}

static void
world_delete(struct world *world, const char *key)
{
    struct pair *pair = shash_find_and_delete(&world->pairs, key);

    world->revision++;
    if (pair) {
        free(pair->value);
        free(pair);
    }
    assert_true(translation_delete(world->t, key));
}

static void
random_change(struct world *world)
{
    const struct kind *kind = &kinds[pick(ARRAY_SIZE(kinds))];
    char *key = expand(kind->key);

    if (pick(3)) {
        world_put(world, key, random_value(kind));
    } else {
        world_delete(world, key);
    }
    free(key);
}

/* ---- A fresh one, and comparing ---------------------------------------- */

static void
learn_output(const char *key, const struct engine_bytes *value, void *fresh)
{
    translation_learn(fresh, key, value->data, value->size);
}

static struct translation *
translate_afresh(struct world *world)
{
    struct translation *fresh = translation_create();
    struct shash_node *node;

    engine_for_each_output(translation_engine(world->t), learn_output,
                           fresh);
    translation_set_allocating(fresh, true);
    SHASH_FOR_EACH (node, &world->pairs) {
        const struct pair *pair = node->data;

        translation_put(fresh, node->name, pair->value, strlen(pair->value),
                        pair->create_revision, pair->mod_revision);
    }
    translation_run(fresh);
    return fresh;
}

struct comparison {
    struct engine *other;
    const char *what;
};

static void
compare_output(const char *key, const struct engine_bytes *value, void *aux_)
{
    struct comparison *aux = aux_;
    struct engine_bytes other = engine_output_get(aux->other, key);

    if (!other.data) {
        fail_msg("%s has %s = %s", aux->what, key, value->data);
    } else if (other.size != value->size
               || memcmp(other.data, value->data, value->size)) {
        fail_msg("%s has %s =\n%s\nthe other\n%s", aux->what, key,
                 value->data, other.data);
    }
}

static void
check_faults(struct translation *t)
{
    if (engine_n_faults(translation_engine(t))) {
        fail_msg("%s", engine_first_fault(translation_engine(t)));
    }
}

static void
compare_with_fresh(struct world *world)
{
    struct translation *fresh = translate_afresh(world);
    struct engine *a = translation_engine(world->t);
    struct engine *b = translation_engine(fresh);

    engine_for_each_output(a, compare_output,
                           &(struct comparison) { b, "the old one" });
    engine_for_each_output(b, compare_output,
                           &(struct comparison) { a, "the fresh one" });
    check_faults(fresh);
    translation_destroy(fresh);
}

static void
world_destroy(struct world *world)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &world->pairs) {
        struct pair *pair = node->data;

        free(pair->value);
    }
    shash_destroy_free_data(&world->pairs);
    translation_destroy(world->t);
}

/* Empties the store: nothing may be left but what is always there. */
static void
check_empties(struct world *world)
{
    struct shash_node *node;

    SHASH_FOR_EACH_SAFE (node, &world->pairs) {
        char *key = xstrdup(node->name);

        world_delete(world, key);
        free(key);
    }
    translation_run(world->t);

    struct translation *fresh = translation_create();

    translation_set_allocating(fresh, true);
    translation_run(fresh);
    assert_int_equal(engine_n_outputs(translation_engine(world->t)),
                     engine_n_outputs(translation_engine(fresh)));
    translation_destroy(fresh);
}

/* The values above are valid, or the history would be about garbage. */
static void
test_values_are_valid(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        for (size_t j = 0; j < ARRAY_SIZE(kinds[i].values)
                           && kinds[i].values[j]; j++) {
            struct translation *t = translation_create();
            char *key = expand(kinds[i].key);
            char *value = expand(kinds[i].values[j]);

            translation_put(t, key, value, strlen(value), 1, 1);
            if (model_n_bad_rows(translation_model(t))) {
                char *status = xasprintf("status/%s", key + 3);

                translation_run(t);
                fail_msg("%s = %s: %s", key, value, engine_output_get(
                             translation_engine(t), status).data);
            }
            free(key);
            free(value);
            translation_destroy(t);
        }
    }
}

static unsigned int n_steps = 12000;
static unsigned int first_seed = 1;

static void
test_history_does_not_matter(void **state OVS_UNUSED)
{
    struct world world = { .pairs = SHASH_INITIALIZER(&world.pairs) };
    const char *key;
    struct engine_bytes value;

    seed = first_seed;
    world.t = translation_create();
    translation_set_allocating(world.t, true);
    for (unsigned int step = 0; step < n_steps; step++) {
        random_change(&world);
        while (!pick(10)) {             /* Several in one run, */
            if (pick(2)) {              /* or in the middle of one. */
                translation_step(world.t, pick(12));
            }
            random_change(&world);
        }
        translation_run(world.t);
        while (engine_next_change(translation_engine(world.t), &key,
                                  &value)) {
            continue;
        }
        check_faults(world.t);
        if (step % 8 == 7) {
            compare_with_fresh(&world);
        }
    }
    check_empties(&world);
    world_destroy(&world);
}

int
main(int argc, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_are_valid),
        cmocka_unit_test(test_history_does_not_matter),
    };

    n_steps = argc > 1 ? (unsigned int) atoi(argv[1]) : n_steps;
    first_seed = argc > 2 ? (unsigned int) atoi(argv[2]) : first_seed;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
