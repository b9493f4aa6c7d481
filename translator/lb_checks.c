/* Health checks of load balancers: the chassis of a backend's port checks it
 * and says what it found; who does not answer gets no new connections
 * (ovn-nb(5), Load_Balancer_Health_Check).
 *
 * A backend that should be checked and cannot be, because no port is named
 * or the port is not there, is left out, as by OVN. */
#include <config.h>

#include <string.h>

#include "sset.h"
#include "store/keys.h"
#include "translator/acls.h"
#include "translator/bindings.h"
#include "translator/generate.h"
#include "translator/generators.h"
#include "translator/lb.h"
#include "translator/registers.h"
#include "translator/traits.h"
#include "util.h"

/* Where answers to checks go to, unless nb_global's svc_monitor_mac says
 * otherwise: "Weft". */
#define DEFAULT_MAC "0e:57:65:66:74:01"
#define MAC_SET "svc_monitor_mac"

/* ---- Services ----------------------------------------------------------- */

const char *
lb_service_id(struct engine_reader *reader, const struct lb *lb,
              const struct lb_backend *backend)
{
    return engine_keep(reader, xasprintf("%s:%u:%s", lb->protocol,
                                         backend->port, backend->ip));
}

static const struct nb_logical_switch_port *
enabled_port(struct engine_reader *reader, const char *lport)
{
    const struct nb_logical_switch_port *lsp
        = MODEL_ROW(reader, logical_switch_port, lport);

    return lsp && lsp->enabled ? lsp : NULL;
}

/* What 'chassis' found of the service 'path': NULL if nothing. */
static const struct sb_service_state *
service_state(struct engine_reader *reader, const char *chassis,
              const char *path)
{
    const struct model_learned *said = engine_read(
        reader, model_input(MODEL_SERVICE), chassis, path);

    return said ? sb_service_state_cast(said->row) : NULL;
}

static bool
is_online(const struct sb_service_state *state)
{
    return state && state->status == SB_SERVICE_STATE_STATUS_ONLINE;
}

/* What the chassis of the port found counts.  While it has found nothing, any
 * that was found elsewhere, of several one good one is enough; until somebody
 * has checked a service it counts as there. */
static void *
backend_compute(struct engine_reader *reader, const struct engine_key *key)
{
    struct engine_members members = engine_members(
        reader, model_chassis_index(MODEL_SERVICE_CHASSIS), key->a, key->b);
    char *encoded = keys_encode(key->a);
    char *path = engine_keep(reader, xasprintf("%s/%s", encoded, key->b));
    const char *here = members.n ? lsp_place(reader, key->a)->chassis : NULL;
    const struct sb_service_state *state
        = here ? service_state(reader, here, path) : NULL;
    bool is_up = state ? is_online(state) : !members.n;
    const char *chassis;

    free(encoded);
    if (!state) {
        ENGINE_MEMBERS_FOR_EACH (chassis, members) {
            is_up |= is_online(service_state(reader, chassis, path));
        }
    }
    return is_up && enabled_port(reader, key->a) ? xstrdup("") : NULL;
}

static bool
backend_equal(const void *a OVS_UNUSED, const void *b OVS_UNUSED)
{
    return true;
}

const struct engine_kind lb_backend_kind = {
    .name = "load balancer's backend", .role = ENGINE_DERIVED,
    .compute = backend_compute, .equal = backend_equal, .destroy = free,
};

/* ---- Health checks ------------------------------------------------------ */

/* The virtual address that 'check' is about, or NULL, and its load
 * balancer's. */
static const struct lb_vip *
vip_of(struct generate *g, const struct nb_load_balancer_health_check *check,
       const struct lb **lbp)
{
    const struct lb *lb = lb_read(g->reader, check->load_balancer);

    *lbp = lb;
    for (size_t i = 0; lb && i < lb->n_vips; i++) {
        if (!strcmp(lb->vips[i].key, check->vip)) {
            return &lb->vips[i];
        }
    }
    return NULL;
}

static const char *
monitor_mac(struct generate *g)
{
    const char *mac = MODEL_ROW_OPTION(g->reader, nb_global, "global",
                                       "options", "svc_monitor_mac");

    return mac ? mac : DEFAULT_MAC;
}

/* For each health check: the switches of what is checked. */
void
lb_check_facts(struct generate *g)
{
    const struct nb_load_balancer_health_check *check
        = nb_load_balancer_health_check_cast(g->row);
    const struct lb *lb;
    const struct lb_vip *vip = vip_of(g, check, &lb);

    if (!vip) {
        generate_error(g, "vip", "load balancer %s has no such virtual "
                       "address", check->load_balancer);
        return;
    } else if (!vip->is_checked) {
        generate_error(g, "vip", "only TCP and UDP ports can be checked");
        return;
    }
    for (size_t i = 0; i < vip->n_backends; i++) {
        const char *lport = vip->backends[i].lport;
        const struct nb_logical_switch_port *lsp
            = lport ? enabled_port(g->reader, lport) : NULL;

        if (!lport) {
            generate_error(g, "vip", "backend %s is in no ip_port_mappings "
                           "of the load balancer: it is left out",
                           vip->backends[i].ip);
        } else if (lsp) {
            generate_fact(g, RELATION_SWITCH_MONITORS, lsp->switch_, "",
                          lport);
            generate_fact(g, RELATION_SET_NAMES, "address_set:" MAC_SET, "",
                          "set");
            generate_fact(g, RELATION_SET_MEMBERS, "address_set:" MAC_SET,
                          "", monitor_mac(g));
        } else {
            generate_row_exists(g, &nb_logical_switch_port_table, lport);
        }
    }
}

