/* User and password against a token, one request for all who wait.
 *
 * etcd forgets a token (after 300 s without use, at a restart) or refuses it
 * (the permissions changed); then whoever was refused says so, and the next
 * request asks for another.  Checking a password costs etcd 0.1 s of CPU, so
 * that requests after the first one wait a random while. */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "random.h"
#include "store/etcd.h"
#include "util.h"

enum { JITTER_MS = 50, MAX_PASSWORD_BYTES = 4096 };

struct etcd_auth {
    struct store_etcd *etcd;
    struct ovs_list waiters;        /* auth_waiter.node. */
    struct http_request *http;
    size_t endpoint;
    struct alarm *alarm;
};

/* Reads the password into 'password', to be freed by the caller. */
static int
read_password(const struct store_etcd *etcd, char **passwordp,
              struct err *err)
{
    char buffer[MAX_PASSWORD_BYTES + 1];
    FILE *file;
    size_t size;

    if (!etcd->password_file) {
        *passwordp = xstrdup(etcd->password ? etcd->password : "");
        return 0;
    }
    file = fopen(etcd->password_file, "r");
    if (!file) {
        return err_put(err, -WEFT_E_AUTH, "password_file", "%s: %s",
                       etcd->password_file, ovs_strerror(errno));
    }
    size = fread(buffer, 1, sizeof buffer - 1, file);
    fclose(file);
    buffer[size] = '\0';
    buffer[strcspn(buffer, "\r\n")] = '\0';
    *passwordp = xstrdup(buffer);
    memset(buffer, 0, sizeof buffer);
    return 0;
}

static void
free_auth(struct etcd_auth *auth)
{
    struct auth_waiter *waiter;

    LIST_FOR_EACH_POP (waiter, node, &auth->waiters) {
        ovs_list_init(&waiter->node);
    }
    alarm_destroy(auth->alarm);
    free(auth);
}

/* Tells everybody who waits.  The store may be gone afterwards. */
static void
tell(struct etcd_auth *auth, const struct err *err)
{
    auth->etcd->auth = NULL;
    /* Whom one of them cancels is no longer in the list. */
    while (!ovs_list_is_empty(&auth->waiters)) {
        struct auth_waiter *waiter;

        waiter = CONTAINER_OF(ovs_list_pop_front(&auth->waiters),
                              struct auth_waiter, node);
        ovs_list_init(&waiter->node);
        waiter->cb(err->code, err, waiter->aux);
    }
    free_auth(auth);
}

static void
take_token(struct etcd_auth *auth, const struct http_result *result,
           struct err *err)
{
    struct store_etcd *etcd = auth->etcd;
    struct arena arena = ARENA_INIT;
    const char *token;

    if (!codec_get_token(result->body, result->size, &arena, &token, err)) {
        free(etcd->token);
        etcd->token = xstrdup(token);
        etcd->n_tokens++;
        etcd_heard(etcd, auth->endpoint);
    }
    arena_clear(&arena);
}

static void
on_done(const struct http_result *result, void *auth_)
{
    struct etcd_auth *auth = auth_;
    struct store_etcd *etcd = auth->etcd;
    struct codec_error refusal;
    struct err err = ERR_INIT;

    auth->http = NULL;
    if (result->completed && result->status == 200) {
        take_token(auth, result, &err);
    } else if (result->completed) {
        codec_get_error(result->body, result->size, result->status, &refusal);
        if (strstr(refusal.message, "authentication is not enabled")) {
            /* Then no token is needed either; "" says so. */
            free(etcd->token);
            etcd->token = xstrdup("");
            etcd->n_tokens++;
        } else if (refusal.elsewhere) {
            etcd_failed(etcd, auth->endpoint);
            err_put(&err, -WEFT_E_UNAVAILABLE, NULL, "%s", refusal.message);
        } else {
            err_put(&err, -WEFT_E_AUTH, NULL, "%s", refusal.message);
        }
    } else {
        etcd_failed(etcd, auth->endpoint);
        err_put(&err, -WEFT_E_UNAVAILABLE, NULL, "%s", result->failure);
    }
    etcd->up.stats.n_failures += err.code != 0;
    tell(auth, &err);
    err_clear(&err);
}

static void
ask(void *auth_)
{
    struct etcd_auth *auth = auth_;
    struct store_etcd *etcd = auth->etcd;
    struct ds body = DS_EMPTY_INITIALIZER;
    struct err err = ERR_INIT;
    char *password, *url;

    if (read_password(etcd, &password, &err)) {
        tell(auth, &err);
        err_clear(&err);
        return;
    }
    codec_put_authenticate(&body, etcd->user, password);
    free(password);
    auth->endpoint = etcd->current;
    etcd->up.stats.n_requests++;
    url = xasprintf("%s/v3/auth/authenticate",
                    etcd->endpoints[auth->endpoint].url);
    auth->http = http_post(etcd->http, &(struct http_post) {
        .url = url,
        .body = &body,
        .timeout_ms = etcd->timeout_ms,
        .connect_timeout_ms = etcd_connect_timeout_ms(etcd),
        .max_bytes = 65536,
        .repeatable = true,
        .done = on_done,
        .aux = auth,
    });
    free(url);
}

bool
etcd_auth_is_ready(struct store_etcd *etcd, struct auth_waiter *waiter)
{
    struct etcd_auth *auth = etcd->auth;

    if (!etcd->user || etcd->token) {
        return true;
    }
    if (!auth) {
        auth = etcd->auth = xzalloc(sizeof *auth);
        auth->etcd = etcd;
        ovs_list_init(&auth->waiters);
        auth->alarm = alarm_create(etcd->up.loop, ask, auth);
        alarm_start(auth->alarm,
                    etcd->n_tokens ? random_range(JITTER_MS) : 0);
    }
    ovs_list_remove(&waiter->node);
    ovs_list_push_back(&auth->waiters, &waiter->node);
    return false;
}

void
etcd_auth_refused(struct store_etcd *etcd, unsigned int n_tokens)
{
    if (n_tokens == etcd->n_tokens) {
        free(etcd->token);
        etcd->token = NULL;
    }
}

const char *
etcd_token(const struct store_etcd *etcd)
{
    return etcd->token && etcd->token[0] ? etcd->token : NULL;
}

void
etcd_auth_destroy(struct store_etcd *etcd)
{
    if (etcd->auth) {
        if (etcd->auth->http) {
            http_cancel(etcd->auth->http);
        }
        free_auth(etcd->auth);
        etcd->auth = NULL;
    }
    free(etcd->token);
}
