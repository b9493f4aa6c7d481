/* Running invocations: as often as it takes to get a consistent view, then
 * commit, print and wait. */
#ifndef WEFT_CLI_RUN_H
#define WEFT_CLI_RUN_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/command.h"
#include "cli/text_table.h"
#include "openvswitch/dynamic-string.h"
#include "store/sync_token.h"

struct store;

struct run_options {
    struct store *store;
    const char *prefix;
    const struct view *view;
    int64_t revision;           /* To read; 0: now. */
    bool dry_run;
    bool oneline;
    bool waits;                 /* For 'level'. */
    bool prints_wait_time;
    enum sync_level level;
    struct text_table_style style;
    bool in_daemon;             /* Fatal signals are looked for. */
    long long int deadline_ms;  /* As time_msec(); 0: none. */
};

/* Runs 'n' invocations as one transaction; appends what they print to
 * 'output'. Returns NULL, or a message that the caller frees: then nothing was
 * written. '*revision' is the change's, 0 if there was none to wait for. */
char *run_invocations(const struct invocation *invocations, size_t n,
                      struct run_options *options, struct ds *output,
                      int64_t *revision);

/* Waits until the change of 'revision' has come to options->level. */
char *run_wait(const struct run_options *options, int64_t revision,
               struct ds *output);

#endif
