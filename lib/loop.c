/* libuv inside OVS's poll loop: see loop.h. */
#include <config.h>

#include "lib/loop.h"

#include <poll.h>

#include "lib/err.h"
#include "openvswitch/poll-loop.h"
#include "util.h"

void
loop_run(uv_loop_t *uv)
{
    uv_run(uv, UV_RUN_NOWAIT);
}

/* True if a watcher was started outside of uv_run(): libuv tells the kernel
 * of it only inside, so the backend would not wake for it. */
static bool
has_unregistered_watchers(const uv_loop_t *uv)
{
    return uv->watcher_queue[0] != (const void *) &uv->watcher_queue;
}

void
loop_wait(uv_loop_t *uv)
{
    int timeout_ms;

    /* The backend timeout of a loop with nothing alive is 0: it would spin. */
    if (!uv_loop_alive(uv)) {
        return;
    }
    poll_fd_wait(uv_backend_fd(uv), POLLIN);
    timeout_ms = has_unregistered_watchers(uv) ? 0 : uv_backend_timeout(uv);
    if (timeout_ms >= 0) {
        poll_timer_wait(timeout_ms);
    }
}

static void
on_deadline(uv_timer_t *timer)
{
    *(bool *) timer->data = true;
}

static void
on_handle_closed(uv_handle_t *handle)
{
    --*(int *) handle->data;
}

/* What loop_run_until() waits for. */
struct goal {
    bool (*done)(void *aux);
    void *aux;
};

/* Timers run before libuv waits: what they finished must not be waited on. */
static void
on_prepare(uv_prepare_t *prepare)
{
    const struct goal *goal = prepare->data;

    if (goal->done(goal->aux)) {
        uv_stop(prepare->loop);
    }
}

int
loop_run_until(uv_loop_t *uv, bool (*done)(void *aux), void *aux,
               int timeout_ms)
{
    struct goal goal = { done, aux };
    uv_prepare_t prepare;
    bool expired = false;
    uv_timer_t timer;
    int n_open = 2;

    uv_prepare_init(uv, &prepare);
    prepare.data = &goal;
    uv_prepare_start(&prepare, on_prepare);
    uv_unref((uv_handle_t *) &prepare);
    uv_timer_init(uv, &timer);
    timer.data = &expired;
    if (timeout_ms >= 0) {
        uv_timer_start(&timer, on_deadline, timeout_ms, 0);
    }
    /* The deadline alone is nothing to wait for. */
    uv_unref((uv_handle_t *) &timer);
    while (!done(aux) && !expired && uv_run(uv, UV_RUN_ONCE)) {
        continue;
    }

    timer.data = prepare.data = &n_open;
    uv_close((uv_handle_t *) &timer, on_handle_closed);
    uv_close((uv_handle_t *) &prepare, on_handle_closed);
    while (n_open) {
        uv_run(uv, UV_RUN_NOWAIT);
    }
    return done(aux) ? 0 : -WEFT_E_TIMEOUT;
}
