/* What the files about ACLs and sets share. */
#ifndef WEFT_TRANSLATOR_ACLS_H
#define WEFT_TRANSLATOR_ACLS_H 1

#include "translator/generate.h"

/* The switches on which 'acl' applies: its own, or those with ports of its
 * port group.  Valid until the function returns. */
struct engine_members acl_switches(struct generate *, const struct nb_acl *);

/* Whether connections are tracked on a switch: it has a stateful ACL, or a
 * load balancer with a virtual address. */
bool acl_tracks(struct generate *, const char *switch_id);

/* The meter of the log messages of 'acl', or "".  Of a fair meter each ACL has
 * a copy of its own, named after it; this writes it (meters.c). */
const char *meter_of_acl(struct generate *, const struct nb_acl *);

#endif
