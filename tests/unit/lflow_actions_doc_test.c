/* Executes every example of docs/lflow-actions.md, and looks that there is
 * one for every action.
 *
 *     lflow_actions_doc_test            compares
 *     lflow_actions_doc_test --update   rewrites the examples' results */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lflow/compile.h"
#include "lflow/tool_actions.h"
#include "lib/err.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

#define DOC WEFT_SOURCE_DIR "/docs/lflow-actions.md"

static bool
port_key(const struct lflow_scope *scope OVS_UNUSED, const char *name,
         uint32_t *key)
{
    if (strlen(name) == 2 && name[0] == 'p' && name[1] >= '1'
        && name[1] <= '3') {
        *key = name[1] - '0';
        return true;
    }
    return false;
}

static uint32_t
one(const struct lflow_scope *scope OVS_UNUSED, const char *name OVS_UNUSED)
{
    return 1;
}

static bool
collector_set(const struct lflow_scope *scope OVS_UNUSED, uint32_t id)
{
    return id == 100;
}

static const struct lflow_scope_class scope_class = {
    .port_key = port_key, .group_id = one, .meter_id = one,
    .collector_set = collector_set
};

/* Which actions an example has shown. */
static bool shown[N_LFLOW_ACTIONS];

static void
mark_shown(const struct lflow_actions *actions)
{
    LFLOW_ACTION_FOR_EACH (action, actions) {
        shown[action->type] = true;
        switch ((int) action->type) {
        case LFLOW_ACTION_CLONE:
        case LFLOW_ACTION_ICMP4_ERROR:
            mark_shown(action->nested.actions);
            break;
        default:
            break;
        }
    }
}

/* Appends 'line' and what becomes of it. */
static void
run_example(const char *line, struct ds *s)
{
    struct lflow_scope scope = { &scope_class };
    struct lflow_place place
        = lflow_place_of_stage(stage_by_number(PIPELINE_LS_IN, 10));
    struct lflow_arena arena = LFLOW_ARENA_INIT;
    struct lflow_actions *actions;
    struct ds result = DS_EMPTY_INITIALIZER;
    struct err err = ERR_INIT;
    const struct expr *prereqs;

    place.datapath_key = 1;
    ds_put_format(s, "%s\n", line);
    if (lflow_tool_parse_actions(line, &place, &scope, &arena, &result,
                                 &err)) {
        char *text = err_to_string(&err);

        ds_put_format(s, "  error: %s\n", text);
        free(text);
    } else {
        ds_put_format(s, "%s\n", ds_cstr(&result));
        assert_int_equal(lflow_actions_parse(line, strlen(line), &place,
                                             &scope, NULL, &arena, &actions,
                                             &prereqs, NULL), 0);
        mark_shown(actions);
    }
    err_clear(&err);
    ds_destroy(&result);
    lflow_arena_destroy(&arena);
}

/* The document with its examples run anew. */
static char *
run_document(FILE *doc)
{
    struct ds line = DS_EMPTY_INITIALIZER, s = DS_EMPTY_INITIALIZER;
    bool in_block = false;

    while (!ds_get_line(&line, doc)) {
        const char *text = ds_cstr(&line);

        if (in_block && strncmp(text, "```", 3)) {
            if (*text != ' ') {
                run_example(text, &s);
            }
            continue;
        }
        in_block = !strcmp(text, "```lflow-actions");
        ds_put_format(&s, "%s\n", text);
    }
    ds_destroy(&line);
    return ds_steal_cstr(&s);
}

static char *
read_all(FILE *file)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    int c;

    while ((c = getc(file)) != EOF) {
        ds_put_char(&s, c);
    }
    rewind(file);
    return ds_steal_cstr(&s);
}

static void
test_examples(void **state OVS_UNUSED)
{
    FILE *doc = fopen(DOC, "r");
    char *expected, *got;

    assert_non_null(doc);
    expected = read_all(doc);
    got = run_document(doc);
    assert_string_equal(got, expected);
    fclose(doc);
    free(expected);
    free(got);
}

static void
test_every_action_has_one(void **state OVS_UNUSED)
{
    FILE *doc = fopen(DOC, "r");

    assert_non_null(doc);
    free(run_document(doc));
    fclose(doc);
    for (enum lflow_action_type type = 0; type < N_LFLOW_ACTIONS; type++) {
        if (!shown[type]) {
            fail_msg("no example of %s (type %d)", lflow_action_name(type),
                     type);
        }
    }
}

static int
update(void)
{
    FILE *doc = fopen(DOC, "r+");
    char *text;

    if (!doc) {
        return 1;
    }
    text = run_document(doc);
    fclose(doc);
    doc = fopen(DOC, "w");
    fputs(text, doc);
    free(text);
    return fclose(doc) ? 1 : 0;
}

int
main(int argc, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_every_action_has_one),
    };

    if (argc > 1 && !strcmp(argv[1], "--update")) {
        return update();
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
