/* weftctl explain: follows a logical switch port from its northbound row to
 * the switch of the hypervisor that it is on, and says at each step what is
 * as it should be, what is not, and what to do about it.
 *
 * Everything is read at one revision. A step whose ground is missing is left
 * out, so that the first problem is the one to look at. */
#include <config.h>

#include "cli/explain_command.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>

#include "cli/program.h"
#include "openvswitch/dynamic-string.h"
#include "store/keys.h"
#include "store/store.h"
#include "svec.h"
#include "util.h"

struct explanation {
    struct program program;
    int64_t revision;
    const char *name;           /* Of the port. */
    json_t *port;               /* Its northbound row; NULL: none. */
    json_t *status;
    json_t *sb_port;            /* Its southbound row. */
    struct svec chassis;        /* All that have registered. */
    struct svec claims;         /* Those that have claimed it. */
    struct svec alive;          /* Those with a live agent, if nobody has. */
    json_t *steps;              /* What has been found. */
};

enum verdict { IS_OK, IS_PROBLEM, IS_NOTE };
static const char *const verdict_names[] = { "ok", "problem", "note" };

/* ---- Findings ---------------------------------------------------------- */

static void OVS_PRINTF_FORMAT(4, 5)
say(struct explanation *e, enum verdict verdict, const char *advice,
    const char *format, ...)
{
    va_list args;

    va_start(args, format);
    char *text = xvasprintf(format, args);
    va_end(args);
    json_array_append_new(e->steps, json_pack(
        "{s:s, s:s, s:s*}", "verdict", verdict_names[verdict], "finding",
        text, "advice", advice));
    free(text);
}

static json_t *
get(struct explanation *e, char *key)
{
    json_t *value = program_get(&e->program, key, &e->revision);

    free(key);
    return value;
}

static json_t *
get_row(struct explanation *e, const char *area, const char *id)
{
    return get(e, keys_build(e->program.prefix, area, id, NULL));
}

static json_t *
get_of_chassis(struct explanation *e, const char *area, const char *chassis,
               const char *kind, const char *id)
{
    return get(e, keys_build(e->program.prefix, area, chassis, kind, id,
                             NULL));
}

static const char *
string_of(const json_t *row, const char *column)
{
    const char *s = json_string_value(json_object_get(row, column));

    return s ? s : "";
}

static bool
is_true(const json_t *row, const char *column)
{
    return json_is_true(json_object_get(row, column));
}

/* ---- The northbound ---------------------------------------------------- */

static void
explain_status(struct explanation *e)
{
    json_t *errors = json_object_get(e->status, "errors");
    json_t *waits = json_object_get(e->status, "waiting_for");
    json_t *item;
    size_t i;

    json_array_foreach (errors, i, item) {
        say(e, IS_PROBLEM, "correct the column; until then it is left out",
            "the row is not valid: %s: %s", string_of(item, "field"),
            string_of(item, "message"));
    }
    json_array_foreach (waits, i, item) {
        say(e, IS_PROBLEM, "make that row, or correct the reference",
            "the row waits for %s, which does not exist",
            json_string_value(item));
    }
    if (!json_array_size(errors) && !json_array_size(waits)) {
        say(e, IS_OK, NULL, "the translator finds nothing wrong with it");
    }
}

static void
explain_switch(struct explanation *e)
{
    const char *id = string_of(e->port, "switch");
    json_t *row = get_row(e, "nb/logical_switch", id);

    if (row) {
        say(e, IS_OK, NULL, "its switch %s exists", id);
    } else {
        say(e, IS_PROBLEM, "weftctl ls-add, or set the port's column switch",
            "its switch \"%s\" does not exist", id);
    }
    json_decref(row);
}

