/* Where etcd is, said as OVN's users say where a database is. */
#ifndef WEFT_CLI_PLACE_H
#define WEFT_CLI_PLACE_H 1

#include <stdbool.h>

struct settings;

/* Whether 'database', the value of --db or its like, is an address of etcd
 * (OVN's scripts may name an OVSDB socket, which is ignored). */
bool place_is_etcd(const char *database);

/* Takes etcd's addresses from OVN's environment variable 'name'
 * ("OVN_SB_DB") unless an option or WEFT_ETCD has told them. */
void place_from_environment(struct settings *settings, const char *name);

#endif
