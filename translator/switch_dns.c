/* DNS for switches that name dns rows: the agents answer queries for the
 * names in them (ovn-northd(8), "DNS Lookup", "DNS Responses").  The records
 * lie below the datapath, where an agent hears of them with its flows. */
#include <config.h>

#include "translator/acls.h"
#include "translator/generate.h"
#include "translator/generators.h"
#include "translator/registers.h"

static void
write_records(struct generate *g, const struct nb_dns *dns)
{
    const char *datapath = generate_switch_datapath(g, g->row->id);
    struct sb_dns *row = sb_dns_create(dns->row.id);

    smap_clone(&row->records, &dns->records);
    smap_clone(&row->options, &dns->options);
    generate_row(g, generate_key(g, "sb/dp", datapath, "dns", dns->row.id,
                                 NULL), &row->row);
}

void
switch_dns(struct generate *g)
{
    const struct nb_logical_switch *ls = nb_logical_switch_cast(g->row);
    bool has_records = false;
    struct flow_bundle *b;

    for (size_t i = 0; i < ls->dns_records.n; i++) {
        const struct nb_dns *dns = MODEL_ROW(g->reader, dns,
                                             ls->dns_records.items[i]);

        if (dns) {
            write_records(g, dns);
            has_records |= !smap_is_empty(&dns->records);
        } else {
            generate_waiting_for(g, "dns", ls->dns_records.items[i]);
        }
    }
    if (!has_records) {
        return;
    }
    b = generate_switch_bundle(g, g->row->id);
    flow_emit(b, FLOW_LS_IN_DNS_LOOKUP_QUERY, "udp.dst == 53" DO
              REG_DNS " = dns_lookup(); next;");
    flow_emit(b, FLOW_LS_OUT_ACL_SERVICE, "udp.src == 53" DO "%snext;",
              acl_tracks(g, g->row->id) ? "ct_commit; " : "");
    for (int v6 = 0; v6 < 2; v6++) {
        const char *ip = v6 ? "ip6" : "ip4";

        flow_emit(b, FLOW_LS_IN_DNS_RESPONSE_SEND,
                  "udp.dst == 53 && " REG_DNS " && %s" DO
                  "eth.dst <-> eth.src; %s.src <-> %s.dst; "
                  "udp.dst = udp.src; udp.src = 53; outport = inport; "
                  "flags.loopback = 1; output;", ip, ip, ip);
    }
}