static void
write_monitor(struct generate *g,
              const struct nb_load_balancer_health_check *check,
              const struct lb *lb, const struct lb_backend *backend,
              const char *switch_id)
{
    const char *id = lb_service_id(g->reader, lb, backend);
    struct sb_service_monitor *row = sb_service_monitor_create(id);

    row->protocol = (!strcmp(lb->protocol, "udp")
                     ? SB_SERVICE_MONITOR_PROTOCOL_UDP
                     : SB_SERVICE_MONITOR_PROTOCOL_TCP);
    schema_string_set(&row->ip, backend->ip);
    row->port = backend->port;
    schema_string_set(&row->src_mac, monitor_mac(g));
    schema_string_set(&row->src_ip, backend->src_ip);
    smap_clone(&row->options, &check->options);
    generate_row(g, generate_key(g, "sb/dp",
                                 generate_switch_datapath(g, switch_id),
                                 "service_monitor", backend->lport, id, NULL),
                 &row->row);
}

/* The address that checks come from is nobody's: this answers for it. */
static void
emit_arp(struct generate *g, const char *switch_id, const char *ip,
         bool is_v6)
{
    struct flow_bundle *b = generate_switch_bundle(g, switch_id);
    const char *mac = monitor_mac(g);

    if (is_v6) {
        flow_emit(b, FLOW_LS_IN_ARP_RSP_SERVICE,
                  "nd_ns && nd.target == %s" DO
                  "nd_na { eth.dst = eth.src; eth.src = %s; ip6.src = %s; "
                  "nd.target = %s; nd.tll = %s; outport = inport; "
                  "flags.loopback = 1; output; };", ip, mac, ip, ip, mac);
    } else {
        flow_emit(b, FLOW_LS_IN_ARP_RSP_SERVICE,
                  "arp.tpa == %s && arp.op == 1" DO
                  ARP_REPLY_FOR("%s", "%s"), ip, mac, mac, ip);
    }
}

/* For each health check: what agents check, and from where. */
void
lb_check_rows(struct generate *g)
{
    const struct nb_load_balancer_health_check *check
        = nb_load_balancer_health_check_cast(g->row);
    const struct lb *lb;
    const struct lb_vip *vip = vip_of(g, check, &lb);
    struct sset answered = SSET_INITIALIZER(&answered);

    for (size_t i = 0; vip && vip->is_checked && i < vip->n_backends; i++) {
        const struct lb_backend *backend = &vip->backends[i];
        const struct nb_logical_switch_port *lsp
            = (backend->lport
               ? MODEL_ROW(g->reader, logical_switch_port, backend->lport)
               : NULL);

        if (lsp) {
            if (lsp->enabled) {
                write_monitor(g, check, lb, backend, lsp->switch_);
            }
            if (sset_add(&answered, generate_text(g, "%s %s", lsp->switch_,
                                                  backend->src_ip))) {
                emit_arp(g, lsp->switch_, backend->src_ip, vip->is_v6);
            }
        }
    }
    sset_destroy(&answered);
}

/* For every switch: checks and their answers pass by conntrack and ACLs. */
void
lb_check_switch(struct generate *g)
{
    static const char to[] = "eth.dst == $" MAC_SET;
    static const char from[] = "eth.src == $" MAC_SET;
    bool has_lbs, has_acls;
    struct flow_bundle *b;

    if (!generate_has_members(g, RELATION_SWITCH_MONITORS, g->row->id, "")) {
        return;
    }
    has_lbs = generate_has_members(
        g, RELATION_DATAPATH_LBS, generate_switch_datapath(g, g->row->id),
        "");
    has_acls = generate_has_members(g, RELATION_SWITCH_ACLS, g->row->id, "");
    b = generate_switch_bundle(g, g->row->id);
    flow_emit(b, FLOW_LS_IN_L2_LKUP_SERVICE,
              "%s && (tcp || icmp || icmp6)" DO "handle_svc_check(inport);",
              to);
    if (has_lbs) {
        flow_emit(b, FLOW_LS_IN_PRE_LB_SKIP, "%s" DO "next;", to);
        flow_emit(b, FLOW_LS_OUT_PRE_LB_SKIP, "%s" DO "next;", from);
    }
    if (generate_has_members(g, RELATION_SWITCH_STATEFUL_ACLS, g->row->id,
                             "")) {
        flow_emit(b, FLOW_LS_IN_PRE_ACL_SKIP, "%s" DO "next;", to);
        flow_emit(b, FLOW_LS_OUT_PRE_ACL_SKIP, "%s" DO "next;", from);
    }
    if (has_lbs || has_acls) {
        flow_emit(b, FLOW_LS_IN_ACL_SERVICE, "%s" DO "next;", to);
        flow_emit(b, FLOW_LS_OUT_ACL_SERVICE, "%s" DO "next;", from);
    }
}
