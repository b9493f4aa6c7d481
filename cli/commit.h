/* Writing what a run of commands changed. */
#ifndef WEFT_CLI_COMMIT_H
#define WEFT_CLI_COMMIT_H 1

#include <stdbool.h>
#include <stdint.h>

#include "cli/model.h"
#include "cli/view.h"
#include "store/sync_token.h"

struct commit_options {
    bool dry_run;               /* Check everything, write nothing. */
    bool wants_token;           /* Put a sync token with the changes, */
    bool forces_token;          /* or even without any. */
    enum sync_level level;
    const char *client;         /* The token's name. */
};

struct commit_result {
    bool changed;               /* Something was written. */
    int64_t revision;           /* Of the last write. */
};

/* Writes the model's changes: checked against the schema, in one transaction
 * with compares of what was read, or, if they are more than one may hold, in
 * several, the token in the last. Returns 0; -WEFT_E_CONFLICT if somebody
 * else changed what was read (nothing is written; run again); or another
 * code with a message in '*messagep', which the caller frees. */
int commit(struct model *model, const struct view *view,
           const struct commit_options *options,
           struct commit_result *result, char **messagep);

#endif
