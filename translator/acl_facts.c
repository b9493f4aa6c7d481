/* Which ACLs apply on which switches, and which of those are stateful: facts
 * on which the flows of switches, ports and ACLs depend. */
#include <config.h>

#include <string.h>

#include "translator/acls.h"
#include "translator/generate.h"
#include "translator/generators.h"
#include "translator/traits.h"

/* A member of a port group: its switch has ports of the group. */
void
port_group_port_facts(struct generate *g)
{
    const struct nb_port_group_port *row = nb_port_group_port_cast(g->row);
    const struct nb_logical_switch_port *lsp
        = MODEL_ROW(g->reader, logical_switch_port, row->port);

    if (!generate_row_exists(g, &nb_port_group_table, row->port_group)
        || !lsp) {
        generate_row_exists(g, &nb_logical_switch_port_table, row->port);
        return;
    }
    generate_fact(g, RELATION_PORT_GROUP_SWITCHES, row->port_group, "",
                  lsp->switch_);
}

static void
wait_for_parent(struct generate *g, const struct nb_acl *acl)
{
    if (acl->port_group[0]) {
        generate_row_exists(g, &nb_port_group_table, acl->port_group);
    } else {
        generate_row_exists(g, &nb_logical_switch_table, acl->switch_);
    }
}

void
acl_facts(struct generate *g)
{
    const struct nb_acl *acl = nb_acl_cast(g->row);
    struct engine_members switches = acl_switches(g, acl);
    const char *name;

    /* Also with a match that is not in the language, which makes no flow: in
     * OVN such a rule makes its switch stateful all the same. */
    wait_for_parent(g, acl);
    ENGINE_MEMBERS_FOR_EACH (name, switches) {
        generate_fact(g, RELATION_SWITCH_ACLS, name, "", acl->row.id);
        if (acl->action == NB_ACL_ACTION_ALLOW_RELATED) {
            generate_fact(g, RELATION_SWITCH_STATEFUL_ACLS, name, "",
                          acl->row.id);
        }
    }
}

bool
acl_tracks(struct generate *g, const char *switch_id)
{
    return (generate_has_members(g, RELATION_SWITCH_STATEFUL_ACLS, switch_id,
                                 "")
            || generate_has_members(g, RELATION_DATAPATH_LBS,
                                    generate_switch_datapath(g, switch_id),
                                    ""));
}

struct engine_members
acl_switches(struct generate *g, const struct nb_acl *acl)
{
    if (acl->port_group[0]) {
        return generate_members(g, RELATION_PORT_GROUP_SWITCHES,
                                acl->port_group, "");
    }
    /* The one that it names. */
    const char **item = engine_keep(g->reader, xmalloc(sizeof *item));

    *item = acl->switch_;
    return (struct engine_members) {
        item, model_row_exists(g->reader, &nb_logical_switch_table, *item),
    };
}
