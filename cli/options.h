/* The command line before the first command: global options, and options of
 * the first command among them. */
#ifndef WEFT_CLI_OPTIONS_H
#define WEFT_CLI_OPTIONS_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/command.h"
#include "cli/text_table.h"
#include "lib/settings.h"
#include "openvswitch/shash.h"
#include "store/sync_token.h"
#include "svec.h"

struct options {
    struct settings *settings;  /* --etcd, --prefix, ... */
    struct shash local;         /* For the first command. */
    struct text_table_style style;
    bool waits;
    enum sync_level level;
    bool prints_wait_time;
    bool dry_run, oneline;
    unsigned int timeout_s;     /* 0: none. */
    int64_t revision;           /* --revision, a moment (cli/moment.h). */
    char *unixctl;              /* Owned; -u, or NULL. */
    bool names_store;           /* --etcd and the like, on the command line. */
    bool is_for_daemon;         /* Set by options_parse_words(). */
    struct svec forwarded;      /* What a daemon's run has to know. */
    bool help, version, lists_commands, lists_options;
    char *error;                /* Owned; what is wrong, or NULL. */
};

/* Parses argv[1...]; the options of 'groups' are taken as well, for the first
 * command. 'environment' holds more options, words apart (NULL: none), which
 * those on the command line override. '*first' becomes the place of the first
 * word that is no option. */
void options_parse(struct options *options, int argc, char *argv[],
                   const char *environment, command_groups *groups,
                   int *first);
/* The same for words that came to a daemon: only options that concern a
 * run. */
void options_parse_words(struct options *options, int argc, char *argv[],
                         command_groups *groups, int *first);
void options_destroy(struct options *options);

/* Prints every global option, one a line. */
void options_print_names(void);
void options_print_help(void);
/* Whether the value of option 'word' ("-t", "--timeout") is the next word. */
bool options_takes_next(const char *word);

#endif
