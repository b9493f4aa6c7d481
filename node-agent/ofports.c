/* OpenFlow port numbers: see ofports.h. */
#include <config.h>

#include "node-agent/ofports.h"

#include <stdlib.h>

#include "util.h"

void
ofports_init(struct ofports *ports)
{
    ports->isolated = false;
    simap_init(&ports->vifs);
    smap_init(&ports->vif_versions);
    simap_init(&ports->localnets);
    shash_init(&ports->tunnels);
}

void
ofports_destroy(struct ofports *ports)
{
    simap_destroy(&ports->vifs);
    smap_destroy(&ports->vif_versions);
    simap_destroy(&ports->localnets);
    shash_destroy_free_data(&ports->tunnels);
}

const struct tunnel *
ofports_tunnel(const struct ofports *ports, const char *chassis)
{
    return shash_find_data(&ports->tunnels, chassis);
}

bool
ofports_set_tunnel(struct ofports *ports, const char *chassis,
                   uint32_t ofport, enum tunnel_type type)
{
    struct tunnel *tunnel = shash_find_data(&ports->tunnels, chassis);

    if (!ofport) {
        free(shash_find_and_delete(&ports->tunnels, chassis));
        return tunnel != NULL;
    }
    if (!tunnel) {
        tunnel = xzalloc(sizeof *tunnel);
        shash_add(&ports->tunnels, chassis, tunnel);
    }
    if (tunnel->ofport == ofport && tunnel->type == type) {
        return false;
    }
    tunnel->ofport = ofport;
    tunnel->type = type;
    return true;
}