/* False if there is no such port. */
static bool
explain_row(struct explanation *e)
{
    json_t *enabled;

    e->port = get_row(e, "nb/logical_switch_port", e->name);
    e->status = get_row(e, "status/logical_switch_port", e->name);
    if (!e->port) {
        say(e, IS_PROBLEM, "weftctl lsp-add SWITCH PORT (names are exact: "
            "weftctl lsp-list SWITCH)",
            "there is no logical switch port \"%s\"", e->name);
        return false;
    }
    say(e, IS_OK, NULL, "the port is in the northbound");
    explain_status(e);
    explain_switch(e);
    enabled = json_object_get(e->port, "enabled");
    if (json_is_false(enabled)) {
        say(e, IS_NOTE, "weftctl lsp-set-enabled PORT enabled",
            "it is disabled: it may be up, but its packets are dropped");
    }
    return true;
}

/* ---- The translation --------------------------------------------------- */

static void
leader_cb(const struct store_kv *kv, void *leader)
{
    *(char **) leader = xmemdup0(kv->value.data, kv->value.size);
}

/* The name of the translator that leads, the caller's; or NULL. */
static char *
get_leader(struct explanation *e)
{
    char *key = xasprintf("%s/sb/leader", e->program.prefix);
    struct err err = ERR_INIT;
    char *leader = NULL;

    program_check(fetch_keys(e->program.store, &key, 1, &e->revision, true,
                             leader_cb, &leader, &err), &err);
    free(key);
    return leader;
}

/* False if the port is not in the southbound. */
static bool
explain_translation(struct explanation *e)
{
    const char *prefix = e->program.prefix;
    char *leader = get_leader(e);
    char *datapath = xasprintf("switch:%s", string_of(e->port, "switch"));

    if (leader) {
        say(e, IS_OK, NULL, "a translator leads: %s", leader);
    } else {
        say(e, IS_PROBLEM, "start weft-translator, or look at its log",
            "no translator leads: changes are not translated");
    }
    free(leader);
    e->sb_port = get(e, keys_build(prefix, "sb/dp", datapath, "port",
                                   e->name, NULL));
    if (e->sb_port) {
        say(e, IS_OK, NULL, "it is in the southbound, tunnel key "
            "%"JSON_INTEGER_FORMAT,
            json_integer_value(json_object_get(e->sb_port, "tunnel_key")));
    } else {
        say(e, IS_PROBLEM, "see the problems above; if there are none the "
            "translator is behind: weftctl debug weft-translator status",
            "it is not in the southbound under %s", datapath);
    }
    free(datapath);
    return e->sb_port != NULL;
}

/* ---- The hypervisors --------------------------------------------------- */

static void
chassis_cb(const struct store_kv *kv, void *e_)
{
    struct explanation *e = e_;
    const char *key = program_below_prefix(&e->program, kv->key.data);
    char *name = key ? keys_decode(key + 11, strlen(key + 11)) : NULL;

    if (name) {
        svec_add_nocopy(&e->chassis, name);
    }
}

static void
claim_cb(const struct store_kv *kv, void *e_)
{
    struct explanation *e = e_;
    char *c[3];
    int n = keys_parse(kv->key.data, kv->key.size, e->program.prefix,
                       "chassis", c, 3);

    if (n > 0) {
        svec_add(&e->claims, c[0]);
    }
    while (n > 0) {
        free(c[--n]);
    }
}

/* Reads which chassis there are and which of them have claimed 'lport'. */
static void
read_claims(struct explanation *e, const char *lport)
{
    struct program *program = &e->program;
    char *prefix = xasprintf("%s/sb/chassis/", program->prefix);
    struct svec keys = SVEC_EMPTY_INITIALIZER;
    struct err err = ERR_INIT;
    const char *name;
    size_t i;

    program_check(fetch_prefix(program->store, prefix, true, &e->revision,
                               chassis_cb, e, &err), &err);
    SVEC_FOR_EACH (i, name, &e->chassis) {
        svec_add_nocopy(&keys, keys_build(program->prefix, "chassis", name,
                                          "claim", lport, NULL));
    }
    program_check(fetch_keys(program->store, keys.names, keys.n,
                             &e->revision, keys.n <= 64, claim_cb, e, &err),
                  &err);
    svec_destroy(&keys);
    free(prefix);
}

