/* A health check in time: see health_check.h. */
#include <config.h>

#include "node-agent/health_check.h"

#include <string.h>

#include "smap.h"
#include "util.h"

enum {
    DEFAULT_INTERVAL_S = 5, DEFAULT_TIMEOUT_S = 3,  /* As ovn-controller's. */
    MAX_S = 24 * 60 * 60, MAX_COUNT = 1000,
};

static unsigned int
parse(const struct smap *options, const char *key, unsigned int max,
      unsigned int otherwise)
{
    unsigned int value = smap_get_uint(options, key, otherwise);

    return value >= 1 && value <= max ? value : otherwise;
}

void
health_config_parse(struct health_config *config, const struct smap *options)
{
    config->interval_ms = 1000 * parse(options, "interval", MAX_S,
                                       DEFAULT_INTERVAL_S);
    config->timeout_ms = 1000 * parse(options, "timeout", MAX_S,
                                      DEFAULT_TIMEOUT_S);
    config->success_count = parse(options, "success_count", MAX_COUNT, 1);
    config->failure_count = parse(options, "failure_count", MAX_COUNT, 1);
}

const char *
health_status_name(enum health_status status)
{
    static const char *const names[] = {
        [HEALTH_UNKNOWN] = "unknown",
        [HEALTH_ONLINE] = "online",
        [HEALTH_OFFLINE] = "offline",
    };

    return names[status];
}

void
health_check_init(struct health_check *check,
                  const struct health_config *config, long long int first_ms)
{
    memset(check, 0, sizeof *check);
    check->config = *config;
    check->deadline_ms = first_ms;
}

void
health_check_configure(struct health_check *check,
                       const struct health_config *config)
{
    if (!memcmp(&check->config, config, sizeof *config)) {
        return;
    }
    check->config = *config;
    if (check->sent_ms) {
        check->deadline_ms = check->sent_ms + (check->is_waiting
                                               ? config->timeout_ms
                                               : config->interval_ms);
    }
}

void
health_check_rest(struct health_check *check, long long int next_ms)
{
    check->n_good = check->n_bad = 0;
    check->is_waiting = false;
    check->sent_ms = 0;
    check->deadline_ms = next_ms;
}

/* What a probe came to. */
static void
conclude(struct health_check *check, bool good, long long int now_ms)
{
    const struct health_config *config = &check->config;

    if (good) {
        check->n_good++;
        check->n_bad = 0;
    } else {
        check->n_bad++;
        check->n_good = 0;
    }
    if (check->n_good >= config->success_count) {
        check->status = HEALTH_ONLINE;
    } else if (check->n_bad >= config->failure_count) {
        check->status = HEALTH_OFFLINE;
    }
    check->is_waiting = false;
    check->deadline_ms = MAX(check->sent_ms + config->interval_ms, now_ms);
}

bool
health_check_run(struct health_check *check, long long int now_ms)
{
    if (check->is_waiting && now_ms >= check->deadline_ms) {
        conclude(check, check->config.silence_is_good, now_ms);
    }
    return !check->is_waiting && now_ms >= check->deadline_ms;
}

void
health_check_sent(struct health_check *check, long long int now_ms)
{
    check->is_waiting = true;
    check->sent_ms = now_ms;
    check->deadline_ms = now_ms + check->config.timeout_ms;
}

void
health_check_answer(struct health_check *check, bool good,
                    long long int now_ms)
{
    if (check->is_waiting) {
        conclude(check, good, now_ms);
    }
}
