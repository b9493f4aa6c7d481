/* Load balancers, parsed: a derived value that everything about one shares,
 * and the actions that switches and routers have in common. */
#include <config.h>

#include "translator/lb.h"

#include <arpa/inet.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/util.h"
#include "sset.h"
#include "translator/generators.h"
#include "translator/router.h"
#include "util.h"

/* ---- Parsing ----------------------------------------------------------- */

/* Parses "10.0.0.1", "10.0.0.1:80", "fd00::1", "[fd00::1]:80"; the schema has
 * let pass nothing else but templates, of which this returns false. */
static bool
parse_address(const char *text, struct in6_addr *addr, bool *is_v6,
              char ip[INET6_ADDRSTRLEN], uint16_t *port)
{
    const char *colon = strrchr(text, ':');
    bool has_port = colon && (text[0] == '['
                              || strchr(text, ':') == colon);
    const char *start = text + (text[0] == '[');
    size_t size = has_port ? (size_t) (colon - start) - (text[0] == '[')
                  : strlen(start);
    unsigned int plen;
    bool ok;

    char *host = xmemdup0(start, size);
    ok = router_parse_ip(host, addr, is_v6, &plen);

    free(host);
    if (!ok) {
        return false;
    }
    if (*is_v6) {
        inet_ntop(AF_INET6, addr, ip, INET6_ADDRSTRLEN);
    } else {
        inet_ntop(AF_INET, &addr->s6_addr[12], ip, INET6_ADDRSTRLEN);
    }
    *port = has_port ? atoi(colon + 1) : 0;
    return true;
}

/* "vm1:10.0.0.9", "vm1:[fd00::9]" in the column ip_port_mappings, under the
 * backend's address, an IPv6 one with brackets or without. */
static void
parse_mapping(struct lb_backend *backend, const struct smap *mappings)
{
    char *bracketed = xasprintf("[%s]", backend->ip);
    const char *text = smap_get_def(mappings, backend->ip,
                                    smap_get(mappings, bracketed));
    const char *bracket = text ? strstr(text, ":[") : NULL;
    const char *colon = bracket ? bracket : text ? strrchr(text, ':') : NULL;

    free(bracketed);
    if (colon) {
        backend->lport = xmemdup0(text, colon - text);
        backend->src_ip = (bracket
                           ? xmemdup0(colon + 2, strcspn(colon + 2, "]"))
                           : xstrdup(colon + 1));
    }
}

static void
parse_backends(struct lb_vip *vip, const struct smap *mappings)
{
    char *copy = xstrdup(vip->backends_text), *save = NULL;
    size_t allocated = 0;

    for (char *one = strtok_r(copy, ",", &save); one;
         one = strtok_r(NULL, ",", &save)) {
        struct lb_backend backend = { .port = 0 };
        struct in6_addr addr;
        bool is_v6;

        if (!parse_address(one, &addr, &is_v6, backend.ip, &backend.port)
            || is_v6 != vip->is_v6) {
            continue;
        }
        if (vip->n_backends >= allocated) {
            vip->backends = x2nrealloc(vip->backends, &allocated,
                                       sizeof *vip->backends);
        }
        if (vip->is_checked) {
            parse_mapping(&backend, mappings);
        }
        vip->backends[vip->n_backends++] = backend;
    }
    free(copy);
}

/* SCTP is not checked, nor an address without a port. */
static bool
is_checked(struct engine_reader *reader, const struct lb *lb,
           const struct lb_vip *vip, const char *id)
{
    struct engine_members checks = engine_members(
        reader, model_index(MODEL_LB_CHECKS), id, "");
    const char *check_id;

    if (!vip->port || !strcmp(lb->protocol, "sctp")) {
        return false;
    }
    ENGINE_MEMBERS_FOR_EACH (check_id, checks) {
        const struct nb_load_balancer_health_check *check
            = MODEL_ROW(reader, load_balancer_health_check, check_id);

        if (check && !strcmp(check->vip, vip->key)) {
            return true;
        }
    }
    return false;
}

