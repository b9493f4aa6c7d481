/* Which addresses of a switch's networks are free, and who gets which. */
#ifndef WEFT_TRANSLATOR_IPAM_POOL_H
#define WEFT_TRANSLATOR_IPAM_POOL_H 1

#include <stdbool.h>
#include <stddef.h>

struct sset;

/* A port that asks. */
struct ipam_client {
    const char *name;
    const char *request;        /* "dynamic", "MAC dynamic", "dynamic IP". */
    char *addresses;            /* What it has, then what it is given: "MAC",
                                 * "MAC IP", "MAC IP IP6"...; malloc()ed.
                                 * NULL: nothing. */
};

/* Serves the 'n' clients of one switch, sorted by name.  'networks' is as
 * IPAM_NETWORK has it (ipam.h), NULL for none; 'used' are addresses that
 * others on the switch have.  'is_mac_given(aux, mac)' says whether anybody,
 * on any switch, was given 'mac'.
 *
 * Who has what it may have keeps it.  When IPv4 addresses run out a client
 * gets none, unless there is an IPv6 prefix. */
void ipam_pool_serve(const char *networks, const struct sset *used,
                     bool (*is_mac_given)(const void *aux, const char *mac),
                     const void *aux, struct ipam_client clients[], size_t n);

#endif
