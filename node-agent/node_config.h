/* The settings of this node: from the command line or environment, else from
 * Open_vSwitch's external_ids, as OVN's operators know them. */
#ifndef WEFT_NODE_AGENT_NODE_CONFIG_H
#define WEFT_NODE_AGENT_NODE_CONFIG_H 1

#include <stdbool.h>
#include <stddef.h>

#include "lib/settings.h"
#include "node-agent/ofports.h"
#include "smap.h"
#include "sset.h"

enum { NODE_MAX_ENCAPS = 8 };

struct node_encap {
    enum tunnel_type type;
    char *ip;
};

struct node_config {
    char *system_id;            /* Name of the chassis; NULL: not known. */
    char *hostname;
    char *remote;               /* etcd's endpoints; NULL: not known. */
    char *bridge;               /* "br-int". */
    char *datapath_type;        /* Of the bridge; NULL: as it is. */
    struct smap mappings;       /* Physical network -> bridge. */
    struct node_encap encaps[NODE_MAX_ENCAPS];  /* The preferred first. */
    size_t n_encaps;
    bool csum;                  /* Whether this node takes checksums of
                                 * tunnel packets. */
    struct smap tunnel_options; /* Of each tunnel: tos, df_default,
                                 * local_ip. */
    struct sset transport_zones;    /* Tunnels only within one of them. */
    struct smap other_config;   /* For the chassis row, as it was set. */
    int alive_ttl_s;            /* Others take over this node's gateways so
                                 * many seconds after it was last heard. */
};

/* The rows of the settings table. */
extern const struct setting node_settings[];
extern const size_t n_node_settings;

/* Reads '*config', which need not be initialised. */
void node_config_read(struct node_config *config, const struct settings *,
                      const struct smap *external_ids);
void node_config_destroy(struct node_config *);
/* Moves 'src' to 'dst', which need not be initialised; 'src' is then not. */
void node_config_move(struct node_config *dst, struct node_config *src);
bool node_config_equal(const struct node_config *,
                       const struct node_config *);

#endif
