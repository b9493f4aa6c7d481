/* The one loop of a process: OVS's poll loop outside (rconn, ovsdb-idl,
 * unixctl need it), libuv inside through its backend descriptor.
 *
 * A program's main loop is
 *
 *     for (;;) {
 *         ...OVS modules' _run()...
 *         loop_run(uv);
 *         ...OVS modules' _wait()...
 *         loop_wait(uv);
 *         poll_block();
 *     }
 */
#ifndef WEFT_LIB_LOOP_H
#define WEFT_LIB_LOOP_H 1

#include <stdbool.h>
#include <uv.h>

/* Runs what is ready on 'uv', without waiting. */
void loop_run(uv_loop_t *uv);

/* Makes the next poll_block() wake up when 'uv' has something to do. */
void loop_wait(uv_loop_t *uv);

/* Runs 'uv' (and nothing else) until 'done(aux)' is true, 'timeout_ms' have
 * gone by (negative: no limit), or nothing is left on the loop that could
 * ever happen.  For command-line tools and tests.
 * Returns 0 when done, else -WEFT_E_TIMEOUT. */
int loop_run_until(uv_loop_t *uv, bool (*done)(void *aux), void *aux,
                   int timeout_ms);

#endif
