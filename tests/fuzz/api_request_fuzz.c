/* Any request: what is parsed of its path, query, tags and body, before etcd
 * is asked.  Input: target, If-Match and body, a line break between them. */
#include <config.h>

#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/batch.h"
#include "api/change.h"
#include "api/entry.h"
#include "api/filter.h"
#include "api/problem.h"
#include "api/read.h"
#include "api/routes.h"
#include "lib/httpd_uri.h"
#include "schemas/schema.h"
#include "store/store.h"
#include "util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const reserved[] = { "limit", "continue", NULL };

/* A fault has a path and a message, and makes a problem. */
static void
check_faults(struct schema_faults *faults)
{
    if (faults->n) {
        json_t *problem = problem_from_faults(faults, "[1].row");
        char *text = entry_dump(problem);

        ovs_assert(text && problem_status(problem) >= 400);
        free(text);
        json_decref(problem);
    }
    schema_faults_clear(faults);
}

/* Names survive the way to a key and back. */
static void
check_name(const struct row_name *name)
{
    struct row_name back = ROW_NAME_INIT, again = ROW_NAME_INIT;
    char *key = row_name_key(name, "/t");

    ovs_assert(!row_name_from_key(name->table, "/t",
                                  store_bytes_from_string(key), &back));
    ovs_assert(!strcmp(back.id, name->id));
    ovs_assert(!row_name_from_id(name->table, name->id, &again, NULL));
    ovs_assert(!strcmp(again.id, name->id));
    row_name_destroy(&back);
    row_name_destroy(&again);
    free(key);
}

static void
fuzz_query(const struct httpd_uri *uri, const struct schema_table *table)
{
    struct schema_faults faults = SCHEMA_FAULTS_INIT;
    struct filters filters = FILTERS_INIT;
    const char *token = httpd_uri_parameter(uri, "continue"), *rest;
    struct schema_row *row = schema_row_create(table, "x");
    int64_t revision;

    if (filters_parse(table, uri, reserved, &filters, &faults)) {
        ovs_assert(!faults.n);
        filters_match(&filters, row);
        filters_destroy(&filters);
    } else {
        ovs_assert(faults.n);
    }
    check_faults(&faults);
    if (token && read_parse_token(token, &revision, &rest)) {
        ovs_assert(revision > 0 && *rest && rest < token + strlen(token));
    }
    schema_row_destroy(row);
}

/* Applies the body as a put and as a patch of an empty row. */
static void
fuzz_change(const struct row_name *name, const char *if_match,
            const json_t *body, enum change_op op)
{
    struct schema_faults faults = SCHEMA_FAULTS_INIT;
    struct row_name copy = ROW_NAME_INIT;
    struct store_kv current = {
        .value = store_bytes_from_string("{\"external_ids\":{\"a\":\"b\"}}"),
        .mod_revision = 7,
    };
    struct change change;

    ovs_assert(!row_name_from_id(name->table, name->id, &copy, NULL));
    change_init(&change, op, &copy, "");
    precondition_parse(if_match, NULL, &change.precondition, NULL);
    if (change_set_body(&change, json_deep_copy(body), &faults)
        && change_prepare(&change, "/t", &current, &faults)) {
        struct store_txn *txn = store_txn_create();
        json_t *entry;

        /* What is written is valid. */
        entry = entry_json(&change.name,
                           store_bytes_from_string(change.value), 8);
        ovs_assert(!json_object_get(entry, "_error"));
        json_decref(entry);
        change_add_to_txn(&change, txn);
        store_txn_destroy(txn);
        change_why_refused(&change, &current);
        change_why_refused(&change, NULL);
    } else {
        ovs_assert(faults.n);
    }
    check_faults(&faults);
    change_destroy(&change);
}

static void
fuzz_batch(const json_t *body)
{
    struct schema_faults faults = SCHEMA_FAULTS_INIT;
    struct change *changes;
    size_t n;

    if (batch_parse(body, 20, &changes, &n, &faults)) {
        ovs_assert(n && n <= 20 && !faults.n);
        for (size_t i = 0; i < n; i++) {
            check_name(&changes[i].name);
            change_destroy(&changes[i]);
        }
        free(changes);
    } else {
        ovs_assert(faults.n);
    }
    check_faults(&faults);
}

/* Cuts the first line off '*text'; NUL bytes end it, too. */
static char *
take_line(char **text)
{
    char *line = *text;
    size_t size = strcspn(line, "\n");

    *text += size + (line[size] == '\n');
    line[size] = '\0';
    return line;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = xmemdup0((const char *) data, size), *rest = text;
    char *target = take_line(&rest), *if_match = take_line(&rest);
    json_t *body = json_loads(rest, JSON_DECODE_ANY, NULL);
    struct httpd_uri uri = HTTPD_URI_INIT;
    struct route route = { .type = ROUTE_OTHER };
    struct err err = ERR_INIT;

    if (!httpd_uri_parse(target, &uri, NULL)) {
        if (!route_parse(uri.path, &route, &err)) {
            if (route.table) {
                fuzz_query(&uri, route.table);
            }
            if (route.name.table) {
                check_name(&route.name);
                if (body) {
                    fuzz_change(&route.name, if_match, body, CHANGE_PUT);
                    fuzz_change(&route.name, if_match, body, CHANGE_PATCH);
                }
            }
        } else {
            ovs_assert(err.message);
        }
        route_destroy(&route);
        httpd_uri_destroy(&uri);
    }
    if (body) {
        fuzz_batch(body);
    }
    json_decref(body);
    err_clear(&err);
    free(text);
    return 0;
}
