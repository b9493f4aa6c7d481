/* IP addresses and prefixes in their usual spelling. */
#ifndef WEFT_CLI_NB_IP_H
#define WEFT_CLI_NB_IP_H 1

#include <stdbool.h>

/* Each returns 'text' in canonical form, the caller's, or NULL if it is not
 * one. A prefix has its host bits cleared, and no length if that is full. */
char *ip4_normalize_address(const char *text);
char *ip6_normalize_address(const char *text);
char *ip_normalize_address(const char *text);
char *ip4_normalize_prefix(const char *text);
char *ip6_normalize_prefix(const char *text);
char *ip_normalize_prefix(const char *text);

bool ip_is_ip6(const char *normalized);

/* The prefix length of a normalized prefix: 32 or 128 if none is there. */
unsigned int ip_prefix_length(const char *normalized);

#endif
