/* A BFD session in asynchronous mode (RFC 5880, section 6.8), without
 * authentication, echo or demand: messages and time in, messages out.  No
 * clock and no I/O of its own. */
#ifndef WEFT_NODE_AGENT_BFD_SESSION_H
#define WEFT_NODE_AGENT_BFD_SESSION_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As in the messages (section 4.1). */
enum bfd_state {
    BFD_ADMIN_DOWN, BFD_DOWN, BFD_INIT, BFD_UP, BFD_N_STATES
};

enum { BFD_MESSAGE_SIZE = 24 };

struct bfd_config {
    uint32_t min_tx_ms;         /* Least interval between messages sent. */
    uint32_t min_rx_ms;         /* Least interval that can be received. */
    uint8_t detect_mult;        /* The peer waits for so many messages. */
};

struct bfd_session {
    struct bfd_config config;
    enum bfd_state state, remote_state;
    uint8_t diagnostic;
    uint32_t discriminator;     /* Not 0. */
    uint32_t remote_discriminator;      /* 0: not known. */
    uint32_t remote_min_tx_ms, remote_min_rx_ms;
    uint8_t remote_mult;
    bool polls;                 /* Until the peer answers. */
    bool answers_poll;          /* The next message has the final bit. */
    long long int next_tx_ms;   /* When a message is to be sent. */
    long long int expires_ms;   /* Then the peer is gone; LLONG_MAX: it is
                                 * not there anyway. */
};

/* "up", "down", "init", "admin_down". */
const char *bfd_state_name(enum bfd_state);

void bfd_session_init(struct bfd_session *, const struct bfd_config *,
                      uint32_t discriminator, long long int now_ms);
/* Other settings; the session goes on. */
void bfd_session_configure(struct bfd_session *, const struct bfd_config *);

/* The peer's discriminator for this end in a message (0: none), or -1 if
 * 'message' is none (section 6.8.6: version, lengths, multiplier...). */
int64_t bfd_message_target(const void *message, size_t size);

/* A message for which bfd_message_target() is not -1. */
void bfd_session_receive(struct bfd_session *, const void *message,
                         long long int now_ms);

/* If a message is due, writes it and returns true.  Notices that the peer is
 * gone.  'jitter' is a random number. */
bool bfd_session_run(struct bfd_session *, long long int now_ms,
                     uint32_t jitter, uint8_t message[BFD_MESSAGE_SIZE]);
/* When bfd_session_run() has something to do. */
long long int bfd_session_deadline(const struct bfd_session *);

#endif
