/* Settings of a node: OVN's keys, and what overrides them. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "lib/settings.h"
#include "node-agent/node_config.h"
#include "smap.h"

static void
fill(struct smap *ids)
{
    smap_init(ids);
    smap_add(ids, "system-id", "hv1");
    smap_add(ids, "ovn-remote", "http://127.0.0.1:2379");
    smap_add(ids, "ovn-encap-type", "vxlan,geneve");
    smap_add(ids, "ovn-encap-ip", "192.168.0.1");
    smap_add(ids, "ovn-bridge-mappings", "public:br-ex, bad, :x, lab:br-lab");
}

static void
test_external_ids(void **state)
{
    struct node_config config;
    struct smap ids;

    (void) state;
    fill(&ids);
    node_config_read(&config, NULL, &ids);
    assert_string_equal(config.system_id, "hv1");
    assert_string_equal(config.remote, "http://127.0.0.1:2379");
    assert_string_equal(config.bridge, "br-int");
    assert_int_equal(config.n_encaps, 2);
    assert_int_equal(config.encaps[0].type, TUNNEL_VXLAN);
    assert_string_equal(config.encaps[1].ip, "192.168.0.1");
    assert_int_equal(smap_count(&config.mappings), 2);
    assert_string_equal(smap_get(&config.mappings, "public"), "br-ex");
    assert_true(config.csum);
    node_config_destroy(&config);
    smap_destroy(&ids);
}

static void
test_command_line_overrides(void **state)
{
    struct settings *settings = settings_create();
    struct node_config config;
    struct smap ids;

    (void) state;
    fill(&ids);
    settings_add(settings, node_settings, n_node_settings);
    assert_int_equal(settings_set(settings, "system-id", "me", NULL), 0);
    assert_int_equal(settings_set(settings, "encap-csum", "false", NULL), 0);
    assert_int_equal(settings_set(settings, "bridge", "br0", NULL), 0);
    node_config_read(&config, settings, &ids);
    assert_string_equal(config.system_id, "me");
    assert_string_equal(config.bridge, "br0");
    assert_false(config.csum);
    node_config_destroy(&config);
    settings_destroy(settings);
    smap_destroy(&ids);
}

static void
test_settings_of_this_chassis(void **state)
{
    struct node_config config;
    struct smap ids;

    (void) state;
    fill(&ids);
    smap_add(&ids, "ovn-encap-ip-hv1", "192.168.0.7");
    smap_add(&ids, "ovn-encap-ip-hv2", "192.168.0.8");
    smap_add(&ids, "ovn-encap-tos", "inherit");
    smap_add(&ids, "ovn-set-local-ip", "true");
    smap_add(&ids, "ovn-transport-zones", "z1,z2");
    smap_add(&ids, "ovn-cms-options", "a,b:c");
    node_config_read(&config, NULL, &ids);
    assert_string_equal(config.encaps[0].ip, "192.168.0.7");
    assert_int_equal(smap_count(&config.tunnel_options), 2);
    assert_string_equal(smap_get(&config.tunnel_options, "tos"), "inherit");
    assert_string_equal(smap_get(&config.tunnel_options, "local_ip"),
                        "192.168.0.7");
    assert_int_equal(sset_count(&config.transport_zones), 2);
    assert_string_equal(smap_get(&config.other_config, "ovn-cms-options"),
                        "a,b:c");
    assert_string_equal(smap_get(&config.other_config, "ovn-bridge-mappings"),
                        "public:br-ex, bad, :x, lab:br-lab");
    node_config_destroy(&config);
    smap_destroy(&ids);
}

static void
test_equal_and_move(void **state)
{
    struct node_config a, b, moved;
    struct smap ids;

    (void) state;
    fill(&ids);
    node_config_read(&a, NULL, &ids);
    smap_replace(&ids, "ovn-encap-ip", "192.168.0.2");
    node_config_read(&b, NULL, &ids);
    assert_false(node_config_equal(&a, &b));
    node_config_move(&moved, &a);
    smap_replace(&ids, "ovn-encap-ip", "192.168.0.1");
    node_config_destroy(&b);
    node_config_read(&b, NULL, &ids);
    assert_true(node_config_equal(&moved, &b));
    node_config_destroy(&moved);
    node_config_destroy(&b);
    smap_destroy(&ids);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_external_ids),
        cmocka_unit_test(test_command_line_overrides),
        cmocka_unit_test(test_settings_of_this_chassis),
        cmocka_unit_test(test_equal_and_move),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
