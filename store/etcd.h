/* The parts of the etcd client among each other: etcd.c (life and death,
 * end points), etcd_request.c (requests with retries), etcd_auth.c (the
 * token), etcd_watch.c (watch streams).  Private to store/. */
#ifndef WEFT_STORE_ETCD_H
#define WEFT_STORE_ETCD_H 1

#include "store/alarm.h"
#include "store/backend.h"
#include "store/etcd_codec.h"
#include "store/http.h"

/* Largest answer to one request, and longest line of a watch. */
#define ETCD_MAX_ANSWER_BYTES (64 * 1024 * 1024)

/* Whether an end point speaks gRPC, and not only through its gateway: what
 * stands between us and it may not. */
enum grpc_use { GRPC_UNTRIED, GRPC_ON_TRIAL, GRPC_WORKS, GRPC_FAILS };

struct endpoint {
    char *url;                  /* "https://host:2379", no '/' at the end. */
    bool is_https;
    bool half_duplex;           /* HTTP/2 was tried and did not work. */
    enum grpc_use grpc;
    bool is_suspect;            /* To be probed, if watches run over it. */
    uint64_t heard_ms;          /* When it last answered. */
};

struct store_etcd {
    struct store up;
    struct http *http;          /* For requests. */
    struct http *stream_http;   /* For watches, so that large answers and
                                 * many requests do not hold them up. */
    struct endpoint *endpoints;
    size_t n_endpoints;
    size_t current;             /* The one in use. */
    int timeout_ms;

    char *user, *password_file, *password;      /* 'user' NULL: none. */
    char *token;                /* NULL: to be asked for. */
    unsigned int n_tokens;      /* How many there were. */
    struct etcd_auth *auth;     /* Asking for one, or NULL. */

    bool busy, destroyed;       /* In, and during, etcd_break_streams(). */
    struct ovs_list channels;   /* etcd_channel.node. */
    struct alarm *probe_alarm;
    struct http_request *probe; /* Under way, to */
    size_t probed;              /* this end point, */
    uint64_t probed_ms;         /* then. */
    unsigned int n_silent;      /* How often in a row streams were given up
                                 * for silence, */
    uint64_t silent_ms;         /* the last time then. */
};

static inline struct store_etcd *
etcd_cast(const struct store *store)
{
    return CONTAINER_OF(store, struct store_etcd, up);
}

uint64_t etcd_now_ms(void);

/* ---- End points (etcd.c) ---------------------------------------------- */

/* End point 'i' answered. */
void etcd_heard(struct store_etcd *etcd, size_t i);
/* End point 'i' did not, or cannot serve us: the next one's turn, if it is
 * the current one. */
void etcd_failed(struct store_etcd *etcd, size_t i);
/* Streams are given up because nothing comes.  Where there is no other end
 * point to go to, an etcd that is slow has more to do afterwards, not less, so
 * that etcd_patience(), by which such time-outs are multiplied, grows to 8
 * then; it is 1 again when all has been well for minutes. */
void etcd_gave_up(struct store_etcd *etcd);
unsigned int etcd_patience(const struct store_etcd *etcd);
/* A watch was opened: looks after the end points that watches run over. */
void etcd_start_probing(struct store_etcd *etcd);
/* How long a connection to one of the end points may take. */
uint64_t etcd_connect_timeout_ms(const struct store_etcd *etcd);

/* How to send end point 'i' what is large, as far as is known. */
const struct codec *etcd_codec(const struct store_etcd *etcd, size_t i);
/* Did 'result', of a request in 'codec', say yes?  If it said no, 'refusal'
 * has why; its 'error' is 0 if it said nothing. */
bool etcd_is_granted(const struct codec *codec,
                     const struct http_result *result,
                     struct codec_error *refusal);

/* ---- Requests (etcd_request.c) ---------------------------------------- */

struct store_op *etcd_range(struct store *store,
                            const struct store_range *range,
                            const struct store_range_options *options,
                            store_range_cb *cb, void *aux);
struct store_op *etcd_txn(struct store *store, struct store_txn *txn,
                          store_txn_cb *cb, void *aux);
struct store_op *etcd_lease(struct store *store, enum lease_verb verb,
                            int64_t id, unsigned int ttl_s,
                            lease_reply_cb *cb, void *aux);

/* ---- The token (etcd_auth.c) ------------------------------------------ */

/* Somebody who waits for a token. */
struct auth_waiter {
    struct ovs_list node;       /* Self-linked while not waiting. */
    /* There is a token (error 0), or there is none. */
    void (*cb)(int error, const struct err *err, void *aux);
    void *aux;
};

/* True if requests may go out.  Otherwise 'waiter' is told later. */
bool etcd_auth_is_ready(struct store_etcd *etcd, struct auth_waiter *waiter);
/* The token with number 'n_tokens' was refused. */
void etcd_auth_refused(struct store_etcd *etcd, unsigned int n_tokens);
/* What goes with a request: the token, or NULL if none is needed. */
const char *etcd_token(const struct store_etcd *etcd);
void etcd_auth_destroy(struct store_etcd *etcd);

/* ---- Watches (etcd_watch.c) ------------------------------------------- */

struct channel *etcd_channel_create(struct store *store);
void etcd_channel_destroy(struct channel *channel);
struct channel_watch *etcd_channel_open(struct channel *channel,
                                        const struct store_range *range,
                                        int64_t start_revision,
                                        const struct channel_watch_ops *ops,
                                        void *aux);
void etcd_channel_close(struct channel_watch *watch);
/* Breaks all watches that run over end point 'i'. */
void etcd_break_streams(struct store_etcd *etcd, size_t i);
/* Do any watches run over end point 'i'?  If so, '*received_ms' (may be NULL)
 * is when something last came on one of them, a part of a long line too. */
bool etcd_has_streams(const struct store_etcd *etcd, size_t i,
                      uint64_t *received_ms);

#endif
