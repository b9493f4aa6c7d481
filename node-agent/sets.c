/* Address sets and port groups: see sets.h. */
#include <config.h>

#include "node-agent/sets.h"

#include <stdlib.h>

#include "hash.h"
#include "node-agent/model.h"
#include "util.h"

#define ADDRESS_SET "address_set:"
#define PORT_GROUP "port_group:"

struct named_set *
sets_find(const struct model *model, const char *name)
{
    struct named_set *set;

    HMAP_FOR_EACH_WITH_HASH (set, node, hash_string(name, 0), &model->sets) {
        if (!strcmp(set->name, name)) {
            return set;
        }
    }
    return NULL;
}

struct named_set *
sets_get(struct model *model, const char *name)
{
    struct named_set *set = sets_find(model, name);

    if (!set) {
        set = xzalloc(sizeof *set);
        set->name = xstrdup(name);
        shash_init(&set->parts);
        sset_init(&set->members);
        sset_init(&set->changed);
        hmap_insert(&model->sets, &set->node, hash_string(name, 0));
    }
    return set;
}

/* What was made of the parts is to be made again. */
static void
forget_members(struct named_set *set)
{
    constant_set_destroy(set->constants);
    set->constants = NULL;
    sset_clear(&set->members);
}

/* A port in a part of a port group. */
struct group_port {
    struct hmap_node node;          /* In model's 'group_ports', by port. */
    struct named_set *set;
    char *lport;
};

static struct group_port *
find_group_port(const struct model *model, const struct named_set *set,
                const char *lport)
{
    struct group_port *gp;

    HMAP_FOR_EACH_WITH_HASH (gp, node, hash_string(lport, 0),
                             &model->group_ports) {
        if (gp->set == set && !strcmp(gp->lport, lport)) {
            return gp;
        }
    }
    return NULL;
}

/* A port came or went: doing both is to have done nothing. */
static void
note_change(struct named_set *set, const char *lport)
{
    if (!sset_find_and_delete(&set->changed, lport)) {
        sset_add(&set->changed, lport);
    }
}

/* Notes what ports a part of a set has, or has no more. */
static void
index_part(struct model *model, struct named_set *set,
           const struct schema_row *row, bool add)
{
    const struct sb_set_part *part = sb_set_part_cast(row);

    if (!part || strncmp(set->name, PORT_GROUP, strlen(PORT_GROUP))) {
        return;
    }
    for (size_t i = 0; i < part->members.n; i++) {
        const char *lport = part->members.items[i];
        struct group_port *gp;

        note_change(set, lport);
        if (add) {
            gp = xmalloc(sizeof *gp);
            gp->set = set;
            gp->lport = xstrdup(lport);
            hmap_insert(&model->group_ports, &gp->node,
                        hash_string(lport, 0));
        } else {
            gp = find_group_port(model, set, lport);
            hmap_remove(&model->group_ports, &gp->node);
            free(gp->lport);
            free(gp);
        }
    }
}

static void
free_part(struct model *model, struct named_set *set, struct schema_row *row)
{
    index_part(model, set, row, false);
    schema_row_destroy(row);
}

void
sets_set_part(struct model *model, struct named_set *set, const char *part,
              struct schema_row *row)
{
    free_part(model, set, shash_find_and_delete(&set->parts, part));
    if (row) {
        shash_add(&set->parts, part, row);
        index_part(model, set, row, true);
    }
    forget_members(set);
}

void
sets_set_present(struct named_set *set, bool present)
{
    set->present = present;
    set->was_present &= present;
}

void
sets_remove(struct model *model, struct named_set *set)
{
    struct shash_node *node;

    forget_members(set);
    SHASH_FOR_EACH (node, &set->parts) {
        free_part(model, set, node->data);
    }
    shash_destroy(&set->parts);
    sset_destroy(&set->members);
    sset_destroy(&set->changed);
    hmap_remove(&model->sets, &set->node);
    free(set->name);
    free(set);
}

void
sets_destroy(struct model *model)
{
    struct named_set *set;

    HMAP_FOR_EACH_SAFE (set, node, &model->sets) {
        sets_remove(model, set);
    }
}

static void
gather(struct named_set *set)
{
    struct shash_node *node;

    if (!sset_is_empty(&set->members)) {
        return;
    }
    SHASH_FOR_EACH (node, &set->parts) {
        const struct sb_set_part *part = sb_set_part_cast(node->data);

        for (size_t i = 0; part && i < part->members.n; i++) {
            sset_add(&set->members, part->members.items[i]);
        }
    }
}

