/* The OpenFlow connection: see ofconn.h.  An rconn does the work; this file
 * turns its polling into three calls. */
#include <config.h>

#include "node-agent/ofconn.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "openvswitch/ofp-errors.h"
#include "openvswitch/ofp-util.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/rconn.h"
#include "openvswitch/vconn.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(ofconn);

enum {
    MAX_BACKOFF_S = 1,          /* The switch is on this machine. */
    PROBE_INTERVAL_S = 5,
    TRY_MS = 50,                /* rconn's own back-off is 1 s and more. */
    MAX_MESSAGES_PER_RUN = 500, /* Then the rest of the loop has its turn. */
};

struct ofconn {
    struct rconn *rconn;
    const struct ofconn_ops *ops;
    void *aux;
    char *target;               /* NULL: none. */
    long long int next_try_ms;  /* While there is no connection. */
    unsigned int seqno;         /* Of the connection that is known. */
    bool connected;
};

struct ofconn *
ofconn_create(const struct ofconn_ops *ops, void *aux)
{
    struct ofconn *conn = xzalloc(sizeof *conn);

    conn->ops = ops;
    conn->aux = aux;
    conn->rconn = rconn_create(PROBE_INTERVAL_S, MAX_BACKOFF_S, 0,
                               1u << OFP15_VERSION);
    return conn;
}

void
ofconn_destroy(struct ofconn *conn)
{
    if (conn) {
        rconn_destroy(conn->rconn);
        free(conn->target);
        free(conn);
    }
}

void
ofconn_set_target(struct ofconn *conn, const char *target)
{
    if (nullable_string_is_equal(conn->target, target)) {
        return;
    }
    free(conn->target);
    conn->target = nullable_xstrdup(target);
    if (target) {
        rconn_connect(conn->rconn, target, target);
    } else {
        rconn_disconnect(conn->rconn);
    }
}

static void
check_connection(struct ofconn *conn)
{
    bool connected = rconn_is_connected(conn->rconn);
    unsigned int seqno = rconn_get_connection_seqno(conn->rconn);

    if (connected == conn->connected && seqno == conn->seqno) {
        return;
    }
    if (conn->connected) {
        conn->connected = false;
        conn->ops->disconnected(conn->aux);
    }
    conn->seqno = seqno;
    if (connected) {
        conn->connected = true;
        conn->ops->connected(conn->aux);
    }
}

static void
take_message(struct ofconn *conn, const struct ofpbuf *msg)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 20);
    const struct ofp_header *oh = msg->data;
    enum ofptype type;
    enum ofperr error = ofptype_decode(&type, oh);

    if (error) {
        VLOG_WARN_RL(&rl, "the switch sent what is not understood (%s)",
                     ofperr_to_string(error));
    } else if (type == OFPTYPE_ECHO_REQUEST) {
        ofconn_send(conn, ofputil_encode_echo_reply(oh));
    } else if (type != OFPTYPE_ECHO_REPLY) {
        conn->ops->message(oh, type, conn->aux);
    }
}

/* The switch made its socket or was started again: no need to wait out the
 * back-off. */
static void
try_again(struct ofconn *conn)
{
    if (conn->target && !strcmp(rconn_get_state(conn->rconn), "BACKOFF")
        && time_msec() >= conn->next_try_ms) {
        conn->next_try_ms = time_msec() + TRY_MS;
        if (!strncmp(conn->target, "unix:", 5)
            && !access(conn->target + 5, F_OK)) {
            rconn_connect(conn->rconn, conn->target, conn->target);
        }
    }
}

void
ofconn_run(struct ofconn *conn)
{
    try_again(conn);
    rconn_run(conn->rconn);
    check_connection(conn);
    for (int i = 0; i < MAX_MESSAGES_PER_RUN; i++) {
        struct ofpbuf *msg = rconn_recv(conn->rconn);

        if (!msg) {
            break;
        }
        check_connection(conn);
        take_message(conn, msg);
        ofpbuf_delete(msg);
    }
    check_connection(conn);
}

void
ofconn_wait(struct ofconn *conn)
{
    if (conn->target && !conn->connected) {
        poll_timer_wait_until(conn->next_try_ms);
    }
    rconn_run_wait(conn->rconn);
    rconn_recv_wait(conn->rconn);
}

bool
ofconn_is_connected(const struct ofconn *conn)
{
    return conn->connected;
}

void
ofconn_send(struct ofconn *conn, struct ofpbuf *msg)
{
    /* Frees 'msg' also when it fails. */
    rconn_send(conn->rconn, msg, NULL);
}

unsigned int
ofconn_n_queued(const struct ofconn *conn)
{
    return rconn_count_txqlen(conn->rconn);
}
