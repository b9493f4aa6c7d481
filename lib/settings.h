/* A program's settings: one table of rows, each an option and an environment
 * variable with a type, bounds and a default.
 *
 * A row called "etcd" is --etcd=VALUE and WEFT_ETCD; the option wins over the
 * environment, the environment over the default.  '-' in a name is '_' in the
 * variable. */
#ifndef WEFT_LIB_SETTINGS_H
#define WEFT_LIB_SETTINGS_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

enum setting_type {
    SETTING_STRING,         /* Any text. */
    SETTING_INTEGER,        /* Decimal, within [min, max]. */
    SETTING_BOOLEAN,        /* true|false, and --name alone is true. */
};

/* One setting: a constant. */
struct setting {
    const char *name;           /* "etcd": --etcd, WEFT_ETCD. */
    enum setting_type type;
    const char *default_value;  /* As text, or NULL: not set. */
    int64_t min, max;           /* Bounds of an integer. */
    const char *argument;       /* What --help calls the value: "URL". */
    const char *help;           /* One line. */
};

/* Settings with their values. */
struct settings;

/* Collects 'n' rows of 'rows' (which must stay) with their defaults and what
 * the environment says.  A bad value in the environment is found by
 * settings_check(). */
struct settings *settings_create(void);
void settings_add(struct settings *settings, const struct setting *rows,
                  size_t n);
void settings_destroy(struct settings *settings);

/* Sets 'name' from the command line.  Returns 0, -WEFT_E_NOT_FOUND, or
 * -WEFT_E_INVALID; 'err' names the option. */
int settings_set(struct settings *settings, const char *name,
                 const char *value, struct err *err);

/* Checks every value against its row.  Returns 0 or -WEFT_E_INVALID with the
 * option or variable at fault in 'err'. */
int settings_check(const struct settings *settings, struct err *err);

/* Values; the name must be that of a row.  A string may be NULL. */
const char *settings_string(const struct settings *settings,
                            const char *name);
int64_t settings_integer(const struct settings *settings, const char *name);
bool settings_boolean(const struct settings *settings, const char *name);
/* True if the environment or the command line gave it. */
bool settings_is_set(const struct settings *settings, const char *name);

/* Row 'i' or NULL at the end; for --help and getopt tables. */
const struct setting *settings_row(const struct settings *settings,
                                   size_t i);

/* One line for each row to stdout, as --help shows them. */
void settings_print_help(const struct settings *settings);

#endif