static void
explain_requested(struct explanation *e)
{
    json_t *requested = json_object_get(e->sb_port, "requested_chassis");
    json_t *item;
    size_t i;

    json_array_foreach (requested, i, item) {
        const char *name = json_string_value(item);

        if (svec_contains_unsorted(&e->chassis, name)) {
            say(e, IS_OK, NULL, "options:requested-chassis %s exists", name);
        } else {
            say(e, IS_PROBLEM, "correct options:requested-chassis, or start "
                "weft-agent there (weftctl chassis list)",
                "options:requested-chassis is %s, and there is no such "
                "chassis", name);
        }
    }
}

static void
explain_alive(struct explanation *e, const char *chassis)
{
    json_t *alive = get(e, keys_build(e->program.prefix, "chassis", chassis,
                                      "alive", NULL));

    if (alive) {
        say(e, IS_OK, NULL, "the agent of %s is alive", chassis);
    } else {
        say(e, IS_PROBLEM, "start weft-agent there, or see why it does not "
            "reach etcd: its log, and weftctl debug weft-agent "
            "connection-status",
            "the agent of %s is not alive", chassis);
    }
    json_decref(alive);
}

/* True if the claim was accepted. */
static bool
explain_verdict(struct explanation *e, const char *chassis)
{
    json_t *verdict = get_of_chassis(e, "sb/node", chassis, "port", e->name);
    bool bound = is_true(verdict, "bound");

    if (bound) {
        say(e, IS_OK, NULL, "the claim of %s is accepted", chassis);
    } else if (verdict) {
        say(e, IS_PROBLEM, "take the interface away there, or change what "
            "forbids it", "the claim of %s is refused: %s", chassis,
            string_of(verdict, "reason"));
    } else {
        say(e, IS_PROBLEM, "the translator is behind: weftctl debug "
            "weft-translator status",
            "there is no verdict yet on the claim of %s", chassis);
    }
    json_decref(verdict);
    return bound;
}

static void
explain_tunnel(struct explanation *e, const char *chassis)
{
    json_t *row = get_row(e, "sb/chassis", chassis);
    json_t *encaps = json_object_get(row, "encaps");

    if (json_array_size(encaps)) {
        say(e, IS_OK, NULL, "%s has a tunnel end point: %s %s", chassis,
            string_of(json_array_get(encaps, 0), "type"),
            string_of(json_array_get(encaps, 0), "ip"));
    } else {
        say(e, IS_PROBLEM, "ovs-vsctl set open_vswitch . "
            "external_ids:ovn-encap-type=geneve "
            "external_ids:ovn-encap-ip=ADDRESS on it",
            "%s has no tunnel end point: others cannot reach it", chassis);
    }
    json_decref(row);
}

static void
explain_installed(struct explanation *e, const char *chassis,
                  const char *lport)
{
    json_t *claim = get_of_chassis(e, "chassis", chassis, "claim", lport);
    json_int_t ofport = json_integer_value(json_object_get(claim, "ofport"));

    if (ofport) {
        say(e, IS_OK, NULL, "its interface there is %s, OpenFlow port "
            "%"JSON_INTEGER_FORMAT, string_of(claim, "iface"), ofport);
    } else {
        say(e, IS_PROBLEM, "ovs-vsctl list interface there: column error",
            "its interface there, %s, has no OpenFlow port",
            string_of(claim, "iface"));
    }
    if (is_true(claim, "installed")) {
        say(e, IS_OK, NULL, "its flows are in the switch of %s", chassis);
    } else {
        say(e, IS_PROBLEM, "on it: weftctl debug weft-agent status; is Open "
            "vSwitch running, is the integration bridge there? If it says "
            "that flows were refused: the agent's log names them; once that "
            "is mended, weftctl debug weft-agent recompute",
            "its flows are not in the switch of %s", chassis);
    }
    json_decref(claim);
}

