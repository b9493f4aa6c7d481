/* Meters: rows of the southbound, as the switch has them. */
#ifndef WEFT_NODE_AGENT_METERS_H
#define WEFT_NODE_AGENT_METERS_H 1

struct extend_table;
struct model;

/* Gives the meter 'name', if flows use it, the content of its row. */
void meters_update(const struct model *, struct extend_table *,
                   const char *name);

#endif
