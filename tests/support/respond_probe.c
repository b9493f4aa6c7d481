/* The agent's packet-in side without a switch, for tests: reads commands from
 * stdin, one a line, and writes what the agent would send, then "." on a line
 * of its own.
 *
 *     row DATAPATH BELOW JSON      a southbound row below sb/dp/DATAPATH
 *                                  (BELOW "-": its own)
 *     packet OPCODE USERDATA PACKET [NAME=VALUE]...
 *                                  a packet-in: userdata after its 8-byte
 *                                  header and packet in hexadecimal ("-":
 *                                  nothing); NAME is reg0...reg15, metadata
 *                                  or table
 *     bound LPORT                  the port is bound on this chassis
 *     localnet DATAPATH            it has a localnet port
 *     verdict LPORT JSON           what became of the claim of a port
 *     own                          rows that the agent would write
 *     run                          lets time-driven things happen
 *     show                         statistics
 *
 * Answers: "resume BIT PACKET" (BIT: reg0[3]), "out PACKET ACTIONS",
 * "own KEY VALUE" (a row that the agent would write). */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow.h"
#include "lib/loop.h"
#include "node-agent/flow_table.h"
#include "node-agent/model.h"
#include "node-agent/own.h"
#include "node-agent/packet_in.h"
#include "node-agent/sb_apply.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofp-packet.h"
#include "openvswitch/ofp-util.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/vlog.h"
#include "byte-order.h"
#include "store/store.h"
#include "util.h"

enum { MAX_LINE = 256 * 1024 };

struct probe {
    uv_loop_t loop;
    struct store *store;
    struct own *own;
    struct flow_table flows;
    struct model model;
    struct packet_in *packet_in;
};

/* ---- What the agent sends --------------------------------------------- */

static void
put_hex(const void *data_, size_t size)
{
    const uint8_t *data = data_;

    for (size_t i = 0; i < size; i++) {
        printf("%02x", data[i]);
    }
}

static void
print_out(const struct ofp_header *oh)
{
    uint64_t stub[1024 / 8];
    struct ofpbuf ofpacts = OFPBUF_STUB_INITIALIZER(stub);
    struct ofputil_packet_out po;

    if (ofputil_decode_packet_out(&po, oh, NULL, &ofpacts)) {
        printf("bad packet-out\n");
    } else {
        struct ds s = DS_EMPTY_INITIALIZER;
        struct ofpact_format_params params = { .s = &s };

        ofpacts_format(po.ofpacts, po.ofpacts_len, &params);
        printf("out ");
        put_hex(po.packet, po.packet_len);
        printf(" %s\n", ds_cstr(&s));
        ds_destroy(&s);
    }
    ofpbuf_uninit(&ofpacts);
}

static void
print_resume(const struct ofp_header *oh)
{
    struct ofputil_packet_in_private private;
    size_t total_len;
    uint32_t buffer_id;

    if (ofputil_decode_packet_in_private(oh, false, NULL, NULL, &private,
                                         &total_len, &buffer_id)) {
        printf("bad resume\n");
        return;
    }
    printf("resume %d ", private.base.flow_metadata.flow.regs[0] >> 3 & 1);
    put_hex(private.base.packet, private.base.packet_len);
    printf("\n");
    ofputil_packet_in_private_destroy(&private);
}

static void
on_send(struct ofpbuf *msg, void *aux)
{
    enum ofptype type;

    (void) aux;
    if (ofptype_decode(&type, msg->data)) {
        printf("bad message\n");
    } else if (type == OFPTYPE_PACKET_OUT) {
        print_out(msg->data);
    } else if (type == OFPTYPE_NXT_RESUME) {
        print_resume(msg->data);
    } else {
        printf("message of type %d\n", type);
    }
    ofpbuf_delete(msg);
}

/* ---- Commands --------------------------------------------------------- */

/* Hexadecimal digits, "-" for none; the caller frees '*data'. */
static size_t
parse_hex(const char *text, uint8_t **data)
{
    size_t n = !strcmp(text, "-") ? 0 : strlen(text) / 2;

    *data = xmalloc(n + 1);
    for (size_t i = 0; i < n; i++) {
        bool ok;

        (*data)[i] = hexits_value(text + 2 * i, 2, &ok);
        if (!ok) {
            ovs_fatal(0, "%s: not hexadecimal", text);
        }
    }
    return n;
}

static void
set_metadata(struct ofputil_packet_in *in, const char *word)
{
    const char *equals = strchr(word, '=');
    uint64_t value = equals ? strtoull(equals + 1, NULL, 0) : 0;
    unsigned int reg;

    if (ovs_scan(word, "reg%u=", &reg) && reg < FLOW_N_REGS) {
        match_set_reg(&in->flow_metadata, reg, value);
    } else if (!strncmp(word, "metadata=", 9)) {
        match_set_metadata(&in->flow_metadata, htonll(value));
    } else if (!strncmp(word, "table=", 6)) {
        in->table_id = value;
    } else {
        ovs_fatal(0, "%s: what?", word);
    }
}

static void
deliver(struct probe *p, const struct ofputil_packet_in_private *private)
{
    struct ofpbuf *msg = ofputil_encode_packet_in_private(
        private, OFPUTIL_P_OF15_OXM, OFPUTIL_PACKET_IN_NXT2);

    packet_in_message(p->packet_in, msg->data);
    ofpbuf_delete(msg);
}

