/* Address sets and port groups as the agents get them: members spread over
 * parts by a hash, so that a member that comes or goes rewrites one part.
 *
 * A port group pg is also two address sets, pg_ip4 and pg_ip6, of the
 * addresses of its ports (ovn-nb(5), Port_Group). */
#include <config.h>

#include <string.h>

#include "openvswitch/util.h"
#include "translator/acls.h"
#include "translator/addresses.h"
#include "translator/generate.h"
#include "translator/generators.h"
#include "util.h"

enum {
    MEMBERS_A_PART = 256,       /* On average, at the most. */
    MAX_PARTS = 65536,
};

/* ---- Members ----------------------------------------------------------- */

static void
state_member(struct generate *g, const char *kind, const char *name,
             const char *suffix, const char *member)
{
    generate_fact(g, RELATION_SET_MEMBERS,
                  generate_text(g, "%s:%s%s", kind, name, suffix), "",
                  member);
}

/* A set is there even while it is empty. */
static void
state_set(struct generate *g, const char *kind, const char *name,
          const char *suffix)
{
    generate_fact(g, RELATION_SET_NAMES,
                  generate_text(g, "%s:%s%s", kind, name, suffix), "",
                  "set");
}

void
address_set_facts(struct generate *g)
{
    state_set(g, "address_set", g->row->id, "");
}

void
address_set_address_facts(struct generate *g)
{
    const struct nb_address_set_address *row
        = nb_address_set_address_cast(g->row);

    if (generate_row_exists(g, &nb_address_set_table, row->address_set)) {
        state_member(g, "address_set", row->address_set, "", row->address);
    }
}

void
port_group_facts(struct generate *g)
{
    state_set(g, "port_group", g->row->id, "");
    state_set(g, "address_set", g->row->id, "_ip4");
    state_set(g, "address_set", g->row->id, "_ip6");
}

void
port_group_port_members(struct generate *g)
{
    const struct nb_port_group_port *row = nb_port_group_port_cast(g->row);
    const struct port_addresses *addresses = lsp_addresses(g->reader,
                                                           row->port);

    state_member(g, "port_group", row->port_group, "", row->port);
    for (size_t i = 0; i < addresses->n_macs; i++) {
        const struct mac_address *mac = &addresses->macs[i];

        for (size_t j = 0; j < mac->n_ips; j++) {
            state_member(g, "address_set", row->port_group,
                         mac->ips[j].is_ip6 ? "_ip6" : "_ip4",
                         mac->ips[j].text);
        }
    }
}

/* ---- Parts ------------------------------------------------------------- */

/* Into how many parts a set is cut: by the count of its members alone. */
static void *
n_parts_compute(struct engine_reader *reader, const struct engine_key *key)
{
    size_t n = engine_members_count(reader, relation(RELATION_SET_MEMBERS),
                                    key->a, "");
    uint32_t *parts = xmalloc(sizeof *parts);

    *parts = 1;
    while (*parts < MAX_PARTS && n > (size_t) *parts * MEMBERS_A_PART) {
        *parts *= 2;
    }
    return parts;
}

static bool
n_parts_equal(const void *a, const void *b)
{
    return *(const uint32_t *) a == *(const uint32_t *) b;
}

const struct engine_kind set_n_parts_kind = {
    .name = "set parts",
    .role = ENGINE_DERIVED,
    .compute = n_parts_compute,
    .equal = n_parts_equal,
    .destroy = free,
};

static uint32_t
read_n_parts(struct generate *g, const char *set)
{
    const uint32_t *n = engine_read(g->reader, &set_n_parts_kind, set, "");

    return n ? *n : 1;
}

/* For each set: states its parts. */
void
set_parts(struct generate *g)
{
    const char *set = g->key.a;
    uint32_t n = read_n_parts(g, set);

    for (uint32_t i = 0; i < n; i++) {
        generate_fact(g, RELATION_SET_PARTS, set,
                      generate_text(g, "%"PRIu32, i), "part");
    }
}

void
set_row(struct generate *g)
{
    struct sb_set *row = sb_set_create(g->key.a);

    row->parts = read_n_parts(g, g->key.a);
    generate_row(g, generate_key(g, "sb/set", g->key.a, NULL), &row->row);
}

/* Key (set, part). */
void
set_part_row(struct generate *g)
{
    struct engine_members members = engine_members_part(
        g->reader, relation(RELATION_SET_MEMBERS), g->key.a, "",
        read_n_parts(g, g->key.a), atoi(g->key.b));
    struct sb_set_part *row = sb_set_part_create(g->key.a);
    const char *member;

    ENGINE_MEMBERS_FOR_EACH (member, members) {
        schema_strings_add(&row->members, member);
    }
    generate_row(g, generate_key(g, "sb/set", g->key.a, g->key.b, NULL),
                 &row->row);
}
