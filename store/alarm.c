/* Timers that can be freed at any time: see alarm.h.
 *
 * A delay of 0 is an idle handle, not a timer: libuv calls a timer that sets
 * itself to 0 again and again without ever looking at its descriptors. */
#include <config.h>

#include "store/alarm.h"

#include "random.h"
#include "util.h"

struct alarm {
    uv_timer_t timer;
    uv_idle_t idle;
    int n_open;                 /* Of these handles. */
    alarm_cb *cb;
    void *aux;
};

struct alarm *
alarm_create(uv_loop_t *loop, alarm_cb *cb, void *aux)
{
    struct alarm *alarm = xmalloc(sizeof *alarm);

    uv_timer_init(loop, &alarm->timer);
    uv_idle_init(loop, &alarm->idle);
    alarm->timer.data = alarm->idle.data = alarm;
    alarm->n_open = 2;
    alarm->cb = cb;
    alarm->aux = aux;
    return alarm;
}

static void
on_closed(uv_handle_t *handle)
{
    struct alarm *alarm = handle->data;

    if (!--alarm->n_open) {
        free(alarm);
    }
}

void
alarm_destroy(struct alarm *alarm)
{
    if (alarm) {
        uv_close((uv_handle_t *) &alarm->timer, on_closed);
        uv_close((uv_handle_t *) &alarm->idle, on_closed);
    }
}

static void
on_timer(uv_timer_t *timer)
{
    struct alarm *alarm = timer->data;

    alarm->cb(alarm->aux);
}

static void
on_idle(uv_idle_t *idle)
{
    struct alarm *alarm = idle->data;

    uv_idle_stop(idle);
    alarm->cb(alarm->aux);
}

void
alarm_start(struct alarm *alarm, uint64_t delay_ms)
{
    alarm_stop(alarm);
    if (delay_ms) {
        /* The loop's idea of now may be as old as its last turn. */
        uv_update_time(alarm->timer.loop);
        uv_timer_start(&alarm->timer, on_timer, delay_ms, 0);
    } else {
        uv_idle_start(&alarm->idle, on_idle);
    }
}

void
alarm_stop(struct alarm *alarm)
{
    uv_timer_stop(&alarm->timer);
    uv_idle_stop(&alarm->idle);
}

bool
alarm_is_set(const struct alarm *alarm)
{
    return uv_is_active((const uv_handle_t *) &alarm->timer)
           || uv_is_active((const uv_handle_t *) &alarm->idle);
}

uint64_t
alarm_backoff_ms(unsigned int n_failures, uint64_t first_ms, uint64_t max_ms)
{
    uint64_t delay_ms = first_ms << MIN(n_failures ? n_failures - 1 : 0, 20);

    delay_ms = MIN(delay_ms, max_ms);
    return delay_ms - random_range(delay_ms / 2 + 1);
}
