/* The installer against a switch that is this test: handshake, bundles,
 * refusals, disconnections. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "node-agent/extend_table.h"
#include "node-agent/flow_table.h"
#include "node-agent/installer.h"
#include "node-agent/ofpacts.h"
#include "openvswitch/ofp-bundle.h"
#include "openvswitch/ofp-errors.h"
#include "openvswitch/ofp-flow.h"
#include "openvswitch/ofp-group.h"
#include "openvswitch/ofp-match.h"
#include "openvswitch/ofp-msgs.h"
#include "openvswitch/ofp-util.h"
#include "util.h"

/* What the switch was sent, by type, and how it answers. */
struct fixture {
    struct flow_table flows;
    struct flow_owner owner;
    struct extend_table groups, meters;
    struct installer *inst;
    struct ovs_list sent;       /* ofpbufs not handled yet. */
    bool has_tlv;               /* The Geneve option is mapped. */
    bool refuse;                /* Flow mods are refused. */
    bool group_of_others;       /* Group 77 is there. */
    uint8_t flow_table;         /* A flow in this table is there; 0: none. */
    int n_opens, n_adds, n_commits, n_tlv_mods, n_flow_reads;
    bool failed;                /* A message of the bundle was refused. */
    long long int now_ms;
};

static void
fake_send(struct ofpbuf *msg, void *f_)
{
    struct fixture *f = f_;

    ovs_list_push_back(&f->sent, &msg->list_node);
}

static long long int
fake_now(void *f_)
{
    struct fixture *f = f_;

    return f->now_ms;
}

static const struct installer_io io = { fake_send, fake_now };

static int
set_up(void **state)
{
    struct fixture *f = xzalloc(sizeof *f);

    flow_table_init(&f->flows);
    extend_table_init(&f->groups, 1000);
    extend_table_init(&f->meters, 1000);
    ovs_list_init(&f->sent);
    f->has_tlv = true;
    f->inst = installer_create(&f->flows, &f->groups, &f->meters, &io, f);
    installer_hold(f->inst, false);
    *state = f;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;

    installer_destroy(f->inst);
    flow_table_destroy(&f->flows);
    extend_table_destroy(&f->groups);
    extend_table_destroy(&f->meters);
    ofpbuf_list_delete(&f->sent);
    free(f);
    return 0;
}

static void
answer(struct fixture *f, struct ofpbuf *reply)
{
    enum ofptype type;

    ofpmsg_update_length(reply);
    assert_int_equal(ofptype_decode(&type, reply->data), 0);
    installer_message(f->inst, reply->data, type);
    ofpbuf_delete(reply);
}

static void
answer_tlv(struct fixture *f, const struct ofp_header *oh)
{
    struct ofputil_tlv_table_reply reply = {
        .max_option_space = 256, .max_fields = 64,
    };
    struct ofputil_tlv_map map = {
        .option_class = 0x102, .option_type = 0x80, .option_len = 4,
    };

    ovs_list_init(&reply.mappings);
    if (f->has_tlv) {
        ovs_list_push_back(&reply.mappings, &map.list_node);
    }
    answer(f, ofputil_encode_tlv_table_reply(oh, &reply));
}

/* An empty multipart reply to 'oh' but for what is there. */
static void
answer_multipart(struct fixture *f, const struct ofp_header *oh,
                 enum ofptype type)
{
    struct ovs_list replies;
    struct ofpbuf *reply;

    ofpmp_init(&replies, oh);
    if (type == OFPTYPE_GROUP_DESC_STATS_REQUEST && f->group_of_others) {
        struct ofputil_group_desc desc = {
            .type = OFPGT11_ALL, .group_id = 77,
        };

        ovs_list_init(&desc.buckets);
        ofputil_append_group_desc_reply(&desc, &desc.buckets, &replies);
    }
    if (type == OFPTYPE_FLOW_STATS_REQUEST && f->flow_table) {
        struct ofputil_flow_stats fs = {
            .table_id = f->flow_table, .priority = 32768,
        };

        match_init_catchall(&fs.match);
        ofputil_append_flow_stats_reply(&fs, &replies, NULL);
    }
    f->n_flow_reads += type == OFPTYPE_FLOW_STATS_REQUEST;
    LIST_FOR_EACH_POP (reply, list_node, &replies) {
        answer(f, reply);
    }
}

