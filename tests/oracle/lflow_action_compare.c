/* What our compiler makes of logical flows, in the words of ovs-ofctl, for
 * tests/oracle/lflow_actions.py to compare with stock OVN's.
 *
 *     lflow_action_compare [FIXTURE] < LINES
 *
 * Input lines, with tabs between their parts, and what each prints:
 *
 *     flow PIPELINE STAGE MATCH ACTIONS    "flow TEXT" for each OpenFlow flow
 *         (or "error TEXT"), then "text ACTIONS" as formatted, then "end"
 *     group TEXT                           "group TEXT" in canonical form
 *
 * OpenFlow actions go through the wire format and back before they are
 * formatted, as stock OVN's went to the switch and back; and they are checked
 * as the switch checks them, with the match.  group:N is printed as
 * group:{TEXT}.  The ports are those of lflow_action_stock.py,
 * address sets and port groups those of FIXTURE (docs/lflow.md). */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bitmap.h"
#include "byte-order.h"
#include "lflow/compile.h"
#include "lflow/registers.h"
#include "lflow/tables.h"
#include "lflow/tool.h"
#include "lib/err.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/match.h"
#include "openvswitch/meta-flow.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofp-errors.h"
#include "openvswitch/ofp-group.h"
#include "openvswitch/vlog.h"
#include "util.h"

enum { MAX_LINE = 1 << 17, MAX_NAMES = 64, COOKIE = 0x12345678,
       STOCK_STAGES = 29 };

/* Texts of groups and meters of one line; id is index + 1. */
static char *groups[MAX_NAMES], *meters[MAX_NAMES];

static uint32_t
intern(char *names[], const char *name)
{
    for (size_t i = 0; i < MAX_NAMES; i++) {
        if (!names[i]) {
            names[i] = xstrdup(name);
        }
        if (!strcmp(names[i], name)) {
            return i + 1;
        }
    }
    return 0;
}

static void
forget(char *names[])
{
    for (size_t i = 0; i < MAX_NAMES; i++) {
        free(names[i]);
        names[i] = NULL;
    }
}

static bool is_router;

static bool
port_key(const struct lflow_scope *scope OVS_UNUSED, const char *name,
         uint32_t *key)
{
    static const struct { const char *name; uint32_t key; bool router; }
    ports[] = {
        { "p1", 1, false }, { "p2", 2, false }, { "p3", 3, false },
        { "_MC_flood", 32768, false }, { "q1", 1, true },
    };

    for (size_t i = 0; i < ARRAY_SIZE(ports); i++) {
        if (ports[i].router == is_router && !strcmp(ports[i].name, name)) {
            *key = ports[i].key;
            return true;
        }
    }
    return false;
}

static uint32_t
group_id(const struct lflow_scope *scope OVS_UNUSED, const char *text)
{
    return intern(groups, text);
}

static uint32_t
meter_id(const struct lflow_scope *scope OVS_UNUSED, const char *name)
{
    return intern(meters, name);
}

static bool
collector_set(const struct lflow_scope *scope OVS_UNUSED, uint32_t id)
{
    return id == 0 || id == 100 || id == 200;
}

static struct lflow_fixture *fixture;

static const struct constant_set *
address_set(const struct lflow_scope *scope OVS_UNUSED, const char *name)
{
    return fixture ? lflow_scope_address_set(&fixture->scope, NULL, name)
           : NULL;
}

static const struct port_set *
port_group(const struct lflow_scope *scope OVS_UNUSED, const char *name)
{
    return fixture ? lflow_scope_port_group(&fixture->scope, NULL, name,
                                            MFF_N_IDS)
           : NULL;
}

static const struct lflow_scope_class scope_class = {
    .port_key = port_key,
    .address_set = address_set,
    .port_group = port_group,
    .group_id = group_id,
    .meter_id = meter_id,
    .collector_set = collector_set,
};

/* --- Text of OpenFlow -------------------------------------------------- */

static void
format_ofpacts(const struct ofpbuf *ofpacts, struct ds *s)
{
    struct ofpact_format_params params = { .s = s };

    ofpacts_format(ofpacts->data, ofpacts->size, &params);
}

/* Through the wire format and back. */
static enum ofperr
round_trip(const struct ofpbuf *in, struct ofpbuf *out)
{
    struct ofpbuf wire;
    uint64_t tlvs = 0;
    enum ofperr error;

    if (!in->size) {
        return 0;
    }
    ofpbuf_init(&wire, 0);
    ofpacts_put_openflow_instructions(in->data, in->size, &wire,
                                      OFP15_VERSION);
    error = ofpacts_pull_openflow_instructions(&wire, wire.size,
                                               OFP15_VERSION, NULL, &tlvs,
                                               out);
    ofpbuf_uninit(&wire);
    return error;
}

static void
put_group(const char *text, struct ds *s)
{
    char *line = xasprintf("group_id=1,%s", text);
    struct ofputil_group_mod gm;
    struct ofputil_bucket *bucket;
    enum ofputil_protocol protocols;
    char *error;

    error = parse_ofp_group_mod_str(&gm, OFPGC15_ADD, line, NULL, NULL,
                                    &protocols);
    free(line);
    if (error) {
        ds_put_format(s, "{error %s}", error);
        free(error);
        return;
    }
    ds_put_format(s, "{type=%d method=%s param=%"PRIu64" fields=", gm.type,
                  gm.props.selection_method,
                  gm.props.selection_method_param);
    for (size_t i = 0; i < MFF_N_IDS; i++) {
        if (bitmap_is_set(gm.props.fields.used.bm, i)) {
            ds_put_format(s, "%s,", mf_from_id(i)->name);
        }
    }
    LIST_FOR_EACH (bucket, list_node, &gm.buckets) {
        struct ofpbuf in, out;

        ofpbuf_use_const(&in, bucket->ofpacts, bucket->ofpacts_len);
        ofpbuf_init(&out, 0);
        ds_put_format(s, " [%u weight=%d watch=%u ", bucket->bucket_id,
                      bucket->weight, bucket->watch_port);
        if (round_trip(&in, &out)) {
            ds_put_cstr(s, "bad actions");
        }
        format_ofpacts(&out, s);
        ds_put_char(s, ']');
        ofpbuf_uninit(&out);
    }
    ds_put_char(s, '}');
    ofputil_uninit_group_mod(&gm);
}

