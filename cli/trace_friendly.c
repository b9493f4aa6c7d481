/* Names for people: cloud management systems call ports and networks by
 * UUIDs, and keep what their users call them in external_ids. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "cli/trace_db.h"
#include "openvswitch/dynamic-string.h"
#include "smap.h"
#include "util.h"
#include "uuid.h"

enum { SHORT_UUID_LEN = 6 };

/* The value of the first of 'keys' that is there, else a short form of
 * 'name' if that is a UUID, else NULL. */
static char *
friendly_name(const char *name, const struct smap *ids,
              const char *const keys[])
{
    struct uuid uuid;

    for (; *keys; keys++) {
        const char *value = smap_get(ids, *keys);

        if (value && *value && strcmp(value, name)) {
            return xstrdup(value);
        }
    }
    return (uuid_from_string(&uuid, name) ? xmemdup0(name, SHORT_UUID_LEN)
            : NULL);
}

char *
trace_friendly_dp(const struct sb_datapath *row)
{
    static const char *const keys[] = {
        "name2", "neutron:network_name", "neutron:router_name", NULL
    };

    return friendly_name(row->name, &row->external_ids, keys);
}

char *
trace_friendly_port(const struct sb_port *row)
{
    static const char *const keys[] = { "name", "neutron:port_name", NULL };

    return friendly_name(row->row.id, &row->external_ids, keys);
}

/* What to print for 'name' in quotes, or NULL for itself. */
static const char *
replacement(const struct trace_dp *dp, const char *name)
{
    const struct trace_port *port = trace_dp_port(dp, name);

    return port ? port->friendly : NULL;
}

char *
trace_friendly_text(const struct trace_dp *dp, const char *text)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    while (*text) {
        size_t n = strcspn(text, "\"");

        ds_put_buffer(&s, text, n);
        text += n;
        if (!*text) {
            break;
        }
        /* A name in quotes: "...". */
        n = strcspn(text + 1, "\"");

        char *name = xmemdup0(text + 1, n);
        const char *friendly = dp->db->friendly_names
                               ? replacement(dp, name) : NULL;

        ds_put_format(&s, "\"%s", friendly ? friendly : name);
        free(name);
        text += n + 1;
        if (*text) {
            ds_put_char(&s, *text++);
        }
    }
    return ds_steal_cstr(&s);
}
