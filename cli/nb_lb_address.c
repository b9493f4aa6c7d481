/* Addresses and ports of load balancers. */
#include <config.h>

#include "cli/nb_lb_address.h"

#include <stdlib.h>
#include <string.h>

#include "cli/nb.h"
#include "cli/nb_ip.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

/* Cuts "ip:port" or "[ip6]:port" apart; '*port' is NULL if there is none. */
static bool
split(char *text, char **ip, char **port)
{
    char *end;

    *port = NULL;
    if (text[0] != '[') {
        char *colon = strchr(text, ':');

        *ip = text;
        /* An IPv6 address without brackets has several and no port. */
        if (colon && !strchr(colon + 1, ':')) {
            *colon = '\0';
            *port = colon + 1;
        }
        return true;
    }
    end = strchr(text, ']');
    if (!end || (end[1] && end[1] != ':')) {
        return false;
    }
    *ip = text + 1;
    *port = end[1] ? end + 2 : NULL;
    *end = '\0';
    return true;
}

bool
lb_address_parse(const char *text, bool port_is_optional,
                 struct lb_address *address)
{
    char *copy = xstrdup(text);
    char *ip, *port, *normalized = NULL;
    int64_t number = 0;
    bool is_zero;

    if (split(copy, &ip, &port)
        && (port ? !port[0] || nb_parse_integer(port, 0, 65535, &number)
            : port_is_optional)) {
        normalized = ip_normalize_address(ip);
    }
    is_zero = port && !number;
    free(copy);
    if (!normalized) {
        return false;
    }
    address->ip = normalized;
    address->is_ip6 = ip_is_ip6(normalized);
    address->port = number;
    address->is_zero = is_zero;
    return true;
}

void
lb_address_clear(struct lb_address *address)
{
    free(address->ip);
    address->ip = NULL;
}

char *
lb_address_format(const struct lb_address *address)
{
    if (!address->port) {
        return xstrdup(address->ip);
    }
    return xasprintf(address->is_ip6 ? "[%s]:%u" : "%s:%u", address->ip,
                     address->port);
}

/* What is wrong with a backend of 'vip' that is spelt 'word', as a phrase;
 * NULL if nothing is, and the backend is then put at the end of 's'. */
static char *
backend_parse(const char *word, const struct lb_address *vip, struct ds *s)
{
    const char *expected = (vip->port ? "an IP address and a port number "
                            "with : as a separator" : "an IP address");
    struct lb_address backend = { .ip = NULL };
    char *error = NULL;

    if (!lb_address_parse(word, true, &backend)) {
        error = xasprintf("%s: should be %s", word, expected);
    } else if (backend.is_ip6 != vip->is_ip6) {
        error = xasprintf("%s: IP address family is different from VIP %s",
                          word, vip->ip);
    } else if (!backend.port != !vip->port) {
        error = xasprintf("%s: should be %s", word, expected);
    } else {
        char *formatted = lb_address_format(&backend);

        ds_put_format(s, "%s%s", s->length ? "," : "", formatted);
        free(formatted);
    }
    lb_address_clear(&backend);
    return error;
}

char *
lb_backends_parse(const char *text, const struct lb_address *vip,
                  char **backends)
{
    struct ds good = DS_EMPTY_INITIALIZER;
    struct ds bad = DS_EMPTY_INITIALIZER;
    char *copy = xstrdup(text);
    char *save = NULL;

    for (char *word = strtok_r(copy, ",", &save); word;
         word = strtok_r(NULL, ",", &save)) {
        char *error = backend_parse(word, vip, &good);

        if (error) {
            ds_put_format(&bad, "%s%s", bad.length ? ", " : "", error);
            free(error);
        }
    }
    free(copy);
    if (bad.length) {
        ds_put_char(&bad, '.');
        ds_destroy(&good);
        return ds_steal_cstr(&bad);
    }
    ds_destroy(&bad);
    *backends = ds_steal_cstr(&good);
    return NULL;
}
