/* Where etcd is: see place.h. */
#include <config.h>

#include "cli/place.h"

#include <stdlib.h>
#include <string.h>

#include "lib/settings.h"

bool
place_is_etcd(const char *database)
{
    return !strncmp(database, "http", strlen("http"));
}

void
place_from_environment(struct settings *settings, const char *name)
{
    const char *database = getenv(name);

    if (database && place_is_etcd(database)
        && !settings_is_set(settings, "etcd")) {
        settings_set(settings, "etcd", database, NULL);
    }
}