static void
parse_vips(struct engine_reader *reader, struct lb *lb,
           const struct nb_load_balancer *row)
{
    const struct smap *vips = &row->vips;
    const struct smap_node **sorted = smap_sort(vips);
    struct sset ips = SSET_INITIALIZER(&ips);

    lb->vips = xcalloc(smap_count(vips) + 1, sizeof *lb->vips);
    for (size_t i = 0; i < smap_count(vips); i++) {
        struct lb_vip *vip = &lb->vips[lb->n_vips];

        if (parse_address(sorted[i]->key, &vip->addr, &vip->is_v6, vip->ip,
                          &vip->port)) {
            vip->key = xstrdup(sorted[i]->key);
            vip->backends_text = xstrdup(sorted[i]->value);
            vip->is_first = sset_add(&ips, vip->ip) != NULL;
            vip->is_checked = is_checked(reader, lb, vip, row->row.id);
            parse_backends(vip, &row->ip_port_mappings);
            lb->n_vips++;
        }
    }
    sset_destroy(&ips);
    free(sorted);
}

/* The fields as ct_lb_mark() names them: ports by their protocol. */
static char *
hash_fields(const struct schema_strings *fields, const char *protocol)
{
    struct ds text = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < fields->n; i++) {
        const char *field = fields->items[i];
        bool is_port = !strncmp(field, "tp_", 3);

        ds_put_format(&text, "%s%s%s", i ? "," : "",
                      is_port ? protocol : "", field + (is_port ? 2 : 0));
    }
    return ds_steal_cstr(&text);
}

static enum lb_answers
parse_answers(const char *text)
{
    return (!strcmp(text, "all") ? LB_ANSWERS_ALL
            : !strcmp(text, "none") ? LB_ANSWERS_NONE
            : LB_ANSWERS_REACHABLE);
}

static const char *
protocol_name(enum nb_load_balancer_protocol protocol)
{
    static const char *const names[] = {
        [NB_LOAD_BALANCER_PROTOCOL_NONE] = "tcp",
        [NB_LOAD_BALANCER_PROTOCOL_TCP] = "tcp",
        [NB_LOAD_BALANCER_PROTOCOL_UDP] = "udp",
        [NB_LOAD_BALANCER_PROTOCOL_SCTP] = "sctp",
    };

    return names[protocol];
}

static void *
lb_compute(struct engine_reader *reader, const struct engine_key *key)
{
    const struct nb_load_balancer *row = MODEL_ROW(reader, load_balancer,
                                                   key->a);
    struct lb *lb;

    if (!row || smap_get_bool(&row->options, "template", false)) {
        return NULL;
    }
    lb = xzalloc(sizeof *lb);
    lb->protocol = protocol_name(row->protocol);
    parse_vips(reader, lb, row);
    lb->hash_fields = hash_fields(&row->selection_fields, lb->protocol);
    lb->rejects = smap_get_bool(&row->options, "reject", false);
    lb->skips_snat = smap_get_bool(&row->options, "skip_snat", false);
    lb->adds_route = smap_get_bool(&row->options, "add_route", false);
    lb->answers = parse_answers(smap_get_def(&row->options,
                                             "neighbor_responder", ""));
    lb->affinity_timeout = smap_get_uint(&row->options, "affinity_timeout",
                                         0);
    return lb;
}

static void
lb_destroy(void *lb_)
{
    struct lb *lb = lb_;

    for (size_t i = 0; i < lb->n_vips; i++) {
        for (size_t j = 0; j < lb->vips[i].n_backends; j++) {
            free(lb->vips[i].backends[j].lport);
            free(lb->vips[i].backends[j].src_ip);
        }
        free(lb->vips[i].key);
        free(lb->vips[i].backends_text);
        free(lb->vips[i].backends);
    }
    free(lb->vips);
    free(lb->hash_fields);
    free(lb);
}

static bool
checks_equal(const struct lb_vip *a, const struct lb_vip *b)
{
    for (size_t i = 0; i < a->n_backends; i++) {
        if (!nullable_string_is_equal(a->backends[i].lport,
                                      b->backends[i].lport)
            || !nullable_string_is_equal(a->backends[i].src_ip,
                                         b->backends[i].src_ip)) {
            return false;
        }
    }
    return a->is_checked == b->is_checked;
}

static bool
lb_equal(const void *a_, const void *b_)
{
    const struct lb *a = a_, *b = b_;

    if (strcmp(a->protocol, b->protocol) || a->n_vips != b->n_vips
        || strcmp(a->hash_fields, b->hash_fields)
        || a->rejects != b->rejects || a->skips_snat != b->skips_snat
        || a->adds_route != b->adds_route || a->answers != b->answers
        || a->affinity_timeout != b->affinity_timeout) {
        return false;
    }
    for (size_t i = 0; i < a->n_vips; i++) {
        if (strcmp(a->vips[i].key, b->vips[i].key)
            || strcmp(a->vips[i].backends_text, b->vips[i].backends_text)
            || !checks_equal(&a->vips[i], &b->vips[i])) {
            return false;
        }
    }
    return true;
}

