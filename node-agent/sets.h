/* Address sets and port groups of the southbound, as compiles ask for them.
 * A set has parts (docs/KEYS.md); its row makes it present. */
#ifndef WEFT_NODE_AGENT_SETS_H
#define WEFT_NODE_AGENT_SETS_H 1

#include <stdbool.h>

#include "lflow/scope.h"

struct datapath;
struct lport;
struct model;
struct named_set;
struct schema_row;

/* The set "address_set:web", made if need be. */
struct named_set *sets_get(struct model *, const char *name);
struct named_set *sets_find(const struct model *, const char *name);
/* Its part 'part' ("0"); takes 'row'; NULL: it is gone. */
void sets_set_part(struct model *, struct named_set *, const char *part,
                   struct schema_row *row);
/* Its row came or went. */
void sets_set_present(struct named_set *, bool present);
void sets_remove(struct model *, struct named_set *);
void sets_destroy(struct model *);

/* Address set 'name' ("web"), or NULL; valid until it changes. */
const struct constant_set *sets_addresses(struct model *, const char *name);
/* Port group 'name' with the keys that its ports have in 'dp', or NULL; of
 * the ports that are 'here', only those.  The caller frees it with
 * sets_ports_free(). */
struct port_set *sets_ports(struct model *, const char *name,
                            const struct datapath *dp, bool here);
/* Is there a port group 'name'? */
bool sets_has_ports(const struct model *, const char *name);
void sets_ports_free(struct port_set *);

/* Adds the members of the set 'name' ("reach:...") to 'members'; none if
 * there is no such set. */
struct sset;
void sets_each_member(struct model *, const char *name, struct sset *members);

/* Calls 'cb' with each datapath for which port group 'name' means something
 * else than when this was last called, perhaps several times; 'lport' is its
 * port that came or went, NULL: all of them may have. */
void sets_each_changed(struct model *, const char *name,
                       void (*cb)(struct datapath *, const struct lport *,
                                  const char *name, void *aux), void *aux);

/* Calls 'cb' with the name of each port group that has 'lport', perhaps twice
 * (parts change one by one). */
void sets_groups_of(const struct model *, const char *lport,
                    void (*cb)(const char *group, void *aux), void *aux);

#endif