/* Whose interface carries the port: its parent's, for a container. */
static const char *
interface_of(struct explanation *e)
{
    const char *parent = string_of(e->port, "parent_name");

    return parent[0] ? parent : e->name;
}

static void
alive_cb(const struct store_kv *kv, void *e_)
{
    struct explanation *e = e_;
    char *c[2];
    int n = keys_parse(kv->key.data, kv->key.size, e->program.prefix,
                       "chassis", c, 2);

    if (n > 0) {
        svec_add(&e->alive, c[0]);
    }
    while (n > 0) {
        free(c[--n]);
    }
}

/* Chassis whose agents cannot have told of an interface. */
static void
explain_dead_agents(struct explanation *e)
{
    enum { MAX_NAMES = 5 };
    struct svec keys = SVEC_EMPTY_INITIALIZER;
    struct ds names = DS_EMPTY_INITIALIZER;
    struct err err = ERR_INIT;
    size_t i, n = 0;
    const char *name;

    SVEC_FOR_EACH (i, name, &e->chassis) {
        svec_add_nocopy(&keys, keys_build(e->program.prefix, "chassis", name,
                                          "alive", NULL));
    }
    program_check(fetch_keys(e->program.store, keys.names, keys.n,
                             &e->revision, keys.n <= 64, alive_cb, e, &err),
                  &err);
    svec_destroy(&keys);
    SVEC_FOR_EACH (i, name, &e->chassis) {
        if (!svec_contains_unsorted(&e->alive, name)) {
            n++;
            if (n <= MAX_NAMES) {
                ds_put_format(&names, "%s%s", n > 1 ? ", " : "", name);
            }
        }
    }
    if (n) {
        say(e, IS_PROBLEM, "start weft-agent there, if the interface is on "
            "one of them", "the agents of %"PRIuSIZE" chassis are not alive: "
            "%s%s", n, ds_cstr(&names), n > MAX_NAMES ? ", ..." : "");
    }
    ds_destroy(&names);
}

static void
explain_no_claim(struct explanation *e, const char *lport)
{
    char *advice = xasprintf(
        "on the hypervisor: ovs-vsctl --columns=name,ofport,error find "
        "interface external_ids:iface-id=%s; if there is none: ovs-vsctl set "
        "interface IFACE external_ids:iface-id=%s", lport, lport);

    say(e, IS_PROBLEM, advice, "no chassis (of %"PRIuSIZE") has an interface "
        "for it: none on the integration bridge with "
        "external_ids:iface-id=%s and an OpenFlow port", e->chassis.n,
        lport);
    free(advice);
    explain_dead_agents(e);
}

static void
explain_claims(struct explanation *e)
{
    const char *lport = interface_of(e);
    const char *chassis;
    size_t i;

    read_claims(e, lport);
    explain_requested(e);
    if (!e->claims.n) {
        explain_no_claim(e, lport);
    }
    SVEC_FOR_EACH (i, chassis, &e->claims) {
        say(e, IS_OK, NULL, "chassis %s has an interface for it", chassis);
        explain_alive(e, chassis);
        if (explain_verdict(e, chassis)) {
            explain_tunnel(e, chassis);
            explain_installed(e, chassis, lport);
        }
    }
}

static void
explain_place(struct explanation *e)
{
    const char *type = string_of(e->port, "type");
    json_t *peer = NULL;

    if (!type[0] || !strcmp(type, "virtual") || !strcmp(type, "l2gateway")
        || !strcmp(type, "l3gateway") || !strcmp(type, "vtep")
        || !strcmp(type, "external")) {
        explain_claims(e);
        return;
    }
    say(e, IS_OK, NULL, "a port of type %s is on no chassis of its own",
        type);
    if (!strcmp(type, "router")) {
        const char *name = string_of(json_object_get(e->port, "options"),
                                     "router-port");

        peer = get_row(e, "nb/logical_router_port", name);
        if (peer) {
            say(e, IS_OK, NULL, "its router port %s exists", name);
        } else {
            say(e, IS_PROBLEM, "weftctl lrp-add, or set options:router-port",
                "its router port \"%s\" does not exist", name);
        }
    }
    json_decref(peer);
}

