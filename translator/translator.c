/* Watches, translation, leadership and writing, put together.
 *
 * A session is everything from empty to knowing it all; who is deposed ends
 * his session and begins another, for what he had allocated and not written
 * is worth nothing.
 *
 * One watch covers sb/ and status/ ("PREFIX/s"), so that they come in order:
 * a new leader knows all that its predecessor wrote once that watch has
 * delivered its own leader key. */
#include <config.h>

#include "translator/translator.h"

#include "openvswitch/util.h"
#include "translator/clock.h"
#include "translator/session.h"
#include "util.h"

enum { DEFAULT_LEASE_TTL_S = 10 };

struct translator {
    struct store *store;
    char *prefix;
    char *leader_key;
    char *name;
    unsigned int lease_ttl_s;
    const struct translator_ops *ops;
    void *aux;

    struct store_election *election;
    struct session *session;
    struct clock *clock;
    bool must_restart;          /* The session is to end. */
    bool is_paused;             /* Does not stand for election. */
    uint64_t n_takeovers;
    uv_check_t *check;          /* After each round of the loop. */
};

static void
log_message(struct translator *translator, const char *message)
{
    if (translator->ops->log) {
        translator->ops->log(message, translator->aux);
    }
}

static void
start_session(struct translator *translator)
{
    const struct session_config config = {
        .store = translator->store, .prefix = translator->prefix,
        .leader_key = translator->leader_key, .ops = translator->ops,
        .aux = translator->aux,
    };

    translator->session = session_create(&config);
}

static void
election_cb(bool leading, const char *leader, void *translator_)
{
    struct translator *translator = translator_;
    char *message = (leading ? xstrdup("leading")
                     : leader ? xasprintf("%s leads", leader)
                     : xstrdup("nobody leads"));

    log_message(translator, message);
    free(message);
    if (leading) {
        translator->n_takeovers++;
        session_lead(translator->session, translator->election);
    } else if (session_has_led(translator->session)) {
        session_stop(translator->session);
        translator->must_restart = true;
    } else {
        session_lead(translator->session, NULL);
    }
}

/* Only who could lead at once stands for election: the long work of a start
 * is done without a lease that could be lost meanwhile. */
static void
campaign(struct translator *translator)
{
    translator->election = store_election_create(
        translator->store, store_bytes_from_string(translator->leader_key),
        store_bytes_from_string(translator->name), translator->lease_ttl_s,
        election_cb, translator);
}

static void
check_cb(uv_check_t *check)
{
    struct translator *translator = check->data;

    if (session_is_deposed(translator->session)) {
        translator->must_restart = true;
    }
    if (translator->must_restart) {
        translator->must_restart = false;
        log_message(translator, "beginning anew");
        store_election_destroy(translator->election);
        translator->election = NULL;
        session_destroy(translator->session);
        start_session(translator);
    }
    session_step(translator->session);
    clock_step(translator->clock,
               session_is_leading(translator->session)
               ? translator->election : NULL,
               session_n_events(translator->session));
    if (!translator->election && !translator->is_paused
        && session_is_warm(translator->session)) {
        campaign(translator);
    }
}

struct translator *
translator_create(struct store *store,
                  const struct translator_config *config,
                  const struct translator_ops *ops, void *aux)
{
    struct translator *translator = xzalloc(sizeof *translator);

    translator->store = store;
    translator->prefix = xstrdup(config->prefix);
    translator->leader_key = xasprintf("%s/sb/leader", config->prefix);
    translator->name = xstrdup(config->name);
    translator->lease_ttl_s = (config->lease_ttl_s ? config->lease_ttl_s
                               : DEFAULT_LEASE_TTL_S);
    translator->ops = ops;
    translator->aux = aux;
    translator->check = xmalloc(sizeof *translator->check);
    uv_check_init(store_loop(store), translator->check);
    translator->check->data = translator;
    uv_check_start(translator->check, check_cb);
    translator->clock = clock_create(store, config->prefix);
    start_session(translator);
    return translator;
}

static void
free_handle(uv_handle_t *handle)
{
    free(handle);
}

void
translator_destroy(struct translator *translator)
{
    if (translator) {
        clock_destroy(translator->clock);
        session_destroy(translator->session);
        store_election_destroy(translator->election);
        uv_close((uv_handle_t *) translator->check, free_handle);
        free(translator->prefix);
        free(translator->leader_key);
        free(translator->name);
        free(translator);
    }
}

struct translator_stats
translator_stats(const struct translator *translator)
{
    struct translator_stats stats = session_stats(translator->session);
    struct store_stats store;

    store_get_stats(translator->store, &store);
    stats.n_takeovers = translator->n_takeovers;
    stats.bytes_sent = store.bytes_sent;
    stats.bytes_received = store.bytes_received;
    return stats;
}

bool
translator_is_connected(const struct translator *translator)
{
    return store_is_connected(translator->store);
}

const char *
translator_not_ready(const struct translator *translator)
{
    struct translator_stats stats = session_stats(translator->session);

    return (!translator_is_connected(translator) ? "no connection to etcd"
            : !stats.is_synced ? "still reading from etcd" : NULL);
}

void
translator_recompute(struct translator *translator)
{
    translator->must_restart = true;
}

void
translator_set_paused(struct translator *translator, bool paused)
{
    /* A session that has led, or is told who leads, ends with that. */
    translator->must_restart |= paused && translator->election;
    translator->is_paused = paused;
}

bool
translator_is_paused(const struct translator *translator)
{
    return translator->is_paused;
}
