/* See translator_fixture.h. */
#include <config.h>

#include "tests/support/translator_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/loop.h"
#include "openvswitch/util.h"
#include "store/memory.h"
#include "translator/engine.h"
#include "translator/translation.h"
#include "translator/written.h"
#include "util.h"

static bool
is_idle(void *store)
{
    return store_is_idle(store);
}

/* Ends it as the program does: its resignation is sent. */
void
fixture_stop(struct subject *s)
{
    if (s->translator) {
        translator_destroy(s->translator);
        loop_run_until(store_loop(s->store), is_idle, s->store, 1000);
        store_destroy(s->store);
        s->translator = NULL;
    }
}

int
fixture_set_up(void **state)
{
    struct fixture *f = xzalloc(sizeof *f);

    uv_loop_init(&f->loop);
    f->store = store_memory_create(&f->loop);
    *state = f;
    return 0;
}

int
fixture_tear_down(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < ARRAY_SIZE(f->running) && f->running[i]; i++) {
        fixture_stop(f->running[i]);
        free(f->running[i]);
    }
    store_destroy(f->store);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&f->loop), 0);
    free(f);
    return 0;
}

static const struct translator_ops no_ops = { .log = NULL };

struct subject *
fixture_start(struct fixture *f, const char *name)
{
    const struct translator_config config = {
        .prefix = P, .name = name, .lease_ttl_s = 10,
    };
    struct subject *s = xmalloc(sizeof *s);
    size_t i = 0;

    while (f->running[i]) {
        i++;
    }
    f->running[i] = s;
    s->store = store_memory_attach(f->store);
    s->translator = translator_create(s->store, &config, &no_ops, NULL);
    return s;
}

bool
fixture_is_settled(void *translator)
{
    return translator_stats(translator).is_settled;
}

bool
fixture_is_synced(void *translator)
{
    return translator_stats(translator).is_synced;
}

static bool
never(void *aux OVS_UNUSED)
{
    return false;
}

void
fixture_pass_time(struct fixture *f, int ms)
{
    loop_run_until(&f->loop, never, NULL, ms);
}

/* Until it leads and has nothing left to do. */
void
fixture_settle(struct fixture *f, struct subject *s)
{
    fixture_pass_time(f, 5);
    assert_int_equal(loop_run_until(&f->loop, fixture_is_settled,
                                    s->translator, 5000), 0);
    fixture_pass_time(f, 5);
    assert_int_equal(loop_run_until(&f->loop, fixture_is_settled,
                                    s->translator, 5000), 0);
    assert_int_equal(translator_stats(s->translator).n_faults, 0);
}

void
fixture_put(struct fixture *f, const char *key, const char *value)
{
    char *full = xasprintf(P "/%s", key);

    store_memory_put_now(f->store, full, value);
    free(full);
}

void
fixture_delete(struct fixture *f, const char *key)
{
    char *full = xasprintf(P "/%s", key);

    assert_true(store_memory_delete_now(f->store, full));
    free(full);
}

const char *
fixture_get(struct fixture *f, const char *key)
{
    char *full = xasprintf(P "/%s", key);
    const char *value = store_memory_get_now(f->store, full);

    free(full);
    return value;
}

void
fixture_put_port(struct fixture *f, const char *ls, int i)
{
    char *key = xasprintf("nb/logical_switch_port/%s-%d", ls, i);
    char *value = xasprintf("{\"switch\":\"%s\",\"addresses\":"
                            "[\"0a:00:00:00:%02x:%02x 10.0.%d.%d\"]}",
                            ls, i / 256, i % 256, i / 250, i % 250 + 1);

    fixture_put(f, key, value);
    free(key);
    free(value);
}

/* ---- Is all of it there? ----------------------------------------------- */

struct check_aux {
    struct fixture *f;
    size_t n;
};

static void
check_output(const char *key, const struct engine_bytes *value, void *aux_)
{
    struct check_aux *aux = aux_;
    const char *there = fixture_get(aux->f, key);
    struct written *written = written_create();

    if (!there) {
        fail_msg("%s is missing", key);
    }
    written_put(written, key, there, strlen(there), 1);
    if (!written_is(written, key, value->data, value->size)) {
        fail_msg("%s is\n%s, not\n%s", key, there, value->data);
    }
    written_destroy(written);
    aux->n++;
}

/* Feeds what lies below 'area' to a translation. */
static void
feed(struct fixture *f, struct translation *t, const char *area, bool learn)
{
    char *prefix = xasprintf(P "/%s", area);
    char *dump = store_memory_dump_now(f->store, prefix), *save = NULL;

    for (char *line = strtok_r(dump, "\n", &save); line;
         line = strtok_r(NULL, "\n", &save)) {
        char *key = line + strlen(P) + 1, *value = strchr(line, '=');

        *value++ = '\0';
        if (learn) {
            translation_learn(t, key, value, strlen(value));
        } else {
            translation_put(t, key, value, strlen(value), 1, 1);
        }
    }
    free(dump);
    free(prefix);
}

/* The southbound and status are exactly what a fresh translation makes. */
void
fixture_check_southbound(struct fixture *f)
{
    struct translation *t = translation_create();
    struct check_aux aux = { f, 0 };

    feed(f, t, "sb/dp/", true);
    translation_set_allocating(t, true);
    feed(f, t, "nb/", false);
    feed(f, t, "chassis/", false);
    translation_run(t);
    engine_for_each_output(translation_engine(t), check_output, &aux);
    size_t n = store_memory_count_now(f->store, P "/s");

    n -= fixture_get(f, "sb/leader") != NULL;
    n -= fixture_get(f, "sb/sync") != NULL;
    n -= fixture_get(f, "sb/clock") != NULL;
    n -= fixture_get(f, "status/sync") != NULL;
    assert_int_equal(n, aux.n);
    translation_destroy(t);
}

int64_t
fixture_version(struct fixture *f, const char *datapath)
{
    char *key = xasprintf("sb/dp/%s", datapath);
    const char *row = fixture_get(f, key);

    free(key);
    assert_non_null(row);
    return strtoll(strstr(row, "\"version\":") + 10, NULL, 10);
}