static void
explain_sync(struct explanation *e)
{
    json_t *sync = get(e, xasprintf("%s/status/sync", e->program.prefix));
    json_t *item;
    size_t i;

    json_array_foreach (json_object_get(sync, "behind"), i, item) {
        const char *name = json_string_value(item);

        if (name && (svec_contains_unsorted(&e->claims, name))) {
            say(e, IS_NOTE, "on it: weftctl debug weft-agent status",
                "%s had not applied the last change that was waited for",
                name);
        }
    }
    json_decref(sync);
}

/* ---- The result -------------------------------------------------------- */

static void
print_steps(const struct explanation *e, bool is_up)
{
    static const char *const colours[] = { "32", "31", "33" };
    bool coloured = program_colours();
    json_t *step;
    size_t i;

    json_array_foreach (e->steps, i, step) {
        const char *verdict = string_of(step, "verdict");
        const char *colour = colours[!strcmp(verdict, "problem") ? 1
                                     : !strcmp(verdict, "note") ? 2 : 0];

        if (coloured) {
            printf("\033[%sm%-8s\033[0m %s\n", colour, verdict,
                   string_of(step, "finding"));
        } else {
            printf("%-8s %s\n", verdict, string_of(step, "finding"));
        }
        if (json_object_get(step, "advice")) {
            printf("         -> %s\n", string_of(step, "advice"));
        }
    }
    printf("%s is %s\n", e->name, is_up ? "up" : "not up");
}

static bool
explain(struct explanation *e)
{
    if (explain_row(e) && explain_translation(e)) {
        explain_place(e);
        explain_sync(e);
    }

    bool is_up = is_true(e->status, "up");
    if (program_wants_json(&e->program)) {
        json_t *json = json_pack("{s:s, s:b, s:O}", "port", e->name, "up",
                                 is_up, "steps", e->steps);

        json_dumpf(json, stdout, JSON_INDENT(1) | JSON_SORT_KEYS);
        putchar('\n');
        json_decref(json);
    } else {
        print_steps(e, is_up);
    }
    return is_up;
}

int
explain_command_main(int argc, char *argv[])
{
    static const struct setting options[] = { PROGRAM_FORMAT };
    static const struct program_spec spec = {
        .name = "explain",
        .summary = "why a logical switch port is or is not up, step by "
                   "step, and what to do; status 0 if it is up, 2 if not",
        .arguments = "lsp NAME",
        .options = options, .n_options = ARRAY_SIZE(options),
        .min_args = 2, .max_args = 2,
    };
    struct explanation e = { .chassis = SVEC_EMPTY_INITIALIZER,
                             .claims = SVEC_EMPTY_INITIALIZER,
                             .alive = SVEC_EMPTY_INITIALIZER };

    program_init(&e.program, &spec, argc, argv);
    if (strcmp(e.program.argv[0], "lsp")) {
        program_die("%s: only lsp can be explained", e.program.argv[0]);
    }
    program_wants_json(&e.program);
    e.name = e.program.argv[1];
    e.steps = json_array();
    program_open_store(&e.program);
    bool is_up = explain(&e);

    json_decref(e.steps);
    json_decref(e.port);
    json_decref(e.status);
    json_decref(e.sb_port);
    svec_destroy(&e.chassis);
    svec_destroy(&e.claims);
    svec_destroy(&e.alive);
    program_destroy(&e.program);
    return is_up ? EXIT_SUCCESS : 2;
}