const struct engine_kind lb_kind = {
    .name = "load balancer",
    .role = ENGINE_DERIVED,
    .compute = lb_compute,
    .equal = lb_equal,
    .destroy = lb_destroy,
};

const struct lb *
lb_read(struct engine_reader *reader, const char *id)
{
    return engine_read(reader, &lb_kind, id, "");
}

/* ---- Runs about a load balancer on a datapath --------------------------- */

static const struct lb *
lb_on(struct generate *g, const char *kind, const char **idp)
{
    size_t n = strlen(kind);

    if (strncmp(g->key.b, kind, n)) {
        return NULL;
    }
    generate_source(g, generate_text(g, "lb:%s", g->key.a));
    *idp = g->key.b + n;
    return lb_read(g->reader, g->key.a);
}

const struct lb *
lb_on_switch(struct generate *g, const char **idp)
{
    return lb_on(g, "switch:", idp);
}

const struct lb *
lb_on_router(struct generate *g, const char **idp)
{
    return lb_on(g, "router:", idp);
}

/* ---- Actions ----------------------------------------------------------- */

/* Those that are up, or the text as it stands if nobody checks; stores how
 * many in '*np'. */
static const char *
backends_text(struct generate *g, const struct lb *lb,
              const struct lb_vip *vip, size_t *np)
{
    struct ds text = DS_EMPTY_INITIALIZER;
    const char *kept;

    if (!vip->is_checked) {
        *np = vip->n_backends;
        return vip->backends_text;
    }
    *np = 0;
    for (size_t i = 0; i < vip->n_backends; i++) {
        const struct lb_backend *b = &vip->backends[i];

        if (b->lport && engine_read(g->reader, &lb_backend_kind, b->lport,
                                    lb_service_id(g->reader, lb, b))) {
            ds_put_format(&text, "%s%s", *np ? "," : "",
                          lb_backend_text(g, vip, b));
            ++*np;
        }
    }
    kept = generate_text(g, "%s", ds_cstr(&text));
    ds_destroy(&text);
    return kept;
}

const char *
lb_actions(struct generate *g, const struct lb *lb, const struct lb_vip *vip,
           bool is_switch, const char *extra, enum lb_outcome *outcomep)
{
    size_t n;
    const char *backends = backends_text(g, lb, vip, &n);

    *outcomep = n ? LB_BALANCES : lb->rejects ? LB_REJECTS : LB_DROPS;
    switch (*outcomep) {
    case LB_REJECTS:
        return generate_text(
            g, "reg0 = 0; reject { outport <-> inport; "
            "next(pipeline=egress,table=%d); };",
            stages[is_switch ? STAGE_LS_OUT_QOS_MARK
                   : STAGE_LR_OUT_SNAT].number);
    case LB_DROPS:
        return "drop;";
    case LB_BALANCES:
    default:
        return generate_text(
            g, "ct_lb_mark(backends=%s%s%s%s%s);", backends,
            lb->hash_fields[0] ? "; hash_fields=\"" : "", lb->hash_fields,
            lb->hash_fields[0] ? "\"" : "", extra);
    }
}

/* "10.0.0.1:80", "[fd00::1]:80", "10.0.0.1". */
static const char *
address_text(struct generate *g, const char *ip, bool is_v6, uint16_t port)
{
    return port ? generate_text(g, is_v6 ? "[%s]:%u" : "%s:%u", ip, port)
                : ip;
}

const char *
lb_backend_text(struct generate *g, const struct lb_vip *vip,
                const struct lb_backend *backend)
{
    return address_text(g, backend->ip, vip->is_v6, backend->port);
}

const char *
lb_backend_port(struct generate *g, const struct lb *lb,
                const struct lb_backend *backend)
{
    return backend->port ? generate_text(g, " && %s.dst == %u", lb->protocol,
                                         backend->port) : "";
}

const char *
lb_learn(struct generate *g, const struct lb *lb, const struct lb_vip *vip,
         const struct lb_backend *backend)
{
    return generate_text(
        g, "commit_lb_aff(vip = \"%s\", backend = \"%s\"%s%s, "
        "timeout = %u);", address_text(g, vip->ip, vip->is_v6, vip->port),
        lb_backend_text(g, vip, backend), vip->port ? ", proto = " : "",
        vip->port ? lb->protocol : "", lb->affinity_timeout);
}