static void
do_packet(struct probe *p, char **save)
{
    struct ofputil_packet_in_private private = {
        .base = { .reason = OFPR_ACTION },
    };
    uint32_t opcode = atoi(strtok_r(NULL, " ", save));
    ovs_be32 header[2] = { htonl(opcode), 0 };
    uint8_t *args, *packet;
    size_t n_args = parse_hex(strtok_r(NULL, " ", save), &args);
    size_t n_packet = parse_hex(strtok_r(NULL, " ", save), &packet);
    struct ofpbuf userdata;
    char *word;

    ofpbuf_init(&userdata, 64);
    ofpbuf_put(&userdata, header, sizeof header);
    ofpbuf_put(&userdata, args, n_args);
    private.base.userdata = userdata.data;
    private.base.userdata_len = userdata.size;
    private.base.packet = packet;
    private.base.packet_len = n_packet;
    match_init_catchall(&private.base.flow_metadata);
    match_set_in_port(&private.base.flow_metadata, u16_to_ofp(1));
    while ((word = strtok_r(NULL, " ", save)) != NULL) {
        set_metadata(&private.base, word);
    }
    deliver(p, &private);
    ofpbuf_uninit(&userdata);
    free(args);
    free(packet);
}

/* What the engine works out. */
static void
set_residents(struct model *model)
{
    struct lport *lport;

    HMAP_FOR_EACH (lport, name_node, &model->lports) {
        lport->resident = lport->row && !strcmp(lport_row(lport)->chassis,
                                                model->chassis);
    }
}

static void
do_row(struct probe *p, char **save)
{
    const char *name = strtok_r(NULL, " ", save);
    const char *below = strtok_r(NULL, " ", save);
    const char *json = strtok_r(NULL, "", save);
    struct datapath *dp = model_datapath_get(&p->model, name);

    sb_apply_datapath(&p->model, dp, strcmp(below, "-") ? below : "", json,
                      json ? strlen(json) : 0);
    set_residents(&p->model);
    packet_in_model_changed(p->packet_in, true);
}

static void
do_verdict(struct probe *p, char **save)
{
    const char *name = strtok_r(NULL, " ", save);
    const char *json = strtok_r(NULL, "", save);

    shash_replace(&p->model.verdicts, name,
                  sb_parse(&sb_node_port_table, name, name, json,
                           strlen(json)));
}

static void
print_own(const char *below, const char *value, void *aux)
{
    (void) aux;
    printf("own %s %s\n", below, value);
}

static void
do_command(struct probe *p, char *line)
{
    char *save = NULL, *command = strtok_r(line, " ", &save);

    if (!command) {
        return;
    } else if (!strcmp(command, "row")) {
        do_row(p, &save);
    } else if (!strcmp(command, "packet")) {
        do_packet(p, &save);
    } else if (!strcmp(command, "bound")) {
        struct lport *lport = model_lport(&p->model,
                                          strtok_r(NULL, " ", &save));

        lport->bound_here = true;
        model_lport_note(&p->model, lport);
    } else if (!strcmp(command, "localnet")) {
        model_datapath_get(&p->model, strtok_r(NULL, " ", &save))->n_localnet
            = 1;
    } else if (!strcmp(command, "verdict")) {
        do_verdict(p, &save);
    } else if (!strcmp(command, "run")) {
        packet_in_run(p->packet_in);
    } else if (!strcmp(command, "wait")) {
        const char *ms = strtok_r(NULL, " ", &save);

        xnanosleep((ms ? atoi(ms) : 0) * UINT64_C(1000000));
    } else if (!strcmp(command, "set")) {
        const char *below = strtok_r(NULL, " ", &save);

        own_set(p->own, below, nullable_xstrdup(strtok_r(NULL, "", &save)));
    } else if (!strcmp(command, "own")) {
        own_each(p->own, "", print_own, NULL);
    } else if (!strcmp(command, "show")) {
        struct ds s = DS_EMPTY_INITIALIZER;

        packet_in_format(p->packet_in, &s);
        printf("%s", ds_cstr(&s));
        ds_destroy(&s);
    } else {
        ovs_fatal(0, "%s: what?", command);
    }
}

int
main(int argc, char *argv[])
{
    char *line = xmalloc(MAX_LINE);
    struct probe p;

    (void) argc;
    set_program_name(argv[0]);
    vlog_set_levels(NULL, VLF_SYSLOG, VLL_OFF);
    uv_loop_init(&p.loop);
    p.store = store_memory_create(&p.loop);
    p.own = own_create(p.store, "/weft/v1", "hv1", 30);
    flow_table_init(&p.flows);
    model_init(&p.model, "hv1", &p.flows);
    p.packet_in = packet_in_create(&p.model, p.own, on_send, NULL);
    while (fgets(line, MAX_LINE, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        do_command(&p, line);
        printf(".\n");
        fflush(stdout);
    }
    packet_in_destroy(p.packet_in);
    model_destroy(&p.model);
    flow_table_destroy(&p.flows);
    own_destroy(p.own);
    store_destroy(p.store);
    uv_run(&p.loop, UV_RUN_DEFAULT);
    uv_loop_close(&p.loop);
    free(line);
    return 0;
}
