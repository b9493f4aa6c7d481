/* What the files of a session share. */
#ifndef WEFT_TRANSLATOR_SESSION_PRIVATE_H
#define WEFT_TRANSLATOR_SESSION_PRIVATE_H 1

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "sset.h"
#include "translator/session.h"
#include "translator/writer.h"

enum watch_id { WATCH_NB, WATCH_CHASSIS, WATCH_SB, N_WATCHES };

/* What a watch's callbacks get. */
struct watch_aux {
    struct session *session;
    enum watch_id id;
};

enum leading_state {
    NOT_LEADING,
    ASKING,                     /* Reads the leader key's create revision. */
    CATCHING_UP,                /* Until the watch has delivered that. */
    TAKING_OVER,                /* Gives out tunnel keys, translates. */
    LEADING,
    DEPOSED,
};

struct session {
    struct session_config config;
    size_t prefix_size;         /* With its '/'. */
    struct translation *translation;
    struct written *written;
    struct progress *progress;
    struct written_since *since_sync;

    struct store_watch_set *watch_set;
    struct store_watch *watches[N_WATCHES];
    struct watch_aux watch_aux[N_WATCHES];
    bool is_synced[N_WATCHES];
    int trouble;                /* What a watch met that was logged, or 0. */
    int64_t nb_revision;        /* Delivered. */
    uint64_t n_events;

    enum leading_state state;
    struct store_election *election;
    struct store_op *ask_op;
    int64_t leader_revision;    /* Create revision of our leader key, */
    int64_t leader_seen;        /* of the one the watch delivered last. */

    struct writer *writer;      /* While LEADING. */
    struct writer_stats past;   /* Of no writer. */
    struct sset todo;           /* Keys that may differ from etcd. */
    struct sset unclosed;       /* Roots to write even if they don't. */
    bool is_dirty;              /* Something came since the last step, */
    bool is_translating;        /* or that step was not the last. */
    uv_idle_t *again;           /* Runs until it is. */
    bool has_translated;        /* All that there was, once. */
    int64_t translated_revision;
    double since;               /* When the first of it came. */
    double translated;          /* When that was translated. */
    double batch_since, batch_translated;   /* Of what is being written. */

    uv_timer_t *progress_timer;
    bool progress_waits;        /* For the timer. */
    bool progress_may;          /* It is over. */
};

/* Seconds on a clock that only goes forward. */
double session_now(void);

/* session_write.c */

/* Moves what the engine says has changed to 'todo'; a standby forgets it. */
void session_take_changes(struct session *, bool remember);
/* Writes what there is to write; only while the writer is idle. */
void session_write(struct session *);
/* Begins to write: looks at everything that is there or should be. */
void session_take_over(struct session *);

#endif
