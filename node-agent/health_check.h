/* One health check in time (ovn-nb(5), Load_Balancer_Health_Check): when a
 * probe is to be sent, and what the answers, or their absence, say of the
 * service.  No clock and no I/O of its own. */
#ifndef WEFT_NODE_AGENT_HEALTH_CHECK_H
#define WEFT_NODE_AGENT_HEALTH_CHECK_H 1

#include <stdbool.h>

struct smap;

enum health_status { HEALTH_UNKNOWN, HEALTH_ONLINE, HEALTH_OFFLINE };

struct health_config {
    bool silence_is_good;       /* UDP: what nobody refuses has arrived. */
    unsigned int interval_ms;   /* From one probe to the next. */
    unsigned int timeout_ms;    /* So long an answer is waited for. */
    unsigned int success_count; /* So many good ones in a row: online. */
    unsigned int failure_count; /* So many bad ones in a row: offline. */
};

struct health_check {
    struct health_config config;
    enum health_status status;
    unsigned int n_good, n_bad; /* In a row; the other one is 0. */
    bool is_waiting;            /* For the answer to a probe. */
    long long int sent_ms;      /* When the last probe was sent. */
    long long int deadline_ms;  /* Of the answer, or when to send again. */
};

/* The options of a row, 'interval', 'timeout' (seconds), 'success_count' and
 * 'failure_count'; what is missing or out of bounds is as in OVN. */
void health_config_parse(struct health_config *, const struct smap *options);

/* "unknown", "online", "offline". */
const char *health_status_name(enum health_status);

/* Its first probe is due at 'first_ms'. */
void health_check_init(struct health_check *, const struct health_config *,
                       long long int first_ms);
/* Other settings; what has been counted stays. */
void health_check_configure(struct health_check *,
                            const struct health_config *);
/* Forgets a probe under way and what was counted, not the status; the next
 * probe is due at 'next_ms'. */
void health_check_rest(struct health_check *, long long int next_ms);

/* Takes note of an answer that did not come.  Returns true if a probe is due:
 * the caller sends it and calls health_check_sent(), or comes later. */
bool health_check_run(struct health_check *, long long int now_ms);
void health_check_sent(struct health_check *, long long int now_ms);
/* The answer to the last probe: somebody serves there, or not.  Nothing
 * happens if it comes too late or again. */
void health_check_answer(struct health_check *, bool good,
                         long long int now_ms);

#endif