static void
answer_bundle_ctrl(struct fixture *f, const struct ofp_header *oh)
{
    struct ofputil_bundle_ctrl_msg ctrl;

    assert_int_equal(ofputil_decode_bundle_ctrl(oh, &ctrl), 0);
    if (ctrl.type == OFPBCT_OPEN_REQUEST) {
        f->n_opens++;
        f->failed = false;
        ctrl.type = OFPBCT_OPEN_REPLY;
    } else {
        f->n_commits++;
        if (f->failed) {
            answer(f, ofperr_encode_reply(OFPERR_OFPBFC_MSG_FAILED, oh));
            return;
        }
        ctrl.type = OFPBCT_COMMIT_REPLY;
    }
    answer(f, ofputil_encode_bundle_ctrl_reply(oh, &ctrl));
}

static void
answer_one(struct fixture *f, const struct ofp_header *oh)
{
    enum ofptype type;

    assert_int_equal(ofptype_decode(&type, oh), 0);
    if (type == OFPTYPE_NXT_TLV_TABLE_REQUEST) {
        answer_tlv(f, oh);
    } else if (type == OFPTYPE_NXT_TLV_TABLE_MOD) {
        f->n_tlv_mods++;
        f->has_tlv = true;
    } else if (type == OFPTYPE_FLOW_STATS_REQUEST
               || type == OFPTYPE_GROUP_DESC_STATS_REQUEST
               || type == OFPTYPE_METER_CONFIG_STATS_REQUEST) {
        answer_multipart(f, oh, type);
    } else if (type == OFPTYPE_BARRIER_REQUEST) {
        struct ofpbuf *reply = ofpraw_alloc_reply(OFPRAW_OFPT11_BARRIER_REPLY,
                                                  oh, 0);

        answer(f, reply);
    } else if (type == OFPTYPE_BUNDLE_CONTROL) {
        answer_bundle_ctrl(f, oh);
    } else if (type == OFPTYPE_BUNDLE_ADD_MESSAGE) {
        f->n_adds++;
        if (f->refuse) {
            f->failed = true;
            answer(f, ofperr_encode_reply(OFPERR_OFPFMFC_TABLE_FULL, oh));
        }
    }
}

/* The switch handles what it was sent, and what comes of that. */
static void
run_switch(struct fixture *f)
{
    installer_run(f->inst);
    while (!ovs_list_is_empty(&f->sent)) {
        struct ofpbuf *msg = ofpbuf_from_list(ovs_list_pop_front(&f->sent));

        answer_one(f, msg->data);
        ofpbuf_delete(msg);
    }
}

static void
want(struct fixture *f, int n, uint8_t next)
{
    uint64_t stub[8];
    struct ofpbuf ofpacts = OFPBUF_STUB_INITIALIZER(stub);

    put_resubmit(next, &ofpacts);
    flow_owner_begin(&f->flows, &f->owner);
    for (int i = 0; i < n; i++) {
        struct match match;

        match_init_catchall(&match);
        match_set_reg(&match, 0, i);
        flow_owner_add(&f->flows, &f->owner, 8, 1, 0, &match, ofpacts.data,
                       ofpacts.size);
    }
    flow_owner_end(&f->flows, &f->owner);
    ofpbuf_uninit(&ofpacts);
}

static void
test_handshake_maps_geneve_option(void **state)
{
    struct fixture *f = *state;

    f->has_tlv = false;
    installer_connected(f->inst);
    run_switch(f);
    assert_int_equal(f->n_tlv_mods, 1);
    assert_true(installer_is_idle(f->inst));
    assert_int_equal(f->n_opens, 0);
}

static void
test_one_bundle_for_many_flows(void **state)
{
    struct fixture *f = *state;
    uint64_t mark;

    installer_connected(f->inst);
    run_switch(f);
    want(f, 50, 9);
    mark = installer_mark(f->inst);
    assert_true(installer_done(f->inst) < mark);
    run_switch(f);
    assert_int_equal(f->n_opens, 1);
    assert_int_equal(f->n_commits, 1);
    assert_int_equal(f->n_adds, 50);
    assert_true(installer_done(f->inst) >= mark);

    /* Nothing changed: nothing is sent. */
    mark = installer_mark(f->inst);
    run_switch(f);
    assert_int_equal(f->n_opens, 1);
    assert_true(installer_done(f->inst) >= mark);
}

