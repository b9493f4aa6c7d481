/* A BFD session: see bfd_session.h. */
#include <config.h>

#include "node-agent/bfd_session.h"

#include <limits.h>
#include <string.h>

#include "openvswitch/types.h"
#include "unaligned.h"
#include "util.h"

/* Section 4.1. */
struct bfd_message {
    uint8_t version_diagnostic;
    uint8_t flags;              /* The two highest bits are the state. */
    uint8_t detect_mult;
    uint8_t length;
    ovs_16aligned_be32 sender;
    ovs_16aligned_be32 target;
    ovs_16aligned_be32 min_tx_us;
    ovs_16aligned_be32 min_rx_us;
    ovs_16aligned_be32 min_echo_rx_us;
};
BUILD_ASSERT_DECL(sizeof(struct bfd_message) == BFD_MESSAGE_SIZE);

enum {
    BFD_VERSION = 1,
    FLAG_POLL = 0x20,
    FLAG_FINAL = 0x10,
    FLAG_AUTHENTICATED = 0x04,
    FLAG_MULTIPOINT = 0x01,
    DIAGNOSTIC_NONE = 0,
    DIAGNOSTIC_EXPIRED = 1,
    DIAGNOSTIC_NEIGHBOR_DOWN = 3,
    SLOW_MS = 1000,             /* Section 6.8.3: while it is not up. */
};

const char *
bfd_state_name(enum bfd_state state)
{
    static const char *const names[BFD_N_STATES] = {
        [BFD_ADMIN_DOWN] = "admin_down",
        [BFD_DOWN] = "down",
        [BFD_INIT] = "init",
        [BFD_UP] = "up",
    };

    return names[state];
}

void
bfd_session_init(struct bfd_session *s, const struct bfd_config *config,
                 uint32_t discriminator, long long int now_ms)
{
    memset(s, 0, sizeof *s);
    s->config = *config;
    s->state = s->remote_state = BFD_DOWN;
    s->discriminator = discriminator;
    s->remote_min_rx_ms = 1;
    s->next_tx_ms = now_ms;
    s->expires_ms = LLONG_MAX;
}

static uint32_t
desired_min_tx(const struct bfd_session *s)
{
    return (s->state == BFD_UP ? s->config.min_tx_ms
            : MAX(s->config.min_tx_ms, SLOW_MS));
}

void
bfd_session_configure(struct bfd_session *s, const struct bfd_config *config)
{
    if (memcmp(&s->config, config, sizeof *config)) {
        s->config = *config;
        s->polls = s->state == BFD_UP;
    }
}

int64_t
bfd_message_target(const void *message, size_t size)
{
    const struct bfd_message *m = message;
    uint32_t target;

    if (size < sizeof *m || m->version_diagnostic >> 5 != BFD_VERSION
        || m->length < sizeof *m || m->length > size || !m->detect_mult
        || m->flags & (FLAG_AUTHENTICATED | FLAG_MULTIPOINT)
        || !get_16aligned_be32(&m->sender)) {
        return -1;
    }
    target = ntohl(get_16aligned_be32(&m->target));
    if (!target && m->flags >> 6 != BFD_DOWN
        && m->flags >> 6 != BFD_ADMIN_DOWN) {
        return -1;
    }
    return target;
}

static void
set_state(struct bfd_session *s, enum bfd_state state, uint8_t diagnostic)
{
    if (s->state != state) {
        s->state = state;
        s->diagnostic = diagnostic;
        /* The interval changes: section 6.8.3. */
        s->polls = state == BFD_UP;
    }
}