/* 'text' with group:N replaced. */
static void
put_with_groups(const char *text, struct ds *s)
{
    const char *p;

    while ((p = strstr(text, "group:")) != NULL) {
        unsigned int id = strtoul(p + 6, NULL, 10);

        ds_put_buffer(s, text, p + 6 - text);
        put_group(groups[id - 1], s);
        text = p + 6 + strspn(p + 6, "0123456789");
    }
    ds_put_cstr(s, text);
}

static void
print_flow(const struct lflow_program *program, size_t i, uint64_t datapath)
{
    struct ofpact_check_params params = {
        .max_ports = OFPP_MAX, .table_id = program->table, .n_tables = 255
    };
    struct ds s = DS_EMPTY_INITIALIZER, text = DS_EMPTY_INITIALIZER;
    struct ofpbuf out;
    struct match match;
    enum ofperr error;
    size_t n;

    lflow_matches_get(program->matches, i, 1, &match);
    match_set_metadata(&match, htonll(datapath));
    ds_put_format(&text, "table=%d, ", program->table);
    match_format(&match, NULL, &text, 100);
    ds_put_cstr(&text, " actions=");
    lflow_matches_clauses(program->matches, i, &n);
    ofpbuf_init(&out, 0);
    params.match = &match;
    error = n ? OFPERR_OFPBRC_BAD_TYPE : round_trip(&program->ofpacts, &out);
    if (!error) {
        error = ofpacts_check_consistency(out.data, out.size,
                                          OFPUTIL_P_OF15_OXM, &params);
    }
    if (error) {
        ds_put_format(&text, "refused %s", ofperr_to_string(error));
    } else {
        format_ofpacts(&out, &text);
    }
    put_with_groups(ds_cstr(&text), &s);
    printf("flow %s\n", ds_cstr(&s));
    ofpbuf_uninit(&out);
    ds_destroy(&text);
    ds_destroy(&s);
}

/* --- Lines ------------------------------------------------------------- */

static struct lflow_place
place_of(const char *pipeline, const char *stage)
{
    struct lflow_place place = {
        .stage = atoi(stage), .n_stages = STOCK_STAGES,
        .ingress_table = OFTABLE_LOG_INGRESS,
        .egress_table = OFTABLE_LOG_EGRESS,
        .output_table = OFTABLE_OUTPUT_LARGE_DETECT,
        .cookie = COOKIE
    };

    is_router = !strncmp(pipeline, "router", 6);
    place.datapath_key = is_router ? 2 : 1;
    place.pipeline = strstr(pipeline, "ingress")
                     ? (is_router ? PIPELINE_LR_IN : PIPELINE_LS_IN)
                     : (is_router ? PIPELINE_LR_OUT : PIPELINE_LS_OUT);
    return place;
}

static void
print_formatted(const struct lflow_source *source)
{
    struct lflow_arena arena = LFLOW_ARENA_INIT;
    const struct expr *prereqs;
    struct lflow_actions *actions;

    if (!lflow_actions_parse(source->actions, strlen(source->actions),
                             &source->place, source->scope, NULL, &arena,
                             &actions, &prereqs, NULL)) {
        char *text = lflow_actions_to_string(actions);

        printf("text %s\n", text);
        free(text);
    }
    lflow_arena_destroy(&arena);
}

static void
do_flow(char *line)
{
    struct lflow_scope scope = { &scope_class };
    struct lflow_program program;
    struct err err = ERR_INIT;
    const char *pipeline = strsep(&line, "\t");
    const char *stage = strsep(&line, "\t");
    const char *match = strsep(&line, "\t");
    struct lflow_source source = {
        .match = match, .actions = line, .scope = &scope
    };

    if (!line) {
        ovs_fatal(0, "a part is missing");
    }
    source.place = place_of(pipeline, stage);
    if (lflow_compile(&source, &program, &err)) {
        char *text = err_to_string(&err);

        printf("error %s\n", text);
        free(text);
        err_clear(&err);
    } else {
        for (size_t i = 0; i < lflow_matches_count(program.matches); i++) {
            print_flow(&program, i, source.place.datapath_key);
        }
        print_formatted(&source);
    }
    lflow_program_destroy(&program);
    forget(groups);
    forget(meters);
    puts("end");
}

int
main(int argc, char *argv[])
{
    char *line = xmalloc(MAX_LINE);
    struct err err = ERR_INIT;

    if (argc > 1 && lflow_fixture_read(argv[1], &fixture, &err)) {
        ovs_fatal(0, "%s: %s", argv[1], err.message);
    }
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    while (fgets(line, MAX_LINE, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        if (!strncmp(line, "flow\t", 5)) {
            do_flow(line + 5);
        } else if (!strncmp(line, "group\t", 6)) {
            struct ds s = DS_EMPTY_INITIALIZER;

            put_group(line + 6, &s);
            printf("group %s\n", ds_cstr(&s));
            ds_destroy(&s);
        } else {
            ovs_fatal(0, "\"%s\" is no command", line);
        }
        fflush(stdout);
    }
    lflow_fixture_destroy(fixture);
    free(line);
    return 0;
}
