/* What the names in a logical flow mean: asked of the caller.
 *
 * A scope is what one compile sees of the world: the ports of one logical
 * datapath, the address sets, port groups and template variables, this
 * chassis.  Callers embed 'struct lflow_scope' in their own and set 'class'.
 *
 * Everything that a compile asks for is recorded in 'struct lflow_refs',
 * found or not: when a named thing appears, changes or goes, exactly the
 * flows whose refs hold its kind and name are to be compiled again. */
#ifndef WEFT_LFLOW_SCOPE_H
#define WEFT_LFLOW_SCOPE_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lflow/u128.h"
#include "openvswitch/hmap.h"
#include "openvswitch/meta-flow.h"

struct dhcp_option;
struct err;
struct lflow_scope;

/* --- Sets of constants ------------------------------------------------- */

/* One integer: bits of 'value' under 'mask' count; value & ~mask == 0. */
struct constant {
    u128 value;
    u128 mask;                  /* U128_MAX when written without a mask. */
};

/* The members of an address set, made once and used by any number of
 * compiles: sorted by (mask, value), without duplicates, constant. */
struct constant_set {
    struct constant *members;
    size_t n;
    unsigned int n_bits;        /* Width that every member fits in. */
    bool any_masked;            /* Does a member have a mask? */
};

/* A set from its members' text ("10.0.0.1", "10.0.0.0/24",
 * "fe80::/64", "00:00:00:00:00:01", integers).  Members that can't be
 * understood are left out, as OVN does, and the first of them is put in
 * 'err' (which may be NULL).  The caller frees it with
 * constant_set_destroy().  O(n log n). */
struct constant_set *constant_set_create(const char *const members[],
                                         size_t n, struct err *err);
void constant_set_destroy(struct constant_set *set);

/* A port group as the compiled flow's datapath sees it. */
struct port_set_member {
    const char *name;           /* Logical port. */
    uint32_t key;               /* Its tunnel key; 0: not in this datapath,
                                 * so it can't match. */
};
struct port_set {
    const struct port_set_member *members;
    size_t n;
};

/* --- What a compile depends on ----------------------------------------- */

/* Kinds of names: kind, what it is called in messages. */
#define LFLOW_REF_KINDS                                                 \
    LFLOW_REF(PORT, "port")             /* port_key() */                \
    LFLOW_REF(ADDRESS_SET, "address set")                               \
    LFLOW_REF(PORT_GROUP, "port group")                                 \
    LFLOW_REF(PORT_GROUP_HERE, "port group here") /* port_group_here() */ \
    LFLOW_REF(RESIDENT, "resident port") /* is_chassis_resident() */    \
    LFLOW_REF(TEMPLATE, "template variable")                            \
    LFLOW_REF(GROUP, "group")           /* group_id() */                \
    LFLOW_REF(METER, "meter")           /* meter_id() */                \
    LFLOW_REF(OPTION, "option")         /* DHCP, DHCPv6, RA options */  \
    LFLOW_REF(COLLECTOR_SET, "collector set")                           \
    LFLOW_REF(TUNNEL, "tunnel")         /* tunnel_port() */             \
    LFLOW_REF(DATAPATH, "datapath")     /* place: only this flow's */

enum lflow_ref_kind {
#define LFLOW_REF(KIND, TEXT) LFLOW_REF_##KIND,
    LFLOW_REF_KINDS
#undef LFLOW_REF
    N_LFLOW_REF_KINDS
};

/* A name that was asked for. */
struct lflow_ref {
    struct hmap_node node;      /* In lflow_refs. */
    enum lflow_ref_kind kind;
    char name[];                /* NUL-terminated. */
};

/* The names, each (kind, name) once.  Owned by the caller. */
struct lflow_refs {
    struct hmap map;            /* Holds 'struct lflow_ref's. */
};

void lflow_refs_init(struct lflow_refs *refs);
void lflow_refs_destroy(struct lflow_refs *refs);

/* Adds a name.  'refs' may be NULL: then nothing is recorded. */
void lflow_refs_add(struct lflow_refs *refs, enum lflow_ref_kind kind,
                    const char *name);
bool lflow_refs_contains(const struct lflow_refs *refs,
                         enum lflow_ref_kind kind, const char *name);

/* Moves the contents of 'src' to 'dst' (made anew); 'src' becomes empty. */
void lflow_refs_move(struct lflow_refs *dst, struct lflow_refs *src);

/* "address set", for messages. */
const char *lflow_ref_kind_to_string(enum lflow_ref_kind kind);

/* --- The scope --------------------------------------------------------- */

/* What a caller provides.  Any function may be NULL: then no such name
 * exists (is_chassis_resident: false everywhere).  None may keep 'scope'.
 * Results must stay valid and unchanged until the compile returns. */
struct lflow_scope_class {
    /* The tunnel key of the logical port or multicast group 'name' in the
     * flow's datapath, in '*key'.  False where there is none: a comparison
     * with it is then false. */
    bool (*port_key)(const struct lflow_scope *scope, const char *name,
                     uint32_t *key);

