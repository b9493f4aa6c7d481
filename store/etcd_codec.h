/* etcd's v3 API without any I/O: as protocol buffers over gRPC, and as its
 * gRPC-gateway has it, JSON.  Private to store/.
 *
 * Requests are appended to a string; nothing outside of these files writes
 * them.  Answers are decoded into an arena, which everything in them points
 * into.  What is asked rarely (leases, tokens) there is as JSON only.
 *
 * API: https://etcd.io/docs/v3.5/learning/api/ and
 * https://etcd.io/docs/v3.5/dev-guide/api_grpc_gateway/ */
#ifndef WEFT_STORE_ETCD_CODEC_H
#define WEFT_STORE_ETCD_CODEC_H 1

#include "openvswitch/dynamic-string.h"
#include "store/arena.h"
#include "store/backend.h"

/* ---- Requests --------------------------------------------------------- */

void codec_put_range(struct ds *out, const struct store_range *range,
                     const struct store_range_options *options);
void codec_put_txn(struct ds *out, const struct store_txn *txn);
void codec_put_lease_grant(struct ds *out, unsigned int ttl_s);
/* For keep-alive and revoke. */
void codec_put_lease(struct ds *out, int64_t id);
void codec_put_authenticate(struct ds *out, const char *user,
                            const char *password);
/* 'watch_id' is not 0; 'start_revision' is at least 1. */
void codec_put_watch_create(struct ds *out, const struct store_range *range,
                            int64_t start_revision, int64_t watch_id);
void codec_put_watch_cancel(struct ds *out, int64_t watch_id);
void codec_put_watch_progress(struct ds *out);

/* The same as gRPC's frames. */
void proto_put_range(struct ds *out, const struct store_range *range,
                     const struct store_range_options *options);
void proto_put_txn(struct ds *out, const struct store_txn *txn);
void proto_put_watch_create(struct ds *out, const struct store_range *range,
                            int64_t start_revision, int64_t watch_id);
void proto_put_watch_cancel(struct ds *out, int64_t watch_id);
void proto_put_watch_progress(struct ds *out);

/* ---- Errors ----------------------------------------------------------- */

/* What an answer that is an error means. */
struct codec_error {
    int error;                  /* As given to callbacks (store.h). */
    bool had_no_effect;         /* Certainly: it may be sent again. */
    bool token_refused;         /* A new token would do. */
    bool elsewhere;             /* Another member may be able to. */
    int grpc_code;              /* -1: it was not told. */
    char message[200];
};

/* What the body (or line) of an answer with status 'http_status' that is not
 * 200, or of a stream, says.  Anything is an error of some kind. */
void codec_get_error(const char *body, size_t size, int http_status,
                     struct codec_error *error);
/* What gRPC's status 'code', not 0, with 'message' says. */
void codec_get_status(int code, const char *message,
                      struct codec_error *error);

/* ---- Answers ---------------------------------------------------------- */

/* All of these return 0, or -WEFT_E_PROTOCOL with what is wrong in 'err';
 * then 'arena' may hold rubbish. */
int codec_get_range(const char *body, size_t size, struct arena *arena,
                    struct store_header *header,
                    struct store_range_result *result, struct err *err);
int codec_get_txn(const char *body, size_t size, struct arena *arena,
                  struct store_header *header,
                  struct store_txn_result *result, struct err *err);
/* Of a grant, keep-alive or revoke; '*ttl_s' is 0 when there is no lease. */
int codec_get_lease(const char *body, size_t size,
                    struct store_header *header, int64_t *id, int64_t *ttl_s,
                    struct codec_error *error, struct err *err);
int codec_get_token(const char *body, size_t size, struct arena *arena,
                    const char **tokenp, struct err *err);

/* One line of a watch stream. */
struct codec_watch {
    struct store_header header;
    int64_t watch_id;           /* -1: a watch that was refused. */
    bool created, canceled;
    int64_t compact_revision;   /* With 'canceled'; 0: not compacted. */
    const char *cancel_reason;  /* Or "". */
    const struct store_event *events;
    size_t n_events;
    bool failed;                /* The stream did: 'error' says how. */
    struct codec_error error;
};
int codec_get_watch(const char *line, size_t size, struct arena *arena,
                    struct codec_watch *watch, struct err *err);

/* The same from one message of gRPC, without its frame. */
int proto_get_range(const char *body, size_t size, struct arena *arena,
                    struct store_header *header,
                    struct store_range_result *result, struct err *err);
int proto_get_txn(const char *body, size_t size, struct arena *arena,
                  struct store_header *header,
                  struct store_txn_result *result, struct err *err);
int proto_get_watch(const char *body, size_t size, struct arena *arena,
                    struct codec_watch *watch, struct err *err);

/* ---- Both ------------------------------------------------------------- */

/* One way to talk to etcd. */
struct codec {
    bool is_grpc;
    const char *range_path, *txn_path, *watch_path;
    void (*put_range)(struct ds *, const struct store_range *,
                      const struct store_range_options *);
    void (*put_txn)(struct ds *, const struct store_txn *);
    void (*put_watch_create)(struct ds *, const struct store_range *,
                             int64_t start_revision, int64_t watch_id);
    void (*put_watch_cancel)(struct ds *, int64_t watch_id);
    void (*put_watch_progress)(struct ds *);
    int (*get_range)(const char *body, size_t size, struct arena *,
                     struct store_header *, struct store_range_result *,
                     struct err *);
    int (*get_txn)(const char *body, size_t size, struct arena *,
                   struct store_header *, struct store_txn_result *,
                   struct err *);
    int (*get_watch)(const char *body, size_t size, struct arena *,
                     struct codec_watch *, struct err *);
};
extern const struct codec codec_grpc, codec_json;

#endif
