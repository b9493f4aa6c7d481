/* Who depends on which name: logical flows were compiled with what port,
 * address set, port group... a name meant; when that changes, exactly its
 * users are compiled again. */
#ifndef WEFT_NODE_AGENT_LFLOW_REFS_H
#define WEFT_NODE_AGENT_LFLOW_REFS_H 1

#include "lflow/scope.h"
#include "openvswitch/hmap.h"

struct bundle;
struct datapath;
struct lflow_name;
struct lflow_template;

/* One user of one name.  Either 'bundle' or 'template' is set. */
struct lflow_use {
    struct lflow_name *name;
    struct bundle *bundle;
    struct lflow_template *template;
    struct lflow_use *next_of_name, **prev_of_name;
    struct lflow_use *next_of_user;
};

/* All names that are used; ports and port groups by datapath. */
struct lflow_index {
    struct hmap names;          /* "struct lflow_name"s. */
};

void lflow_index_init(struct lflow_index *);
void lflow_index_destroy(struct lflow_index *);

/* Adds to '*usesp', a list of the uses of 'bundle' or 'template', one for
 * each name in 'refs' that is not in the list yet.  'dp' is the datapath
 * that ports are of, and that port groups are looked at from. */
void lflow_index_add(struct lflow_index *, const struct lflow_refs *refs,
                     const struct datapath *dp, struct bundle *,
                     struct lflow_template *, struct lflow_use **usesp);
/* Adds to '*usesp' the names of another user's list. */
void lflow_index_add_uses(struct lflow_index *, const struct lflow_use *from,
                          struct bundle *, struct lflow_use **usesp);
/* Empties the list. */
void lflow_index_clear(struct lflow_index *, struct lflow_use **usesp);

/* Calls 'cb' for each user of the name.  'dp' matters for ports and
 * port groups only.  'cb' must not add or remove uses of bundles; of its
 * template it may clear them. */
void lflow_index_each(struct lflow_index *, enum lflow_ref_kind,
                      const struct datapath *dp, const char *name,
                      void (*cb)(struct bundle *, struct lflow_template *,
                                 void *aux), void *aux);

#endif