    /* Can a packet that gets to the flow have the port with tunnel key 'key'
     * as its 'field', MFF_LOG_INPORT or MFF_LOG_OUTPORT?  A comparison with
     * one that it can't have is false, be the port named or a port group's.
     * What the answer depends on is a change of the port (and of its
     * groups).  Without this function every port is possible. */
    bool (*port_is_possible)(const struct lflow_scope *scope,
                             enum mf_field_id field, uint32_t key);

    /* The address set 'name', or NULL: then the flow has an error. */
    const struct constant_set *(*address_set)(
        const struct lflow_scope *scope, const char *name);

    /* The port group 'name', or NULL: then the flow has an error.  A change
     * of a member's key is a change of the group. */
    const struct port_set *(*port_group)(
        const struct lflow_scope *scope, const char *name);

    /* The same for a comparison with 'field', in '*set', without the members
     * that port_is_possible() refuses there: only a change of the others is
     * a change of that.  False: port_group() is to be asked. */
    bool (*port_group_here)(const struct lflow_scope *scope,
                            const char *name, enum mf_field_id field,
                            const struct port_set **set);

    /* Does port 'name' (of any datapath) reside on this chassis? */
    bool (*is_chassis_resident)(const struct lflow_scope *scope,
                                const char *name);

    /* The text of template variable 'name', or NULL. */
    const char *(*template)(const struct lflow_scope *scope,
                            const char *name);

    /* An OpenFlow group (select) with these buckets, or a meter by name
     * ("__string: ..." holds its own definition, as OVN has it): finds or
     * allots its id.  0 when no more can be allotted: then the flow has an
     * error. */
    uint32_t (*group_id)(const struct lflow_scope *scope,
                         const char *buckets);
    uint32_t (*meter_id)(const struct lflow_scope *scope, const char *name);

    /* Has br-int the Flow_Sample_Collector_Set 'id'?  Without it a sample()
     * does nothing. */
    bool (*collector_set)(const struct lflow_scope *scope, uint32_t id);

    /* The OpenFlow port of the tunnel to the chassis where logical port
     * 'name' is, in '*ofport'; false where there is none. */
    bool (*tunnel_port)(const struct lflow_scope *scope, const char *name,
                        uint32_t *ofport);

    /* The option 'name' of put_dhcpv6_opts ('v6') or of put_dhcp_opts, or
     * NULL: then the flow has an error.  Copied by the compile.
     * Where this function is NULL the options are those of
     * lflow/dhcp_options.h. */
    const struct dhcp_option *(*dhcp_option)(const struct lflow_scope *scope,
                                             bool v6, const char *name);
};

/* Embedded in the caller's own. */
struct lflow_scope {
    const struct lflow_scope_class *class;
};

/* The calls of the class, recorded in 'refs' (which may be NULL), safe for
 * a NULL 'scope', class or function. */
bool lflow_scope_port_key(const struct lflow_scope *scope,
                          struct lflow_refs *refs, const char *name,
                          uint32_t *key);
bool lflow_scope_port_is_possible(const struct lflow_scope *scope,
                                  enum mf_field_id field, uint32_t key);
const struct constant_set *lflow_scope_address_set(
    const struct lflow_scope *scope, struct lflow_refs *refs,
    const char *name);
/* 'field' is what it is compared with, MFF_N_IDS if that is not known. */
const struct port_set *lflow_scope_port_group(
    const struct lflow_scope *scope, struct lflow_refs *refs,
    const char *name, enum mf_field_id field);
bool lflow_scope_is_chassis_resident(const struct lflow_scope *scope,
                                     struct lflow_refs *refs,
                                     const char *name);
const char *lflow_scope_template(const struct lflow_scope *scope,
                                 struct lflow_refs *refs, const char *name);
uint32_t lflow_scope_group_id(const struct lflow_scope *scope,
                              struct lflow_refs *refs, const char *buckets);
uint32_t lflow_scope_meter_id(const struct lflow_scope *scope,
                              struct lflow_refs *refs, const char *name);
bool lflow_scope_collector_set(const struct lflow_scope *scope,
                               struct lflow_refs *refs, uint32_t id);
bool lflow_scope_tunnel_port(const struct lflow_scope *scope,
                             struct lflow_refs *refs, const char *name,
                             uint32_t *ofport);

/* Replaces each ^variable in the 'length' bytes of 'text' by its value; a
 * variable that is not there stays as it is (and is then a syntax error).
 * What is inside quoted strings is replaced too, as OVN does.  Stores a new
 * string (the caller's) in '*expanded'.  Returns 0, or -WEFT_E_TOO_LARGE
 * past LFLOW_MAX_TEXT. */
int lflow_template_expand(const char *text, size_t length,
                          const struct lflow_scope *scope,
                          struct lflow_refs *refs, char **expanded,
                          struct err *err);

#endif
