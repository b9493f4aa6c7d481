/* How a program is told where etcd is: the settings that all of them share.
 * One table of rows for lib/settings.h: options, environment and --help come
 * from it. */
#ifndef WEFT_STORE_CONFIG_H
#define WEFT_STORE_CONFIG_H 1

#include "lib/settings.h"
#include "store/store.h"

/* The rows, for settings_add(): "etcd" (--etcd, WEFT_ETCD), "etcd-ca", ...,
 * "prefix" (--prefix, WEFT_PREFIX). */
extern const struct setting STORE_SETTINGS[];
extern const size_t N_STORE_SETTINGS;

/* Takes the store's configuration from 'settings', which have
 * STORE_SETTINGS and have been checked.  The strings are those of
 * 'settings'. */
void store_config_from_settings(const struct settings *settings,
                                struct store_config *config);

/* The prefix of all keys; a string of 'settings'. */
const char *store_prefix_from_settings(const struct settings *settings);

/* A configuration from the environment alone, for programs with no other
 * settings (tests, tools). */
struct store_environment {
    struct store_config config;
    const char *prefix;
    struct settings *settings;      /* Owns the strings. */
};

/* Returns 0 or -WEFT_E_INVALID with the variable at fault in 'err'. */
int store_config_from_env(struct store_environment *environment,
                          struct err *err);
void store_environment_destroy(struct store_environment *environment);

#endif
