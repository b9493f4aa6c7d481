/* Parsing of a batch: several changes in one transaction.
 *
 *     [{"op":"put","table":"logical_switch","id":"n1","row":{}},
 *      {"op":"patch","table":"acl","id":"7","row":{"priority":9},
 *       "if_match":"17"},
 *      {"op":"delete","table":"nat","id":"f"}] */
#ifndef WEFT_API_BATCH_H
#define WEFT_API_BATCH_H 1

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct change;
struct schema_faults;

/* Makes changes of 'body', at most 'max'.  Returns false with every fault
 * (paths begin with "[i]"); otherwise the caller ends each of the '*n' changes
 * with change_destroy() and frees the array. */
bool batch_parse(const json_t *body, size_t max, struct change **changes,
                 size_t *n, struct schema_faults *faults);

#endif
