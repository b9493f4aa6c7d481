/* Timers that can be freed at any time: see alarm.h. */
#include <config.h>

#include "store/alarm.h"

#include "random.h"
#include "util.h"

struct alarm {
    uv_timer_t timer;
    alarm_cb *cb;
    void *aux;
};

struct alarm *
alarm_create(uv_loop_t *loop, alarm_cb *cb, void *aux)
{
    struct alarm *alarm = xmalloc(sizeof *alarm);

    uv_timer_init(loop, &alarm->timer);
    alarm->timer.data = alarm;
    alarm->cb = cb;
    alarm->aux = aux;
    return alarm;
}

static void
on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void
alarm_destroy(struct alarm *alarm)
{
    if (alarm) {
        uv_close((uv_handle_t *) &alarm->timer, on_closed);
    }
}

static void
on_timer(uv_timer_t *timer)
{
    struct alarm *alarm = timer->data;

    alarm->cb(alarm->aux);
}

void
alarm_start(struct alarm *alarm, uint64_t delay_ms)
{
    /* The loop's idea of now may be as old as its last turn. */
    if (delay_ms) {
        uv_update_time(alarm->timer.loop);
    }
    uv_timer_start(&alarm->timer, on_timer, delay_ms, 0);
}

void
alarm_stop(struct alarm *alarm)
{
    uv_timer_stop(&alarm->timer);
}

bool
alarm_is_set(const struct alarm *alarm)
{
    return uv_is_active((const uv_handle_t *) &alarm->timer);
}

uint64_t
alarm_backoff_ms(unsigned int n_failures, uint64_t first_ms, uint64_t max_ms)
{
    uint64_t delay_ms = first_ms << MIN(n_failures ? n_failures - 1 : 0, 20);

    delay_ms = MIN(delay_ms, max_ms);
    return delay_ms - random_range(delay_ms / 2 + 1);
}
