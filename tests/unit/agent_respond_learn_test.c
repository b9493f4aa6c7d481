/* Bounds of what is learned: rows of a port, writes in time; rows from before
 * a restart, of ports that are gone, that have aged. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "byte-order.h"
#include "lib/loop.h"
#include "node-agent/flow_table.h"
#include "node-agent/model.h"
#include "node-agent/own.h"
#include "node-agent/packet_in_private.h"
#include "node-agent/respond_learn.h"
#include "node-agent/rows.h"
#include "node-agent/sb_apply.h"
#include "lflow/packet_in.h"
#include "openvswitch/ofp-packet.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "store/store.h"
#include "timeval.h"
#include "util.h"

struct fixture {
    uv_loop_t loop;
    struct store *store;
    struct own *own;
    struct flow_table flows;
    struct model model;
    struct packet_in *pi;
};

static void
on_send(struct ofpbuf *msg, void *aux)
{
    (void) aux;
    ofpbuf_delete(msg);
}

static void
put_row(struct fixture *f, const char *datapath, const char *below,
        const char *json)
{
    sb_apply_datapath(&f->model, model_datapath_get(&f->model, datapath),
                      below, json, json ? strlen(json) : 0);
}

static int
set_up(void **state)
{
    struct fixture *f = xzalloc(sizeof *f);

    uv_loop_init(&f->loop);
    f->store = store_memory_create(&f->loop);
    f->own = own_create(f->store, "/weft/v1", "hv1", 30);
    flow_table_init(&f->flows);
    model_init(&f->model, "hv1", &f->flows);
    put_row(f, "switch:s", "", "{\"tunnel_key\":1,\"type\":\"switch\"}");
    put_row(f, "switch:s", "port/p", "{\"tunnel_key\":1}");
    put_row(f, "switch:s", "port/q", "{\"tunnel_key\":2}");
    f->pi = packet_in_create(&f->model, f->own, on_send, NULL);
    *state = f;
    return 0;
}

static bool
never(void *aux)
{
    (void) aux;
    return false;
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;

    packet_in_destroy(f->pi);
    own_destroy(f->own);
    store_destroy(f->store);
    loop_run_until(&f->loop, never, NULL, 50);
    uv_loop_close(&f->loop);
    model_destroy(&f->model);
    flow_table_destroy(&f->flows);
    free(f);
    return 0;
}

/* MAC number 'n' is heard behind 'port'. */
static void
hear(struct fixture *f, uint32_t port, uint32_t n)
{
    const ovs_be32 userdata[2] = { htonl(PACKET_IN_PUT_FDB), 0 };
    struct ofputil_packet_in_private private = {
        .base = { .reason = OFPR_ACTION },
    };
    struct eth_header eth = { .eth_type = htons(0x1234) };
    ovs_be32 be = htonl(n);
    struct ofpbuf *msg;

    eth.eth_src.ea[0] = 2;
    memcpy(&eth.eth_src.ea[2], &be, sizeof be);
    private.base.packet = &eth;
    private.base.packet_len = sizeof eth;
    private.base.userdata = (uint8_t *) userdata;
    private.base.userdata_len = sizeof userdata;
    match_init_catchall(&private.base.flow_metadata);
    match_set_metadata(&private.base.flow_metadata, htonll(1));
    match_set_reg(&private.base.flow_metadata, 14, port);
    msg = ofputil_encode_packet_in_private(&private, OFPUTIL_P_OF15_OXM,
                                           OFPUTIL_PACKET_IN_NXT2);
    /* The limits before those of learning are another test's. */
    packet_in_limit_destroy(&f->pi->limit);
    packet_in_limit_init(&f->pi->limit, 0);
    packet_in_message(f->pi, msg->data);
    ofpbuf_delete(msg);
}

static const char *
row_of(struct fixture *f, uint32_t n)
{
    char mac[32];
    const char *value;
    char *below;

    snprintf(mac, sizeof mac, "02:00:%02x:%02x:%02x:%02x", n >> 24,
             n >> 16 & 0xff, n >> 8 & 0xff, n & 0xff);
    below = rows_key("fdb", "switch:s", mac, NULL);
    value = own_get(f->own, below);
    free(below);
    return value;
}