/* A change while a bundle is under way is not covered by it. */
static void
test_mark_waits_for_later_bundle(void **state)
{
    struct fixture *f = *state;
    uint64_t mark;

    installer_connected(f->inst);
    run_switch(f);
    want(f, 1, 9);
    installer_run(f->inst);         /* Sent, not answered. */
    want(f, 2, 9);
    mark = installer_mark(f->inst);
    assert_true(installer_done(f->inst) < mark);
    run_switch(f);
    assert_int_equal(f->n_opens, 2);
    assert_true(installer_done(f->inst) >= mark);
}

static void
test_hold_sends_nothing(void **state)
{
    struct fixture *f = *state;
    uint64_t mark;

    installer_hold(f->inst, true);
    installer_connected(f->inst);
    want(f, 3, 9);
    mark = installer_mark(f->inst);
    run_switch(f);
    assert_int_equal(f->n_opens, 0);
    assert_true(installer_done(f->inst) < mark);
    installer_hold(f->inst, false);
    run_switch(f);
    assert_int_equal(f->n_adds, 3);
    assert_true(installer_done(f->inst) >= mark);
}

/* What is refused is set aside, and the switch read again. */
static void
test_refusal(void **state)
{
    struct fixture *f = *state;

    installer_connected(f->inst);
    run_switch(f);
    f->refuse = true;
    want(f, 1, 9);
    run_switch(f);
    assert_int_equal(installer_stats(f->inst)->n_refused, 1);
    f->refuse = false;
    f->now_ms += 60000;
    run_switch(f);
    assert_int_equal(f->n_flow_reads, 2);
    assert_int_equal(f->n_opens, 1);        /* Not tried again. */
    assert_true(installer_is_idle(f->inst));
    want(f, 1, 10);                         /* Other actions are. */
    run_switch(f);
    assert_int_equal(f->n_opens, 2);
    f->refuse = true;
    want(f, 1, 11);
    run_switch(f);
    f->refuse = false;
    f->now_ms += 60000;
    run_switch(f);
    assert_int_equal(f->n_opens, 3);
    installer_recheck(f->inst);             /* So is what was refused, when
                                             * somebody asks for it. */
    run_switch(f);
    assert_int_equal(f->n_opens, 4);
}

/* A disconnection with a bundle under way: the switch is read, and gets it
 * again. */
static void
test_disconnection(void **state)
{
    struct fixture *f = *state;

    installer_connected(f->inst);
    run_switch(f);
    want(f, 4, 9);
    installer_run(f->inst);
    installer_disconnected(f->inst);
    ofpbuf_list_delete(&f->sent);
    ovs_list_init(&f->sent);
    installer_connected(f->inst);
    run_switch(f);
    assert_int_equal(f->n_flow_reads, 2);
    assert_int_equal(f->n_adds, 4);
    assert_true(installer_is_idle(f->inst));
}

static void
test_strange_group_is_deleted(void **state)
{
    struct fixture *f = *state;

    f->group_of_others = true;
    installer_connected(f->inst);
    run_switch(f);
    assert_int_equal(f->n_adds, 1);
    assert_int_equal(hmap_count(&f->groups.by_id), 0);
}

static void
test_strange_flow_is_deleted(void **state)
{
    struct fixture *f = *state;

    f->flow_table = 8;
    installer_connected(f->inst);
    run_switch(f);
    assert_int_equal(f->n_adds, 1);
}

/* What packets have taught the switch outlives the agent. */
static void
test_learned_flow_stays(void **state)
{
    static const uint8_t tables[] = { 69, 76, 77, 78 };
    struct fixture *f = *state;

    for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
        f->flow_table = tables[i];
        installer_connected(f->inst);
        run_switch(f);
        assert_int_equal(f->n_adds, 0);
    }
    assert_int_equal(f->n_flow_reads, ARRAY_SIZE(tables));
}

static void
test_group_comes_and_goes(void **state)
{
    struct fixture *f = *state;
    struct extend_entry *group;

    installer_connected(f->inst);
    run_switch(f);
    group = extend_table_get(&f->groups, "type=select,bucket=weight=1,drop");
    extend_entry_set_spec(&f->groups, group, group->text);
    run_switch(f);
    assert_int_equal(f->n_adds, 1);
    assert_true(group->installed);
    extend_entry_unref(&f->groups, group);
    run_switch(f);
    assert_int_equal(f->n_adds, 2);
    assert_int_equal(hmap_count(&f->groups.by_id), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_handshake_maps_geneve_option,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_bundle_for_many_flows,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_mark_waits_for_later_bundle,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_hold_sends_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_refusal, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_disconnection, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_strange_group_is_deleted, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_strange_flow_is_deleted, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_learned_flow_stays, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_group_comes_and_goes, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
