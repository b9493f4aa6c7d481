/* What differs between two states of the network: northbound rows and
 * logical flows.
 *
 *     struct changes changes;
 *
 *     changes_init(&changes);
 *     changes_add(&changes, "nb/logical_switch/n1", NULL, after);
 *     changes_add(&changes, "sb/dp/switch:n1/flow/switch", before, after);
 *     changes_finish(&changes);
 *     changes_print(&changes, false, &output);
 *     changes_destroy(&changes); */
#ifndef WEFT_CLI_CHANGES_H
#define WEFT_CLI_CHANGES_H 1

#include <stdbool.h>
#include <stddef.h>
#include <jansson.h>

#include "openvswitch/dynamic-string.h"

/* A row that was added, removed or changed. */
struct row_change {
    char *name;                 /* "logical_switch/n1", as in the key. */
    json_t *before, *after;     /* Objects; NULL: there was none. */
};

/* A logical flow that was added or removed. */
struct flow_change {
    char *datapath;             /* "switch:n1"; "switch": of all switches. */
    char *source;               /* "lsp:ap" */
    json_t *flow;               /* [stage, priority, match, actions, ...] */
    char *text;                 /* To compare by. */
    unsigned int stage;         /* Its place among all stages. */
    bool is_added;
};

struct changes {
    struct row_change *rows;
    size_t n_rows, allocated_rows;
    struct flow_change *flows;
    size_t n_flows, allocated_flows;
};

void changes_init(struct changes *changes);
void changes_destroy(struct changes *changes);

/* Parses the JSON that 'key' (without the prefix) has in the store, logical
 * flows with their texts in full; NULL: it is no JSON. The caller frees it. */
json_t *changes_parse(const char *key, const char *value, size_t size);

/* Takes note that the value of 'key' (without the prefix) was 'before' and is
 * 'after' (borrowed, NULL: no such key), as changes_parse() returns them. Keys
 * that hold neither northbound rows nor logical flows are ignored. */
void changes_add(struct changes *changes, const char *key, json_t *before,
                 json_t *after);
/* Whether changes_add() would take it. */
bool changes_is_of_concern(const char *key);

/* Sorts, and forgets flows that only moved from one bundle to another. */
void changes_finish(struct changes *changes);

void changes_print(const struct changes *changes, bool colours,
                   struct ds *output);
/* {"rows": [...], "flows": [...]}; the caller frees it. */
json_t *changes_to_json(const struct changes *changes);

/* Appends "+ addresses = [...]" and so on for what differs between two
 * objects; each after 'separator', the first without. */
void changes_put_columns(const json_t *before, const json_t *after,
                         const char *separator, struct ds *output);

#endif
