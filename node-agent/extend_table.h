/* OpenFlow groups and meters: numbered things that flows refer to.
 *
 * One table holds the groups, another the meters.  A thing is known by a
 * text that stays the same across restarts ("the buckets", "the meter's
 * name"); its number is a hash of that text, so that flows that name it are
 * the same after a restart too.  Who uses a thing holds a reference. */
#ifndef WEFT_NODE_AGENT_EXTEND_TABLE_H
#define WEFT_NODE_AGENT_EXTEND_TABLE_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/hmap.h"

struct extend_entry {
    struct hmap_node text_node; /* By hash of 'text'. */
    struct hmap_node id_node;   /* By 'id'. */
    char *text;                 /* What it is known by; NULL: found in the
                                 * switch, nobody's. */
    char *spec;                 /* As ovs-ofctl(8) writes it, without the
                                 * number; NULL: not known (yet). */
    uint32_t id;
    unsigned int n_refs;
    bool installed;             /* In the switch, as far as is known. */
    bool changed;               /* 'spec' differs from what is there. */
};

struct extend_table {
    struct hmap by_text, by_id; /* "struct extend_entry"s. */
    uint32_t max_id;            /* Numbers are 1 to this. */
    bool dirty;                 /* Some entry has to be looked at. */
};

void extend_table_init(struct extend_table *, uint32_t max_id);
void extend_table_destroy(struct extend_table *);

/* The thing known by 'text', made if need be, with a reference for the
 * caller.  NULL when all numbers are taken. */
struct extend_entry *extend_table_get(struct extend_table *,
                                      const char *text);
void extend_entry_ref(struct extend_entry *);
/* Gives a reference back; the thing is removed from the switch after the
 * flows that used it.  NULL is ignored. */
void extend_entry_unref(struct extend_table *, struct extend_entry *);
/* The thing known by 'text', or NULL. */
struct extend_entry *extend_table_find(const struct extend_table *,
                                       const char *text);
/* Says what it is (copied; NULL: not known). */
void extend_entry_set_spec(struct extend_table *, struct extend_entry *,
                           const char *spec);

/* ---- For the installer ------------------------------------------------ */

/* Nothing is known of the switch any more. */
void extend_table_forget(struct extend_table *);
/* The switch has number 'id'. */
void extend_table_found(struct extend_table *, uint32_t id);
/* Frees 'entry', which is in use by nobody and not in the switch. */
void extend_table_remove(struct extend_table *, struct extend_entry *);

#endif