static void
test_bounds(void **state)
{
    struct fixture *f = *state;
    uint32_t n = 0;

    /* As many as may be written at once, then as many as time allows. */
    while (!f->pi->stats.by_drop[PACKET_IN_DROP_OPCODE_RATE]) {
        hear(f, 1, n++);
        assert_in_range(n, 1, LEARN_BURST + LEARN_ROWS_PER_S);
    }
    assert_true(n > LEARN_BURST);
    while (respond_learn_count(f->pi->learn) < LEARN_MAX_PORT_ROWS) {
        hear(f, 1, n++);
        poll(NULL, 0, 1);
        time_msec();
    }
    assert_non_null(row_of(f, 0));
    poll(NULL, 0, 100);
    for (int i = 0; i < 5; i++) {
        hear(f, 1, 1000000 + i);
    }
    /* The oldest have given way. */
    assert_int_equal(respond_learn_count(f->pi->learn), LEARN_MAX_PORT_ROWS);
    assert_null(row_of(f, 0));
    assert_null(row_of(f, 4));
    assert_non_null(row_of(f, 1000004));
    /* Another port has room of its own. */
    poll(NULL, 0, 20);
    hear(f, 2, 5);
    assert_non_null(strstr(row_of(f, 5), "\"q\""));
}

static void
test_ports_that_go(void **state)
{
    struct fixture *f = *state;

    hear(f, 1, 1);
    hear(f, 2, 2);
    packet_in_run(f->pi);
    assert_non_null(row_of(f, 1));
    model_lport_free(&f->model, model_lport(&f->model, "p"));
    /* The next sweep. */
    respond_learn_destroy(f->pi->learn);
    f->pi->learn = respond_learn_create(f->pi);
    packet_in_run(f->pi);
    assert_null(row_of(f, 1));
    assert_non_null(row_of(f, 2));
}

/* Rows that a former agent wrote are taken in, and age like others. */
static void
test_aging(void **state)
{
    struct fixture *f = *state;
    long long int now_ms = time_wall_msec();

    put_row(f, "router:r", "", "{\"tunnel_key\":2,\"type\":\"router\","
            "\"external_ids\":{\"mac_binding_age_threshold\":\"60\"}}");
    put_row(f, "router:r", "port/lrp", "{\"tunnel_key\":1}");
    own_set(f->own, "mac_binding/router:r/lrp/10.0.0.1",
            rows_mac_binding("02:00:00:00:00:01", now_ms - 61000));
    own_set(f->own, "mac_binding/router:r/lrp/10.0.0.2",
            rows_mac_binding("02:00:00:00:00:02", now_ms - 50000));
    own_set(f->own, "mac_binding/router:gone/lrp/10.0.0.3",
            rows_mac_binding("02:00:00:00:00:03", now_ms - 50000));
    own_set(f->own, "mac_binding/router:gone/lrp/10.0.0.4",
            rows_mac_binding("02:00:00:00:00:04",
                             now_ms - (LEARN_UNKNOWN_AGE_S + 1) * 1000LL));
    own_set(f->own, "fdb/switch:s/02:00:00:00:00:05",
            rows_fdb("p", now_ms - 1000000000));
    own_set(f->own, "fdb/switch:s/02:00:00:00:00:06", xstrdup("nonsense"));
    packet_in_run(f->pi);
    assert_null(own_get(f->own, "mac_binding/router:r/lrp/10.0.0.1"));
    assert_non_null(own_get(f->own, "mac_binding/router:r/lrp/10.0.0.2"));
    assert_non_null(own_get(f->own, "mac_binding/router:gone/lrp/10.0.0.3"));
    assert_null(own_get(f->own, "mac_binding/router:gone/lrp/10.0.0.4"));
    /* Without a threshold nothing is too old. */
    assert_non_null(own_get(f->own, "fdb/switch:s/02:00:00:00:00:05"));
    assert_int_equal(respond_learn_count(f->pi->learn), 3);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_bounds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_ports_that_go, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_aging, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