/* Section 6.8.6, the table of states. */
static void
meet(struct bfd_session *s)
{
    if (s->remote_state == BFD_ADMIN_DOWN) {
        if (s->state != BFD_DOWN) {
            set_state(s, BFD_DOWN, DIAGNOSTIC_NEIGHBOR_DOWN);
        }
    } else if (s->state == BFD_DOWN) {
        if (s->remote_state == BFD_DOWN) {
            set_state(s, BFD_INIT, DIAGNOSTIC_NONE);
        } else if (s->remote_state == BFD_INIT) {
            set_state(s, BFD_UP, DIAGNOSTIC_NONE);
        }
    } else if (s->state == BFD_INIT) {
        if (s->remote_state != BFD_DOWN) {
            set_state(s, BFD_UP, DIAGNOSTIC_NONE);
        }
    } else if (s->remote_state == BFD_DOWN) {
        set_state(s, BFD_DOWN, DIAGNOSTIC_NEIGHBOR_DOWN);
    }
}

static uint32_t
us_to_ms(ovs_be32 us)
{
    return DIV_ROUND_UP((uint64_t) ntohl(us), 1000);
}

void
bfd_session_receive(struct bfd_session *s, const void *message,
                    long long int now_ms)
{
    const struct bfd_message *m = message;
    enum bfd_state before = s->state;

    s->remote_discriminator = ntohl(get_16aligned_be32(&m->sender));
    s->remote_state = m->flags >> 6;
    s->remote_min_tx_ms = us_to_ms(get_16aligned_be32(&m->min_tx_us));
    s->remote_min_rx_ms = us_to_ms(get_16aligned_be32(&m->min_rx_us));
    s->remote_mult = m->detect_mult;
    if (m->flags & FLAG_FINAL) {
        s->polls = false;
    }
    meet(s);
    s->expires_ms = now_ms + (long long int) s->remote_mult
                             * MAX(s->config.min_rx_ms, s->remote_min_tx_ms);
    if (m->flags & FLAG_POLL) {
        s->answers_poll = true;
    }
    if (s->answers_poll || s->state != before) {
        s->next_tx_ms = now_ms;
    }
}

static void
expire(struct bfd_session *s)
{
    if (s->state == BFD_INIT || s->state == BFD_UP) {
        set_state(s, BFD_DOWN, DIAGNOSTIC_EXPIRED);
    }
    s->remote_discriminator = 0;
    s->remote_state = BFD_DOWN;
    s->remote_min_rx_ms = 1;
    s->expires_ms = LLONG_MAX;
}

static void
compose(const struct bfd_session *s, struct bfd_message *m)
{
    memset(m, 0, sizeof *m);
    m->version_diagnostic = BFD_VERSION << 5 | s->diagnostic;
    m->flags = (s->state << 6
                | (s->answers_poll ? FLAG_FINAL : s->polls ? FLAG_POLL : 0));
    m->detect_mult = s->config.detect_mult;
    m->length = sizeof *m;
    put_16aligned_be32(&m->sender, htonl(s->discriminator));
    put_16aligned_be32(&m->target, htonl(s->remote_discriminator));
    put_16aligned_be32(&m->min_tx_us, htonl(desired_min_tx(s) * 1000));
    put_16aligned_be32(&m->min_rx_us, htonl(s->config.min_rx_ms * 1000));
}

bool
bfd_session_run(struct bfd_session *s, long long int now_ms, uint32_t jitter,
                uint8_t message[BFD_MESSAGE_SIZE])
{
    uint32_t interval_ms;

    if (now_ms >= s->expires_ms) {
        expire(s);
        s->next_tx_ms = now_ms;
    }
    if (now_ms < s->next_tx_ms) {
        return false;
    }
    interval_ms = MAX(desired_min_tx(s), s->remote_min_rx_ms);
    /* 75 to 100 per cent of it, 90 if one lost message counts. */
    interval_ms -= (uint64_t) interval_ms
                   * ((s->config.detect_mult == 1 ? 10 : 0) + jitter % 16)
                   / 100;
    s->next_tx_ms = now_ms + MAX(interval_ms, 1);
    if (!s->remote_min_rx_ms && !s->answers_poll) {
        return false;           /* The peer wants none. */
    }
    compose(s, ALIGNED_CAST(struct bfd_message *, message));
    s->answers_poll = false;
    return true;
}

long long int
bfd_session_deadline(const struct bfd_session *s)
{
    return MIN(s->next_tx_ms, s->expires_ms);
}
