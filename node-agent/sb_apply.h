/* Rows of the southbound into the model: JSON is parsed and checked here, and
 * what is malformed is left out with a warning. */
#ifndef WEFT_NODE_AGENT_SB_APPLY_H
#define WEFT_NODE_AGENT_SB_APPLY_H 1

#include <stddef.h>

struct datapath;
struct model;
struct named_set;
struct schema_row;
struct schema_table;

/* 'value' (NULL: deleted) of the key 'below' the datapath's ("port/ap"). */
void sb_apply_datapath(struct model *, struct datapath *, const char *below,
                       const char *value, size_t size);
/* The same for a set. */
void sb_apply_set(struct model *, struct named_set *, const char *below,
                  const char *value, size_t size);
/* A row, or NULL if it is malformed, which is logged with 'key'. */
struct schema_row *sb_parse(const struct schema_table *, const char *id,
                            const char *key, const char *value, size_t size);

#endif
