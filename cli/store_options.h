/* How to reach etcd, as settings. */
#ifndef WEFT_CLI_STORE_OPTIONS_H
#define WEFT_CLI_STORE_OPTIONS_H 1

#include <stddef.h>

#include "lib/settings.h"
#include "store/store.h"

const struct setting *store_settings(size_t *n);
/* Strings are borrowed from 'settings'. */
void store_config_from_settings(const struct settings *settings,
                                struct store_config *config);
const char *store_prefix_from_settings(const struct settings *settings);

#endif
