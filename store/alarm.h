/* A timer on a uv loop whose owner can free it at any time, from its own
 * callback too: the uv handle closes in the background. */
#ifndef WEFT_STORE_ALARM_H
#define WEFT_STORE_ALARM_H 1

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct alarm;
typedef void alarm_cb(void *aux);

/* A stopped alarm. */
struct alarm *alarm_create(uv_loop_t *loop, alarm_cb *cb, void *aux);
/* NULL is ignored. */
void alarm_destroy(struct alarm *alarm);
/* Calls 'cb' once, 'delay_ms' from now, instead of when it was set to. */
void alarm_start(struct alarm *alarm, uint64_t delay_ms);
void alarm_stop(struct alarm *alarm);
bool alarm_is_set(const struct alarm *alarm);

/* A random delay for the retry after 'n_failures' (from 1 on) failures in a
 * row: between half of and a whole 'first_ms' doubled with each failure, at
 * most 'max_ms'. */
uint64_t alarm_backoff_ms(unsigned int n_failures, uint64_t first_ms,
                          uint64_t max_ms);

#endif