static struct named_set *
find_kind(const struct model *model, const char *kind, const char *name)
{
    char *full = xasprintf("%s%s", kind, name);
    struct named_set *set = sets_find(model, full);

    free(full);
    return set && set->present ? set : NULL;
}

const struct constant_set *
sets_addresses(struct model *model, const char *name)
{
    struct named_set *set = find_kind(model, ADDRESS_SET, name);
    const char **members;

    if (!set) {
        return NULL;
    }
    if (!set->constants) {
        gather(set);
        members = sset_array(&set->members);
        set->constants = constant_set_create(members,
                                             sset_count(&set->members), NULL);
        free(members);
        sset_clear(&set->members);
    }
    return set->constants;
}

bool
sets_has_ports(const struct model *model, const char *name)
{
    return find_kind(model, PORT_GROUP, name) != NULL;
}

static size_t
add_member(struct port_set_member *members, size_t n, const char *name,
           const struct lport *lport)
{
    if (lport && lport->key) {
        members[n++] = (struct port_set_member) { name, lport->key };
    }
    return n;
}

/* Those of the ports of 'dp' that are here; of these there are few, however
 * many a switch or a group has. */
static struct port_set_member *
members_here(const struct model *model, const struct named_set *set,
             const struct datapath *dp, size_t *n)
{
    struct port_set_member *members
        = xmalloc((ovs_list_size(&dp->here) + 1) * sizeof *members);
    const struct lport *lport;

    LIST_FOR_EACH (lport, here_node, &dp->here) {
        if (find_group_port(model, set, lport->name)) {
            *n = add_member(members, *n, lport->name, lport);
        }
    }
    return members;
}

static struct port_set_member *
members_anywhere(struct named_set *set, const struct datapath *dp, size_t *n)
{
    struct port_set_member *members;
    const char *member;

    gather(set);
    members = xmalloc((sset_count(&set->members) + 1) * sizeof *members);
    SSET_FOR_EACH (member, &set->members) {
        *n = add_member(members, *n, member, datapath_lport(dp, member));
    }
    return members;
}

struct port_set *
sets_ports(struct model *model, const char *name, const struct datapath *dp,
           bool here)
{
    struct named_set *set = find_kind(model, PORT_GROUP, name);
    struct port_set *ports;

    if (!set) {
        return NULL;
    }
    ports = xzalloc(sizeof *ports);
    ports->members = here ? members_here(model, set, dp, &ports->n)
                          : members_anywhere(set, dp, &ports->n);
    return ports;
}

void
sets_ports_free(struct port_set *ports)
{
    free(CONST_CAST(struct port_set_member *, ports->members));
    free(ports);
}

void
sets_each_changed(struct model *model, const char *name,
                  void (*cb)(struct datapath *, const struct lport *,
                             const char *name, void *aux), void *aux)
{
    struct named_set *set = find_kind(model, PORT_GROUP, name);
    struct datapath *dp;
    const char *member;

    if (!set || !set->was_present) {
        HMAP_FOR_EACH (dp, node, &model->datapaths) {
            cb(dp, NULL, name, aux);
        }
    } else {
        SSET_FOR_EACH (member, &set->changed) {
            const struct lport *lport;

            HMAP_FOR_EACH_WITH_HASH (lport, name_node,
                                     hash_string(member, 0),
                                     &model->lports) {
                if (!strcmp(lport->name, member)) {
                    cb(lport->dp, lport, name, aux);
                }
            }
        }
    }
    if (set) {
        set->was_present = true;
        sset_clear(&set->changed);
    }
}

void
sets_groups_of(const struct model *model, const char *lport,
               void (*cb)(const char *group, void *aux), void *aux)
{
    const struct group_port *gp;

    HMAP_FOR_EACH_WITH_HASH (gp, node, hash_string(lport, 0),
                             &model->group_ports) {
        if (!strcmp(gp->lport, lport)) {
            cb(gp->set->name + strlen(PORT_GROUP), aux);
        }
    }
}

void
sets_each_member(struct model *model, const char *name, struct sset *members)
{
    struct named_set *set = sets_find(model, name);
    const char *member;

    if (set && set->present) {
        gather(set);
        SSET_FOR_EACH (member, &set->members) {
            sset_add(members, member);
        }
        sset_clear(&set->members);
    }
}
