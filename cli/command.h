/* Commands: one row each in a table, run one after the other on one model.
 *
 *     static const struct command commands[] = {
 *         { "ls-add", 0, 1, "[SWITCH]", run_ls_add,
 *           "--may-exist,--add-duplicate", true, "1:logical_switch" },
 *         ...
 */
#ifndef WEFT_CLI_COMMAND_H
#define WEFT_CLI_COMMAND_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <limits.h>

#include "cli/datum.h"
#include "cli/view.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/shash.h"

struct model;
struct text_table;
struct symbols;

/* What a command gets and gives. */
struct context {
    int argc;
    char **argv;                /* argv[0] is the command's name. */
    const struct shash *options;    /* "--name" -> value (char *) or NULL. */
    struct model *model;
    const struct view *view;
    struct symbols *symbols;
    struct ds output;           /* Printed once everything is committed. */
    struct text_table *table;   /* Or this, owned; NULL. */
    char *error;                /* Owned; set: the run stops here. */
    bool try_again;             /* wait-until: not yet. */
    bool is_last;               /* Of the run's commands. */
    bool waits;                 /* sync: wait even if nothing changed. */
};

struct command {
    const char *name;
    int min_args, max_args;
    const char *arguments;      /* For help. */
    void (*run)(struct context *);
    const char *options;        /* "--a,--b=,--c?": none, required, may be. */
    bool writes;
    /* Rows that arguments name, fetched together before anything runs:
     * "1:logical_switch 2*:logical_switch_port" ('*': and all after). */
    const char *wants;
};

/* A group of commands, by subject. */
struct command_group {
    const char *title;          /* For help. */
    const struct command *commands;
    size_t n_commands;
    const struct view *view;    /* What they see; NULL: the tool's. */
    /* Looks at a command's arguments before any command runs and before
     * anything is read. NULL: there is nothing to see. */
    void (*check)(struct context *);
};
#define COMMAND_GROUP(TITLE, COMMANDS) \
    { TITLE, COMMANDS, ARRAY_SIZE(COMMANDS), NULL, NULL }
#define COMMAND_GROUP_ON(VIEW, TITLE, COMMANDS) \
    { TITLE, COMMANDS, ARRAY_SIZE(COMMANDS), VIEW, NULL }
/* The groups of a tool: an array that ends with NULL. */
typedef const struct command_group *const command_groups;

/* A command with its arguments, ready to run. */
struct invocation {
    const struct command *command;
    const struct command_group *group;
    int argc;
    char **argv;                /* Borrowed. */
    struct shash options;       /* Owned. */
};

/* The command called 'name', with its group, or NULL. */
const struct command *command_find(command_groups *groups, const char *name,
                                   const struct command_group **groupp);

/* Splits "command args -- [options] command args ..." in '*np' invocations.
 * 'local_options' are those found among the global ones, for the first (it is
 * emptied). Returns NULL, or a message that the caller frees. */
char *commands_parse(int argc, char *argv[], struct shash *local_options,
                     command_groups *groups,
                     struct invocation **invocationsp, size_t *np);
void invocations_destroy(struct invocation *invocations, size_t n);

/* Ends the run with a message; the first one stays. */
void context_error(struct context *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The same with a message that is taken; NULL is none. Returns true if there
 * was one. */
bool context_failed(struct context *, char *message);

bool context_has_option(const struct context *, const char *name);
/* The option's value, or NULL. */
const char *context_option(const struct context *, const char *name);

/* The row that 'id' names in the view's table, or NULL with ctx->error set
 * as the generic commands word it. */
struct row *context_row(struct context *, const char *table, const char *id);

/* ---- Symbols (symbols.c) ---------------------------------------------- */

/* @names for rows, within one run. */
struct symbols *symbols_create(void);
void symbols_destroy(struct symbols *symbols);
struct datum_symbols *symbols_for_text(struct symbols *symbols);
/* Defines 'name' by an --id option. Returns NULL or a message. */
char *symbols_define(struct symbols *symbols, const char *name,
                     const struct uuid *uuid, bool is_new_row);
/* The UUID that 'name' stands for; false if nobody has used it yet. */
bool symbols_get(const struct symbols *symbols, const char *name,
                 struct uuid *uuid, bool *is_defined);
/* Promises that a later command will define 'name' as 'uuid'. */
void symbols_promise(struct symbols *symbols, const char *name,
                     const struct uuid *uuid);
/* A message if a name was used that no command defined, or NULL. */
char *symbols_check(const struct symbols *symbols);

#endif
